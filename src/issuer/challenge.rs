//! The refusals of a resource and their challenges (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728
//! section 5.1).

use crate::http::Response;
use crate::http::authorization::quotable;
use crate::issuer::accept::Accept;
use crate::issuer::active_token::InactiveReason;
use crate::issuer::dpop::ALGORITHMS;
use crate::issuer::error::{Dialect, Refusal, Unavailable, error_response};
use crate::issuer::resource::Resource;
use crate::issuer::{LogRecord, LoggedResponse};
use crate::jose::algorithm::Algorithm;
use crate::scope::ScopeSet;

/// How a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Bearer,
    Dpop,
}

/// Why access is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No credentials, or an unsupported scheme: no error code (RFC 6750 section 3.1).
    NoToken(String),
    /// The request itself is wrong, such as two Authorization headers.
    Malformed(String),
    InvalidToken(Scheme, String),
    InvalidProof(String),
    /// The proof must contain this nonce.
    UseNonce(String),
    /// The token is good, but these scopes are missing.
    InsufficientScope {
        scheme: Scheme,
        client: String,
        missing: String,
    },
    /// No token allows this.
    Forbidden(String),
    /// The client did not authenticate.
    Client(Refusal),
    /// The decision is not possible now.
    Unavailable(Unavailable),
}

/// The facts about a resource that go into a challenge.
#[derive(Clone, Copy, Debug)]
pub struct Challenges<'a> {
    pub accept: Accept,
    /// The scopes that the request needs.
    pub scope: &'a ScopeSet,
    pub resource: Option<&'a Resource>,
}

impl Challenges<'_> {
    /// The value of `WWW-Authenticate` for a scheme.
    fn of(&self, scheme: Scheme, error: Option<(&str, &str)>) -> String {
        let mut parts = vec![r#"realm="heistctl""#.to_owned()];
        if let Some((code, description)) = error {
            parts.push(format!(r#"error="{code}", error_description="{}""#, quotable(description)));
        }
        let known = self.resource.and_then(|resource| resource.scopes.as_ref());
        let scope = if self.scope.is_empty() { known } else { Some(self.scope) };
        if let Some(scope) = scope.filter(|scope| !scope.is_empty()) {
            parts.push(format!(r#"scope="{scope}""#));
        }
        if let Some(resource) = self.resource {
            parts.push(format!(r#"resource_metadata="{}""#, resource.metadata_url()));
        }
        let name = match scheme {
            Scheme::Bearer => "Bearer",
            Scheme::Dpop => {
                parts.push(format!(r#"algs="{}""#, ALGORITHMS.map(Algorithm::name).join(" ")));
                "DPoP"
            }
        };
        format!("{name} {}", parts.join(", "))
    }

    /// Adds the challenges of all accepted schemes. Clients understand a single one best, so DPoP is named
    /// only where the scheme Bearer is not accepted.
    fn all(&self, mut response: Response) -> Response {
        let accept = self.accept;
        if accept.by_bearer() {
            response = response.header("WWW-Authenticate", self.of(Scheme::Bearer, None));
        } else if accept.dpop {
            response = response.header("WWW-Authenticate", self.of(Scheme::Dpop, None));
        }
        if accept.basic {
            response = response.header("WWW-Authenticate", r#"Basic realm="heistctl""#);
        }
        response
    }
}

impl Denial {
    /// The denial of a token that is not active.
    #[must_use]
    pub fn of_inactive(scheme: Scheme, reason: InactiveReason) -> Self {
        match reason {
            InactiveReason::Dead(why) => Self::InvalidToken(scheme, why),
            InactiveReason::Unknown(cannot) => Self::Unavailable(cannot),
        }
    }

    /// The error code (RFC 6750 section 3.1, RFC 9449 section 7.1).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoToken(_) | Self::Malformed(_) => "invalid_request",
            Self::InvalidToken(..) => "invalid_token",
            Self::InvalidProof(_) => "invalid_dpop_proof",
            Self::UseNonce(_) => "use_dpop_nonce",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::Forbidden(_) => "access_denied",
            Self::Client(refusal) => refusal.code(),
            Self::Unavailable(_) => "temporarily_unavailable",
        }
    }

    /// The answer and its log record.
    #[must_use]
    pub fn outcome(self, challenges: &Challenges<'_>) -> LoggedResponse {
        let error = Some(self.code());
        let (waits_for, limit) = match &self {
            Self::Unavailable(cannot) => (cannot.waits_for, cannot.limit()),
            Self::Client(refusal) => (refusal.waits_for(), refusal.limit()),
            _ => (None, None),
        };
        let client =
            if let Self::InsufficientScope { client, .. } = &self { Some(client.clone()) } else { None };
        let (response, reason) = self.response(challenges);
        let record =
            LogRecord { error, reason: Some(reason), limit, waits_for, client, ..LogRecord::default() };
        LoggedResponse { response, record }
    }

    fn response(self, challenges: &Challenges<'_>) -> (Response, String) {
        let code = self.code();
        let challenged = |status, scheme, why: &str, detail: &str| {
            let response = error_response(status, code, why, Some(detail));
            response.header("WWW-Authenticate", challenges.of(scheme, Some((code, why))))
        };
        match self {
            Self::NoToken(detail) => {
                let description = format!("{detail}; send Authorization: Bearer and an access token");
                (challenges.all(error_response(401, code, &description, Some(&detail))), detail)
            }
            Self::Malformed(why) => (error_response(400, code, &why, Some(&why)), why),
            Self::InvalidToken(scheme, why) => {
                (challenged(401, scheme, &why, &format!("Invalid token: {why}")), why)
            }
            Self::InvalidProof(why) => (challenged(401, Scheme::Dpop, &why, &why), why),
            Self::UseNonce(nonce) => {
                let why = "the DPoP proof must have the nonce of the DPoP-Nonce header".to_owned();
                (challenged(401, Scheme::Dpop, &why, &why).header("DPoP-Nonce", nonce), why)
            }
            Self::InsufficientScope { scheme, missing, .. } => {
                let why = format!("the token lacks scope {missing}");
                (challenged(403, scheme, &why, &why), why)
            }
            Self::Forbidden(why) => (challenges.all(error_response(403, code, &why, Some(&why))), why),
            Self::Client(refusal) => refused_client(&refusal, challenges),
            Self::Unavailable(cannot) => {
                let response = error_response(503, code, &cannot.message, Some(&cannot.message));
                (response.header("Retry-After", cannot.retry_after()), cannot.cause)
            }
        }
    }
}

/// The refusal of a client at a guard. Gateways pass on 401 and 403, and make errors of other statuses.
fn refused_client(refusal: &Refusal, challenges: &Challenges<'_>) -> (Response, String) {
    let answer = refusal.response(Dialect::Form, false);
    let status = match answer.status {
        400 | 401 => 401,
        429 => 403,
        500 | 503 => 503,
        other => other,
    };
    let is_challenge = |name: &str| name == "WWW-Authenticate";
    let headers = answer.headers.into_iter().filter(|(name, _)| !is_challenge(name)).collect();
    let response = Response { status, headers, ..answer };
    let response = if status == 503 { response } else { challenges.all(response) };
    (response, refusal.reason())
}
