//! The issuer's protocol, request value to response value: keys, metadata, resources, introspection,
//! revocation, and the document that describes them.

use crate::support::keys::Key;
use crate::support::protocol::{ISSUER, Issuer, NOW};
use heistctl::claims::{ScopeClaim, ScopeForm};
use heistctl::http::Method;
use heistctl::issuer::ServiceSettings;
use heistctl::jose::compact::{Token, read};
use heistctl::jose::keyset::KeySet;
use heistctl::jose::verify::verify;
use heistctl::json::Json;
use heistctl::registry::{Client, Permissions};
use heistctl::server::route::ROUTES;
use serde_json::{Value, json};
use std::time::Duration;

fn claims(token: &str) -> Value {
    let Token::Jws(jws) = read(token) else { panic!("{token}") };
    serde_json::from_slice(&jws.payload_bytes).unwrap()
}

#[test]
fn published_keys_verify_and_hold_nothing_private() {
    for alg in ["ES256", "RS256", "PS256", "ES384", "EdDSA"] {
        let issuer = Issuer::with(ISSUER, alg, ServiceSettings::default());
        let answer = issuer.get("/.well-known/jwks.json");
        assert_eq!((answer.status, answer.header("Cache-Control")), (200, Some("public, max-age=300")));
        let key = &answer.body["keys"][0];
        assert_eq!((&key["alg"], &key["use"]), (&json!(alg), &json!("sig")));
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert_eq!(key.get(private), None, "{private}");
        }
        let token = issuer.token("c", "");
        let Token::Jws(jws) = read(&token) else { panic!() };
        assert_eq!(jws.header.get("kid").map(Json::to_string), Some(key["kid"].to_string()));
        let set = KeySet::read(answer.body.to_string().as_bytes(), "jwks").unwrap();
        assert!(verify(&jws, &set.keys[0]).is_ok(), "{alg}");
    }
}

#[test]
fn metadata_says_who_it_is_byte_for_byte_wherever_it_is_asked_for() {
    for issuer_url in [
        "https://as.example.com",
        "https://as.example.com/",
        "https://as.example.com/a/b",
        "https://as.example.com/a/",
    ] {
        let issuer = Issuer::with(issuer_url, "ES256", ServiceSettings::default());
        let path = issuer_url.strip_prefix("https://as.example.com").unwrap();
        let trimmed = path.trim_end_matches('/');
        for target in [
            "/.well-known/oauth-authorization-server".to_owned(),
            format!("/.well-known/oauth-authorization-server{path}"),
            format!("{trimmed}/.well-known/openid-configuration"),
        ] {
            let answer =
                issuer.send(Method::Get, &target, &[("Host", "evil"), ("X-Forwarded-Host", "evil")], "");
            assert_eq!((answer.status, answer.text("issuer")), (200, issuer_url), "{target}");
            assert_eq!(answer.text("token_endpoint"), format!("https://as.example.com{trimmed}/oauth/token"));
            assert!(
                answer.body["grant_types_supported"]
                    .as_array()
                    .unwrap()
                    .contains(&json!("client_credentials"))
            );
            let algs = answer.body["token_endpoint_auth_signing_alg_values_supported"].as_array().unwrap();
            assert!(algs.contains(&json!("ES256")) && !algs.contains(&json!("none")));
        }
        assert_eq!(claims(&issuer.token("c", ""))["iss"], issuer_url);
        let with_path = issuer.post(
            &format!("{trimmed}/oauth/token"),
            "grant_type=client_credentials&client_id=c&client_secret=s",
        );
        assert_eq!(with_path.status, 200);
    }
    let named_like_an_endpoint =
        Issuer::with("https://as.example.com/oauth", "ES256", ServiceSettings::default());
    for target in ["/oauth/token", "/oauth/oauth/token"] {
        let answer =
            named_like_an_endpoint.post(target, "grant_type=client_credentials&client_id=c&client_secret=s");
        assert_eq!(answer.status, 200, "{target}");
    }
    let name = Issuer::with("heist-oauth-service", "ES256", ServiceSettings::default());
    name.get("/.well-known/oauth-authorization-server").is(404, "not_found", "a name and no URL");
}

