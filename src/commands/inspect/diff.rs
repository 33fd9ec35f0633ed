//! Compares two tokens: times as distances, scopes as sets, everything else by value. Pure.

use super::report::MemberDifference;
use crate::claims::{Claim, ClaimsView, NumericDate};
use crate::clock;
use crate::json::Object;

/// The members that differ: first those of `left` in order, then those that only `right` has. With
/// `as_claims`, times and scopes are compared by meaning.
#[must_use]
pub(super) fn changes(left: &Object, right: &Object, as_claims: bool) -> Vec<MemberDifference> {
    let names = left.iter().chain(right.iter().filter(|(name, _)| left.get(name).is_none()));
    let mut seen: Vec<&str> = Vec::new();
    let mut changes = Vec::new();
    for (name, _) in names {
        let (l, r) = (left.get(name), right.get(name));
        if l == r || seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let difference = if as_claims { in_words(name, left, right) } else { None };
        changes.push(MemberDifference {
            name: name.to_owned(),
            left: l.cloned(),
            right: r.cloned(),
            difference,
        });
    }
    changes
}

fn in_words(name: &str, left: &Object, right: &Object) -> Option<String> {
    let (left, right) = (ClaimsView::of(left), ClaimsView::of(right));
    match name {
        "exp" => distance(&left.exp, &right.exp),
        "nbf" => distance(&left.nbf, &right.nbf),
        "iat" => distance(&left.iat, &right.iat),
        "scope" | "scp" => scopes(&left, &right),
        _ => None,
    }
}

fn distance(left: &Claim<NumericDate>, right: &Claim<NumericDate>) -> Option<String> {
    let (Claim::Value(left), Claim::Value(right)) = (left, right) else { return None };
    let seconds = right.seconds.saturating_sub(left.seconds);
    let span = clock::span(seconds.unsigned_abs());
    if seconds == 0 {
        return Some("the same second".to_owned());
    }
    Some(if seconds < 0 { format!("{span} earlier") } else { format!("{span} later") })
}

fn scopes(left: &ClaimsView<'_>, right: &ClaimsView<'_>) -> Option<String> {
    let (Claim::Value(left), Claim::Value(right)) = (&left.scope, &right.scope) else { return None };
    let gained = right.minus(left).map(|scope| format!("+{scope}"));
    let lost = left.minus(right).map(|scope| format!("-{scope}"));
    let words: Vec<String> = gained.chain(lost).collect();
    Some(if words.is_empty() { "the same scopes".to_owned() } else { words.join(" ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    fn object(text: &str) -> Object {
        Json::parse(text.as_bytes()).unwrap().as_object().unwrap().clone()
    }

    #[test]
    fn times_are_distances_and_scopes_are_sets() {
        let left = object(r#"{"sub":"a","exp":100,"scope":"a b","iss":"same","gone":1}"#);
        let right = object(r#"{"exp":3700,"scope":"c b","iss":"same","sub":"z","new":true}"#);
        let found = changes(&left, &right, true);
        let words: Vec<(&str, Option<&str>)> =
            found.iter().map(|change| (change.name.as_str(), change.difference.as_deref())).collect();
        assert_eq!(
            words,
            [
                ("sub", None),
                ("exp", Some("1h later")),
                ("scope", Some("+c -a")),
                ("gone", None),
                ("new", None)
            ]
        );
        assert_eq!((&found[3].right, &found[4].left), (&None, &None));
        assert_eq!(changes(&left, &left, true), []);
    }
}
