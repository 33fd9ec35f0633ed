//! Refusals and their explanations. Tokens, challenges and metadata are text; no network.

use super::*;
use crate::client::protected_resource::ProtectedResource;
use crate::client::redact::Redactor;
use crate::client::request::OutgoingRequest;
use crate::http::challenge;
use crate::jose::digest::base64url;
use crate::secret::Secret;
use serde_json::{Value, json};

const NOW: i64 = 1_795_420_800;
const URL: &str = "https://api.example.com/v1/things";

fn jwt(changes: &Value) -> String {
    let mut claims = json!({
        "iss": "https://as.example.com", "sub": "c", "aud": "https://api.example.com", "scope": "read",
        "iat": NOW - 10, "exp": NOW + 3590
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    format!("{}.{}.{}", part(&json!({"alg": "ES256", "typ": "at+jwt"})), part(&claims), base64url(&[7; 64]))
}

/// A refusal. Unset fields have their correct values.
#[derive(Clone)]
struct Case {
    status: u16,
    challenge: &'static str,
    ahead: Option<i64>,
    has_nonce: bool,
    resource: Option<ProtectedResource>,
    bound: bool,
    asked: &'static str,
    resources: Vec<String>,
    caller_origin: Option<&'static str>,
}

impl Case {
    fn of(status: u16, challenge: &'static str) -> Self {
        let (ahead, resource, bound, asked, resources) = (Some(0), None, false, "", Vec::new());
        let (has_nonce, caller_origin) = (false, None);
        Self { status, challenge, ahead, has_nonce, resource, bound, asked, resources, caller_origin }
    }

    fn resource(self, metadata: Value) -> Self {
        Self { resource: Some(serde_json::from_value(metadata).unwrap()), ..self }
    }

    fn explain(&self, token: &str) -> Explanation {
        let (url, asked) = (EndpointUrl::parse(URL, false).unwrap(), self.asked.parse().unwrap());
        let redactor = Redactor::of(&OutgoingRequest {
            method: http::Method::GET,
            endpoint: url.clone(),
            headers: vec![(http::header::AUTHORIZATION, Secret::new(format!("Bearer {token}")))],
            body: Secret::new(""),
        });
        let sent = SentRequest {
            url: &url,
            token,
            redactor: &redactor,
            bound: self.bound,
            certificate: false,
            granted: "read".parse().unwrap(),
            asked: &asked,
            resources: &self.resources,
            issuer: Some("https://as.example.com"),
            caller_origin: self.caller_origin,
        };
        let challenges = challenge::read(self.challenge);
        let heard = ResourceAnswer {
            status: self.status,
            challenges: &challenges,
            has_nonce: self.has_nonce,
            stopped: false,
            ahead: self.ahead,
            resource: self.resource.as_ref(),
            now: Timestamp::from_unix(NOW),
        };
        explain(&sent, &heard)
    }

    #[track_caller]
    fn says(&self, token: &str, what: &str, hint: &str) {
        let expected = Explanation { what: what.to_owned(), hint: hint.to_owned() };
        assert_eq!(self.explain(token), expected);
    }
}

const INVALID: &str = r#"Bearer realm="x", error="invalid_token""#;

#[test]
fn an_audience_that_does_not_fit_is_told_with_the_one_that_is_wanted() {
    let metadata = json!({"resource": "https://api.example.com/v1"});
    let case = Case::of(401, INVALID).resource(metadata.clone());
    case.says(
        &jwt(&json!({"aud": "https://other.example.com"})),
        "invalid_token; the resource wants a token for https://api.example.com/v1, and the token is for https://other.example.com",
        "--resource \"https://api.example.com/v1\" requests it",
    );
    case.says(
        &jwt(&json!({"aud": null})),
        "invalid_token; the resource wants a token for https://api.example.com/v1, and the token has no audience",
        "--resource \"https://api.example.com/v1\" requests it",
    );
    let asked = Case { resources: vec!["https://api.example.com/v1".to_owned()], ..case };
    assert!(asked.explain(&jwt(&json!({"aud": null}))).hint.starts_with("it was requested"));
    // Without metadata the audience is a guess and is worded as one. It is not guessed where the server gives
    // another reason.
    Case::of(401, INVALID).says(
        &jwt(&json!({"aud": null})),
        "invalid_token; the token has no audience, and the called URL is at https://api.example.com",
        "--resource \"https://api.example.com\" requests one, if that is its name",
    );
    let revoked = r#"Bearer error="invalid_token", error_description="it has been revoked""#;
    let said = Case::of(401, revoked).explain(&jwt(&json!({"aud": null})));
    assert!(!said.what.contains("audience") && said.what.starts_with("invalid_token: it has been revoked; "));
    for aud in [URL, "https://api.example.com/v1/", "https://api.example.com", "https://api.example.com/"] {
        let said = Case::of(401, INVALID).explain(&jwt(&json!({"aud": aud})));
        assert!(said.what.contains("the token's claims show no cause"), "{aud}: {said:?}");
    }
}

#[test]
fn the_audience_is_left_out_where_the_reason_is_another_one() {
    let resource = json!({"resource": "https://api.example.com/v1"});
    for reason in ["the token has expired", "the signature is wrong"] {
        let challenge = format!(r#"Bearer error="invalid_token", error_description="{reason}""#);
        let case = Case::of(401, challenge.leak()).resource(resource.clone());
        for token in [jwt(&json!({"aud": null, "exp": NOW - 600})), jwt(&json!({"aud": null}))] {
            let said = case.explain(&token);
            assert!(!said.what.contains("audience") && !said.hint.contains("--resource"), "{said:?}");
        }
    }
}

#[test]
fn the_audience_that_a_guard_names_is_requested() {
    let absent = r#"Bearer error="invalid_token", error_description="aud: no aud; expected https://orders.example.com/v1""#;
    let said = Case::of(401, absent).explain(&jwt(&json!({"aud": null})));
    assert!(
        said.what.ends_with("wants a token for https://orders.example.com/v1, and the token has no audience")
    );
    assert_eq!(said.hint, "--resource \"https://orders.example.com/v1\" requests it");
    let other =
        r#"Bearer error="invalid_token", error_description="the token is for https://a, not for https://b""#;
    let said = Case::of(401, other).explain(&jwt(&json!({"aud": "https://a"})));
    assert_eq!(said.hint, "--resource \"https://b\" requests it");
}

#[test]
fn a_scope_that_is_missing_is_told_with_how_to_ask_for_it() {
    let insufficient = r#"Bearer error="insufficient_scope", scope="write read""#;
    Case::of(403, insufficient).says(
        &jwt(&json!({})),
        "insufficient_scope; it wants scope read write, and the token has read",
        "--scope \"read write\" requests it",
    );
    // The issuer's response gives the scope of an opaque token.
    Case::of(403, insufficient).says(
        "opaque-token",
        "insufficient_scope; it wants scope read write, and the token has read",
        "--scope \"read write\" requests it",
    );
    let asked = Case { asked: "read write", ..Case::of(403, insufficient) };
    assert_eq!(
        asked.explain(&jwt(&json!({}))).hint,
        "it was requested: the issuer must allow the client that scope"
    );
    let knows = Case::of(403, "Bearer")
        .resource(json!({"resource": "https://api.example.com", "scopes_supported": ["read", "admin"]}));
    knows.says(
        &jwt(&json!({})),
        "it gives no error code: the token, which has scope read, was accepted, and the action is not allowed (RFC 6750 section 3.1); it knows scope admin read, and the token has read",
        "is the client allowed to do this? The API's own log has the reason; --scope \"admin read\" requests it",
    );
    Case::of(403, "Bearer error=\"forbidden\"").says(
        &jwt(&json!({})),
        "forbidden; the token has scope read",
        "is the client allowed to do this? --scope requests more",
    );
}

#[test]
fn a_bare_403_says_nothing_against_the_token() {
    let metadata =
        json!({"resource": "https://api.example.com/v1", "authorization_servers": ["https://other"]});
    for (case, code) in [
        (Case::of(403, ""), "no challenge"),
        (Case::of(403, r#"Bearer realm="x""#), "no error code"),
        (Case::of(403, r#"Basic realm="x", Bearer"#).resource(metadata), "no error code"),
    ] {
        for aud in [json!(null), json!("https://other.example.com")] {
            case.says(
                &jwt(&json!({"aud": aud})),
                &format!("it gives {code}: the token, which has scope read, was accepted, and the action is not allowed (RFC 6750 section 3.1)"),
                "is the client allowed to do this? The API's own log has the reason",
            );
        }
        assert!(!case.explain("opaque").what.contains("opaque"));
        // APIs that answer 403 to an expired token exist.
        assert!(case.explain(&jwt(&json!({"exp": NOW - 60}))).what.contains("exp of the token"));
    }
}

#[test]
fn a_token_of_the_caller_is_replaced_by_the_caller() {
    let given = |case: Case| Case { caller_origin: Some("HEISTCTL_TOKEN"), ..case };
    let insufficient = r#"Bearer error="insufficient_scope", scope="write""#;
    let said = given(Case::of(403, insufficient)).explain(&jwt(&json!({})));
    assert_eq!(said.hint, "heistctl token --scope \"read write\" gets such a token");
    let said = given(Case::of(401, INVALID)).explain(&jwt(&json!({"exp": NOW - 4})));
    assert_eq!(said.hint, "the token is from HEISTCTL_TOKEN: heistctl token gets a new one");
    let said = given(Case::of(401, INVALID)).explain(&jwt(&json!({})));
    assert!(said.hint.ends_with("heistctl inspect - shows what the token says"), "{said:?}");
}

#[test]
fn clocks_that_differ_are_told_by_how_much() {
    let ahead = |ahead| Case { ahead: Some(ahead), ..Case::of(401, INVALID) };
    ahead(-31).says(
        &jwt(&json!({"iat": NOW})),
        "invalid_token; iat of the token: 2026-11-23 08:00:00Z, issued in the future, in 31s, and the resource's clock is 31s behind this machine's",
        "set the clocks",
    );
    ahead(3600).says(
        &jwt(&json!({})),
        "invalid_token; exp of the token: 2026-11-23 08:59:50Z, expired 10s ago, and the resource's clock is 1h ahead of this machine's",
        "set the clocks",
    );
    ahead(0).says(
        &jwt(&json!({"exp": NOW - 4})),
        "invalid_token; exp of the token: 2026-11-23 07:59:56Z, expired 4s ago",
        "--refresh gets a new one",
    );
    // One second is within the time on the way.
    assert!(ahead(-1).explain(&jwt(&json!({"iat": NOW}))).what.contains("the token's claims show no cause"));
    let nbf = Case { ahead: None, ..Case::of(401, INVALID) }.explain(&jwt(&json!({"nbf": NOW + 60})));
    assert!(nbf.what.contains("nbf of the token") && nbf.hint == "is the issuer's clock right?", "{nbf:?}");
    let proof = Case {
        bound: true,
        ahead: Some(40),
        ..Case::of(401, r#"DPoP error="invalid_dpop_proof", algs="ES256""#)
    };
    let said = proof.explain(&jwt(&json!({"cnf": {"jkt": "x"}})));
    assert!(said.what.contains("40s ahead of this machine's") && said.hint == "set the clocks", "{said:?}");
}

#[test]
fn a_token_that_is_presented_in_the_wrong_way_is_told() {
    let bound = json!({"cnf": {"jkt": "x"}});
    for (case, claims, what, hint) in [
        (
            Case::of(401, r#"DPoP algs="ES256""#),
            json!({}),
            "a bearer token was sent",
            "--dpop binds the token to a key",
        ),
        (Case::of(401, INVALID), bound.clone(), "was sent as a bearer token", "--dpop-key names its key"),
        (
            Case { bound: true, ..Case::of(401, INVALID) },
            bound,
            "it takes bearer tokens",
            "retry without --dpop",
        ),
        (
            Case { bound: true, ..Case::of(401, "DPoP") },
            json!({}),
            "is not bound to a key",
            "does the issuer support DPoP? If not, retry without --dpop",
        ),
        (
            Case::of(401, INVALID),
            json!({"cnf": {"x5t#S256": "x"}}),
            "bound to a certificate",
            "--client-cert and --client-cert-key name it",
        ),
        (
            Case::of(401, r#"Basic realm="x""#),
            json!({}),
            "it does not take access tokens",
            "is this the API that takes tokens?",
        ),
    ] {
        let said = case.explain(&jwt(&claims));
        assert!(said.what.contains(what) && said.hint == hint, "{said:?}");
    }
}

#[test]
fn another_issuer_and_what_cannot_be_read_are_told() {
    let metadata =
        json!({"resource": "https://api.example.com", "authorization_servers": ["https://a", "https://b"]});
    Case::of(401, INVALID).resource(metadata).says(
        &jwt(&json!({})),
        "invalid_token; the token's issuer is https://as.example.com, and the resource accepts https://a or https://b",
        "--issuer names one of them, if you trust it with this client's credentials",
    );
    let opaque = Case::of(401, INVALID).explain("2YotnFZFEjr1zCsicMWpAA");
    assert!(
        opaque.what.contains("the token is opaque") && opaque.hint.contains("--introspect"),
        "{opaque:?}"
    );
}

#[test]
fn the_words_of_a_hostile_server_are_cut_and_stand_in_no_command() {
    let token = jwt(&json!({}));
    let challenge = format!(
        r#"Bearer error="invalid_token", error_description="{} {token}", scope="$(id) `id`""#,
        "x".repeat(100)
    );
    let case = Case::of(403, Box::leak(challenge.into_boxed_str()));
    let said = case.explain(&token);
    assert!(!format!("{said:?}").contains(&token[token.len() - 40..]), "{said:?}");
    assert_eq!(said.hint, "--scope with that value requests it");
    let long = format!(r#"Bearer error="{}", scope="{}""#, "e".repeat(5000), "s ".repeat(5000));
    let said = Case::of(403, Box::leak(long.into_boxed_str())).explain(&token);
    assert!(said.what.len() < 800 && said.hint.len() < 400, "{said:?}");
}

#[test]
fn a_nonce_that_is_asked_for_and_not_given_is_told() {
    let asks = r#"DPoP error="use_dpop_nonce""#;
    let case = Case { bound: true, ..Case::of(401, asks) };
    let what = "use_dpop_nonce; it asks for a nonce in the DPoP proof";
    let token = jwt(&json!({"cnf": {"jkt": "x"}}));
    case.says(&token, what, "its answer has no DPoP-Nonce header: the resource must send one");
    let given = Case { has_nonce: true, ..case };
    given.says(&token, what, "it got the nonce that it asked for, and asks again: its own log says more");
}
