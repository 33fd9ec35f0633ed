//! Documents as clients publish them, right or wrong in one thing.

use super::*;
use crate::registry::{KeysNamedBy, Permissions};
use serde_json::{Value, json};

const ID: &str = "https://agents.example.com/a.json";

fn rule() -> DocumentRule {
    DocumentRule {
        allow: vec![AllowedUrl::parse("https://agents.example.com/*").unwrap()],
        scopes: "read write".parse().unwrap(),
        lifetime: Some(Duration::from_secs(600)),
        ..DocumentRule::default()
    }
}

fn jwk() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

fn document(changes: &Value) -> Value {
    let mut document = json!({
        "client_id": ID, "client_name": "An agent", "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["client_credentials"], "jwks": {"keys": [jwk()]}
    });
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    document.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    document
}

fn headers(pairs: &[(&'static str, &str)]) -> Headers {
    let mut headers = Headers::default();
    pairs.iter().for_each(|(name, value)| headers.push(*name, *value));
    headers
}

fn of(changes: &Value) -> Result<Client, String> {
    let json = headers(&[("Content-Type", "application/json; charset=utf-8")]);
    read(ID, &json, document(changes).to_string().as_bytes(), &rule())
}

#[test]
fn a_document_is_a_client_with_the_permissions_of_its_rule() {
    let client = of(&json!({})).unwrap();
    assert_eq!((client.id.as_str(), client.scopes.as_str()), (ID, "read write"));
    assert_eq!(client.lifetime, Some(Duration::from_secs(600)));
    assert!(matches!(client.auth, ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(_), .. }));
    assert_eq!(client.may, Permissions::default());
    let less = of(&json!({"scope": "write admin"})).unwrap();
    assert_eq!((less.scopes.as_str(), less.default_scopes.as_str()), ("write", "write"));
    let far = of(&json!({"jwks": null, "jwks_uri": "https://keys.example.com/k"})).unwrap();
    let ClientAuth::PrivateKeyJwt { keys: ClientKeys::At(at), .. } = far.auth else { panic!("{far:?}") };
    let expected = KeysUrl {
        uri: "https://keys.example.com/k".to_owned(),
        named_by: KeysNamedBy::Document { id: ID.to_owned(), private: false },
    };
    assert_eq!(at, expected);
}

#[test]
fn a_document_that_is_wrong_in_one_thing_is_not_used() {
    let mut private = jwk();
    private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    for (changes, why) in [
        (json!({"client_id": "https://agents.example.com/A.json"}), "its client_id is not its URL"),
        (json!({"client_id": format!("{ID}/")}), "its client_id is not its URL"),
        (json!({"client_id": null}), "its client_id is not its URL"),
        (json!({"client_secret": "hunter2"}), "it has client_secret"),
        (json!({"client_secret_expires_at": 0}), "it has client_secret_expires_at"),
        (json!({"token_endpoint_auth_method": null}), "is not private_key_jwt"),
        (json!({"token_endpoint_auth_method": "none"}), "is not private_key_jwt"),
        (json!({"token_endpoint_auth_method": "client_secret_jwt"}), "is not private_key_jwt"),
        (json!({"grant_types": ["authorization_code"]}), "lack client_credentials"),
        (json!({"grant_types": "client_credentials"}), "lack client_credentials"),
        (json!({"jwks": null}), "neither jwks nor jwks_uri"),
        (json!({"jwks_uri": "https://a/k"}), "exclude one another"),
        (json!({"jwks": null, "jwks_uri": "http://a/k"}), "jwks_uri is not an https URL"),
        (json!({"jwks": null, "jwks_uri": "https://u:p@a/k"}), "jwks_uri is not an https URL"),
        (json!({"jwks": null, "jwks_uri": 7}), "jwks_uri is not an https URL"),
        (json!({"jwks": {"keys": []}}), "jwks has no key in it"),
        (json!({"jwks": {"keys": [private]}}), "a private or a shared key"),
        (json!({"jwks": {"keys": [jwk(), {"kty": "oct", "k": "aHVudGVyMg"}]}}), "a private or a shared key"),
        (json!({"jwks": "hunter2"}), "jwks"),
        (json!({"scope": ["read"]}), "its scope is not a list"),
    ] {
        let refused = of(&changes).unwrap_err();
        assert!(refused.contains(why) && !refused.contains("hunter2"), "{changes}: {refused}");
    }
    let body = document(&json!({})).to_string();
    for kind in ["text/html", "text/plain", "application/jsonp", ""] {
        let refused = read(ID, &headers(&[("Content-Type", kind)]), body.as_bytes(), &rule()).unwrap_err();
        assert!(refused.contains("Content-Type"), "{kind}: {refused}");
    }
    let json = headers(&[("Content-Type", "application/client-metadata+json")]);
    assert!(read(ID, &json, body.as_bytes(), &rule()).is_ok());
    for text in ["", "[]", "{", "\u{0}", "{\"client_id\":\"a\",\"client_id\":\"b\"}"] {
        assert!(read(ID, &json, text.as_bytes(), &rule()).is_err(), "{text}");
    }
}

#[test]
fn an_id_is_a_url_in_its_one_spelling_and_of_an_allowed_host() {
    let rule = rule();
    for id in [ID, "https://agents.example.com/x/y", "https://agents.example.com/%C3%A9"] {
        assert!(rule.allows(id), "{id}");
    }
    for id in [
        "https://agents.example.com",
        "https://agents.example.com/",
        "http://agents.example.com/a.json",
        "HTTPS://agents.example.com/a.json",
        "https://agents.example.com.evil.example/a.json",
        "https://agents.example.com@evil.example/a.json",
        "https://agents.example.com/../a.json",
        "https://agents.example.com/x/%2e%2E/a.json",
        "https://agents.example.com/./a.json",
        "https://agents.example.com/a.json?x",
        "https://agents.example.com/a.json#x",
        "https://agents.example.com/a\\b",
        "https://agents.example.com/é",
        "https://agents.example.com/a b",
        "https://agents.example.com:8443/a.json",
        "https://other.example.com/a.json",
        "",
    ] {
        assert!(!rule.allows(id), "{id}");
    }
}

#[test]
fn a_pattern_names_its_host() {
    let exact = AllowedUrl::parse(ID).unwrap();
    assert!(exact.allows(ID) && !exact.allows(&format!("{ID}x")));
    for pattern in [
        "https://*.example.com/*",
        "https://agents.example.com*",
        "https://*",
        "*",
        "",
        "http://agents.example.com/*",
        "https://agents.example.com",
        "https:///*",
        "https://u@agents.example.com/*",
        "https://agents.example.com/a/../*",
        "https://agents.example.com/**",
        "https://agents.example.com:0/*",
    ] {
        assert!(AllowedUrl::parse(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn a_document_is_cached_by_its_headers_between_five_minutes_and_a_day() {
    let now = Timestamp::from_unix(1_795_420_800);
    let date = |seconds: u64| {
        let moment = std::time::UNIX_EPOCH + Duration::from_secs(1_795_420_800 + seconds);
        httpdate::fmt_http_date(moment)
    };
    for (pairs, seconds) in [
        (&[][..], 300),
        (&[("Cache-Control", "max-age=3600")], 3600),
        (&[("Cache-Control", "public, Max-Age=\"3600\"")], 3600),
        (&[("Cache-Control", "max-age=3600"), ("Age", "600")], 3000),
        (&[("Cache-Control", "max-age=3600"), ("Age", "-600")], 3600),
        (&[("Cache-Control", "max-age=60")], 300),
        (&[("Cache-Control", "max-age=99999999999999999999")], 86_400),
        (&[("Cache-Control", "max-age=-1")], 300),
        (&[("Cache-Control", "no-store, max-age=3600")], 300),
        (&[("Cache-Control", "no-cache")], 300),
        (&[("Expires", date(7200).as_str())], 7200),
        (&[("Expires", "0")], 300),
        (&[("Cache-Control", "max-age=600"), ("Expires", date(7200).as_str())], 600),
    ] {
        assert_eq!(lifetime(&headers(pairs), now), seconds, "{pairs:?}");
    }
}
