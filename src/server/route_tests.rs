//! Protocol tests: a request value in, a response value out, no socket.

use super::*;
use crate::http::Headers;
use crate::http::Response;
use crate::issuer::{IssuerIdentity, NoRemoteKeys, ServiceSettings};
use crate::jose::compact;
use crate::jose::digest::base64url;
use crate::jose::sign::{Signer, TokenType};
use crate::registry::secret_hash::SecretHash;
use crate::registry::{Client, ClientAuth, LiveSecret, Registry};
use crate::secret::Secret;
use base64::Engine;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const SECRET: &str = "super-secret-change-in-production";
const ISSUER: &str = "heist-oauth-service";

fn client(id: &str, secret: &str, scopes: &str) -> Client {
    let secrets = vec![LiveSecret::lasting(SecretHash::of(&Secret::new(secret)))];
    Client {
        claims: serde_json::Map::from_iter([("team".to_owned(), "heist".into())]),
        ..Client::new(id, ClientAuth::Secret { secrets, only: None }, scopes.parse().unwrap())
    }
}

fn service_with(settings: ServiceSettings) -> Service {
    crate::jose::install_provider();
    let mut registry = Registry::default();
    registry.add(client("hacker-client", "hacker-secret-123", "simulation:read simulation:write")).unwrap();
    let short = Client {
        lifetime: Some(Duration::from_secs(2)),
        ..client("planner-client", "a+b %41:ü", "memory:read")
    };
    registry.add(short).unwrap();
    let identity =
        IssuerIdentity { issuer: ISSUER.to_owned(), public_url: "http://127.0.0.1:8001".to_owned() };
    let signer = Signer::hs256(Secret::new(SECRET)).unwrap();
    Service::new(identity, registry, signer, settings, Arc::new(NoRemoteKeys))
}

fn service() -> Service {
    service_with(ServiceSettings { explain_client_errors: true, ..ServiceSettings::default() })
}

struct Call {
    method: Method,
    target: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Call {
    fn form(body: &str) -> Self {
        let headers = vec![("Content-Type", "application/x-www-form-urlencoded".to_owned())];
        Self { method: Method::Post, target: "/oauth/token", headers, body: body.to_owned() }
    }

    fn json(body: &Value) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self { method: Method::Post, target: "/oauth/token", headers, body: body.to_string() }
    }

    fn resource(authorization: Option<&str>) -> Self {
        let headers = authorization.map(|value| ("Authorization", value.to_owned())).into_iter().collect();
        Self { method: Method::Get, target: "/protected-resource", headers, body: String::new() }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn at(self, service: &Service, now: Timestamp) -> Answer {
        let mut headers = Headers::default();
        for (name, value) in self.headers {
            headers.push(name, value);
        }
        let request = Request::new(self.method, self.target, headers, self.body);
        let LoggedResponse { response, record } = route(service, &request, now, || Ok([7; 16]));
        Answer {
            status: response.status,
            body: serde_json::from_slice(&response.body).unwrap(),
            response,
            note: record,
        }
    }

    fn send(self, service: &Service) -> Answer {
        self.at(service, NOW)
    }
}

struct Answer {
    status: u16,
    body: Value,
    response: Response,
    note: LogRecord,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.response.headers.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_ref())
    }

    fn token(&self) -> &str {
        self.body["access_token"].as_str().unwrap()
    }
}

const GOOD: &str = "grant_type=client_credentials&client_id=hacker-client&client_secret=hacker-secret-123";

