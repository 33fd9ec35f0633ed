//! The rules by which a client is known from a token of a trusted issuer, in place of a secret. They are the
//! same in the configuration and in a store.

use super::subject_glob;
use crate::json::number::Number;
use crate::json::{Json, Object};
use crate::text::truncate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most rules of a client.
pub(super) const MAX_RULES: usize = 64;
/// The most claims of a rule, and claims that a client's tokens take over.
pub const MAX_CLAIMS: usize = 32;
/// The longest subject or pattern, in bytes: a pattern costs time.
pub const MAX_SUBJECT: usize = 1024;
/// Longer values are shortened in messages.
const MAX_SHOWN: usize = 128;
/// How subjects begin that are made of names and values in turn.
const NAMED_PARTS: [&str; 4] = ["repo", "project_path", "organization", "repository"];

/// A rule. Everything in it must fit the identity.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FederatedRule {
    /// The name of the trusted issuer.
    pub trust: String,
    /// The exact subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// A pattern for the subject, in place of `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_glob: Option<String>,
    /// Claims with the values that they must have.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
    /// The operator knows that many identities fit it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_broad: bool,
}

impl FederatedRule {
    /// Whether these claims fit it. Makes no texts, since a stranger may have many rules tried.
    #[must_use]
    pub fn accepts(&self, claims: &Object) -> bool {
        let sub = claims.get("sub").and_then(Json::as_str);
        sub.is_some_and(|sub| self.accepts_subject(sub))
            && self.claims.iter().all(|(name, wanted)| accepts_claim(wanted, claims.get(name)))
    }

    fn accepts_subject(&self, sub: &str) -> bool {
        match (&self.sub, &self.sub_glob) {
            (Some(wanted), None) => wanted == sub,
            (None, Some(pattern)) => subject_glob::fits(pattern, sub),
            (None, None) | (Some(_), Some(_)) => false,
        }
    }

    /// As [`Self::accepts`], with the reason.
    ///
    /// # Errors
    /// The first difference.
    pub fn fits(&self, claims: &Object) -> Result<(), String> {
        if self.accepts(claims) { Ok(()) } else { Err(self.difference(claims)) }
    }

    /// The first thing of these claims that does not fit.
    fn difference(&self, claims: &Object) -> String {
        let Some(sub) = claims.get("sub").and_then(Json::as_str) else {
            return "sub is missing, the rule wants one".to_owned();
        };
        if !self.accepts_subject(sub) {
            let part = self.sub.as_deref().and_then(|wanted| other_part(sub, wanted));
            return part.unwrap_or_else(|| differs("sub", sub, self.subject()));
        }
        let of_claim = |(name, wanted): (&String, &Value)| claim_difference(name, wanted, claims.get(name));
        self.claims.iter().find_map(of_claim).unwrap_or_else(|| "the rule does not fit".to_owned())
    }

    /// The subject or pattern, as written.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.sub.as_deref().or(self.sub_glob.as_deref()).unwrap_or_default()
    }

    /// The reason why it can never be meant, and how to fix it.
    pub(super) fn fault(&self) -> Option<(String, &'static str)> {
        const SUB: &str =
            "sub = \"repo:acme/api:environment:prod\", or sub_glob = \"repo:acme/*:environment:prod\"";
        if self.trust.is_empty() {
            return Some(("names no trust".to_owned(), "trust = \"github\", the name of a [[trust]]"));
        }
        let subject = match (&self.sub, &self.sub_glob) {
            (None, None) => return Some(("has no sub, so anybody there would fit it".to_owned(), SUB)),
            (Some(_), Some(_)) => {
                return Some(("has both sub and sub_glob".to_owned(), "keep one of the two"));
            }
            (Some(subject), None) | (None, Some(subject)) => subject,
        };
        if subject.is_empty() {
            return Some(("has an empty sub".to_owned(), SUB));
        }
        if subject.len() > MAX_SUBJECT {
            return Some((format!("has a sub of more than {MAX_SUBJECT} bytes"), SUB));
        }
        if self.sub.as_ref().is_some_and(|sub| sub.contains('*')) {
            return Some(("has a * in sub, which is compared exactly".to_owned(), "sub_glob takes patterns"));
        }
        self.claims_fault()
    }

    fn claims_fault(&self) -> Option<(String, &'static str)> {
        if self.claims.len() > MAX_CLAIMS {
            return Some((
                format!("has more than {MAX_CLAIMS} claims"),
                "name those that tell clients apart",
            ));
        }
        if let Some((name, _)) = self.claims.iter().find(|(_, value)| is_vacuous(value)) {
            return Some((
                format!("has an empty list or table in its claim {name:?}, which any other fits"),
                "claims = { groups = [\"deployers\"] }, with a value that must be there",
            ));
        }
        let is_sub = self.claims.contains_key("sub");
        is_sub.then(|| ("has sub among its claims".to_owned(), "write it beside them: sub = \"…\""))
    }
}

