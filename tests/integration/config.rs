//! heist.toml: what is wrong with it is said before the socket opens.

use crate::support::{folder, heistctl};
use serde_json::json;

const KEY: (&str, &str) = ("key", "0123456789abcdef0123456789abcdef\n");
const TLS: &str = "auth_method = 'tls_client_auth'\ntls_client_auth_san_dns = 'a'\n";
const SIGNING: &str = "[signing]\nsecret_file = 'key'\n";

#[test]
fn a_configured_service_issues_what_it_says() {
    let hash = "sha256:f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7"; // "hunter2"
    let toml = format!(
        "issuer = 'https://as.example.com/'\nlisten = '127.0.0.1:0'\ntoken_lifetime = '10m'\naudience = 'api'\n{SIGNING}\
         [[client]]\nid = 'a'\nsecret_hash = '{hash}'\nscopes = ['x', 'y']\ndefault_scopes = ['x']\n\
         lifetime = '90s'\nclaims = {{ team = 'heist' }}\n\
         [[client]]\nid = 'b'\nsecret_env = 'B'\nscopes = ['z']\n"
    );
    let folder = folder(&[KEY, ("heist.toml", &toml)]);
    let server = heistctl(["serve"]).in_folder(folder.path()).env("B", "secret-b").serve();
    assert_eq!(server.ready["issuer"], "https://as.example.com/");
    let get = |id: &str, secret: &str| {
        heistctl(["token", "--json"])
            .env("HEISTCTL_TOKEN_URL", server.token_url())
            .envs(&[("HEISTCTL_CLIENT_ID", id), ("HEISTCTL_CLIENT_SECRET", secret)])
            .run()
    };
    let token = get("a", "hunter2").exits(0).json();
    assert_eq!((&token["scope"], &token["expires_in"]), (&json!("x"), &json!(90)));
    let key = folder.path().join("key").display().to_string();
    let args =
        ["inspect", "--json", "--secret-file", &key, "--iss", "https://as.example.com/", "--aud", "api"];
    let checked = heistctl(args.iter().chain(&["--typ", "at+jwt", "--require", "iss,aud,typ,exp"]))
        .stdin(token["access_token"].as_str().unwrap())
        .run()
        .exits(0)
        .json();
    assert_eq!((&checked["verdict"], &checked["claims"]["team"]), (&json!("pass"), &json!("heist")));
    assert_eq!(get("b", "secret-b").exits(0).json()["expires_in"], 600);
    get("b", "wrong").fails(4, &["Invalid client credentials"]);
    get("nobody", "wrong").fails(4, &["Invalid client credentials"]);
}