#[test]
fn a_token_is_for_the_resources_that_were_asked_for_and_allowed() {
    let issuer = Issuer::new();
    let one = issuer.token("c", "&resource=https://api");
    assert_eq!(claims(&one)["aud"], "https://api");
    let two = claims(&issuer.token("c", "&resource=https://api&resource=https://other"));
    assert_eq!(two["aud"], json!(["https://api", "https://other"]));
    assert_eq!(claims(&issuer.token("c", "")).get("aud"), None);
    issuer.ask("c", "&resource=https://evil").is(400, "invalid_target", "https://evil");
    issuer.ask("c", "&resource=https://api&resource=https://evil").is(400, "invalid_target", "https://evil");
    issuer.ask("short", "&resource=https://api").is(400, "invalid_target", "https://api");
    let Token::Jws(jws) = read(&one) else { panic!() };
    assert_eq!(jws.header_str("typ"), Some("at+jwt"));
    // What is for somebody else is not for our resource (RFC 9068 section 4).
    let refused = issuer.resource(&format!("Bearer {one}"), &[]);
    refused.is(401, "invalid_token", "the token is for https://api");
    assert_eq!(issuer.resource(&format!("Bearer {}", issuer.token("c", "")), &[]).status, 200);
}

#[test]
fn audience_is_read_as_resource_is() {
    let issuer = Issuer::new();
    let aud = |more: &str| claims(&issuer.token("c", more))["aud"].clone();
    assert_eq!(aud("&audience=https://api"), "https://api");
    assert_eq!(aud("&audience="), Value::Null);
    assert_eq!(aud("&audience=https://api&audience=https://other"), json!(["https://api", "https://other"]));
    assert_eq!(aud("&audience=https://other&resource=https://api"), json!(["https://api", "https://other"]));
    assert_eq!(aud("&audience=https://api&resource=https%3A%2F%2Fapi"), "https://api");
    for evil in ["https://evil", "evil", "a%0ab", "https://api&audience=https://evil", "https://api/"] {
        issuer.ask("c", &format!("&audience={evil}")).is(400, "invalid_target", "may not have tokens");
    }
    let body = json!({"grant_type": "client_credentials", "client_id": "c", "client_secret": "s",
                      "audience": ["https://api", "https://other"]});
    let headers = [("Content-Type", "application/json")];
    let answer = issuer.send(Method::Post, "/oauth/token", &headers, &body.to_string());
    assert_eq!(claims(answer.text("access_token"))["aud"], json!(["https://api", "https://other"]));
    // A service's own audience may be a plain name.
    let audience = vec!["orders".to_owned()];
    let settings = ServiceSettings { audience, ..ServiceSettings::default() };
    let named = Issuer::with(ISSUER, "ES256", settings);
    assert_eq!(claims(&named.token("c", "&audience=orders"))["aud"], "orders");
}

#[test]
fn a_request_without_a_target_gets_the_clients_default_audiences() {
    let audience = vec!["https://all".to_owned()];
    let settings = ServiceSettings { audience, ..ServiceSettings::default() };
    let mut issuer = Issuer::with(ISSUER, "ES256", settings);
    let audiences = ["https://a", "https://b", "https://c"].map(str::to_owned).to_vec();
    let default_audiences = audiences[..2].to_vec();
    let client = Client { audiences, default_audiences, ..crate::support::client("d", "s", "a") };
    issuer.service.registry.add(client).unwrap();
    let aud = |client: &str, more: &str| claims(&issuer.token(client, more))["aud"].clone();
    assert_eq!(aud("d", ""), json!(["https://a", "https://b"]));
    assert_eq!(aud("d", "&resource=https://c"), "https://c");
    assert_eq!(aud("d", "&audience=https://all"), "https://all");
    assert_eq!(aud("short", ""), "https://all");
}

