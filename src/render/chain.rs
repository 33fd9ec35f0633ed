//! The actor chain of an exchanged token (RFC 8693 section 4.1), and the scopes that each step lost.

use crate::claims::{Actor, Claim, ClaimsView};
use crate::json::Object;
use crate::scope::ScopeSet;

/// One line for each step, the oldest first. Empty for a token without actors.
pub(super) fn lines(claims: &Object) -> Vec<String> {
    let Some(newest) = Actor::of(claims) else { return Vec::new() };
    let view = ClaimsView::of(claims);
    let Claim::Value(subject) = view.sub else { return Vec::new() };
    let mut after = match view.scope {
        Claim::Value(scope) => scope,
        Claim::Absent | Claim::Mistyped(_) => ScopeSet::empty(),
    };
    let mut lines = Vec::new();
    let mut actor = Some(&newest);
    while let Some(this) = actor {
        let behind = this.act.as_deref();
        let before_whom = behind.map_or(subject, |behind| behind.sub.as_str());
        lines.push(step(&this.sub, before_whom, &this.scope_before, &after));
        after = this.scope_before.clone();
        actor = behind;
    }
    lines.reverse();
    lines
}

fn step(actor: &str, for_whom: &str, before: &ScopeSet, after: &ScopeSet) -> String {
    let lost: Vec<&str> = before.minus(after).collect();
    let lost = if lost.is_empty() { "nothing".to_owned() } else { lost.join(" ") };
    if before.is_empty() {
        return format!("{actor} acts for {for_whom}");
    }
    format!("{actor} acts for {for_whom}, lost: {lost}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    fn of(text: &str) -> Vec<String> {
        lines(Json::parse(text.as_bytes()).unwrap().as_object().unwrap())
    }

    #[test]
    fn the_chain_is_told_from_its_beginning() {
        let claims = r#"{"sub":"user","scope":"b","act":{"sub":"agent2","scope_before":"b c",
                         "act":{"sub":"agent","scope_before":"a b c"}}}"#;
        assert_eq!(of(claims), ["agent acts for user, lost: a", "agent2 acts for agent, lost: c"]);
        assert_eq!(of(r#"{"sub":"user","act":{"sub":"x"}}"#), ["x acts for user"]);
        assert_eq!(of(r#"{"sub":"user"}"#), [] as [&str; 0]);
        assert_eq!(of(r#"{"sub":"user","act":{"sub":7}}"#), [] as [&str; 0]);
    }
}
