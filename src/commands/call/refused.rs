//! A request that a resource refused, and the answer: the evidence for an explanation.

use crate::client::endpoint::EndpointUrl;
use crate::client::protected_resource::ProtectedResource;
use crate::client::redact::{Redactor, truncate};
use crate::clock::Timestamp;
use crate::http::challenge::Challenge;
use crate::scope::ScopeSet;

/// Longer flags are not worth pasting.
const FLAG: usize = 200;

/// The request that was refused.
pub(super) struct SentRequest<'a> {
    pub(super) url: &'a EndpointUrl,
    pub(super) token: &'a str,
    /// Removes the token and other secrets from messages.
    pub(super) redactor: &'a Redactor,
    /// Whether it had a DPoP proof.
    pub(super) bound: bool,
    /// Whether the connection could present a client certificate.
    pub(super) certificate: bool,
    /// The scope that the issuer granted.
    pub(super) granted: ScopeSet,
    /// The requested scope.
    pub(super) asked: &'a ScopeSet,
    /// The requested resources.
    pub(super) resources: &'a [String],
    /// The issuer of the token.
    pub(super) issuer: Option<&'a str>,
    /// Where the token is from, if the caller had it.
    pub(super) caller_origin: Option<&'a str>,
}

impl SentRequest<'_> {
    /// The server's words, shortened. They may repeat the token: redact before truncating, or half a token
    /// could survive the cut.
    pub(super) fn words(&self, words: &str) -> String {
        truncate(&self.redactor.redact(words))
    }

    /// How to get a token with this flag: `it`, `one` or `more`.
    pub(super) fn request(&self, flag: &str, what: &str) -> String {
        match self.caller_origin {
            None => format!("{flag} requests {what}"),
            Some(_) => format!("heistctl token {flag} gets such a token"),
        }
    }

    /// How to replace the token.
    pub(super) fn renewal(&self) -> String {
        match self.caller_origin {
            None => "--refresh gets a new one".to_owned(),
            Some(origin) => format!("the token is from {origin}: heistctl token gets a new one"),
        }
    }

    pub(super) fn inspection(&self) -> &'static str {
        match self.caller_origin {
            None => "heistctl token | heistctl inspect shows what the token says",
            Some(_) => "heistctl inspect - shows what the token says",
        }
    }

    /// A flag to paste. A value from the server is included only if a shell finds nothing to expand in it.
    pub(super) fn flag(&self, name: &str, value: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " _.:/@+,=~-".contains(c);
        if value.chars().all(is_plain) && value.len() <= FLAG && self.redactor.redact(value) == value {
            format!("{name} \"{value}\"")
        } else {
            format!("{name} with that value")
        }
    }
}

/// The resource's answer.
pub(super) struct ResourceAnswer<'a> {
    pub(super) status: u16,
    pub(super) challenges: &'a [Challenge],
    /// Whether the answer has a nonce for the next proof.
    pub(super) has_nonce: bool,
    /// Whether the request could not be sent again.
    pub(super) stopped: bool,
    /// Seconds by which the server's clock is ahead.
    pub(super) ahead: Option<i64>,
    /// The resource's metadata.
    pub(super) resource: Option<&'a ProtectedResource>,
    pub(super) now: Timestamp,
}

impl ResourceAnswer<'_> {
    /// A 403 without an error code: the token was accepted, and the action is not allowed (RFC 6750 section
    /// 3.1). It says nothing against the token.
    pub(super) fn is_bare_forbidden(&self) -> bool {
        self.status == 403 && !self.challenges.iter().any(|challenge| challenge.get("error").is_some())
    }

    /// Whether the token itself was good: its audience cannot be the cause.
    pub(super) fn accepted_token(&self) -> bool {
        let insufficient = |challenge: &Challenge| challenge.get("error") == Some("insufficient_scope");
        self.is_bare_forbidden() || self.status == 403 && self.challenges.iter().any(insufficient)
    }
}