/// Whether it has an empty list or table: without members to compare, every list or table would fit it.
fn is_vacuous(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty() || items.iter().any(is_vacuous),
        Value::Object(members) => members.is_empty() || members.values().any(is_vacuous),
        _ => false,
    }
}

fn differs(name: &str, found: &str, wanted: &str) -> String {
    format!("{name} is {}, the rule wants {}", truncate(found, MAX_SHOWN), truncate(wanted, MAX_SHOWN))
}

/// The only part of a subject that differs, by its name: `environment is staging, the rule wants prod`.
fn other_part(found: &str, wanted: &str) -> Option<String> {
    let parts = |text: &str| -> Vec<String> { text.split(':').map(str::to_owned).collect() };
    let (found, wanted) = (parts(found), parts(wanted));
    let is_named = NAMED_PARTS.contains(&found[0].as_str()) && found.len() == wanted.len();
    let mut others = found.iter().zip(&wanted).enumerate().filter(|(_, (one, other))| one != other);
    let (at, (one, other)) = others.next().filter(|_| is_named)?;
    (at % 2 == 1 && others.next().is_none()).then(|| differs(&found[at - 1], one, other))
}

/// Numbers and booleans are compared by value. A value fits an array that contains it. Of an object, the named
/// members must fit.
fn accepts_claim(wanted: &Value, found: Option<&Json>) -> bool {
    match (wanted, found) {
        (_, None) => false,
        (Value::Object(members), Some(Json::Object(object))) => {
            members.iter().all(|(member, wanted)| accepts_claim(wanted, object.get(member)))
        }
        (wanted, Some(found)) => is_in(wanted, found),
    }
}

/// The first difference of a claim; `None` if it fits.
fn claim_difference(name: &str, wanted: &Value, found: Option<&Json>) -> Option<String> {
    let shown =
        |value: &Value| truncate(value.as_str().unwrap_or(&value.to_string()), MAX_SHOWN).into_owned();
    let Some(found) = found else {
        return Some(format!("{name} is missing, the rule wants {}", shown(wanted)));
    };
    if let (Value::Object(members), Json::Object(object)) = (wanted, found) {
        return members.iter().find_map(|(member, wanted)| {
            claim_difference(&format!("{name}.{member}"), wanted, object.get(member))
        });
    }
    if is_in(wanted, found) {
        return None;
    }
    let other_type = match (wanted, found) {
        (Value::Number(_) | Value::Bool(_), Json::String(_)) => {
            " without quotes; the token has a text, so write it in quotes"
        }
        _ => "",
    };
    let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
    let text = truncate(&text, MAX_SHOWN);
    let is = if matches!(found, Json::Array(_)) { "has" } else { "is" };
    Some(format!("{name} {is} {text}, the rule wants {}{other_type}", shown(wanted)))
}

fn is_in(wanted: &Value, found: &Json) -> bool {
    match (wanted, found) {
        (Value::Array(all), Json::Array(_)) => all.iter().all(|one| !one.is_array() && is_in(one, found)),
        (one, Json::Array(items)) => items.iter().any(|item| is_equal(one, item)),
        (one, other) => is_equal(one, other),
    }
}

