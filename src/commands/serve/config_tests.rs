//! Tests of parsing heist.toml and of its errors.

use super::*;

fn read(text: &str) -> Config {
    let (config, problems) = Config::parse("heist.toml", text);
    assert!(problems.is_empty(), "{problems:?}");
    config.unwrap()
}

/// The only problem of a text.
fn error(text: &str) -> Failure {
    let (_, mut problems) = Config::parse("heist.toml", text);
    assert_eq!(problems.len(), 1, "{text}: {problems:?}");
    problems.remove(0)
}

fn line(failure: &Failure) -> Option<usize> {
    failure.place.as_ref()?.line
}

const EVERY_KEY: &str = r#"
    issuer = "https://as.example.com"
    public_url = "https://as.example.com"
    dpop_nonce = true
    listen = "127.0.0.1:0"
    token_lifetime = "1h 5m"
    leeway = "2s"
    audience = ["a", "b"]
    explain_client_errors = true
    store_outage = "90s"
    store_connections = 8
    allow_from = ["10.0.0.0/8", "::1"]
    trusted_proxies = ["10.0.0.1"]
    [limits]
    per_client = "100/s"
    per_address = "20/m"
    connections = 10000
    connections_per_address = 1000
    store_places = 16
    [signing]
    algorithm = "HS256"
    key_file = "key.pem"
    secret_env = "KEY"
    secret_file = "key"
    [metadata]
    strict_rfc8414 = true
    scopes_supported = ["a"]
    op_policy_uri = "https://as.example.com/policy"
    [[client]]
    id = "a"
    secret_env = "A"
    secret_file = "a"
    secret_hash = "sha256:"
    auth_method = "private_key_jwt"
    assertion_audience = "issuer"
    jwks = { keys = [{ kty = "oct" }] }
    jwks_uri = "https://a/jwks"
    tls_client_auth_subject_dn = "CN=a"
    tls_client_auth_san_dns = "a.example.com"
    tls_client_auth_san_uri = "spiffe://a"
    tls_client_auth_san_ip = "::1"
    tls_client_auth_san_email = "a@example.com"
    tls_certificate = "a.pem"
    tls_client_certificate_bound_access_tokens = true
    allow_from = ["192.0.2.7"]
    audiences = ["https://api"]
    introspect = true
    token_exchange = true
    dpop = "required"
    scopes = ["x"]
    default_scopes = []
    lifetime = "10s"
    claims = { team = "heist", n = [1, { x = true }] }
"#;

#[test]
fn every_key_is_read() {
    let config = read(EVERY_KEY);
    assert_eq!(config.token_lifetime, Some(Duration::from_secs(3900)));
    assert_eq!(config.clients[0].claims["n"][1]["x"], true);
    assert_eq!(config.limits.connections_per_address, Some(1000));
    assert!(config.limits.per_client.is_some() && !config.clients[0].allow_from.is_empty());
    assert_eq!(read("audience = 'a'").audience, ["a"]);
    assert_eq!(config.metadata.members["op_policy_uri"], "https://as.example.com/policy");
    assert_eq!(config.metadata.members.len(), 1);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    let found = error("\n[[client]]\nid = 'a'\nscope = ['x']\n");
    assert_eq!((line(&found), found.what.as_str()), (Some(4), "unknown key \"scope\""));
    assert_eq!(found.hint.as_deref(), Some("did you mean scopes? scopes = [\"x\"]"));
    assert_eq!(
        error("isuer = 'x'").hint.as_deref(),
        Some("did you mean issuer? issuer = \"https://as.example.com\"")
    );
    assert!(error("frobnicate = 1").hint.unwrap().contains("token_lifetime"));
    assert!(
        error("[signing]\nsecret = 'x'").hint.unwrap().contains("secrets do not belong in the configuration")
    );
}

#[test]
fn claims_are_what_json_can_say() {
    let config = read("[[client]]\nid = 'a'\nclaims = { since = 2026-01-01, x = [1.5, true] }");
    assert_eq!(config.clients[0].claims["since"], "2026-01-01");
    assert_eq!(config.clients[0].claims["x"], serde_json::json!([1.5, true]));
    assert!(error("[[client]]\nid = 'a'\nclaims = { x = [nan] }").what.contains("nan, inf"));
}

