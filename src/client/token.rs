//! A token by client credentials, in two halves: what is asked, and how the answer is read.

use crate::claims::TokenResponse;
use crate::client::agent::{Answer, Outgoing};
use crate::client::endpoint::Endpoint;
use crate::http::authorization::{Credentials, basic_header, bearer};
use crate::http::{Method, params};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use serde::Deserialize;

/// So much of a strange answer is shown.
const EXCERPT: usize = 200;

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

/// The request (RFC 6749 section 4.4.2), with Basic authentication.
///
/// # Errors
/// Where the secret is not UTF-8, which the protocol needs.
pub fn prepare(
    endpoint: &Endpoint,
    credentials: &Credentials,
    scope: &ScopeSet,
) -> Result<Outgoing, std::str::Utf8Error> {
    let mut form = vec![("grant_type", "client_credentials")];
    if !scope.is_empty() {
        form.push(("scope", scope.as_str()));
    }
    Ok(Outgoing {
        method: Method::Post,
        endpoint: endpoint.clone(),
        headers: vec![
            ("Authorization", basic_header(credentials)?),
            ("Content-Type", Secret::new("application/x-www-form-urlencoded")),
            ("Accept", Secret::new("application/json")),
        ],
        body: params::form(&form),
    })
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
    match answer.status {
        200..=299 => {
            let token: TokenResponse =
                serde_json::from_slice(&answer.body).map_err(|error| strange(answer, &error.to_string()))?;
            // It will stand in headers, shells and curl's configuration: only a token's characters.
            if bearer(&token.access_token).is_err() {
                return Err(strange(answer, "its access_token is no token (RFC 6750 section 2.1)"));
            }
            if !token.token_type.eq_ignore_ascii_case("Bearer") {
                return Err(TokenError::UnknownType(token.token_type));
            }
            Ok(token)
        }
        300..=399 => Err(TokenError::Redirect(answer.status)),
        status => match serde_json::from_slice::<ErrorAnswer>(&answer.body) {
            Ok(refused) if status < 500 => {
                let (error, description) = (refused.error, refused.error_description);
                Err(TokenError::Refused { status, error, description })
            }
            Ok(failed) => Err(TokenError::NoAnswer(format!(
                "the server failed with {status} {}{}",
                failed.error,
                described(failed.error_description.as_deref())
            ))),
            Err(_) if status < 500 => {
                let (error, description) = ("without an OAuth error".to_owned(), Some(excerpt(answer)));
                Err(TokenError::Refused { status, error, description })
            }
            Err(_) => {
                Err(TokenError::NoAnswer(format!("the server failed with {status}: {}", excerpt(answer))))
            }
        },
    }
}

/// A 2xx answer that should be a token and is none.
fn strange(answer: &Answer, why: &str) -> TokenError {
    let why = match why.split(" at line").next() {
        // Only a page is shown: anything else that a token endpoint grants may be a token.
        _ if answer.body.trim_ascii_start().first() == Some(&b'<') => excerpt(answer),
        _ if answer.body.trim_ascii_start().first() != Some(&b'{') => size(answer),
        // serde quotes the value in this message.
        Some(quoting) if quoting.contains("invalid ") => "a member has the wrong type".to_owned(),
        first => first.unwrap_or_default().to_owned(),
    };
    TokenError::NoAnswer(format!("the answer ({}) is no token response: {why}", answer.status))
}

/// A strange answer may hold a token all the same, in JSON or in a form.
fn may_hold_a_token(answer: &Answer) -> bool {
    String::from_utf8_lossy(&answer.body).to_ascii_lowercase().contains("token")
}

fn size(answer: &Answer) -> String {
    format!("{}, {} bytes", answer.content_type.as_deref().unwrap_or("no content type"), answer.body.len())
}

/// The start of an answer, for people; of one that may hold a token, type and size only.
fn excerpt(answer: &Answer) -> String {
    let size = size(answer);
    if may_hold_a_token(answer) {
        return size;
    }
    format!("{size}: {}", String::from_utf8_lossy(&answer.body[..answer.body.len().min(EXCERPT)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, content_type: Some("text/x".to_owned()), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn the_request_is_a_form_with_basic_authentication() {
        let endpoint = Endpoint::parse("https://as.example.com/token", false).unwrap();
        let credentials = Credentials { id: "a".to_owned(), secret: Secret::new("b") };
        let request = prepare(&endpoint, &credentials, &"y x".parse().unwrap()).unwrap();
        assert_eq!(request.body.expose(), b"grant_type=client_credentials&scope=x+y");
        assert_eq!(request.headers[0].1.expose(), b"Basic YTpi");
        assert!(!format!("{request:?}").contains("YTpi"));
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
            (302, "", "redirects (302)"),
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
