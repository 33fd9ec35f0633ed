//! The judge: a token, the keys that may vouch for it, a policy and a moment go in, a list of
//! checks comes out. `inspect`, `call`, serve's resource and introspection all ask it, so that
//! they can never disagree. It reads no clock, no file and no environment.

pub mod as_api;
pub mod common_secrets;
mod diagnosis;
mod expectations;
pub mod introspected;
mod signature;
mod times;

use crate::claims::ClaimsView;
use crate::clock::Timestamp;
use crate::jose::algorithm::Algorithm;
use crate::jose::compact::Jws;
use crate::jose::keyset::KeySet;
use crate::json::Object;
use crate::scope::ScopeSet;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What a check looks at; the names are an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is named after the part of the token that it judges")]
pub enum CheckName {
    Structure,
    Alg,
    Crit,
    Key,
    Signature,
    Exp,
    Nbf,
    Iat,
    Iss,
    Aud,
    Sub,
    Scope,
    Typ,
    Lifetime,
}

impl CheckName {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 14] = [
        Self::Structure,
        Self::Alg,
        Self::Crit,
        Self::Key,
        Self::Signature,
        Self::Exp,
        Self::Nbf,
        Self::Iat,
        Self::Iss,
        Self::Aud,
        Self::Sub,
        Self::Scope,
        Self::Typ,
        Self::Lifetime,
    ];

    /// Its name in reports and in `--require`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Alg => "alg",
            Self::Crit => "crit",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Exp => "exp",
            Self::Nbf => "nbf",
            Self::Iat => "iat",
            Self::Iss => "iss",
            Self::Aud => "aud",
            Self::Sub => "sub",
            Self::Scope => "scope",
            Self::Typ => "typ",
            Self::Lifetime => "lifetime",
        }
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for CheckName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|check| check.as_str() == name).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|check| check.as_str()).collect();
            format!("no such check; there are {}", known.join(", "))
        })
    }
}

impl Serialize for CheckName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it must be.
    Pass,
    /// Not as it must be: the token is not good.
    Fail,
    /// Allowed, but somebody should know.
    Warn,
    /// Not looked at: there is no key, no expectation, or no such claim.
    Skip,
}

/// One check of a report.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: CheckName,
    /// What was found.
    pub status: Status,
    /// A sentence for people. May quote the token: escape it before a terminal sees it.
    pub message: String,
    /// What the token says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// True where the token says nothing on the matter; `--require` makes that a failure.
    #[serde(skip)]
    absent: bool,
}

impl Check {
    fn new(name: CheckName, status: Status, message: impl Into<String>) -> Self {
        Self { name, status, message: message.into(), value: None, expected: None, absent: false }
    }

    /// A check of something that the token does not say.
    fn absent(name: CheckName, status: Status, message: impl Into<String>) -> Self {
        Self { absent: true, ..Self::new(name, status, message) }
    }

    /// The one check of a text that is no token to be judged.
    #[must_use]
    pub fn unreadable(why: impl Into<String>) -> Self {
        Self::new(CheckName::Structure, Status::Fail, why)
    }

    fn value(self, value: impl Into<String>) -> Self {
        Self { value: Some(value.into()), ..self }
    }

    fn expected(self, expected: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), ..self }
    }
}

