//! One check of a report: name, status and message.

use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The subject of a check; the names are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// In the order of a report.
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

    /// Whether the check concerns a claim in the payload.
    pub(super) const fn is_claim(self) -> bool {
        matches!(
            self,
            Self::Exp
                | Self::Nbf
                | Self::Iat
                | Self::Iss
                | Self::Aud
                | Self::Sub
                | Self::Scope
                | Self::Lifetime
        )
    }

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Pass,
    /// The token is invalid.
    Fail,
    /// Allowed, but worth a warning.
    Warn,
    /// Not checked: the key, the expectation or the claim is missing.
    Skip,
}

/// One check of a report.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub name: CheckName,
    pub status: Status,
    /// A message for people. It may quote the token: escape it before printing it to a terminal.
    pub message: String,
    /// The token's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The expected value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Whether the token lacks the claim; `--require` makes that a failure.
    #[serde(skip)]
    pub(super) absent: bool,
}

impl Check {
    pub(super) fn new(name: CheckName, status: Status, message: impl Into<String>) -> Self {
        Self { name, status, message: message.into(), value: None, expected: None, absent: false }
    }

    /// A check of something that the token lacks.
    pub(super) fn absent(name: CheckName, status: Status, message: impl Into<String>) -> Self {
        Self { absent: true, ..Self::new(name, status, message) }
    }

    /// The only check of a text that is not a token.
    #[must_use]
    pub fn unreadable(why: impl Into<String>) -> Self {
        Self::new(CheckName::Structure, Status::Fail, why)
    }

    pub(super) fn value(self, value: impl Into<String>) -> Self {
        Self { value: Some(value.into()), ..self }
    }

    pub(super) fn expected(self, expected: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), ..self }
    }
}
