//! Whether the requests of a test are as expected.

use super::request_log::{RequestRecord, RequestVerdict};
use super::target::TestTarget;
use serde::Serialize;

/// The expectations of a test about the requests of a client, or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The number of requests.
    pub requests: Option<usize>,
    /// The number of tokens that clients have received.
    pub tokens: Option<usize>,
    /// The number of refused requests.
    pub refused: Option<usize>,
    /// How the client authenticates in every request that needs it.
    pub auth: Option<String>,
    /// A scope that every token has.
    pub scopes: Vec<String>,
}

/// One expectation and what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExpectationCheck {
    pub name: &'static str,
    pub passed: bool,
    pub expected: String,
    pub value: String,
}

impl Expectation {
    /// Whether it expects nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Judges the requests.
    #[must_use]
    pub fn judge(&self, requests: &[RequestRecord]) -> Vec<ExpectationCheck> {
        let number = |of: &dyn Fn(&&RequestRecord) -> bool| requests.iter().filter(|one| of(one)).count();
        let counts = [
            ("requests", self.requests, number(&|_| true)),
            ("tokens", self.tokens, number(&|one| one.is_token())),
            ("refused", self.refused, number(&|one| one.verdict == RequestVerdict::Refused)),
        ];
        let counted = counts.into_iter().filter_map(|(name, expected, value)| {
            let expected = expected?;
            let passed = expected == value;
            let value =
                if name == "refused" && !passed { refusals(value, requests) } else { value.to_string() };
            Some(ExpectationCheck { name, passed, expected: expected.to_string(), value })
        });
        let auth = self.auth.as_ref().map(|auth| {
            let same = requests.iter().filter(|one| is_with_token(&one.on) == presents_token(auth));
            all("auth", auth, same.filter(|one| is_with_client(&one.on)).map(|one| &one.auth))
        });
        let of_tokens = |scope: &String| {
            let granted = requests.iter().filter(|one| one.is_token()).filter_map(|one| one.scope.as_ref());
            has_word("scope", scope, granted)
        };
        counted.chain(auth).chain(self.scopes.iter().map(of_tokens)).collect()
    }
}

/// Whether a request to that endpoint is authorized by a token.
fn is_with_token(on: &str) -> bool {
    [TestTarget::Resource, TestTarget::Guard].iter().any(|target| target.name() == on)
}

/// Whether a request to that endpoint has a client at all.
fn is_with_client(on: &str) -> bool {
    let with_client = [TestTarget::Token, TestTarget::Introspect, TestTarget::Revoke];
    is_with_token(on) || with_client.iter().any(|target| target.name() == on)
}

fn presents_token(auth: &str) -> bool {
    matches!(auth, "bearer" | "dpop")
}

/// The number of refusals, with the reason of the last one.
fn refusals(number: usize, requests: &[RequestRecord]) -> String {
    let last = requests.iter().rev().find(|one| one.verdict == RequestVerdict::Refused);
    let why = last.and_then(|one| one.reason.as_deref().or(one.error.as_deref()));
    why.map_or_else(|| number.to_string(), |why| format!("{number} (the last: {why})"))
}

/// Whether all values are the expected one, and there is at least one.
fn all<'a>(name: &'static str, expected: &str, values: impl Iterator<Item = &'a String>) -> ExpectationCheck {
    let found = distinct(values);
    let passed = found == [expected];
    ExpectationCheck { name, passed, expected: expected.to_owned(), value: listed(&found) }
}

/// Whether all values have the word, and there is at least one.
fn has_word<'a>(
    name: &'static str,
    word: &str,
    values: impl Iterator<Item = &'a String>,
) -> ExpectationCheck {
    let found = distinct(values);
    let passed = !found.is_empty() && found.iter().all(|value| value.split(' ').any(|one| one == word));
    ExpectationCheck { name, passed, expected: word.to_owned(), value: listed(&found) }
}

fn distinct<'a>(values: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for value in values {
        if !found.contains(&value.as_str()) {
            found.push(value);
        }
    }
    found
}

fn listed(found: &[&str]) -> String {
    if found.is_empty() { "nothing".to_owned() } else { found.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(auth: &str, verdict: RequestVerdict, status: u16) -> RequestRecord {
        let refused = verdict == RequestVerdict::Refused;
        RequestRecord {
            on: "token".to_owned(),
            auth: auth.to_owned(),
            status,
            verdict,
            scope: Some("a b".to_owned()),
            reason: refused.then(|| "wrong secret".to_owned()),
            ..RequestRecord::default()
        }
    }

    #[test]
    fn each_expectation_says_what_happened_instead() {
        let requests = [
            token("private_key_jwt", RequestVerdict::Granted, 200),
            token("client_secret_basic", RequestVerdict::Refused, 401),
            token("client_secret_basic", RequestVerdict::Granted, 503),
        ];
        let expected = Expectation {
            requests: Some(3),
            tokens: Some(2),
            refused: Some(0),
            auth: Some("private_key_jwt".to_owned()),
            scopes: vec!["a".to_owned(), "c".to_owned()],
        };
        let found: Vec<_> =
            expected.judge(&requests).into_iter().map(|one| (one.name, one.passed, one.value)).collect();
        let value = |text: &str| text.to_owned();
        assert_eq!(
            found,
            [
                ("requests", true, value("3")),
                ("tokens", false, value("1")),
                ("refused", false, value("1 (the last: wrong secret)")),
                ("auth", false, value("private_key_jwt, client_secret_basic")),
                ("scope", true, value("a b")),
                ("scope", false, value("a b")),
            ]
        );
        let none = expected.judge(&[]);
        assert!(none.iter().filter(|one| one.passed).all(|one| one.name == "refused"), "{none:?}");
    }
}
