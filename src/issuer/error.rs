//! Refusals, and their answers in both dialects: RFC 6749 section 5.2 for forms, and the article's `detail`
//! with its own statuses for JSON.

use crate::http::Response;
use crate::http::authorization::quotable;
use crate::registry::keys::persistence::KeysError;
use crate::registry::keys::ring::NoSigner;
use crate::registry::store::StoreError;
use crate::registry::wait::{Wait, WouldWait};
use crate::scope::ScopeSet;
use serde::Serialize;
use std::time::Duration;

/// The dialect of a request, which its answer uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `application/x-www-form-urlencoded` (RFC 6749).
    Form,
    /// `application/json` (the article).
    Json,
}

/// The most scopes that a refusal lists.
const MOST_LISTED: usize = 20;

/// Why a client's request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request is malformed; the text says how to fix it.
    InvalidRequest(String),
    /// The body exceeds its type's limit.
    TooLarge(String),
    /// The body has an unsupported media type.
    UnsupportedMediaType(String),
    /// The body is compressed or otherwise encoded (RFC 9110 section 8.4); the text names the coding.
    UnsupportedCoding(String),
    UnsupportedGrantType,
    /// The credentials are missing or unreadable.
    NoCredentials(String),
    /// Only an id, for which no certificate is registered.
    IdAlone,
    UnknownClient,
    WrongSecret,
    /// A wrong secret that looks damaged: it has a line end or quotes.
    OddSecret {
        /// The underlying refusal.
        refusal: Box<Refusal>,
        /// The damage, such as `ends with a line end`. It reveals nothing about the client's own secret.
        odd: String,
    },
    /// The client is registered for another authentication method.
    OtherMethod,
    /// The assertion is invalid; only the log says which check failed (RFC 7523 section 3.2).
    InvalidAssertion(String),
    /// The assertion cannot be checked: the client's keys are unavailable.
    NoKeys(String),
    /// The connection's certificate is missing or not the client's; the reason is for the log.
    InvalidCertificate(String),
    /// Too many wrong credentials for that client from that address: further attempts are refused unchecked
    /// for a while.
    TooManyAttempts {
        retry_after: Duration,
    },
    /// The client exceeds its request limit.
    TooManyRequests {
        retry_after: Duration,
    },
    /// A refusal that is delayed, to slow down guessing.
    Braked {
        refusal: Box<Refusal>,
        delay: Duration,
    },
    /// The client is not allowed to do this.
    UnauthorizedClient(String),
    /// The scope violates the grammar of RFC 6749 section 3.3.
    MalformedScope(String),
    /// The client is not allowed to have these scopes.
    ScopeNotAllowed {
        /// The scopes that are not allowed.
        refused: Vec<String>,
        /// The scopes that are allowed.
        allowed: ScopeSet,
    },
    /// The client may have these scopes, but the requested resources do not know them.
    ScopeOfOtherResource {
        refused: Vec<String>,
    },
    /// A resource that is not valid, or not on the client's list (RFC 8707 section 2).
    InvalidTarget(String),
    /// The token of a trusted issuer is not accepted as a grant; only the log says which check failed.
    InvalidIdentity(String),
    /// A token to be exchanged is invalid (RFC 8693 section 2.2.2).
    InvalidGrant(String),
    /// The DPoP proof is missing or invalid (RFC 9449 section 5).
    InvalidDpopProof(String),
    /// The DPoP proof must contain this nonce (RFC 9449 section 8).
    UseDpopNonce(String),
    /// The server cannot answer now.
    Unavailable(Unavailable),
    /// The server failed.
    ServerError(String),
}

/// Why the server cannot answer now. The caller and the log get different texts, since the log's may name a
/// database and its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// For the caller.
    pub message: String,
    /// The cause, for the log.
    pub cause: String,
    /// A later run could wait for this.
    pub waits_for: Option<Wait>,
    /// The refusal that the store must confirm, if nothing else is left for another run.
    pub unconfirmed: Option<Box<UnconfirmedRefusal>>,
}

/// A refusal that is final unless the client has changed in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnconfirmedRefusal {
    pub refusal: Refusal,
    /// The version of the store's clients that it depends on (see [`crate::registry::Registry::version`]).
    pub version: u64,
}

