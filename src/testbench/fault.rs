//! Faults as data: what goes wrong with which answers of a server under test, and how often.

use super::flaw::Flaw;
use super::target::TestTarget;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most faults at a time.
pub const MOST_FAULTS: usize = 1000;
/// The names of the bodies that replace an answer's.
pub const BODIES: [&str; 4] = ["html", "truncated", "huge", "gzip-bomb"];
/// The names of the ways in which a key set is wrong.
pub const KEY_SETS: [&str; 4] = ["empty", "without-current", "duplicate-kid", "duplicate-kid-after"];

/// One rule. The first that matches a request applies, until it is used up.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultRule {
    /// The endpoint, by its name in [`TestTarget`].
    pub on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// How many requests it lets pass first.
    #[serde(skip_serializing_if = "is_zero")]
    pub skip: u32,
    /// How often it applies; always without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    #[serde(flatten)]
    pub fault: FaultEffect,
}

/// The effects of a fault. Several members add up.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct FaultEffect {
    /// The flaw of the access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Claims of the access token.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
    /// Members of the answer that have other values.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Value>,
    /// Members that the answer lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub omit: Vec<String>,
    /// How the key set is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// Demand another DPoP nonce.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nonce: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The OAuth error of the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// A redirect to this URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
    /// A body of [`BODIES`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// This body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Milliseconds before the first byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<u64>,
    /// Milliseconds between two bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drip: Option<u64>,
    /// The connection is closed after this many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_after: Option<u32>,
    /// The connection is reset after this many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_after: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl FaultRule {
    /// Checks the names and the values.
    ///
    /// # Errors
    /// Every problem, in a sentence.
    pub fn check(&self) -> Result<(), Vec<String>> {
        let fault = &self.fault;
        let mut wrong = Vec::new();
        let mut one_of = |key: &str, value: Option<&str>, names: &[&str]| {
            if let Some(value) = value.filter(|value| !names.contains(value)) {
                wrong.push(format!("{key}: {value:?} is not one of {}", names.join(", ")));
            }
        };
        one_of("on", Some(&self.on), &TestTarget::ALL.map(TestTarget::name));
        one_of("token", fault.token.as_deref(), &Flaw::ALL.map(Flaw::name));
        one_of("keys", fault.keys.as_deref(), &KEY_SETS);
        one_of("body", fault.body.as_deref(), &BODIES);
        if fault.status.is_some_and(|status| !(200..600).contains(&status)) {
            wrong.push("status: it is between 200 and 599".to_owned());
        }
        if [fault.delay, fault.drip].into_iter().flatten().any(|millis| millis > MAX_PAUSE) {
            wrong.push("delay and drip: at most 10 minutes".to_owned());
        }
        let only = |wrong: &mut Vec<String>, key: &str, is_set: bool, on: TestTarget, what: &str| {
            let is_elsewhere =
                self.on != on.name() && TestTarget::ALL.iter().any(|one| one.name() == self.on);
            if is_set && is_elsewhere {
                wrong.push(format!("{key}: {} has no {what}; it goes with on {}", self.on, on.name()));
            }
        };
        only(&mut wrong, "keys", fault.keys.is_some(), TestTarget::Jwks, "keys");
        only(&mut wrong, "token", fault.token.is_some(), TestTarget::Token, "token");
        only(&mut wrong, "claims", !fault.claims.is_empty(), TestTarget::Token, "token");
        if *fault == FaultEffect::default() {
            wrong.push("nothing goes wrong: add status, token, body, delay or another fault".to_owned());
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn matches(&self, on: TestTarget, client: Option<&str>) -> bool {
        self.on == on.name() && self.client.as_deref().is_none_or(|wanted| client == Some(wanted))
    }
}

/// In milliseconds.
const MAX_PAUSE: u64 = 600_000;

impl FaultEffect {
    /// The names of its members, for the list of requests.
    #[must_use]
    pub fn name(&self) -> String {
        let members = serde_json::to_value(self).unwrap_or_default();
        let part = |(name, value): (&String, &Value)| match value {
            Value::String(text) => format!("{name} {text}"),
            Value::Bool(_) => name.clone(),
            other => format!("{name} {other}"),
        };
        members.as_object().map(|all| all.iter().map(part).collect::<Vec<_>>().join(", ")).unwrap_or_default()
    }
}

/// The rules in force.
#[derive(Clone, Debug, Default)]
pub struct FaultRules(Vec<FaultRule>);

impl FaultRules {
    #[must_use]
    pub fn new(rules: Vec<FaultRule>) -> Self {
        Self(rules)
    }

    /// Adds a rule after the others. Returns false if there are too many.
    pub fn push(&mut self, rule: FaultRule) -> bool {
        let fits = self.0.len() < MOST_FAULTS;
        if fits {
            self.0.push(rule);
        }
        fits
    }

    #[must_use]
    pub fn all(&self) -> &[FaultRule] {
        &self.0
    }

    /// The fault of a request. Counts it.
    pub fn take(&mut self, on: TestTarget, client: Option<&str>) -> Option<FaultEffect> {
        let at = self.0.iter().position(|rule| rule.matches(on, client) && rule.times != Some(0))?;
        let rule = &mut self.0[at];
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        rule.times = rule.times.map(|times| times - 1);
        let fault = rule.fault.clone();
        self.0.retain(|rule| rule.times != Some(0));
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> FaultRule {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_first_rule_that_matches_is_counted_down() {
        let mut rules = FaultRules::new(vec![
            rule(r#"{"on":"token","client":"a","skip":1,"times":2,"status":503}"#),
            rule(r#"{"on":"token","status":500}"#),
        ]);
        let mut take = |client| rules.take(TestTarget::Token, client).and_then(|fault| fault.status);
        assert_eq!(take(Some("b")), Some(500));
        assert_eq!([(); 4].map(|()| take(Some("a"))), [None, Some(503), Some(503), Some(500)]);
        assert_eq!((take(None), rules.all().len()), (Some(500), 1));
        assert_eq!(rules.take(TestTarget::Jwks, None), None);
    }

    #[test]
    fn every_problem_of_a_rule_is_told() {
        let wrong = rule(r#"{"on":"tokn","token":"old","keys":"x","body":"y","status":99,"delay":9999999}"#);
        assert_eq!(wrong.check().unwrap_err().len(), 6);
        let elsewhere = rule(r#"{"on":"jwks","token":"expired","claims":{"a":1}}"#).check().unwrap_err();
        assert_eq!(elsewhere[0], "token: jwks has no token; it goes with on token");
        assert_eq!(elsewhere.len(), 2);
        assert!(rule(r#"{"on":"token","keys":"empty"}"#).check().is_err());
        assert!(rule(r#"{"on":"token"}"#).check().unwrap_err()[0].starts_with("nothing goes wrong"));
        let good = rule(r#"{"on":"token","set":{"expires_in":"3600"},"omit":["scope"],"token":"expired"}"#);
        assert_eq!(good.check(), Ok(()));
        assert_eq!(good.fault.name(), r#"omit ["scope"], set {"expires_in":"3600"}, token expired"#);
        assert!(serde_json::from_str::<FaultRule>(r#"{"on":"token","statsu":1}"#).is_err());
    }
}