/// What a token must be. The default expects nothing in particular, with no leeway.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Seconds by which clocks may differ.
    pub leeway: u64,
    /// Seconds beyond the leeway in which an `iat` ahead of now is a warning, not a failure.
    pub iat_grace: u64,
    /// The issuer, compared byte for byte.
    pub iss: Option<String>,
    /// Audiences of which the token must name one; empty for no expectation.
    pub aud: Vec<String>,
    /// A token that names no audience is taken although one is expected of those that do.
    pub aud_optional: bool,
    /// The subject.
    pub sub: Option<String>,
    /// Scopes that must all be there.
    pub scope: Option<ScopeSet>,
    /// Values of `typ` of which the header must have one (RFC 8725 section 3.11); empty for any.
    pub typ: Vec<String>,
    /// Algorithms that are allowed; empty for whatever the key allows.
    pub alg: Vec<Algorithm>,
    /// The longest time in seconds from `iat` to `exp`.
    pub max_lifetime: Option<u64>,
    /// Claims that must be there, whatever they say; `structure` tells which are not.
    pub required_claims: &'static [&'static str],
    /// How many keys are tried at most, where several fit: the first of the set. All, where nothing is said.
    pub most_keys: Option<usize>,
    /// Checks that must pass: neither skipped nor about something absent.
    pub require: Vec<CheckName>,
    /// Look for weaknesses and for causes of failure, too. Costs time, and never changes the outcome.
    pub advise: bool,
}

/// The judgement as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A permitted key verified the signature, and no check failed.
    Pass,
    /// No check failed, but nobody checked the signature.
    Unverified,
    /// At least one check failed.
    Fail,
}

/// The judge's report.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The judgement.
    pub outcome: Outcome,
    /// Each check once, in the order of [`CheckName::ALL`].
    pub checks: Vec<Check>,
}

impl Verdict {
    /// The first check that failed.
    #[must_use]
    pub fn first_failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.status == Status::Fail)
    }

    /// The check of that name.
    #[must_use]
    pub fn check(&self, name: CheckName) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }
}

/// Judges a signed token as of `now`. `keys` are those that may vouch for it; with none, the
/// signature is not checked and the verdict cannot be a pass.
#[must_use]
pub fn judge(jws: &Jws<'_>, keys: &KeySet, policy: &Policy, now: Timestamp) -> Verdict {
    let nothing = Object::default();
    let claims = ClaimsView::of(jws.peek_unverified().unwrap_or(&nothing));
    let (key, signature) = signature::key_and_signature(jws, keys, policy);
    let mut checks = vec![
        signature::structure(jws, policy),
        signature::alg(jws, policy),
        signature::crit(jws),
        key,
        signature,
        times::exp(&claims, policy, now),
        times::nbf(&claims, policy, now),
        times::iat(&claims, policy, now),
        expectations::iss(&claims, policy),
        expectations::aud(&claims, policy),
        expectations::sub(&claims, policy),
        expectations::scope(&claims, policy),
        expectations::typ(jws, policy),
        times::lifetime(&claims, policy),
    ];
    if jws.peek_unverified().is_none() {
        checks.iter_mut().for_each(unknown);
    }
    for check in &mut checks {
        demand(check, policy);
    }
    Verdict { outcome: outcome(&checks), checks }
}

/// Of a payload that is no claims set nobody knows what it claims: neither that it never expires, nor that
/// it is for everybody. What was expected of it is not met all the same.
fn unknown(check: &mut Check) {
    if !introspected::is_claim(check.name) {
        return;
    }
    let wanted = match (check.status, &check.expected) {
        (Status::Fail, Some(wanted)) => format!("; expected {wanted}"),
        _ => String::new(),
    };
    if check.status != Status::Fail {
        check.status = Status::Skip;
    }
    check.message = format!("unknown: the payload is not a set of claims{wanted}");
}

/// `--require`: what was skipped or is absent fails.
fn demand(check: &mut Check, policy: &Policy) {
    let unmet = check.status == Status::Skip || check.absent;
    if unmet && check.status != Status::Fail && policy.require.contains(&check.name) {
        check.status = Status::Fail;
        check.message = format!("required: {}", check.message);
    }
}

fn outcome(checks: &[Check]) -> Outcome {
    let has = |name: Option<CheckName>, status| {
        checks.iter().any(|c| c.status == status && name.is_none_or(|name| name == c.name))
    };
    if has(None, Status::Fail) {
        Outcome::Fail
    } else if has(Some(CheckName::Signature), Status::Pass) {
        Outcome::Pass
    } else {
        Outcome::Unverified
    }
}

#[cfg(test)]
mod tests;
