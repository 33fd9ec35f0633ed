//! GitHub Actions: a job with the permission `id-token: write` may ask a service for its token. The request is
//! that of `@actions/core` (`getIDToken`).

use super::request::{IdentityError, IdentityRequest, component};
use crate::client::agent::Answer;
use crate::client::endpoint::EndpointUrl;
use crate::client::refusal::said;
use crate::client::request::OutgoingRequest;
use crate::json::{Json, without_bom};
use crate::secret::Secret;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION};

pub const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
pub const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
const PERMISSION: &str = "this job needs `permissions: id-token: write`";

/// `GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=…`, with the request token.
///
/// # Errors
/// If a variable is missing, or the URL is not one.
pub fn request(
    url: Option<&str>,
    token: Option<&Secret>,
    audience: &str,
) -> Result<IdentityRequest, IdentityError> {
    let (url, token) = match (url, token) {
        (Some(url), Some(token)) => (url, token),
        (None, None) => {
            let what = format!("{URL} and {TOKEN} are not set");
            return Err(IdentityError::new(what, PERMISSION));
        }
        (url, _) => {
            let missing = if url.is_none() { URL } else { TOKEN };
            let hint = format!("{PERMISSION}, and both variables passed on to the step or container");
            return Err(IdentityError::new(format!("{missing} is not set"), hint));
        }
    };
    let join = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{join}audience={}", component(audience));
    let endpoint = EndpointUrl::parse(&url, false).map_err(|error| {
        IdentityError::new(format!("{URL}: {error}"), "the runner sets it; it is not to be set by hand")
    })?;
    let headers = vec![
        (AUTHORIZATION, Secret::new([b"Bearer ", token.expose()].concat())),
        (ACCEPT, Secret::new("application/json")),
    ];
    let request = OutgoingRequest { method: Method::GET, endpoint, headers, body: Secret::new("") };
    Ok(IdentityRequest { request, is_metadata_service: false })
}

/// The member `value` of the answer.
///
/// # Errors
/// If the service refused, or the answer has no token.
pub fn read(answer: &Answer) -> Result<Secret, IdentityError> {
    if answer.status != 200 {
        let what = format!("the service for ID tokens of GitHub Actions answers {}", answer.status);
        let hint = match answer.status {
            401 | 403 => format!("{PERMISSION}; the request token ends with the job"),
            _ => "try again later; githubstatus.com says whether Actions has a problem".to_owned(),
        };
        return Err(IdentityError::new(what, hint));
    }
    let value = match Json::parse(without_bom(&answer.body)) {
        Ok(Json::Object(members)) => members.get("value").and_then(Json::as_str).map(Secret::new),
        _ => None,
    };
    value.ok_or_else(|| {
        let kind = answer.headers.get("content-type").map(|kind| said(answer, kind));
        let what = "the answer of the service for ID tokens has no `value`";
        IdentityError::new(
            format!("{what} ({}, {} bytes)", kind.unwrap_or_default(), answer.body.len()),
            format!("does {URL} lead to GitHub's service?"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_is_that_of_the_platforms_own_client() {
        let token = Secret::new("r3quest");
        let asked = |url: &str, audience: &str| {
            let asked = request(Some(url), Some(&token), audience).unwrap();
            assert!(!format!("{asked:?}").contains("r3quest") && !asked.is_metadata_service);
            let authorization =
                asked.request.headers.iter().find(|(name, _)| *name == AUTHORIZATION).unwrap();
            assert_eq!(authorization.1.expose(), b"Bearer r3quest");
            asked.request.endpoint.uri().to_string()
        };
        let audience = "https://as.example.com/a b";
        let encoded = "audience=https%3A%2F%2Fas.example.com%2Fa%20b";
        let url = "https://run.example.com/x?api-version=2.0";
        assert_eq!(asked(url, audience), format!("{url}&{encoded}"));
        let bare = "https://run.example.com/x";
        assert_eq!(asked(bare, audience), format!("{bare}?{encoded}"));
    }

    #[test]
    fn without_the_permission_it_is_named() {
        let token = Secret::new("r3quest");
        for (url, token, what) in [
            (None, None, "_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set"),
            (None, Some(&token), "_URL is not set"),
            (Some("https://a"), None, "_TOKEN is not set"),
        ] {
            let error = request(url, token, "a").unwrap_err();
            assert!(error.what.ends_with(what) && error.hint.contains("id-token: write"), "{error:?}");
        }
        let plain = request(Some("http://run.example.com/"), Some(&token), "a").unwrap_err();
        assert!(plain.what.contains("plain http"), "{plain:?}");
    }

    #[test]
    fn only_an_answer_with_a_value_is_a_token() {
        let answer =
            |status, body: &str| Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() };
        assert_eq!(read(&answer(200, r#"{"count":9,"value":"t"}"#)).unwrap().expose(), b"t");
        for (status, body, part) in [
            (403, "{}", "answers 403"),
            (500, "", "answers 500"),
            (200, "{}", "no `value`"),
            (200, r#"{"value":1}"#, "no `value`"),
            (200, "t0k3n", "no `value`"),
        ] {
            let error = read(&answer(status, body)).unwrap_err();
            assert!(error.what.contains(part) && !error.what.contains("t0k3n"), "{error:?}");
        }
    }
}
