//! What a heist.toml says, and what is said of one that is wrong.

use super::*;

fn error(text: &str) -> ConfigError {
    Config::parse(text).unwrap_err()
}

const EVERY_KEY: &str = r#"
    issuer = "https://as.example.com"
    public_url = "https://as.example.com"
    dpop_nonce = true
    response_types_supported = true
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
    let config = Config::parse(EVERY_KEY).unwrap();
    assert_eq!(config.token_lifetime, Some(Duration::from_secs(3900)));
    assert_eq!(config.clients[0].claims["n"][1]["x"], true);
    assert_eq!(config.limits.connections_per_address, Some(1000));
    assert!(config.limits.per_client.is_some() && !config.clients[0].allow_from.is_empty());
    assert_eq!(Config::parse("audience = 'a'").unwrap().audience, ["a"]);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    let found = error("\n[[client]]\nid = 'a'\nscope = ['x']\n");
    assert_eq!((found.line, found.what.as_str()), (Some(4), "unknown key \"scope\""));
    assert_eq!(found.hint.as_deref(), Some("did you mean scopes?"));
    assert_eq!(error("isuer = 'x'").hint.as_deref(), Some("did you mean issuer?"));
    assert!(error("frobnicate = 1").hint.unwrap().contains("token_lifetime"));
    assert!(error("[signing]\nsecret = 'x'").hint.unwrap().contains("never stands"));
}

#[test]
fn claims_are_what_json_can_say() {
    let config =
        Config::parse("[[client]]\nid = 'a'\nclaims = { since = 2026-01-01, x = [1.5, true] }").unwrap();
    assert_eq!(config.clients[0].claims["since"], "2026-01-01");
    assert_eq!(config.clients[0].claims["x"], serde_json::json!([1.5, true]));
    assert!(error("[[client]]\nid = 'a'\nclaims = { x = [nan] }").what.contains("nan, inf"));
}

#[test]
fn every_error_has_a_cure() {
    for (text, part) in [
        ("x", "it is not TOML here"),
        ("issuer = \"x", "it is not TOML here"),
        ("signing = 'x'", "expected a table"),
        ("token_lifetime = 3600", "expected a string"),
        ("token_lifetime = 'soon'", "write 30s, 5m or 1h 30m"),
        ("listen = 'localhost:8001'", "127.0.0.1:8001"),
        ("audience = [1]", "a string or a list of strings"),
        ("[[client]]\nscopes = []", "missing field `id`"),
        ("issuer = 'a'\nissuer = 'b'", "duplicate key"),
        ("[[client]]\nid = 'a'\nscopes = 'x'", "expected a list"),
        ("allow_from = '10.0.0.0/8'", "expected a list"),
        ("allow_from = ['::1', 'example.com']", "entry 2 is no address and no network: write"),
        ("[[client]]\nid = 'a'\nallow_from = ['10.0.0.0/33']", "entry 1 is no address"),
        ("[limits]\nper_client = '100'", "this is no rate: write \"100/s\""),
        ("[limits]\nper_address = 20", "expected a string"),
        ("[limits]\nconnections = 0", "above zero"),
        ("[limits]\nstore_places = 0", "from 1 to 1000"),
        ("store_connections = 5000", "from 1 to 1000"),
        ("[limits]\nconnections_per_address = 'many'", "expected a whole number"),
        ("limits = 'x'", "expected a table"),
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
        let error = error(text);
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}