/// A file with all keys. Each has `value`, or its example.
fn all_keys(value: Option<&str>) -> String {
    let mut text = String::new();
    for section in HEIST_TOML.sections {
        text.push_str(&format!("{}\n", section.header()));
        for key in section.keys {
            text.push_str(&format!("{}\n", key.with(value.unwrap_or(key.example))));
        }
    }
    text
}

#[test]
fn every_example_is_a_value_of_its_key_and_every_key_is_read() {
    read(&all_keys(None));
    let (_, problems) = Config::parse("heist.toml", &all_keys(Some("2026-01-01")));
    let keys = HEIST_TOML.sections.iter().map(|section| section.keys.len()).sum::<usize>();
    let messages: Vec<&str> = problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(messages.len(), keys, "{messages:?}");
    assert!(messages.iter().all(|what| what.ends_with("not a date")), "{messages:?}");
}

#[test]
fn every_error_has_a_cure() {
    for (text, part) in [
        ("x", "x has no value"),
        ("issuer = \"x", "the quote of issuer is not closed"),
        ("signing = 'x'", "signing is a section"),
        ("token_lifetime = 3600", "a duration with its unit, in quotes, not a number"),
        ("token_lifetime = 'soon'", "not a duration"),
        ("listen = 'localhost:8001'", "has a host name"),
        ("audience = [1]", "a text or a list of texts"),
        ("[[client]]\nscopes = []", "this [[client]] has no id"),
        ("issuer = 'a'\nissuer = 'b'", "issuer is written twice"),
        ("[[client]]\nid = 'a'\nscopes = 'x'", "scopes is a list of texts"),
        ("allow_from = '10.0.0.0/8'", "allow_from is a list"),
        ("allow_from = ['::1', 'example.com']", "\"example.com\" is a host name"),
        ("[[client]]\nid = 'a'\nallow_from = ['10.0.0.0/33']", "a prefix above 32"),
        ("[limits]\nper_client = '100'", "has no unit"),
        ("[limits]\nper_address = 20", "per_address is a rate in quotes"),
        ("[limits]\nconnections = 0", "is too small: it is at least 1"),
        ("[limits]\nstore_places = 0", "from 1 to 1000"),
        ("store_connections = 5000", "from 1 to 1000"),
        ("[limits]\nconnections_per_address = 'many'", "a whole number"),
        ("limits = 'x'", "limits is a section"),
        ("[metadata]\nstrict = true", "unknown key \"strict\""),
        ("[metadata]\nscopes_suported = ['a']", "unknown key \"scopes_suported\""),
        ("[metadata]\nlisten = '127.0.0.1:1'", "listen is below [metadata]"),
        ("[metadata]\nx = nan", "x has a number that JSON does not have"),
        ("response_types_supported = true", "unknown key \"response_types_supported\""),
    ] {
        let error = error(text);
        assert!(error.what.contains(part) && error.hint.is_some(), "{text}: {error:?}");
    }
}

#[test]
fn no_value_is_shown() {
    for text in [
        "listen = 'hunter2'",
        "token_lifetime = 'hunter2'",
        "signing = 'hunter2'",
        "[[client]]\nid = 'a'\nscopes = 'hunter2'",
        "[signing]\nsecret = 'hunter2'",
        "issuer = hunter2",
        "explain_client_errors = 'hunter2'",
        "explain_client_errors = 'hunter1, expected hunter2'",
        "[[client]]\nid = 'a'\nlifetime = 'hunter2'",
        "[[client]]\nid = 'a'\nclaims = { x = inf, y = 'hunter2' }",
        "audience = { x = 'hunter2' }",
        "trusted_proxies = ['hunter2']",
        "[limits]\nper_client = 'hunter2'",
        "[limits]\nconnections = 'hunter2'",
    ] {
        let (_, problems) = Config::parse("heist.toml", text);
        assert!(!problems.is_empty() && !format!("{problems:?}").contains("hunter2"), "{problems:?}");
    }
}