#[test]
fn what_is_wrong_is_named_with_file_line_and_cure() {
    let client = |rest: &str| format!("{SIGNING}[[client]]\nid = 'a'\n{rest}");
    for (toml, parts) in [
        (
            "isuer = 'x'\n".to_owned(),
            &["heist.toml:1: unknown key \"isuer\"", "hint: did you mean issuer?"][..],
        ),
        (
            "listen = 'hunter2'\n".to_owned(),
            &["heist.toml:1: listen is not an IP address and a port", "hint:"],
        ),
        ("issuer = \n".to_owned(), &["heist.toml:1"]),
        ("[signing]\nalgorithm = 'HS256'\n".to_owned(), &["HS256 needs a signing secret", "/dev/urandom"]),
        (
            "[signing]\nkey_file = 'key'\n".to_owned(),
            &["signing.key_file", "no private key", "openssl genpkey"],
        ),
        ("[signing]\nkey_file = 'key'\nsecret_file = 'key'\n".to_owned(), &["more than one of", "keep one"]),
        ("[signing]\nalgorithm = 'RS256'\nsecret_file = 'key'\n".to_owned(), &["for HS256 only", "key_file"]),
        ("[signing]\nsecret_env = 'NOT_SET'\n".to_owned(), &["NOT_SET, which is not set", "export"]),
        ("[signing]\nsecret_file = 'nowhere'\n".to_owned(), &["cannot read", "nowhere"]),
        ("[signing]\nsecret_file = 'short'\n".to_owned(), &["40 bits", "at least 256", "hint:"]),
        ("[signing]\nalgorithm = 'none'\nsecret_file = 'key'\n".to_owned(), &["not offered", "ES256"]),
        (client(""), &["client \"a\"", "exactly one of"]),
        (
            client("secret = 'hunter2'\n"),
            &["unknown key \"secret\"", "secrets do not belong in the configuration"],
        ),
        (client("secret_env = 'A'\nsecret_file = 'key'\n"), &["exactly one of"]),
        (client("secret_hash = 'hunter2'\n"), &["not a secret hash", "sha256:"]),
        (client("secret_file = 'key'\nauth_method = 'none'\n"), &["auth_method \"none\" is not offered"]),
        (client("auth_method = 'private_key_jwt'\n"), &["needs jwks or jwks_uri"]),
        (client("jwks = { keys = [] }\n"), &["jwks has no key in it"]),
        (client("jwks = { keys = [{ kty = 'EC' }] }\n"), &["no key can be used: it has no crv"]),
        (client("jwks_uri = 'http://example.com/'\n"), &["jwks_uri", "plain http"]),
        (client("jwks_uri = 'https://a/'\nsecret_file = 'key'\n"), &["it has a secret and keys"]),
        (client("auth_method = 'client_secret_jwt'\nsecret_file = 'short'\n"), &["256 bits, this has 40"]),
        (
            client("auth_method = 'client_secret_jwt'\nsecret_hash = 'sha256:00'\n"),
            &["client_secret_jwt needs the secret itself"],
        ),
        (client("secret_file = 'key'\ndpop = 'always'\n"), &["neither \"optional\" nor \"required\""]),
        (client("secret_file = 'key'\nassertion_audience = 'x'\n"), &["issuer-or-token-url"]),
        (client("secret_file = 'key'\ndpop = 'required'\ntoken_exchange = true\n"), &["exclude one another"]),
        (
            client("secret_file = 'key'\nallow_from = ['hunter2']\n"),
            &["heist.toml:6: allow_from: an entry is not an address"],
        ),
        (
            format!("{SIGNING}[client]\nid = 'hunter2'\n"),
            &["[client] is one table", "hint: write [[client]]"],
        ),
        (
            "[limits]\nper_client = 'hunter2'\n".to_owned(),
            &["heist.toml:2: per_client is not a rate", "100/s"],
        ),
        (client("auth_method = 'tls_client_auth'\n"), &["exactly one name", "RFC 8705 section 2.1.2"]),
        (client(&format!("{TLS}tls_client_auth_san_ip = '::1'\n")), &["exactly one name"]),
        (client(&format!("{TLS}secret_file = 'key'\n")), &["does not use a secret, keys or certificates"]),
        (
            client(&format!("{TLS}token_exchange = true\n")),
            &["bound to a certificate", "exclude one another"],
        ),
        (client("auth_method = 'tls_client_auth'\ntls_client_auth_san_ip = 'a'\n"), &["is not an address"]),
        (client("auth_method = 'tls_client_auth'\ntls_client_auth_san_uri = ''\n"), &["is empty"]),
        (
            client("auth_method = 'tls_client_auth'\ntls_client_auth_subject_dn = 'a'\n"),
            &["tls_client_auth_subject_dn: it is not a distinguished name", "-nameopt RFC2253"],
        ),
        (client("auth_method = 'self_signed_tls_client_auth'\n"), &["needs tls_certificate or jwks"]),
        (
            client("auth_method = 'self_signed_tls_client_auth'\ntls_certificate = 'key'\n"),
            &["tls_certificate", "it holds no certificate", "client.pem"],
        ),
        (
            client("auth_method = 'self_signed_tls_client_auth'\njwks = { keys = [{ kty = 'EC' }] }\n"),
            &["jwks: no key in it has a certificate"],
        ),
        (client("secret_file = 'key'\ntls_certificate = 'key'\n"), &["which its auth_method does not use"]),
        (client("secret_file = 'key'\naudiences = ['x#y']\n"), &["is not an absolute URI"]),
        (client("jwks = { keys = [{ kty = 'oct', k = 'AAAA' }] }\n"), &["a shared secret"]),
        (
            client(
                "secret_hash = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n",
            ),
            &["an empty secret"],
        ),
        (format!("leeway = '1h'\n{SIGNING}"), &["leeway is over ten minutes"]),
        (format!("issuer = 'http://as.example.com'\n{SIGNING}"), &["the issuer", "plain http"]),
        (format!("issuer = 'https://'\n{SIGNING}"), &["the issuer"]),
        (format!("issuer = 'HTTPS://as.example.com'\n{SIGNING}"), &["not in lower case"]),
        (format!("issuer = 'https://u:p@as.example.com'\n{SIGNING}"), &["credentials"]),
        (format!("issuer = 'spiffe://x'\n{SIGNING}"), &["http or https"]),
        (client("secret_file = 'key'\nscopes = ['a\"b']\n"), &["RFC 6749 section 3.3"]),
        (client("secret_file = 'key'\ndefault_scopes = ['x']\n"), &["default_scopes has x"]),
        (
            client("secret_file = 'key'\nclaims = { sub = 'root' }\n"),
            &["\"sub\", which only the server sets"],
        ),
        (client("secret_file = 'key'\nlifetime = '0s'\n"), &["under a second"]),
        (client("secret_file = 'key'\nlifetime = '11y'\n"), &["longer than ten years"]),
        ("token_lifetime = '11y'\n".to_owned(), &["heist.toml:1: token_lifetime is longer than ten years"]),
        (client("secret_file = 'key'\n[[client]]\nid = 'a'\nsecret_file = 'key'\n"), &["declared twice"]),
        (format!("issuer = 'https://a?b'\n{SIGNING}"), &["RFC 8414 section 2"]),
    ] {
        let folder = folder(&[KEY, ("short", "hello"), ("heist.toml", &toml)]);
        let ran = heistctl(["serve", "--listen", "127.0.0.1:0"]).in_folder(folder.path()).run();
        let ran = ran.fails(2, &["error: configuration:", "heist.toml", "hint:"]).fails(2, parts);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
    let nothing = folder(&[]);
    let ran = heistctl(["serve"]).in_folder(nothing.path()).run();
    ran.fails(2, &["no heist.toml here", "hint: heistctl serve --demo"]);
    let ran = heistctl(["serve", "--config", "other.toml"]).in_folder(nothing.path()).run();
    ran.fails(2, &["cannot read other.toml (from --config)"]);
}
