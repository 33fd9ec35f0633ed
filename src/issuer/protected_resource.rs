//! `GET /protected-resource`, as in the article: takes a token, returns its client and scope. Uses the same
//! judge as `inspect` (RFC 6750, RFC 9068 section 4, RFC 9449 section 7, RFC 8705 section 3).

use crate::clock::Timestamp;
use crate::http::authorization::{bearer, quotable, split};
use crate::http::{RESOURCE_PATH, Request, Response};
use crate::issuer::active_token::{ActiveToken, InactiveReason, live};
use crate::issuer::dpop::{ALGORITHMS, DpopError, DpopProof, Expected};
use crate::issuer::error::{Unavailable, error_response};
use crate::issuer::log_record::{GrantedFields, TokenLogRecord};
use crate::issuer::{LogRecord, LoggedResponse, Service};
use crate::jose::algorithm::Algorithm;
use crate::jose::certificate;
use crate::jose::compact::{self, Token};
use serde::Serialize;

#[derive(Serialize)]
struct GrantedBody<'a> {
    message: &'a str,
    client: &'a str,
    scope: &'a str,
}

/// How a token was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Bearer,
    Dpop,
}

/// Why access is denied.
enum Denial {
    /// No credentials, or an unsupported scheme: no error code (RFC 6750 section 3.1).
    NoToken(String),
    /// More than one Authorization header.
    Malformed(String),
    InvalidToken(Scheme, String),
    InvalidProof(String),
    /// The proof must contain this nonce.
    UseNonce(String),
    /// The decision is not possible now.
    Unavailable(Unavailable),
}

/// Answers a request for the protected resource as of `now`.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp) -> LoggedResponse {
    let mut note = None;
    let found = presented(http).and_then(|(scheme, text)| {
        let token = compact::read(text);
        note = TokenLogRecord::presented(&service.settings, text, &token);
        decide(service, http, (scheme, text, token), now)
    });
    let mut outcome = found.map_or_else(Denial::outcome, |found| granted(&found));
    outcome.record.token = note;
    outcome
}

fn granted(found: &ActiveToken) -> LoggedResponse {
    let scope = found.scope().map(|scope| scope.to_string()).unwrap_or_default();
    let granted = GrantedBody { message: "Access granted!", client: found.sub(), scope: &scope };
    let response = Response::json(200, &granted);
    let given = Some(GrantedFields { scope: Some(scope), ..GrantedFields::default() });
    // The judge has found that the token is of a registered client.
    let client = Some(found.client_id().to_owned());
    // A key-bound token came with a proof, whose id is used up.
    let remembered = found.jkt().is_some();
    LoggedResponse {
        response,
        record: LogRecord { client, authenticated: true, given, remembered, ..LogRecord::default() },
    }
}

fn decide(
    service: &Service,
    http: &Request,
    (scheme, text, token): (Scheme, &str, Token<'_>),
    now: Timestamp,
) -> Result<ActiveToken, Denial> {
    let found = live(service, token, &service.policies.resource, now).map_err(|error| match error {
        InactiveReason::Dead(why) => Denial::InvalidToken(scheme, why),
        InactiveReason::Unknown(cannot) => Denial::Unavailable(cannot),
    })?;
    check_certificate(http, &found).map_err(|why| Denial::InvalidToken(scheme, why.to_owned()))?;
    check_binding(service, http, (scheme, text), &found, now)?;
    Ok(found)
}

fn presented(http: &Request) -> Result<(Scheme, &str), Denial> {
    let mut headers = http.headers.all("authorization");
    let header = headers.next();
    if headers.next().is_some() {
        return Err(Denial::Malformed("there is more than one Authorization header".to_owned()));
    }
    let header = header.filter(|value| !value.is_empty());
    let header = header.ok_or_else(|| Denial::NoToken("No authorization header".to_owned()))?;
    let (scheme, rest) = split(header);
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Scheme::Bearer,
        "dpop" => Scheme::Dpop,
        _ => return Err(Denial::NoToken("No bearer token: the Authorization scheme is another".to_owned())),
    };
    let token = bearer(rest).map_err(|error| Denial::InvalidToken(scheme, error.to_string()))?;
    Ok((scheme, token))
}

/// A token bound to a certificate requires that certificate on the connection (RFC 8705 section 3).
fn check_certificate(http: &Request, found: &ActiveToken) -> Result<(), &'static str> {
    let is_known = found.jkt().is_some() || found.x5t_s256().is_some();
    match (found.x5t_s256(), &http.peer.certificate) {
        _ if !is_known && found.claims.get("cnf").is_some() => {
            Err("its cnf binds it to something that is not known here")
        }
        (None, _) => Ok(()),
        (Some(bound), Some(shown)) if certificate::thumbprint(&shown.der) == bound => Ok(()),
        (Some(_), Some(_)) => Err("it is bound to another certificate than the connection shows"),
        (Some(_), None) => Err("it is bound to a certificate, and the connection shows none"),
    }
}

