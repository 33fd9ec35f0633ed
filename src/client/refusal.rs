//! Unexpected answers: an OAuth error (RFC 6749 section 5.2), a proxy's page, or unreadable bytes. Messages
//! show an excerpt, and never a possible token.

use crate::client::agent::Answer;
use crate::http::authorization::AuthorizationError;
use crate::http::challenge::challenges;
use crate::json::{Json, Object, without_bom};
use crate::text::truncate;
use percent_encoding::percent_decode_str;

/// The limit of an unreadable answer's excerpt, in bytes.
const EXCERPT: usize = 200;
/// The limit of a server's description, in characters.
const SENTENCE: usize = 500;
/// Shown instead of an error code.
pub const NO_OAUTH_ERROR: &str = "without an OAuth error";
/// The error code that requests a nonce in the DPoP proof (RFC 9449 section 8).
const USE_DPOP_NONCE: &str = "use_dpop_nonce";

/// Why a token request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The server refused (RFC 6749 section 5.2).
    #[error("{status} {error}{}", described(description.as_deref()))]
    Refused {
        status: u16,
        error: String,
        /// The server's description; untrusted until escaped.
        description: Option<String>,
    },
    /// The server failed, or its answer is not a token.
    #[error("{0}")]
    NoAnswer(String),
    /// A redirect. Requests with a secret never follow one.
    #[error("the server redirects ({0}), and a secret is never sent after a redirect")]
    Redirect(u16),
    /// A token with characters that no header can carry.
    #[error("the access_token cannot be used: {0}")]
    Unusable(AuthorizationError),
    /// An unknown token type (RFC 6749 section 7.1).
    #[error("the token is of type {0:?}, which heistctl does not know how to use")]
    UnknownType(String),
}

fn described(description: Option<&str>) -> String {
    description.map(|text| format!(": {text}")).unwrap_or_default()
}

/// The answers of TLS ports to plain http, in lower case: nginx, Apache, Go, Node's proxies, heistctl.
const WANT_HTTPS: [&str; 7] = [
    "plain http request was sent to https port",
    "speaking plain http to an ssl-enabled server port",
    "sent an http request to an https server",
    "client sent an http request to",
    "ask with https://",
    "this combination of host and port requires tls",
    "https is required",
];

/// Whether the answer says that its port requires https.
#[must_use]
pub fn wants_https(answer: &Answer) -> bool {
    let text = || String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    matches!(answer.status, 400..=499) && WANT_HTTPS.iter().any(|words| text().contains(words))
}

/// The error of an unsuccessful answer.
#[must_use]
pub fn refusal(answer: &Answer) -> TokenError {
    let status = answer.status;
    match (status, named_error(answer)) {
        (300..=399, _) => TokenError::Redirect(status),
        (400..=499, Some(refused)) => refused,
        (400..=499, None) => {
            let (error, description) = (NO_OAUTH_ERROR.to_owned(), Some(excerpt(answer)));
            TokenError::Refused { status, error, description }
        }
        (_, Some(failed)) => TokenError::NoAnswer(format!("the server failed with {failed}")),
        (_, None) => TokenError::NoAnswer(format!("the server failed with {status}: {}", excerpt(answer))),
    }
}

/// The error in an answer of any status: from its body, or else its challenge.
fn named_error(answer: &Answer) -> Option<TokenError> {
    error_in_body(answer).or_else(|| {
        let challenges = challenges(&answer.headers);
        let challenge = challenges.iter().find(|challenge| challenge.get("error").is_some())?;
        Some(refused(answer, challenge.get("error")?, challenge.get("error_description")))
    })
}

fn error_in_body(answer: &Answer) -> Option<TokenError> {
    match object(answer) {
        Ok(members) => oauth_error(answer, &members),
        Err(refused @ TokenError::Refused { .. }) => Some(refused),
        Err(_) => None,
    }
}

/// The error in the members of an answer, whatever its status. RFC 6749 has a string; some servers send an
/// object, a list, a number or `true`, or a list `errors`.
#[must_use]
pub fn oauth_error(answer: &Answer, members: &Object) -> Option<TokenError> {
    let error = match members.get("error") {
        None | Some(Json::Null) => members.get("errors")?,
        Some(error) => error,
    };
    let inner = first(error);
    let code = match inner {
        Json::Object(_) => code(inner).unwrap_or("error"),
        Json::Bool(true) => members.get("code").and_then(code).unwrap_or("error"),
        other => code(other)?,
    };
    let outer = ["error_description", "message"].into_iter().find_map(|name| members.get(name)?.as_str());
    Some(refused(answer, code, description(inner).or(outer)))
}

fn refused(answer: &Answer, error: &str, description: Option<&str>) -> TokenError {
    TokenError::Refused {
        status: answer.status,
        error: said(answer, error),
        description: description.map(|text| said(answer, text)),
    }
}