fn is_equal(wanted: &Value, found: &Json) -> bool {
    match (wanted, found) {
        (Value::String(one), Json::String(other)) => one == other,
        (Value::Bool(one), Json::Bool(other)) => one == other,
        (Value::Number(one), Json::Number(other)) => {
            Number::read(&one.to_string()).is_ok_and(|one| Number::read(other) == Ok(one))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{Client, ClientAuth};
    use crate::scope::ScopeSet;
    use serde_json::json;

    fn rule(value: Value) -> FederatedRule {
        serde_json::from_value(value).unwrap()
    }

    fn claims(value: &Value) -> Object {
        let Json::Object(object) = Json::parse(value.to_string().as_bytes()).unwrap() else { panic!() };
        object
    }

    #[test]
    fn the_first_difference_is_named() {
        let github = json!({
            "sub": "repo:acme/api:environment:staging", "repository_id": "74", "runs": 7.0, "ok": true,
            "groups": ["a", "b"], "kubernetes.io": {"namespace": "prod", "pod": {"uid": "u"}}, "none": null,
        });
        let sub = "repo:acme/api:environment:staging";
        for (wanted, why) in [
            (json!({"sub": sub}), ""),
            (json!({"sub": "repo:acme/api:environment:prod"}), "environment is staging, the rule wants prod"),
            (
                json!({"sub": "repo:acme/web:environment:staging"}),
                "repo is acme/api, the rule wants acme/web",
            ),
            (
                json!({"sub": "repo:acme/api:ref:staging"}),
                "sub is repo:acme/api:environment:staging, the rule wants",
            ),
            (json!({"sub_glob": "repo:acme/*:environment:*"}), ""),
            (
                json!({"sub_glob": "repo:acme/*"}),
                "sub is repo:acme/api:environment:staging, the rule wants repo:acme/*",
            ),
            (json!({"sub": sub, "claims": {"repository_id": "74"}}), ""),
            (
                json!({"sub": sub, "claims": {"repository_id": "75"}}),
                "repository_id is 74, the rule wants 75",
            ),
            (json!({"sub": sub, "claims": {"repository_id": 74}}), "write it in quotes"),
            (json!({"sub": sub, "claims": {"runs": 7}}), ""),
            (json!({"sub": sub, "claims": {"runs": 8}}), "runs is 7.0, the rule wants 8"),
            (json!({"sub": sub, "claims": {"ok": true}}), ""),
            (json!({"sub": sub, "claims": {"ok": "true"}}), "ok is true, the rule wants true"),
            (json!({"sub": sub, "claims": {"groups": "b"}}), ""),
            (json!({"sub": sub, "claims": {"groups": ["a", "b"]}}), ""),
            (json!({"sub": sub, "claims": {"groups": ["a", "c"]}}), "groups has"),
            (json!({"sub": sub, "claims": {"groups": "c"}}), "groups has"),
            (
                json!({"sub": sub, "claims": {"kubernetes.io": {"namespace": "prod", "pod": {"uid": "u"}}}}),
                "",
            ),
            (
                json!({"sub": sub, "claims": {"kubernetes.io": {"namespace": "test"}}}),
                "kubernetes.io.namespace is prod, the rule wants test",
            ),
            (json!({"sub": sub, "claims": {"none": null}}), "none is null"),
            (json!({"sub": sub, "claims": {"other": "x"}}), "other is missing, the rule wants x"),
        ] {
            let mut full = wanted.clone();
            full["trust"] = json!("github");
            let found = rule(full).fits(&claims(&github)).err().unwrap_or_default();
            assert!(found.contains(why) && found.is_empty() == why.is_empty(), "{wanted}: {found:?}");
        }
        assert!(rule(json!({"trust": "t", "sub": "a"})).fits(&claims(&json!({"sub": 7}))).is_err());
    }

    #[test]
    fn rules_that_could_never_be_meant_are_refused() {
        let faults = |rules: Vec<FederatedRule>, from: &[&str]| -> String {
            let client = Client {
                federated: rules,
                claims_from: from.iter().map(|&name| name.to_owned()).collect(),
                claims: Map::from_iter([("team".to_owned(), json!("a"))]),
                ..Client::new("a", ClientAuth::Federated, ScopeSet::empty())
            };
            client.faults().into_iter().map(|fault| fault.what).collect::<Vec<_>>().join("; ")
        };
        let good = rule(json!({"trust": "t", "sub": "a"}));
        assert_eq!(faults(vec![good.clone()], &["sha"]), "");
        assert!(faults(Vec::new(), &[]).contains("no rule"));
        for (bad, why) in [
            (json!({"trust": "", "sub": "a"}), "names no trust"),
            (json!({"trust": "t"}), "has no sub"),
            (json!({"trust": "t", "sub": "a", "sub_glob": "b"}), "both"),
            (json!({"trust": "t", "sub": ""}), "empty"),
            (json!({"trust": "t", "sub": "a*"}), "has a * in sub"),
            (json!({"trust": "t", "sub": "a", "claims": {"sub": "b"}}), "among its claims"),
            (json!({"trust": "t", "sub": "a".repeat(2000)}), "more than 1024"),
            (json!({"trust": "t", "sub": "a", "claims": {"groups": []}}), "an empty list or table"),
            (json!({"trust": "t", "sub": "a", "claims": {"x": {}}}), "in its claim \"x\""),
            (json!({"trust": "t", "sub": "a", "claims": {"x": {"y": {"z": []}}}}), "in its claim \"x\""),
            (json!({"trust": "t", "sub": "a", "claims": {"x": ["a", {}]}}), "in its claim \"x\""),
        ] {
            assert!(faults(vec![rule(bad.clone())], &[]).contains(why), "{bad}");
        }
        for (name, why) in [
            ("iss", "only the server sets"),
            ("team", "claims sets it already"),
            ("roles", "APIs read as this server's word"),
            ("azp", "APIs read as this server's word"),
            ("authorization_details", "APIs read as this server's word"),
        ] {
            assert!(faults(vec![good.clone()], &[name]).contains(why), "{name}");
        }
        assert!(serde_json::from_value::<FederatedRule>(json!({"trust": "t", "subject": "a"})).is_err());
    }
}