fn basic(pair: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

#[test]
fn a_token_is_granted_and_opens_the_resource() {
    let service = service();
    let answer = Call::form(&format!("{GOOD}&scope=simulation:read")).send(&service);
    assert_eq!((answer.status, &answer.body["token_type"]), (200, &json!("Bearer")));
    assert_eq!(
        (&answer.body["expires_in"], &answer.body["scope"]),
        (&json!(3600), &json!("simulation:read"))
    );
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let resource = Call::resource(Some(&format!("bearer {}", answer.token()))).send(&service);
    assert_eq!(
        (resource.status, resource.body),
        (200, json!({"message": "Access granted!", "client": "hacker-client", "scope": "simulation:read"}))
    );
}

#[test]
fn the_claims_are_those_of_the_contract() {
    let answer = Call::form(&format!("{GOOD}&scope=simulation:read")).send(&service());
    let part = |n: usize| {
        let part = answer.token().split('.').nth(n).unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    assert_eq!(part(0), json!({"alg": "HS256", "typ": "JWT"}));
    assert_eq!(
        part(1),
        json!({"iss": ISSUER, "sub": "hacker-client", "client_id": "hacker-client", "scope": "simulation:read",
               "iat": NOW.unix(), "exp": NOW.unix() + 3600, "jti": base64url(&[7; 16]), "team": "heist"})
    );
}

#[test]
fn with_an_audience_the_token_is_of_the_rfc_9068_type() {
    let service = service_with(ServiceSettings {
        audience: vec!["https://api".to_owned()],
        ..ServiceSettings::default()
    });
    let answer = Call::form(GOOD).send(&service);
    let compact::Token::Jws(jws) = compact::read(answer.token()) else { panic!() };
    assert_eq!(jws.header_str("typ"), Some("at+jwt"));
    assert_eq!(jws.peek_unverified().unwrap().get("aud").unwrap().as_str(), Some("https://api"));
    assert_eq!(Call::resource(Some(&format!("Bearer {}", answer.token()))).send(&service).status, 200);
}

#[test]
fn both_dialects_refuse_with_their_own_statuses() {
    let service = service();
    let ask = |id: &str, secret: &str, scope: &str| {
        let form =
            format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={scope}");
        let json = json!({"client_id": id, "client_secret": secret, "scope": scope});
        (Call::form(&form).send(&service), Call::json(&json).send(&service))
    };
    for (id, secret, scope, error, form_status, json_status, detail) in [
        ("nobody", "x", "simulation:read", "invalid_client", 401, 401, "Unknown client"),
        ("hacker-client", "wrong", "simulation:read", "invalid_client", 401, 401, "Invalid secret"),
        ("hacker-client", "hacker-secret-123", "memory:read", "invalid_scope", 400, 403, "Scope not allowed"),
    ] {
        let (form, json) = ask(id, secret, scope);
        assert_eq!((form.status, &form.body["error"]), (form_status, &json!(error)));
        assert_eq!((json.status, &json.body["error"]), (json_status, &json!(error)));
        assert_eq!((form.body.get("detail"), &json.body["detail"]), (None, &json!(detail)));
        let challenge = (form_status == 401).then_some(r#"Basic realm="heistctl""#);
        assert_eq!(form.header("WWW-Authenticate"), challenge);
        assert_eq!(form.header("Cache-Control"), Some("no-store"));
        assert!(form.note.reason.is_some() && form.note.client.as_deref() == Some(id));
    }
}

#[test]
fn basic_credentials_are_taken_raw_and_form_encoded() {
    let service = service();
    let raw = basic("planner-client:a+b %41:ü");
    let encoded = basic("planner-client:a%2Bb+%2541%3A%C3%BC");
    for header in [raw, encoded] {
        let call = Call::form("grant_type=client_credentials").header("Authorization", header);
        assert_eq!(call.send(&service).status, 200);
    }
}

#[test]
fn no_scope_gives_the_default_and_the_answer_says_which() {
    for extra in ["", "&scope=", "&scope=+"] {
        let answer = Call::form(&format!("{GOOD}{extra}")).send(&service());
        assert_eq!(answer.body["scope"], "simulation:read simulation:write", "{extra:?}");
    }
    let answer = Call::form(&format!("{GOOD}&scope=simulation:write+simulation:read+simulation:write"));
    assert_eq!(answer.send(&service()).body["scope"], "simulation:read simulation:write");
}

#[test]
fn other_methods_types_and_paths_are_refused_as_json() {
    let service = service();
    let get = Call { method: Method::Get, ..Call::form(GOOD) }.send(&service);
    assert_eq!((get.status, get.header("Allow")), (405, Some("POST")));
    let put = Call { method: Method::Other, ..Call::resource(None) }.send(&service);
    assert_eq!((put.status, put.header("Allow")), (405, Some("GET, HEAD")));
    let xml = Call { headers: vec![("Content-Type", "text/xml".to_owned())], ..Call::form(GOOD) };
    assert_eq!(xml.send(&service).status, 415);
    assert_eq!(Call { headers: vec![], ..Call::form(GOOD) }.send(&service).status, 415);
    let nowhere = Call { target: "/oauth/token/", ..Call::form(GOOD) }.send(&service);
    assert_eq!((nowhere.status, &nowhere.body["error"]), (404, &json!("not_found")));
    let health = Call { method: Method::Head, target: "/health", ..Call::resource(None) }.send(&service);
    assert_eq!((health.status, health.body), (200, json!({"status": "healthy", "service": "oauth"})));
    for target in ["/livez", "/readyz"] {
        let well = Call { target, method: Method::Get, ..Call::resource(None) };
        let answer = well.send(&service);
        assert_eq!((answer.status, answer.body), (200, json!({"status": "healthy", "service": "oauth"})));
        let posted = Call { target, method: Method::Post, ..Call::resource(None) }.send(&service);
        assert_eq!((posted.status, posted.header("Allow")), (405, Some("GET, HEAD")), "{target}");
    }
}

/// The challenge without an error code.
const BARE: &str = r#"Bearer realm="heistctl", resource_metadata="http://127.0.0.1:8001/.well-known/oauth-protected-resource/protected-resource""#;

#[test]
fn the_resource_without_a_token_gets_a_challenge_without_an_error_code() {
    for authorization in [None, Some(""), Some("  ")] {
        let answer = Call::resource(authorization).send(&service());
        assert_eq!((answer.status, &answer.body["error"]), (401, &json!("invalid_request")));
        assert_eq!(answer.body["detail"], "No authorization header");
        assert_eq!(answer.header("WWW-Authenticate"), Some(BARE));
    }
    let answer = Call::resource(Some("Basic aGk6aG8=")).send(&service());
    assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some(BARE)));
}

fn refused_token(token: &str, now: Timestamp, reason: &str) {
    let answer = Call::resource(Some(&format!("Bearer {token}"))).at(&service(), now);
    assert_eq!((answer.status, &answer.body["error"]), (401, &json!("invalid_token")), "{reason}");
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.starts_with("Invalid token: ") && detail.contains(reason), "{detail} lacks {reason}");
    let challenge = answer.header("WWW-Authenticate").unwrap();
    let start = r#"Bearer realm="heistctl", error="invalid_token", error_description=""#;
    assert!(challenge.starts_with(start), "{challenge}");
}

