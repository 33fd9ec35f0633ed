//! A check as data, and the finding that its function returns.

use super::evidence::{Inquiry, IssuerEvidence};
use super::profile::SecurityProfile;
use serde::Serialize;

/// A check of an issuer.
#[derive(Debug)]
pub struct DoctorCheck {
    /// Its number in docs/doctor.md, which never changes.
    pub number: u8,
    /// Its name, which never changes.
    pub name: &'static str,
    pub group: CheckGroup,
    pub needs: CheckNeeds,
    pub weight: Weight,
    /// The profiles with which a failure counts as [`Weight::Must`].
    pub musts: &'static [SecurityProfile],
    /// The right state, in a sentence.
    pub title: &'static str,
    pub section: &'static str,
    pub cure: &'static str,
    /// The clients that break by a failure.
    pub breaks: &'static [&'static str],
    /// The requests that it looks at.
    pub asks: &'static [Inquiry],
    pub judge: fn(&IssuerEvidence) -> DoctorFinding,
}

impl DoctorCheck {
    /// A check that needs only the URL, without its words.
    pub(super) const fn new(
        group: CheckGroup,
        number: u8,
        name: &'static str,
        weight: Weight,
        judge: fn(&IssuerEvidence) -> DoctorFinding,
    ) -> Self {
        Self {
            number,
            name,
            group,
            needs: CheckNeeds::Nothing,
            weight,
            musts: &[],
            title: "",
            section: "",
            cure: "",
            breaks: &[],
            asks: &[],
            judge,
        }
    }
}

/// The groups of checks, in the order of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckGroup {
    Location,
    Metadata,
    Keys,
    Transport,
    TokenEndpoint,
    Token,
    Introspection,
    Resource,
}

impl CheckGroup {
    pub const ALL: [Self; 8] = [
        Self::Location,
        Self::Metadata,
        Self::Keys,
        Self::Transport,
        Self::TokenEndpoint,
        Self::Token,
        Self::Introspection,
        Self::Resource,
    ];

    /// Its name in JUnit and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Location => "location",
            Self::Metadata => "metadata",
            Self::Keys => "keys",
            Self::Transport => "connection",
            Self::TokenEndpoint => "token-endpoint",
            Self::Token => "token",
            Self::Introspection => "introspection",
            Self::Resource => "resource",
        }
    }

    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Location => "Where it is found",
            Self::Metadata => "What it says of itself",
            Self::Keys => "Its keys",
            Self::Transport => "The connection",
            Self::TokenEndpoint => "The token endpoint",
            Self::Token => "The token itself",
            Self::Introspection => "Introspection and revocation",
            Self::Resource => "The resource beside it",
        }
    }
}

/// The least that a check needs beside the issuer's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckNeeds {
    Nothing,
    Client,
    Intrusive,
    Resource,
}

impl CheckNeeds {
    /// In a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "-",
            Self::Client => "a client",
            Self::Intrusive => "--intrusive",
            Self::Resource => "--resource",
        }
    }

    /// Why a check without it is skipped; `None` if it is there.
    #[must_use]
    pub fn missing(self, evidence: &IssuerEvidence) -> Option<&'static str> {
        const CLIENT: &str = "needs a client: --profile or --client-id";
        const RESOURCE: &str = "needs --resource URL";
        let given = &evidence.given;
        match self {
            Self::Client if !given.client => Some(CLIENT),
            Self::Intrusive if !given.intrusive => Some("needs --intrusive"),
            Self::Resource if !given.resource => Some(RESOURCE),
            _ => None,
        }
    }
}

/// How much a failure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Worth knowing.
    Info,
    /// A recommendation of a specification.
    Should,
    /// A released client breaks.
    Compat,
    /// A rule of a specification, or a hole.
    Must,
}

impl Weight {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Should => "SHOULD",
            Self::Compat => "COMPAT",
            Self::Must => "MUST",
        }
    }
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoctorFinding {
    Pass,
    /// It is wrong: what was seen, and how much it counts if that differs from the check's weight.
    Fail {
        seen: String,
        weight: Option<Weight>,
    },
    /// It is allowed, but worth a look.
    Warn(String),
    /// It was not judged, and why.
    Skip(String),
}

impl DoctorFinding {
    pub fn fail(seen: impl Into<String>) -> Self {
        Self::Fail { seen: seen.into(), weight: None }
    }

    /// A failure that counts differently from the check's weight.
    pub fn fail_as(weight: Weight, seen: impl Into<String>) -> Self {
        Self::Fail { seen: seen.into(), weight: Some(weight) }
    }

    pub fn warn(seen: impl Into<String>) -> Self {
        Self::Warn(seen.into())
    }

    pub fn skip(why: impl Into<String>) -> Self {
        Self::Skip(why.into())
    }

    /// A failure if there is a reason.
    #[must_use]
    pub fn fail_if(reason: Option<String>) -> Self {
        reason.map_or(Self::Pass, Self::fail)
    }

    /// A failure if there are reasons.
    #[must_use]
    pub fn fail_of(reasons: &[String]) -> Self {
        if reasons.is_empty() { Self::Pass } else { Self::fail(reasons.join("; ")) }
    }
}