#[test]
fn a_scope_claim_follows_what_was_granted() {
    let mut issuer = Issuer::new();
    let may = Permissions { exchange: true, ..Permissions::default() };
    let list = |name| Some(ScopeClaim { name, form: ScopeForm::List });
    for client in [
        Client { scope_claim: list("permissions"), ..crate::support::client("auth0", "s", "a b") },
        Client { scope_claim: list("scp"), may, ..crate::support::client("okta", "s", "b c") },
    ] {
        issuer.service.registry.add(client).unwrap();
    }
    let subject = issuer.token("auth0", "");
    let said = claims(&subject);
    assert_eq!((&said["scope"], &said["permissions"]), (&json!("a b"), &json!(["a", "b"])));
    assert_eq!(claims(&issuer.token("auth0", "&scope=b"))["permissions"], json!(["b"]));
    let at = "urn:ietf:params:oauth:token-type:access_token";
    let more = format!("&subject_token={subject}&subject_token_type={at}");
    let exchange =
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=okta&client_secret=s";
    let exchanged = issuer.post("/oauth/token", &format!("{exchange}{more}"));
    let token = exchanged.text("access_token");
    let said = claims(token);
    assert_eq!((&said["scope"], &said["scp"], said.get("permissions")), (&json!("b"), &json!(["b"]), None));
    assert_eq!(issuer.introspect(token)["scope"], "b", "a text (RFC 7662 section 2.2)");
}

#[test]
fn token_ids_and_extra_claims_are_the_servers() {
    let issuer = Issuer::new();
    let (a, b) = (claims(&issuer.token("c", "")), claims(&issuer.token("c", "")));
    assert_ne!(a["jti"], b["jti"]);
    assert_eq!(a["jti"].as_str().unwrap().len(), 22, "128 bits");
    assert_eq!(
        (&a["sub"], &a["client_id"], &a["exp"]),
        (&json!("c"), &json!("c"), &json!(NOW.unix() + 3600))
    );
}

#[test]
fn introspection_tells_good_tokens_to_who_may_ask_and_nothing_else() {
    let issuer = Issuer::new();
    let token = issuer.token("c", "&scope=a&resource=https://api");
    let active = issuer.introspect(&token);
    let mut expected = claims(&token);
    expected["active"] = json!(true);
    expected["token_type"] = json!("Bearer");
    assert_eq!(active, expected);
    let inactive = json!({"active": false});
    for bad in ["hunter2", "a.b.c", &format!("{token}x"), &Issuer::new().token("c", "")] {
        assert_eq!(issuer.introspect(bad), inactive, "{bad}");
    }
    issuer.now.set(NOW.after(Duration::from_secs(3605)));
    assert_eq!(issuer.introspect(&token), inactive);
    issuer.now.set(NOW);
    let not_allowed = issuer.post("/oauth/introspect", &format!("client_id=c&client_secret=s&token={token}"));
    not_allowed.is(400, "unauthorized_client", "introspect = true");
    issuer.post("/oauth/introspect", &format!("token={token}")).is(
        401,
        "invalid_client",
        "no client credentials",
    );
    issuer.post("/oauth/introspect", "client_id=rs&client_secret=s").is(
        400,
        "invalid_request",
        "token is missing",
    );
}

