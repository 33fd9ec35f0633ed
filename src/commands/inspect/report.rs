//! The results of `inspect`.

use crate::client::introspect::Introspection;
use crate::clock::Timestamp;
use crate::exit::Exit;
use crate::json::{Json, Object};
use crate::verdict::as_api::ApiAnswer;
use crate::verdict::{Check, Outcome, Verdict};
use serde::Serialize;

/// The findings about a token.
#[derive(Debug)]
pub struct InspectReport {
    pub finding: Inspected,
    /// The first 16 hex digits of its SHA-256.
    pub fingerprint: String,
    pub json: bool,
    /// The time of the verdict; `--now` sets it.
    pub now: Timestamp,
    pub notes: Vec<String>,
    /// The answer of a strict API, for `--as-api`.
    pub api: Option<ApiAnswer>,
    /// The issuer's answer, for `--introspect`.
    pub introspection: Option<Introspected>,
}

/// An introspection response.
#[derive(Debug)]
pub struct Introspected {
    /// The introspection endpoint.
    pub by: String,
    pub answer: Introspection,
    /// The verdict on the response, if only the issuer can read the token.
    pub verdict: Option<Verdict>,
}

/// A token without its signature, safe to share.
#[derive(Debug)]
pub struct Redacted {
    /// Header and payload, with a placeholder for the signature.
    pub token: String,
    /// The first 16 hex digits of the whole token's SHA-256.
    pub fingerprint: String,
    pub json: bool,
}

/// The difference of two tokens.
#[derive(Debug)]
pub struct Difference {
    pub header: Vec<MemberDifference>,
    pub claims: Vec<MemberDifference>,
    /// Whether header and payload are the same bytes.
    pub same_bytes: bool,
    pub json: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberDifference {
    pub name: String,
    /// The value in the first token; `None` if the member is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<Json>,
    /// The value in the other token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<Json>,
    /// The difference in words, for times and scopes: `1h later`, `+b -a`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

/// The kind of a token.
#[derive(Debug)]
pub enum Inspected {
    /// A signed token, with its verdict.
    Jws {
        header: Object,
        /// `None` if it is not JSON.
        payload: Option<Json>,
        payload_bytes: Vec<u8>,
        outcome: Outcome,
        checks: Vec<Check>,
    },
    /// An encrypted token; only its header can be read.
    Jwe { header: Object },
    Unreadable {
        /// Whether it looks like a damaged JWT.
        damaged: bool,
        why: String,
        cure: Option<String>,
    },
}

impl InspectReport {
    /// The exit code: 0, 8 or 9.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match &self.finding {
            _ if self.is_inactive() => Exit::CheckFailed,
            Inspected::Jws { outcome: Outcome::Fail, .. } => Exit::CheckFailed,
            Inspected::Jws { .. } => Exit::Done,
            Inspected::Jwe { .. } | Inspected::Unreadable { .. } => match self.by_issuer() {
                Some(Verdict { outcome: Outcome::Fail, .. }) => Exit::CheckFailed,
                Some(_) => Exit::Done,
                None => Exit::Unreadable,
            },
        }
    }

    /// The hint for unreadable text.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match &self.finding {
            Inspected::Unreadable { cure, .. } if self.introspection.is_none() => cure.as_deref(),
            _ => None,
        }
    }

    /// The verdict based on the issuer's answer alone.
    #[must_use]
    pub fn by_issuer(&self) -> Option<&Verdict> {
        self.introspection.as_ref()?.verdict.as_ref()
    }

    /// Whether the issuer says that the token is inactive.
    #[must_use]
    pub fn is_inactive(&self) -> bool {
        self.introspection.as_ref().is_some_and(|introspected| !introspected.answer.active)
    }
}
