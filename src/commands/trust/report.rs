//! The result of `trust test`.

use crate::exit::Exit;
use serde::Serialize;

pub(super) const PHASE: &str = "trust";

/// Which client a token stands for. Its names are those of the JSON output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrustTestReport {
    /// Whether the server would accept the token, as far as it was checked.
    pub accepted: bool,
    /// The client that it stands for.
    pub client_id: Option<String>,
    /// The name of its trusted issuer.
    pub trust: Option<String>,
    pub iss: Option<String>,
    pub sub: Option<String>,
    /// Whether the signature was checked.
    pub verified: bool,
    pub checks: Vec<StepReport>,
    pub clients: Vec<RuleReport>,
    /// Why it stands for no client, if its rules are the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip)]
    pub json: bool,
    #[serde(skip)]
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepReport {
    pub name: &'static str,
    /// `pass`, `fail` or `skip`.
    pub status: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// A client, and the first thing that did not fit one of its rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleReport {
    pub client_id: String,
    pub fits: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl TrustTestReport {
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.accepted { Exit::Done } else { Exit::CheckFailed }
    }
}