#[test]
fn bad_tokens_are_refused_with_their_reason() {
    let answer = Call::form(GOOD).send(&service());
    let token = answer.token();
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let root = br#"{"sub":"root","client_id":"root","jti":"j"}"#;
    let tampered = format!("{}.{}.{signature}", parts[0], base64url(root));
    let unsigned = format!("{}.{}.", base64url(br#"{"alg":"none"}"#), parts[1]);
    let other = Signer::hs256(Secret::new("another-secret-of-at-least-32-bytes")).unwrap();
    let claims = json!({"iss": ISSUER, "sub": "a", "client_id": "a", "jti": "j", "exp": NOW.unix() + 60});
    let foreign = other.sign(TokenType::Jwt, &claims).unwrap();
    refused_token(&tampered, NOW, "does not match");
    refused_token(&format!("{rest}."), NOW, "empty");
    refused_token(&unsigned, NOW, "not signed");
    refused_token(&foreign, NOW, "does not match");
    refused_token("hunter2", NOW, "opaque");
    refused_token("", NOW, "nothing after its scheme");
    refused_token(&format!("{rest} .{signature}"), NOW, "characters");
    refused_token(token, NOW.after(Duration::from_secs(3605)), "expired");
}

#[test]
fn a_token_ends_with_its_lifetime_and_the_leeway() {
    let service = service();
    let call = Call::form("grant_type=client_credentials")
        .header("Authorization", basic("planner-client:a+b %41:ü"));
    let answer = call.send(&service);
    assert_eq!(answer.body["expires_in"], 2);
    let bearer = format!("Bearer {}", answer.token());
    let status =
        |seconds| Call::resource(Some(&bearer)).at(&service, NOW.after(Duration::from_secs(seconds))).status;
    assert_eq!((status(0), status(6), status(7)), (200, 200, 401));
}

#[test]
fn a_revoked_token_stays_so_for_nodes_that_let_clocks_differ_by_more() {
    let [strict, lenient] = [0, 600].map(|seconds| {
        service_with(ServiceSettings { leeway: Duration::from_secs(seconds), ..ServiceSettings::default() })
    });
    let lenient = lenient.remembering(strict.state.clone());
    let token = Call::form(GOOD).send(&lenient).token().to_owned();
    let asked = format!("client_id=hacker-client&client_secret=hacker-secret-123&token={token}");
    let revoke = Call { target: "/oauth/revoke", ..Call::form(&asked) };
    assert_eq!(revoke.send(&strict).status, 200);
    let late = NOW.after(Duration::from_secs(3600 + 599));
    let answer = Call::resource(Some(&format!("Bearer {token}"))).at(&lenient, late);
    let reason = answer.note.reason.unwrap_or_default();
    assert!(answer.status == 401 && reason.contains("revoked"), "{reason}");
}

#[test]
fn a_trailing_blank_belongs_to_the_header_and_not_to_the_token() {
    let service = service();
    let answer = Call::form(GOOD).send(&service);
    let status = |value: String| Call::resource(Some(&value)).send(&service).status;
    assert_eq!(status(format!("Bearer {} ", answer.token())), 200);
    assert_eq!(status(format!("Bearer  {}", answer.token())), 200);
    assert_eq!(status(format!("Bearer {} x", answer.token())), 401);
}

#[test]
fn two_authorization_headers_are_refused() {
    let call = Call::resource(Some("Bearer a")).header("Authorization", "Bearer b");
    assert_eq!(call.send(&service()).status, 400);
}

#[test]
fn claims_of_a_configuration_cannot_replace_registered_ones() {
    let claims = |name: &str| serde_json::Map::from_iter([(name.to_owned(), json!("x"))]);
    assert_eq!(crate::claims::reserved_claim(&claims("team")), None);
    for name in crate::claims::REGISTERED {
        assert_eq!(crate::claims::reserved_claim(&claims(name)), Some(name));
    }
}

#[test]
fn no_note_or_error_holds_a_secret_or_a_token() {
    let service = service();
    let good = Call::form(GOOD).send(&service);
    let token = good.token().to_owned();
    for answer in [
        good,
        Call::form(&GOOD.replace("hacker-secret-123", "hunter2")).send(&service),
        Call::form("grant_type=client_credentials&client_secret=hunter2&client_secret=hunter2")
            .send(&service),
        Call::form("hunter2&hunter2").send(&service),
        Call::form("grant_type=hunter2").send(&service),
        Call::form("grant_type=client_credentials").header("Authorization", "hunter2 hunter2").send(&service),
        Call::json(&json!({"client_id": "hacker-client", "client_secret": ["hunter2"]})).send(&service),
        Call::resource(Some(&format!("Bearer {token}x"))).send(&service),
    ] {
        let text = if answer.status == 200 { String::new() } else { answer.body.to_string() };
        let shown = format!("{:?} {text}", answer.note);
        assert!(!shown.contains("hunter2") && !shown.contains("hacker-secret"), "{shown}");
        assert!(!shown.contains(&token[token.len() - 20..]), "{shown}");
    }
}

#[test]
fn the_log_names_the_client_of_a_refused_request() {
    let service = service();
    let jwt = |sub: &str| {
        let part = |json: Value| base64url(json.to_string().as_bytes());
        format!("{}.{}.AAAA", part(json!({"alg": "ES256"})), part(json!({"sub": sub})))
    };
    let by_assertion = |more: &str| {
        let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        format!("client_assertion_type={kind}&client_assertion={}{more}", jwt("a"))
    };
    const CC: &str = "grant_type=client_credentials";
    let basic_a = basic("a:b");
    for (call, client) in [
        (Call::form(&format!("{CC}&client_id=a&client_secret=b")), Some("a")),
        (Call::form("grant_type=password&client_id=a&client_secret=b"), Some("a")),
        (Call::form(CC).header("Authorization", &basic_a), Some("a")),
        (Call::form(&format!("{CC}&client_secret=b")).header("Authorization", &basic_a), Some("a")),
        (Call::form("grant_type=%").header("Authorization", &basic_a), Some("a")),
        (Call::form(&format!("{CC}&{}", by_assertion(""))), Some("a")),
        (Call::form(&format!("grant_type=password&{}", by_assertion(""))), Some("a")),
        (Call::form(&format!("{CC}&{}", by_assertion("&client_id=b"))), Some("b")),
        (Call::form(&format!("{CC}&client_secret=b")), None),
        (Call::form(CC), None),
    ] {
        let answer = call.send(&service);
        assert!(answer.status >= 400);
        assert_eq!((answer.note.client.as_deref(), answer.note.authenticated), (client, false));
    }
}
