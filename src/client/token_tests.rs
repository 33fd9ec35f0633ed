//! Answers of token endpoints as seen in the field.

use super::*;
use crate::client::authentication::ClientProof;
use crate::client::redact::Redactor;
use crate::clock::Timestamp;
use crate::http::Headers;

fn answer(status: u16, body: &str) -> Answer {
    let mut headers = Headers::default();
    headers.push("Content-Type", if body.starts_with('{') { "application/json" } else { "text/x" });
    Answer { status, headers, body: body.as_bytes().to_vec(), ..Answer::default() }
}

#[test]
fn the_request_says_what_the_token_is_for() {
    let request = AccessTokenRequest {
        endpoint: EndpointUrl::parse("https://as.example.com/token", false).unwrap(),
        grant: TokenGrant::ClientCredentials,
        client: AuthenticatedClient {
            client_id: Some("a".to_owned()),
            proof: ClientProof::Basic(Secret::new("b")),
        },
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
        sent.headers.iter().any(|(name, value)| *name == "Authorization" && value.expose() == b"Basic YTpi")
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
    assert_eq!(with(401, r#"{"error":"use_dpop_nonce"}"#).as_deref(), Some("n1"));
    assert_eq!(with(400, r#"{"error":"invalid_dpop_proof"}"#), None);
    assert_eq!(with(200, r#"{"error":"use_dpop_nonce"}"#).as_deref(), Some("n1"));
    assert_eq!(with(200, r#"{"access_token":"a","token_type":"DPoP"}"#), None);
    assert_eq!(with(500, r#"{"error":"use_dpop_nonce"}"#), None);
    let mut challenged = answer(401, "");
    challenged.headers.push("WWW-Authenticate", r#"DPoP error="use_dpop_nonce""#);
    assert_eq!((asks_for_nonce(&challenged), wanted_nonce(&challenged)), (true, None));
    challenged.headers.push("DPoP-Nonce", "n2");
    assert_eq!(wanted_nonce(&challenged).as_deref(), Some("n2"));
}

#[test]
fn a_token_is_read_and_unknown_members_are_ignored() {
    let body = r#"{"access_token":"t","token_type":"bEARER","expires_in":3,"scope":"b a","foo":[]}"#;
    for body in [body.to_owned(), format!("\u{feff}{body}")] {
        let granted = read(&answer(200, &body)).unwrap();
        let token = granted.response;
        assert_eq!((token.access_token.as_str(), token.expires_in), ("t", Some(3)));
        assert_eq!((token.scope.unwrap().as_str(), granted.warnings), ("a b", vec![]));
    }
}

#[test]
fn what_is_odd_beside_a_token_does_not_make_it_useless() {
    for (rest, expires_in, scope, warning) in [
        ("", None, None, None),
        (r#","expires_in":"3600","scope":null"#, Some(3600), None, None),
        (r#","expires_in":null,"scope":["b","a"],"error":null"#, None, Some("a b"), None),
        (
            r#","expires_in":-1,"error":"""#,
            None,
            None,
            Some("expires_in is negative: the token is not cached"),
        ),
        (
            r#","scope":["a b","c"]"#,
            None,
            Some("c"),
            Some("part of the granted scope is ignored: a scope is"),
        ),
        (r#","scope":"c é""#, None, Some("c"), Some("part of the granted scope is ignored: scope has a")),
        (r#","scope":"é""#, None, None, Some("part of the granted scope is ignored")),
        (r#","expires_in":"3600s""#, None, None, Some("expires_in is a string that is not a number")),
        (r#","expires_in":1e400"#, None, None, Some("more seconds than a clock holds")),
    ] {
        let body = format!(r#"{{"access_token":"Atza|a!%:","token_type":"Bearer "{rest}}}"#);
        let GrantedToken { response, warnings } = read(&answer(200, &body)).unwrap();
        assert_eq!((response.token_type.as_str(), response.expires_in), ("Bearer", expires_in), "{body}");
        assert_eq!(response.scope.as_ref().map(ScopeSet::as_str), scope, "{body}");
        let as_wanted = match (warnings.as_slice(), warning) {
            ([found], Some(part)) => found.contains(part),
            (found, wanted) => found.is_empty() && wanted.is_none(),
        };
        assert!(as_wanted, "{body}: {warnings:?}");
    }
}

#[test]
fn everything_else_is_an_error_with_its_reason() {
    for (body, part) in [
        ("<html>hello</html>", "it is a web page: text/x, 18 bytes: <html>hello</html>"),
        ("", "it is empty: text/x, 0 bytes"),
        ("access_token=a&token_type=bearer", "it is a form, not JSON"),
        ("error=bad_verification_code", "200 bad_verification_code"),
        ("error=invalid_client&error_description=no+such%20one", "200 invalid_client: no such one"),
        ("error_description=no&error=invalid_client", "200 invalid_client: no"),
        (r#"{"error":{"error":"invalid_client","error_description":"no"}}"#, "200 invalid_client: no"),
        (r#"{"error":["invalid_client"]}"#, "200 invalid_client"),
        (r#"{"errors":[{"code":"invalid_client","message":"no"}]}"#, "200 invalid_client: no"),
        (r#"{"errors":["invalid_client"]}"#, "200 invalid_client"),
        (r#"{"errors":[]}"#, "access_token is missing"),
        (r#"{"error":"invalid_client","error_description":"no"}"#, "200 invalid_client: no"),
        (r#"{"access_token":null,"error":"invalid_client"}"#, "200 invalid_client"),
        (r#"{"ok":false,"error":{"type":"OAuthException","message":"no"}}"#, "200 OAuthException: no"),
        (r#"{"token_type":"Bearer"}"#, "access_token is missing"),
        (r#"{"access_token":"","token_type":"Bearer"}"#, "access_token is missing"),
        (r#"{"access_token":"a\nb","token_type":"Bearer"}"#, "has a line end (U+000A) in it"),
        (r#"{"access_token":"a b","token_type":"Bearer"}"#, "has a blank in it"),
        (r#"{"access_token":"\u200ba","token_type":"Bearer"}"#, "has a zero-width space (U+200B) in it"),
        (r#"{"access_token":"é","token_type":"Bearer"}"#, "has the character (U+00E9) in it"),
        (r#"{"access_token":["a"],"token_type":"Bearer"}"#, "access_token is an array, it must be"),
        (r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#, "access_token occurs more"),
        (r#"{"access_token":"a"}"#, "token_type is missing"),
        (
            r#"{"access_token":"a","token_type":"Bearer","scope":[1]}"#,
            "scope is a list with elements that are not strings",
        ),
        (r#"{"access_token":"a","#, "it is broken JSON: application/json, 20 bytes"),
        (r#"{"access_token":"a","token_type":"MAC"}"#, "type \"MAC\""),
        (r#"{"access_token":"a","token_type":["Bearer"]}"#, "token_type is an array, it must be a string"),
        (r#"["abc","Bearer",3600,"scope"]"#, "text/x, 29 bytes"),
    ] {
        says(200, body, part);
    }
}

#[track_caller]
fn says(status: u16, body: &str, part: &str) {
    let error = read(&answer(status, body)).unwrap_err().to_string();
    assert!(error.contains(part), "{error} lacks {part}");
}

#[test]
fn a_status_that_is_not_a_success_is_an_error_with_its_reason() {
    for (status, body, part) in [
        (101, "", "the server failed with 101"),
        (101, r#"{"error":"x"}"#, "the server failed with 101 x"),
        (302, "", "redirects (302)"),
        (400, r#"["invalid_client","desc"]"#, "400 without an OAuth error: text/x, 25 bytes"),
        (400, r#"{"error":"invalid_scope","error_description":"no"}"#, "400 invalid_scope: no"),
        (400, "error=invalid_client&error_description=no", "400 invalid_client: no"),
        (400, r#"{"error":{"error":"invalid_client"}}"#, "400 invalid_client"),
        (404, "nothing", "404 without an OAuth error: text/x, 7 bytes: nothing"),
        (500, "oops", "failed with 500: text/x, 4 bytes: oops"),
        (503, r#"{"error":"temporarily_unavailable"}"#, "failed with 503 temporarily_unavailable"),
    ] {
        says(status, body, part);
    }
}

#[test]
fn an_error_in_the_challenge_alone_is_the_error() {
    let mut challenged = answer(401, "");
    assert!(read(&challenged).unwrap_err().to_string().ends_with(", 0 bytes"));
    let value = r#"Basic realm="x", error="invalid_client", error_description="no""#;
    challenged.headers.push("WWW-Authenticate", value);
    assert_eq!(read(&challenged).unwrap_err().to_string(), "401 invalid_client: no");
}

#[test]
fn json_is_json_whatever_it_is_labelled() {
    let body = br#"{"access_token":"hunter2","token_type":"Bearer"}"#;
    for kind in [None, Some("application/json"), Some("text/plain; charset=utf-8"), Some("text/html")] {
        let mut headers = Headers::default();
        kind.into_iter().for_each(|kind| headers.push("Content-Type", kind));
        let granted = read(&Answer { status: 200, headers, body: body.to_vec(), ..Answer::default() });
        assert_eq!(granted.unwrap().response.access_token, "hunter2", "{kind:?}");
    }
}

#[test]
fn what_we_sent_is_not_shown_before_a_text_is_cut() {
    let text = format!("{}hunter2 {}", "x".repeat(197), "y".repeat(500));
    for body in [text.clone(), format!(r#"{{"error":"{text}","error_description":"{text}"}}"#)] {
        for status in [400, 500] {
            let mut answer = answer(status, &body);
            let proof = ClientProof::Post(Secret::new("hunter2"));
            let sent = AuthenticatedClient { client_id: Some("a".to_owned()), proof };
            let endpoint = EndpointUrl::parse("https://as.example.com/token", false).unwrap();
            let attempt = Attempt { now: Timestamp::from_unix(0), id: [0; 16], nonce: None };
            answer.redactor = Redactor::of(&sent.post(&endpoint, Vec::new(), &attempt).unwrap());
            let error = refusal(&answer).to_string();
            assert!(!error.contains("hun") && error.len() < 1500, "{error}");
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
        r#"{"access_token":"hunter2\n","token_type":"Bearer"}"#,
        r#"{"access_token":"a","token_type":"Bearer","scope":{"x":"hunter2"}}"#,
    ] {
        for status in [200, 400, 500] {
            let error = read(&answer(status, body)).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