/// A key-bound token needs a proof; an unbound token must not have one (RFC 9449 sections 7.1 and 7.2).
fn check_binding(
    service: &Service,
    http: &Request,
    (scheme, token): (Scheme, &str),
    found: &ActiveToken,
    now: Timestamp,
) -> Result<(), Denial> {
    let (jkt, owner) = (found.jkt(), found.client_id());
    match (scheme, jkt) {
        (Scheme::Bearer, None) => return Ok(()),
        (Scheme::Bearer, Some(_)) => {
            let why = "it is bound to a key (DPoP) and cannot be used as a bearer token";
            return Err(Denial::InvalidToken(Scheme::Dpop, why.to_owned()));
        }
        (Scheme::Dpop, None) => {
            let why = "it is a bearer token, bound to no key";
            return Err(Denial::InvalidToken(Scheme::Dpop, why.to_owned()));
        }
        (Scheme::Dpop, Some(_)) => {}
    }
    let urls = [service.url(RESOURCE_PATH)];
    let method = http.method.name();
    let expected = Expected { method, urls: &urls, token: Some(token), key: jkt, owner };
    let proof = DpopProof::presented(&http.headers).map_err(denied_proof)?;
    let proof = proof.ok_or_else(|| Denial::InvalidProof("DPoP proof: it is missing".to_owned()))?;
    proof.verify(service, &expected, now).map_err(denied_proof)
}

fn denied_proof(error: DpopError) -> Denial {
    match error {
        DpopError::OtherKey => Denial::InvalidToken(Scheme::Dpop, "it is bound to another key".to_owned()),
        DpopError::Invalid(why) => Denial::InvalidProof(why),
        DpopError::NonceNeeded(nonce) => Denial::UseNonce(nonce),
        DpopError::Unavailable(cannot) => Denial::Unavailable(cannot),
    }
}

const BEARER: &str = r#"Bearer realm="heistctl""#;

fn dpop_challenge(error: &str, description: &str) -> String {
    let algs = ALGORITHMS.map(Algorithm::name).join(" ");
    format!(
        r#"DPoP realm="heistctl", error="{error}", error_description="{}", algs="{algs}""#,
        quotable(description)
    )
}

impl Denial {
    /// The error code (RFC 6750 section 3.1, RFC 9449 section 7.1).
    const fn code(&self) -> &'static str {
        match self {
            Self::NoToken(_) | Self::Malformed(_) => "invalid_request",
            Self::InvalidToken(..) => "invalid_token",
            Self::InvalidProof(_) => "invalid_dpop_proof",
            Self::UseNonce(_) => "use_dpop_nonce",
            Self::Unavailable(_) => "temporarily_unavailable",
        }
    }

    fn outcome(self) -> LoggedResponse {
        let (code, waits_for, limit) = match &self {
            Self::Unavailable(cannot) => (self.code(), cannot.waits_for, cannot.limit()),
            other => (other.code(), None, None),
        };
        let (response, reason) = match self {
            Self::NoToken(detail) => {
                let description = format!("{detail}; send Authorization: Bearer and an access token");
                let response = error_response(401, code, &description, Some(&detail));
                (response.header("WWW-Authenticate", BEARER), detail)
            }
            Self::Malformed(why) => (error_response(400, code, &why, Some(&why)), why),
            Self::InvalidToken(scheme, why) => {
                let detail = format!("Invalid token: {why}");
                let challenge = match scheme {
                    Scheme::Dpop => dpop_challenge(code, &why),
                    Scheme::Bearer => {
                        format!(r#"{BEARER}, error="{code}", error_description="{}""#, quotable(&why))
                    }
                };
                let response = error_response(401, code, &why, Some(&detail));
                (response.header("WWW-Authenticate", challenge), why)
            }
            Self::InvalidProof(why) => {
                let response = error_response(401, code, &why, Some(&why));
                (response.header("WWW-Authenticate", dpop_challenge(code, &why)), why)
            }
            Self::UseNonce(nonce) => {
                let why = "the DPoP proof must have the nonce of the DPoP-Nonce header".to_owned();
                let response = error_response(401, code, &why, Some(&why));
                let response = response.header("WWW-Authenticate", dpop_challenge(code, &why));
                (response.header("DPoP-Nonce", nonce), why)
            }
            Self::Unavailable(cannot) => {
                let response = error_response(503, code, &cannot.message, Some(&cannot.message));
                (response.header("Retry-After", cannot.retry_after()), cannot.cause)
            }
        };
        let (error, reason) = (Some(code), Some(reason));
        let record = LogRecord { error, reason, limit, waits_for, ..LogRecord::default() };
        LoggedResponse { response, record }
    }
}