#[test]
fn revocation_takes_effect_at_once_and_only_for_ones_own() {
    let issuer = Issuer::new();
    let (token, other) = (issuer.token("c", ""), issuer.token("c", ""));
    let revoke = |client: &str, token: &str| {
        issuer.post(
            "/oauth/revoke",
            &format!("client_id={client}&client_secret=s&token={token}&token_type_hint=refresh_token"),
        )
    };
    revoke("rs", &token).is(400, "unauthorized_client", "another client's");
    assert_eq!(issuer.introspect(&token)["active"], true);
    for _ in 0..2 {
        assert_eq!(revoke("c", &token).status, 200);
    }
    assert_eq!(issuer.introspect(&token), json!({"active": false}));
    issuer.resource(&format!("Bearer {token}"), &[]).is(401, "invalid_token", "revoked");
    assert_eq!(issuer.introspect(&other)["active"], true);
    for unknown in ["hunter2", &Issuer::new().token("c", "")] {
        assert_eq!(revoke("c", unknown).status, 200);
    }
    issuer.now.set(NOW.after(Duration::from_secs(4000)));
    assert_eq!(revoke("c", &other).status, 200);
    revoke("c", "").is(400, "invalid_request", "token is missing");
}

/// The JSON Schema type of a value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn openapi_describes_the_endpoints_that_are_there() {
    let issuer = Issuer::new();
    let document = issuer.get("/openapi.json").body;
    assert_eq!((&document["openapi"], &document["servers"][0]["url"]), (&json!("3.1.0"), &json!(ISSUER)));
    let paths = document["paths"].as_object().unwrap();
    let described = ROUTES.iter().filter(|route| route.operation.is_some()).count();
    assert_eq!(
        (paths.len(), ROUTES.len() - described),
        (described, 2),
        "two are not for people: authorize, guard"
    );
    let samples = [
        ("/oauth/token", issuer.ask("c", "").body),
        ("/token", issuer.ask("c", "").body),
        ("/openapi.json", document.clone()),
        ("/oauth/introspect", issuer.introspect(&issuer.token("c", "&resource=https://api"))),
        ("/protected-resource", issuer.resource(&format!("Bearer {}", issuer.token("c", "")), &[]).body),
        (
            "/.well-known/oauth-authorization-server",
            issuer.get("/.well-known/oauth-authorization-server").body,
        ),
        ("/.well-known/openid-configuration", issuer.get("/.well-known/openid-configuration").body),
        ("/.well-known/jwks.json", issuer.get("/.well-known/jwks.json").body),
        ("/health", issuer.get("/health").body),
        ("/", issuer.get("/").body),
    ];
    for (path, body) in samples {
        let method = if paths[path].get("post").is_some() { "post" } else { "get" };
        let schema = &paths[path][method]["responses"]["200"]["content"]["application/json"]["schema"];
        for name in body.as_object().unwrap().keys() {
            assert!(
                schema["properties"].get(name).is_some(),
                "{path} answers {name}, which is not described"
            );
        }
        for name in schema["required"].as_array().unwrap() {
            assert!(body.get(name.as_str().unwrap()).is_some(), "{path} does not answer {name}");
        }
        for (name, value) in body.as_object().unwrap() {
            let described = &schema["properties"][name];
            let kind = json!(kind(value));
            let is_type = |schema: &Value| schema["type"] == kind;
            let alternatives = described["oneOf"].as_array();
            assert!(
                is_type(described) || alternatives.is_some_and(|any| any.iter().any(is_type)),
                "{path}: {name} is {kind}, described is {described}"
            );
        }
    }
    let operations = paths.values().flat_map(|methods| methods.as_object().unwrap().values());
    let mut ids: Vec<&str> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), paths.len());
    for (path, described) in paths {
        for method in described.as_object().unwrap().keys() {
            let wrong = if method == "post" { Method::Get } else { Method::Post };
            assert_eq!(issuer.send(wrong, path, &[], "").status, 405, "{method} {path}");
        }
    }
}

#[test]
fn an_unregistered_clients_token_is_no_longer_good() {
    let (issuer, key) = (Issuer::new(), Key::for_alg("ES256"));
    assert_eq!(
        issuer.introspect(&key.sign("ES256", None, &json!({"client_id": "gone"}))),
        json!({"active": false})
    );
}