impl Unavailable {
    /// For a cause that the caller may know.
    #[must_use]
    pub fn openly(cause: &impl ToString) -> Self {
        Self { message: cause.to_string(), cause: cause.to_string(), waits_for: None, unconfirmed: None }
    }
}

impl Unavailable {
    /// The limit that was reached, if no other run may wait either.
    #[must_use]
    pub const fn limit(&self) -> Option<&'static str> {
        match self.waits_for {
            Some(Wait::Lookup | Wait::Confirm | Wait::Write) => Some("store_places"),
            Some(Wait::Secret) => Some("secret_checks"),
            Some(Wait::Keys) => Some("key_fetches"),
            None => None,
        }
    }

    /// When a retry is useful, in seconds: an outage of the store lasts longer than a burst of requests.
    #[must_use]
    pub const fn retry_after(&self) -> &'static str {
        if self.waits_for.is_some() { "1" } else { "30" }
    }
}

impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        let waits_for = if let StoreError::WouldWait(WouldWait(wait)) = &error { Some(*wait) } else { None };
        Self { message: error.public_message(), cause: error.to_string(), waits_for, unconfirmed: None }
    }
}

impl From<WouldWait> for Unavailable {
    fn from(would_wait: WouldWait) -> Self {
        StoreError::from(would_wait).into()
    }
}

impl From<KeysError> for Unavailable {
    fn from(error: KeysError) -> Self {
        let message = || "the signing keys cannot be used now".to_owned();
        match error {
            KeysError::Store(error) => error.into(),
            other => {
                Self { message: message(), cause: other.to_string(), waits_for: None, unconfirmed: None }
            }
        }
    }
}

impl From<NoSigner> for Unavailable {
    fn from(none: NoSigner) -> Self {
        Self::openly(&none)
    }
}

/// The body of every answer that is not 2xx.
#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    error_description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

impl<E: Into<Unavailable>> From<E> for Refusal {
    /// A temporary cause is not a final refusal.
    fn from(error: E) -> Self {
        Self::Unavailable(error.into())
    }
}

/// The allowed scopes, for a client that has proved itself; nothing if there are too many to read.
fn listed(allowed: &ScopeSet) -> String {
    match allowed.iter().count() {
        0 => "; it may have: none".to_owned(),
        1..=MOST_LISTED => format!("; it may have: {allowed}"),
        _ => String::new(),
    }
}

