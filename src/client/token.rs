//! A token by client credentials, in two halves: what is asked, and how the answer is read.

use crate::claims::TokenResponse;
use crate::client::Attempt;
use crate::client::agent::{Answer, Outgoing};
use crate::client::dpop::{DPOP, DpopKey};
use crate::client::endpoint::Endpoint;
use crate::client::identity::{Identity, ProofError};
use crate::http::authorization::bearer;
use crate::json::{self, Json};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use serde::Deserialize;
use std::sync::Arc;

/// So many bytes of a strange answer are shown.
const EXCERPT: usize = 200;
/// So many characters of what the server says of an error.
const SENTENCE: usize = 500;

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The server said no (RFC 6749 section 5.2).
    #[error("{status} {error}{}", described(description.as_deref()))]
    Refused {
        /// HTTP status.
        status: u16,
        /// The error code.
        error: String,
        /// The server's own words; hostile until escaped.
        description: Option<String>,
    },
    /// The server failed, or answered with something else than a token.
    #[error("{0}")]
    NoAnswer(String),
    /// A redirect, which a request with a secret never follows.
    #[error("the server redirects ({0}), and a secret is never sent after a redirect")]
    Redirect(u16),
    /// A token that we cannot use (RFC 6749 section 7.1).
    #[error("the token is of type {0:?}, which heistctl does not know how to use")]
    UnknownType(String),
}

fn described(description: Option<&str>) -> String {
    description.map(|text| format!(": {text}")).unwrap_or_default()
}

/// What is asked for, and by whom.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The token endpoint.
    pub endpoint: Endpoint,
    /// The client.
    pub identity: Identity,
    /// What the token is to allow.
    pub scope: ScopeSet,
    /// Whom it is for (RFC 8707).
    pub resources: Vec<String>,
    /// The same where a server wants that name.
    pub audience: Option<String>,
    /// What vendors want.
    pub params: Vec<(String, String)>,
    /// The key that it is to be bound to.
    pub dpop: Option<Arc<DpopKey>>,
}

/// The request (RFC 6749 section 4.4.2).
///
/// # Errors
/// Where the client cannot prove who it is.
pub fn prepare(request: &TokenRequest, attempt: &Attempt) -> Result<Outgoing, ProofError> {
    let mut form = vec![("grant_type", "client_credentials".to_owned())];
    if !request.scope.is_empty() {
        form.push(("scope", request.scope.to_string()));
    }
    form.extend(request.resources.iter().map(|resource| ("resource", resource.clone())));
    form.extend(request.audience.iter().map(|audience| ("audience", audience.clone())));
    form.extend(request.params.iter().map(|(name, value)| (name.as_str(), value.clone())));
    let mut outgoing = request.identity.post(&request.endpoint, form, attempt)?;
    if let Some(key) = &request.dpop {
        let proof = key.proof("POST", &request.endpoint.uri().to_string(), None, attempt)?;
        outgoing.headers.push((DPOP, Secret::new(proof)));
    }
    Ok(outgoing)
}

/// The nonce that the server wants in the proof of another attempt (RFC 9449 section 8).
#[must_use]
pub fn wanted_nonce(answer: &Answer) -> Option<String> {
    let asks = answer.status == 400
        && json::object::<ErrorAnswer>(&answer.body).is_ok_and(|no| no.error == "use_dpop_nonce");
    answer.headers.get("dpop-nonce").filter(|_| asks).map(str::to_owned)
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: String,
    error_description: Option<String>,
}