/// The first element of a list; any other value unchanged.
fn first(json: &Json) -> &Json {
    match json {
        Json::Array(items) => items.first().map_or(json, first),
        other => other,
    }
}

/// The error code, from a string or an object.
fn code(json: &Json) -> Option<&str> {
    match first(json) {
        Json::String(text) | Json::Number(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
        Json::Object(inner) => {
            ["error", "type", "status", "code"].into_iter().find_map(|name| inner.get(name).and_then(code))
        }
        _ => None,
    }
}

/// The description next to an error code.
fn description(json: &Json) -> Option<&str> {
    let inner = first(json).as_object()?;
    let names = ["error_description", "message", "description", "detail"];
    let beside = names.into_iter().find_map(|name| inner.get(name)?.as_str());
    beside.or_else(|| description(inner.get("error")?))
}

/// The error of a form-encoded answer, if it has one (`error=invalid_client&error_description=…`).
fn form_error(answer: &Answer, body: &[u8]) -> Option<TokenError> {
    let fields = form(body);
    let get = |wanted: &str| {
        let value = fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    };
    let error = get("error").filter(|_| get("access_token").is_none())?;
    Some(refused(answer, error, get("error_description")))
}

/// Parses `application/x-www-form-urlencoded`.
fn form(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let fields = text.trim().split('&').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// Whether an answer requests a nonce in the DPoP proof. RFC 9449 section 8 has 400 and an error in the
/// body; some servers use 401 or 200, or put the error only in the challenge.
#[must_use]
pub fn asks_for_nonce(answer: &Answer) -> bool {
    let is_asking = |error: &str| error == USE_DPOP_NONCE;
    let challenged = challenges(&answer.headers)
        .iter()
        .any(|challenge| challenge.is("DPoP") && challenge.get("error").is_some_and(is_asking));
    let named = matches!(error_in_body(answer), Some(TokenError::Refused { error, .. }) if is_asking(&error));
    match answer.status {
        200..=299 => named,
        400..=499 => named || challenged,
        _ => false,
    }
}

/// The members of a JSON answer. The body decides, since some servers label JSON as `text/plain` or
/// `text/html`, or not at all.
///
/// # Errors
/// [`TokenError`] that describes the answer; for a form with an OAuth error, that error.
pub fn object(answer: &Answer) -> Result<Object, TokenError> {
    let body = without_bom(&answer.body).trim_ascii_start();
    match body.first() {
        Some(b'{') => match Json::parse(body) {
            Ok(Json::Object(members)) => Ok(members),
            _ => Err(strange(answer, &format!("it is broken JSON: {}", size(answer)))),
        },
        // Only a web page is quoted: any other answer of a token endpoint may hold a token.
        Some(b'<') => Err(strange(answer, &format!("it is a web page: {}", excerpt(answer)))),
        Some(_) if is_form(answer, body) => {
            let why = format!("it is a form, not JSON (RFC 6749 section 5.1): {}", size(answer));
            Err(form_error(answer, body).unwrap_or_else(|| strange(answer, &why)))
        }
        Some(_) => Err(strange(answer, &format!("it is not a JSON object: {}", size(answer)))),
        None => Err(strange(answer, &format!("it is empty: {}", size(answer)))),
    }
}

/// The form-encoded answer from before RFC 6749: `access_token=…&token_type=bearer`.
fn is_form(answer: &Answer, body: &[u8]) -> bool {
    let labelled = answer
        .headers
        .get("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    labelled
        || [&b"access_token="[..], b"error=", b"error_description="]
            .iter()
            .any(|start| body.starts_with(start))
}

/// The error of a 2xx answer that cannot be used.
#[must_use]
pub fn strange(answer: &Answer, why: &str) -> TokenError {
    TokenError::NoAnswer(format!("the answer ({}) cannot be used: {why}", answer.status))
}

/// The server's words, redacted and truncated.
#[must_use]
pub fn said(answer: &Answer, text: &str) -> String {
    truncate(&answer.redactor.redact(text), SENTENCE).into_owned()
}

/// The content type and length of an answer.
fn size(answer: &Answer) -> String {
    let kind =
        answer.headers.get("content-type").map_or("no content type".to_owned(), |kind| said(answer, kind));
    format!("{kind}, {} bytes", answer.body.len())
}

/// The start of an answer, or only its type and size if it may hold a token.
fn excerpt(answer: &Answer) -> String {
    let (size, text) = (size(answer), String::from_utf8_lossy(&answer.body));
    if text.is_empty() || text.to_ascii_lowercase().contains("token") {
        return size;
    }
    format!("{size}: {}", truncate(&answer.redactor.redact(&text), EXCERPT))
}