impl Refusal {
    /// The error code (RFC 6749 section 5.2 and its extensions).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Braked { refusal, .. } | Self::OddSecret { refusal, .. } => refusal.code(),
            Self::InvalidRequest(_)
            | Self::TooLarge(_)
            | Self::UnsupportedMediaType(_)
            | Self::UnsupportedCoding(_) => "invalid_request",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::NoCredentials(_)
            | Self::IdAlone
            | Self::UnknownClient
            | Self::WrongSecret
            | Self::OtherMethod
            | Self::InvalidAssertion(_)
            | Self::NoKeys(_)
            | Self::InvalidCertificate(_) => "invalid_client",
            Self::TooManyAttempts { .. } | Self::TooManyRequests { .. } => "too_many_requests",
            Self::UnauthorizedClient(_) => "unauthorized_client",
            Self::MalformedScope(_) | Self::ScopeNotAllowed { .. } | Self::ScopeOfOtherResource { .. } => {
                "invalid_scope"
            }
            Self::InvalidTarget(_) => "invalid_target",
            Self::InvalidGrant(_) | Self::InvalidIdentity(_) => "invalid_grant",
            Self::InvalidDpopProof(_) => "invalid_dpop_proof",
            Self::UseDpopNonce(_) => "use_dpop_nonce",
            Self::Unavailable(_) => "temporarily_unavailable",
            Self::ServerError(_) => "server_error",
        }
    }

    /// The limit that caused the refusal, if one did.
    #[must_use]
    pub const fn limit(&self) -> Option<&'static str> {
        match self {
            Self::TooManyAttempts { .. } => Some("secret_throttle"),
            Self::TooManyRequests { .. } => Some("per_client"),
            Self::Unavailable(cannot) => cannot.limit(),
            _ => None,
        }
    }

    /// The only thing that the request is waiting for; a later run may wait for it.
    #[must_use]
    pub const fn waits_for(&self) -> Option<Wait> {
        if let Self::Unavailable(cannot) = self { cannot.waits_for } else { None }
    }

    /// The refusal that a later run must confirm.
    #[must_use]
    pub fn unconfirmed(&self) -> Option<&UnconfirmedRefusal> {
        if let Self::Unavailable(cannot) = self { cannot.unconfirmed.as_deref() } else { None }
    }

    pub(super) fn status(&self, dialect: Dialect) -> u16 {
        match (self, dialect) {
            (Self::TooLarge(_), _) => 413,
            (Self::UnsupportedMediaType(_) | Self::UnsupportedCoding(_), _) => 415,
            (Self::ScopeNotAllowed { .. } | Self::ScopeOfOtherResource { .. }, Dialect::Json) => 403,
            (Self::TooManyAttempts { .. } | Self::TooManyRequests { .. }, _) => 429,
            (Self::Unavailable(_), _) => 503,
            (Self::ServerError(_), _) => 500,
            _ if self.code() == "invalid_client" => 401,
            _ => 400,
        }
    }

    /// The actual reason, for the log.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Braked { refusal, .. } => refusal.reason(),
            Self::OddSecret { refusal, odd } => format!("{}: what was sent {odd}", refusal.reason()),
            Self::InvalidRequest(cause)
            | Self::TooLarge(cause)
            | Self::UnsupportedMediaType(cause)
            | Self::UnsupportedCoding(cause)
            | Self::NoCredentials(cause)
            | Self::InvalidAssertion(cause)
            | Self::NoKeys(cause)
            | Self::InvalidCertificate(cause)
            | Self::UnauthorizedClient(cause)
            | Self::MalformedScope(cause)
            | Self::InvalidTarget(cause)
            | Self::InvalidGrant(cause)
            | Self::InvalidIdentity(cause)
            | Self::InvalidDpopProof(cause)
            | Self::Unavailable(Unavailable { cause, .. })
            | Self::ServerError(cause) => cause.clone(),
            Self::UnsupportedGrantType => {
                "the grant is not offered: grant_type must be client_credentials".to_owned()
            }
            Self::IdAlone => "client_secret is missing".to_owned(),
            Self::UnknownClient => "unknown client".to_owned(),
            Self::WrongSecret => "wrong secret".to_owned(),
            Self::OtherMethod => "the client is registered for another authentication method".to_owned(),
            Self::ScopeNotAllowed { refused, allowed } => {
                format!("{}{}", no_scope("the client may not have", refused), listed(allowed))
            }
            Self::ScopeOfOtherResource { refused } => no_scope("the resource does not know", refused),
            Self::UseDpopNonce(_) => "the DPoP proof must have the nonce of the DPoP-Nonce header".to_owned(),
            Self::TooManyAttempts { retry_after } => format!(
                "too many wrong credentials for this client, or from this address: check them, and wait {} s",
                seconds(*retry_after)
            ),
            Self::TooManyRequests { retry_after } => format!(
                "the client exceeds its request limit: reuse tokens until they expire, and wait {} s",
                seconds(*retry_after)
            ),
        }
    }

    /// Whether the credentials were wrong in the way that guesses are.
    #[must_use]
    pub const fn is_wrong_guess(&self) -> bool {
        matches!(
            self,
            Self::UnknownClient
                | Self::WrongSecret
                | Self::OddSecret { .. }
                | Self::OtherMethod
                | Self::InvalidAssertion(_)
                | Self::InvalidCertificate(_)
        )
    }

    /// Whether the client is registered, so that its id is a name and not a credential in its place.
    #[must_use]
    pub fn knows_client(&self) -> bool {
        match self {
            Self::Braked { refusal, .. } | Self::OddSecret { refusal, .. } => refusal.knows_client(),
            refusal => matches!(refusal, Self::WrongSecret | Self::OtherMethod | Self::NoKeys(_)),
        }
    }
}

fn no_scope(why: &str, refused: &[String]) -> String {
    format!("{why} scope {}", refused.join(" "))
}

/// Whole seconds, rounded up (RFC 9110 section 10.2.3).
pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// An error as JSON (RFC 6749 section 5.2), for every endpoint.
#[must_use]
pub fn error_response(status: u16, error: &str, description: &str, detail: Option<&str>) -> Response {
    let description = quotable(description);
    let detail = detail.map(quotable);
    let body = ErrorBody { error, error_description: &description, detail: detail.as_deref() };
    Response::json(status, &body)
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