/// Reads the answer (RFC 6749 sections 5.1 and 5.2).
///
/// # Errors
/// [`TokenError`] for everything that is no usable token.
pub fn read(answer: &Answer) -> Result<TokenResponse, TokenError> {
    if !(200..=299).contains(&answer.status) {
        return Err(refusal(answer));
    }
    if let Some(kind) = answer.headers.get("content-type").filter(|kind| !is_json(kind)) {
        let why = format!("it is {}, not application/json (RFC 6749 section 5.1)", said(answer, kind));
        return Err(strange(answer, &why));
    }
    let token: TokenResponse =
        json::object(&answer.body).map_err(|error| strange(answer, &error.to_string()))?;
    // It will stand in headers, shells and curl's configuration: only a token's characters.
    if bearer(&token.access_token).is_err() {
        return Err(strange(answer, "its access_token is no token (RFC 6750 section 2.1)"));
    }
    if !["bearer", "dpop"].contains(&token.token_type.to_ascii_lowercase().as_str()) {
        return Err(TokenError::UnknownType(said(answer, &token.token_type)));
    }
    Ok(token)
}

/// `application/json`, and what some servers say in its place: `text/json`, `application/x+json`.
fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.ends_with("/json") || kind.ends_with("+json")
}

/// What an answer says that is no success.
#[must_use]
pub fn refusal(answer: &Answer) -> TokenError {
    let status = answer.status;
    match (status, json::object::<ErrorAnswer>(&answer.body)) {
        (300..=399, _) => TokenError::Redirect(status),
        (400..=499, Ok(refused)) => {
            let description = refused.error_description.map(|text| said(answer, &text));
            TokenError::Refused { status, error: said(answer, &refused.error), description }
        }
        (400..=499, Err(_)) => {
            let (error, description) = ("without an OAuth error".to_owned(), Some(excerpt(answer)));
            TokenError::Refused { status, error, description }
        }
        (_, Ok(failed)) => {
            let description = failed.error_description.map(|text| said(answer, &text));
            let error = said(answer, &failed.error);
            let error =
                format!("the server failed with {status} {error}{}", described(description.as_deref()));
            TokenError::NoAnswer(error)
        }
        (_, Err(_)) => TokenError::NoAnswer(format!("the server failed with {status}: {}", excerpt(answer))),
    }
}

/// The server's own words, without ours, and not without end.
fn said(answer: &Answer, text: &str) -> String {
    answer.unspoken.hide(text).chars().take(SENTENCE).collect()
}

/// A 2xx answer that should be something and is not.
#[must_use]
pub fn strange(answer: &Answer, why: &str) -> TokenError {
    let why = match why.split(" at line").next() {
        // Only a page is shown: anything else that a token endpoint grants may be a token.
        _ if answer.body.trim_ascii_start().first() == Some(&b'<') => excerpt(answer),
        _ if answer.body.trim_ascii_start().first() != Some(&b'{') => size(answer),
        // serde quotes the value in this message.
        Some(quoting) if quoting.contains("invalid ") => mistyped(answer),
        first => first.unwrap_or_default().to_owned(),
    };
    TokenError::NoAnswer(format!("the answer ({}) is not what was asked for: {why}", answer.status))
}

/// The member that has a wrong type (RFC 6749 section 5.1); values are not shown.
fn mistyped(answer: &Answer) -> String {
    let Ok(Json::Object(members)) = Json::parse(&answer.body) else {
        return "a member has the wrong type".to_owned();
    };
    let no_text = ["access_token", "token_type", "scope"].into_iter().find_map(|name| {
        let member = members.get(name).filter(|member| member.as_str().is_none())?;
        Some(format!("{name} is {}, it must be a string (RFC 6749 section 5.1)", member.kind()))
    });
    no_text.unwrap_or_else(|| match members.get("expires_in") {
        Some(Json::Number(_)) => "expires_in is no whole number of seconds".to_owned(),
        Some(other) => {
            format!("expires_in is {}, it must be a number (RFC 6749 section 5.1)", other.kind())
        }
        None => "a member has the wrong type".to_owned(),
    })
}

/// A strange answer may hold a token all the same, in JSON or in a form.
fn may_hold_a_token(answer: &Answer) -> bool {
    String::from_utf8_lossy(&answer.body).to_ascii_lowercase().contains("token")
}

fn size(answer: &Answer) -> String {
    let kind =
        answer.headers.get("content-type").map_or("no content type".to_owned(), |kind| said(answer, kind));
    let encoded = answer.headers.get("content-encoding").map(|coding| said(answer, coding));
    let encoded = encoded.map(|coding| format!(" in {coding}, which was not asked for")).unwrap_or_default();
    format!("{kind}, {} bytes{encoded}", answer.body.len())
}

/// The start of an answer, for people; of one that may hold a token, type and size only.
fn excerpt(answer: &Answer) -> String {
    let size = size(answer);
    if may_hold_a_token(answer) {
        return size;
    }
    let text = answer.unspoken.hide(&String::from_utf8_lossy(&answer.body));
    format!("{size}: {}", String::from_utf8_lossy(&text.as_bytes()[..text.len().min(EXCERPT)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::identity::Proof;
    use crate::client::unspoken::Unspoken;
    use crate::clock::Timestamp;
    use crate::http::Headers;

    fn answer(status: u16, body: &str) -> Answer {
        let mut headers = Headers::default();
        headers.push("Content-Type", if body.starts_with('{') { "application/json" } else { "text/x" });
        Answer { status, headers, body: body.as_bytes().to_vec(), ..Answer::default() }
    }

    #[test]
    fn the_request_says_what_the_token_is_for() {
        let request = TokenRequest {
            endpoint: Endpoint::parse("https://as.example.com/token", false).unwrap(),
            identity: Identity { client_id: "a".to_owned(), proof: Proof::Basic(Secret::new("b")) },
            scope: "y x".parse().unwrap(),
            resources: vec!["https://a".to_owned(), "https://b".to_owned()],
            audience: Some("c".to_owned()),
            params: vec![("tenant".to_owned(), "d e".to_owned())],
            dpop: None,
        };
        let attempt = Attempt { now: Timestamp::from_unix(0), id: [0; 16], nonce: None };
        let sent = prepare(&request, &attempt).unwrap();
        let expected = "grant_type=client_credentials&scope=x+y&resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb\
            &audience=c&tenant=d+e";
        assert_eq!(sent.body.expose_str().unwrap(), expected);
        assert!(
            sent.headers
                .iter()
                .any(|(name, value)| *name == "Authorization" && value.expose() == b"Basic YTpi")
        );
        assert!(!format!("{sent:?}").contains("YTpi"));
    }

    #[test]
    fn a_nonce_is_taken_only_from_an_answer_that_asks_for_it() {
        let with = |status, body| {
            let mut answer = answer(status, body);
            answer.headers.push("DPoP-Nonce", "n1");
            wanted_nonce(&answer)
        };
        assert_eq!(with(400, r#"{"error":"use_dpop_nonce"}"#).as_deref(), Some("n1"));
        assert_eq!(with(400, r#"{"error":"invalid_dpop_proof"}"#), None);
        assert_eq!(with(200, r#"{"error":"use_dpop_nonce"}"#), None);
    }

    #[test]
    fn a_token_is_read_and_unknown_members_are_ignored() {
        let body = r#"{"access_token":"t","token_type":"bEARER","expires_in":3,"scope":"b a","foo":[]}"#;
        let token = read(&answer(200, body)).unwrap();
        assert_eq!((token.access_token.as_str(), token.expires_in), ("t", Some(3)));
        assert_eq!(token.scope.unwrap().as_str(), "a b");
    }

    #[test]
    fn everything_else_is_an_error_with_its_reason() {
        for (status, body, part) in [
            (200, "<html>hello</html>", "text/x, 18 bytes: <html>hello</html>"),
            (200, "", "0 bytes"),
            (200, r#"{"token_type":"Bearer"}"#, "missing field `access_token`"),
            (200, r#"{"access_token":"","token_type":"Bearer"}"#, "no token"),
            (200, r#"{"access_token":"a\nb","token_type":"Bearer"}"#, "no token"),
            (200, r#"{"access_token":"$(id)","token_type":"Bearer"}"#, "no token"),
            (200, r#"{"access_token":"a","token_type":"MAC"}"#, "type \"MAC\""),
            (
                200,
                r#"{"access_token":"a","token_type":"Bearer","expires_in":"3600"}"#,
                "expires_in is a string",
            ),
            (200, r#"{"access_token":"a","token_type":"Bearer","expires_in":-1}"#, "no whole number"),
            (
                200,
                r#"{"access_token":"a","token_type":["Bearer"]}"#,
                "token_type is an array, it must be a string",
            ),
            (200, r#"["abc","Bearer",3600,"scope"]"#, "text/x, 29 bytes"),
            (101, "", "the server failed with 101"),
            (101, r#"{"error":"x"}"#, "the server failed with 101 x"),
            (302, "", "redirects (302)"),
            (400, r#"["invalid_client","desc"]"#, "400 without an OAuth error: text/x, 25 bytes"),
            (400, r#"{"error":"invalid_scope","error_description":"no"}"#, "400 invalid_scope: no"),
            (404, "nothing", "404 without an OAuth error: text/x, 7 bytes: nothing"),
            (500, "oops", "failed with 500: text/x, 4 bytes: oops"),
            (503, r#"{"error":"temporarily_unavailable"}"#, "failed with 503 temporarily_unavailable"),
        ] {
            let error = read(&answer(status, body)).unwrap_err().to_string();
            assert!(error.contains(part), "{error} lacks {part}");
        }
    }

    #[test]
    fn the_type_of_an_answer_is_json_or_not_said() {
        let body = br#"{"access_token":"hunter2","token_type":"Bearer"}"#;
        for (kind, good) in [
            (None, true),
            (Some("application/json"), true),
            (Some("Application/JSON; charset=utf-8"), true),
            (Some("text/json"), true),
            (Some("application/vnd.x+json"), true),
            (Some("text/html"), false),
            (Some("application/jsonp"), false),
        ] {
            let mut headers = Headers::default();
            kind.into_iter().for_each(|kind| headers.push("Content-Type", kind));
            let read = read(&Answer { status: 200, headers, body: body.to_vec(), ..Answer::default() });
            let error = read.as_ref().err().map(ToString::to_string).unwrap_or_default();
            assert!(read.is_ok() == good && (good || error.contains("application/json")), "{kind:?} {error}");
            assert!(!error.contains("hunter2"));
        }
    }

    #[test]
    fn what_we_sent_is_not_shown_before_a_text_is_cut() {
        let text = format!("{}hunter2 {}", "x".repeat(EXCERPT - 3), "y".repeat(SENTENCE));
        for body in [text.clone(), format!(r#"{{"error":"{text}","error_description":"{text}"}}"#)] {
            for status in [400, 500] {
                let mut answer = answer(status, &body);
                let proof = Proof::Post(Secret::new("hunter2"));
                let sent = Identity { client_id: "a".to_owned(), proof };
                let endpoint = Endpoint::parse("https://as.example.com/token", false).unwrap();
                let attempt = Attempt { now: Timestamp::from_unix(0), id: [0; 16], nonce: None };
                answer.unspoken = Unspoken::of(&sent.post(&endpoint, Vec::new(), &attempt).unwrap());
                let error = refusal(&answer).to_string();
                assert!(!error.contains("hun") && error.len() < 3 * SENTENCE, "{error}");
            }
        }
    }

    #[test]
    fn a_token_in_a_broken_answer_is_not_shown() {
        for body in [
            r#"{"access_token":"hunter2","token_type":7}"#,
            r#"{"access_token":"hunter2""#,
            "access_token=hunter2&token_type=bearer",
            "\"hunter2-token\"",
            r#"{"access_token":"hunter2","token_type":"Bearer","expires_in":"hunter2"}"#,
        ] {
            for status in [200, 400, 500] {
                let error = read(&answer(status, body)).unwrap_err().to_string();
                assert!(!error.contains("hunter2"), "{error}");
            }
        }
    }
}
