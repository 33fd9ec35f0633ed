//! `inspect --issuer` and `--jwks-url`: the one way online, and only where it was asked for.

use crate::support::faults::{Fault, Faults};
use crate::support::keys::Key;
use crate::support::{Reply, Server, folder, heistctl};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// A server of fixed documents.
fn documents(make: impl FnOnce(&str) -> HashMap<String, (u16, String)>) -> Faults {
    let known = Arc::new(OnceLock::<HashMap<String, (u16, String)>>::new());
    let served = known.clone();
    let server = Faults::serve(move |_, asked| {
        let found = served.get().and_then(|documents| documents.get(asked.target()));
        let (status, body) = found.cloned().unwrap_or((404, "{}".to_owned()));
        Fault::answer(status, &[], body)
    });
    let _ = known.set(make(&server.url));
    server
}

fn token(key: &Key, issuer: &str) -> String {
    key.sign("ES256", Some("a"), &json!({"iss": issuer, "exp": 9_999_999_999i64}))
}

fn set(key: &Key) -> Value {
    json!({"keys": [key.jwk_with(json!({"kid": "a"}))]})
}

#[test]
fn the_issuers_keys_are_found_through_its_metadata() {
    let key = Key::for_alg("ES256");
    let keys = set(&key).to_string();
    for (issuer_path, metadata_path) in [
        ("", "/.well-known/oauth-authorization-server"),
        ("/tenant", "/.well-known/oauth-authorization-server/tenant"),
        ("/tenant/", "/tenant/.well-known/openid-configuration"),
    ] {
        let documents = documents(|url| {
            let metadata =
                json!({"issuer": format!("{url}{issuer_path}"), "jwks_uri": format!("{url}/keys")});
            HashMap::from([
                (metadata_path.to_owned(), (200, metadata.to_string())),
                ("/keys".to_owned(), (200, keys.clone())),
            ])
        });
        let issuer = format!("{}{issuer_path}", documents.url);
        let inspect =
            |token: String| heistctl(["inspect", "--json", "--issuer", &issuer, "-"]).stdin(token).run();
        let report = inspect(token(&key, &issuer)).exits(0).json();
        assert_eq!(report["verdict"], "pass", "{report}");
        let other = inspect(token(&key, "https://other")).exits(8).json();
        assert_eq!(
            other["checks"][8],
            json!({"name": "iss", "status": "fail", "message": format!("https://other, expected {issuer}"), "value": "https://other", "expected": issuer})
        );
    }
}

#[test]
fn a_metadata_document_of_another_issuer_is_not_used() {
    let key = Key::for_alg("ES256");
    let documents = documents(|url| {
        let metadata = json!({"issuer": format!("{url}/"), "jwks_uri": format!("{url}/keys")});
        HashMap::from([
            ("/.well-known/oauth-authorization-server".to_owned(), (200, metadata.to_string())),
            ("/keys".to_owned(), (200, set(&key).to_string())),
        ])
    });
    let ran = heistctl(["inspect", "--issuer", &documents.url, "-"]).stdin(token(&key, &documents.url)).run();
    ran.fails(5, &["RFC 8414 section 3.3"]);
    assert!(!documents.asked().iter().any(|asked| asked.target() == "/keys"), "its keys were asked for");
}

#[test]
fn what_goes_wrong_online_is_said_by_phase_and_exit_code() {
    let key = Key::for_alg("ES256");
    let documents = documents(|url| {
        HashMap::from([
            ("/keys".to_owned(), (200, set(&key).to_string())),
            ("/html".to_owned(), (200, "<html>".to_owned())),
            (
                "/shared".to_owned(),
                (200, json!({"keys": [{"kty": "oct", "kid": "a", "k": "AAAA"}]}).to_string()),
            ),
            ("/moved".to_owned(), (302, String::new())),
            (
                "/.well-known/oauth-authorization-server/nokeys".to_owned(),
                (200, json!({"issuer": format!("{url}/nokeys")}).to_string()),
            ),
        ])
    });
    let token = token(&key, "x");
    let at = |flag: &str, url: String| heistctl(["inspect", flag, &url, "-"]).stdin(token.as_str()).run();
    at("--jwks-url", format!("{}/keys", documents.url)).exits(0);
    at("--jwks-url", format!("{}/html", documents.url))
        .fails(5, &["issuer's keys", "it is a web page, not a key"]);
    at("--jwks-url", format!("{}/moved", documents.url)).fails(5, &["answered 302"]);
    at("--jwks-url", format!("{}/missing", documents.url)).fails(4, &["answered 404"]);
    let shared = at("--jwks-url", format!("{}/shared", documents.url)).exits(8);
    assert!(shared.stdout.contains("a shared secret, and published"), "{shared}");
    at("--issuer", documents.url.clone()).fails(4, &["answered 404", "openid-configuration"]);
    at("--issuer", format!("{}/nokeys", documents.url)).fails(5, &["no jwks_uri", "hint:"]);
    at("--issuer", "http://127.0.0.1:1".to_owned()).fails(6, &["issuer's keys: http://127.0.0.1:1/"]);
    at("--jwks-url", "http://example.com/keys".to_owned()).fails(2, &["plain http", "--insecure-http"]);
    at("--issuer", "me".to_owned()).fails(2, &["not an absolute http or https URL"]);
}

#[test]
fn without_a_flag_nothing_goes_online() {
    let documents = documents(|_| HashMap::new());
    let key = Key::for_alg("ES256");
    let header =
        json!({"alg": "ES256", "jku": format!("{}/keys", documents.url), "x5u": documents.url}).to_string();
    let token = key.sign_text("ES256", &header, &json!({"iss": documents.url}).to_string());
    heistctl(["inspect", "-"]).stdin(token).env("HEISTCTL_ISSUER", &documents.url).run().exits(0);
    assert!(documents.asked().is_empty());
}

fn private_key_jwt(server: &Server, key: &Key, client: &str) -> Reply {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let issuer = server.ready["issuer"].as_str().unwrap();
    let jti = format!("{now}-{:p}-{}", &now, server.url());
    let claims = json!({"iss": client, "sub": client, "aud": issuer, "jti": jti, "exp": now + 60});
    let jwt = key.sign("ES256", Some("a"), &claims);
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let body = format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={jwt}");
    server.request("POST", "/oauth/token", &[("Content-Type", "application/x-www-form-urlencoded")], &body)
}

#[test]
fn a_clients_keys_are_fetched_from_where_it_publishes_them() {
    let (key, other) = (Key::for_alg("ES256"), Key::for_alg("ES256"));
    let documents = documents(|_| {
        HashMap::from([
            ("/keys".to_owned(), (200, set(&key).to_string())),
            ("/large".to_owned(), (200, "x".repeat(70_000))),
            ("/moved".to_owned(), (302, String::new())),
        ])
    });
    let client = |id: &str, path: &str| {
        format!("[[client]]\nid = '{id}'\nscopes = ['x']\njwks_uri = '{}{path}'\n", documents.url)
    };
    let toml =
        format!("{}{}{}", client("good", "/keys"), client("large", "/large"), client("moved", "/moved"));
    let folder = folder(&[("heist.toml", &toml)]);
    let server = heistctl(["serve", "--listen", "127.0.0.1:0"]).in_folder(folder.path()).serve();
    let granted = private_key_jwt(&server, &key, "good");
    assert_eq!(granted.status, 200, "{granted:?}");
    assert_eq!(private_key_jwt(&server, &other, "good").status, 401);
    for bad in ["large", "moved"] {
        assert_eq!(private_key_jwt(&server, &key, bad).status, 401, "{bad}");
    }
    assert_eq!(
        documents.asked().iter().filter(|asked| asked.target() == "/keys").count(),
        1,
        "they are kept"
    );
    // What serve issues with a key of its own, inspect verifies by the issuer's metadata.
    let token = granted.json()["access_token"].as_str().unwrap().to_owned();
    let report =
        heistctl(["inspect", "--json", "--issuer", server.url(), "-"]).stdin(token).run().exits(0).json();
    assert_eq!(report["verdict"], "pass");
}

#[test]
fn the_issuer_is_asked_what_a_token_is_where_somebody_wants_that() {
    let toml = "[[client]]\nid = 'api'\nsecret_env = 'S'\nintrospect = true\n\
        [[client]]\nid = 'hacker-client'\nsecret_env = 'H'\nscopes = ['x']";
    let files = folder(&[("heist.toml", toml)]);
    let serve = heistctl(["serve", "--listen", "127.0.0.1:0"]).in_folder(files.path());
    let server = serve.env("S", "hunter2").env("H", "hacker-secret-123").serve();
    let token = server.client(&["token"]).run().exits(0).stdout;
    let inspect = |args: &[&str], token: &str| {
        let args = [&["inspect", "--introspect"], args, &["-"]].concat();
        let api = [("HEISTCTL_CLIENT_ID", "api"), ("HEISTCTL_CLIENT_SECRET", "hunter2")];
        heistctl(args).env("HEISTCTL_TOKEN_URL", server.token_url()).envs(&api).stdin(token).run()
    };
    let report = inspect(&["--json"], &token).exits(0).json();
    assert_eq!(
        (&report["introspection"]["active"], &report["verdict"]),
        (&true.into(), &"unverified".into())
    );
    assert_eq!(report["introspection"]["client_id"], "hacker-client");
    // By metadata, the signature with it.
    let both = inspect(&["--issuer", server.url()], &token).exits(0).stdout;
    assert!(both.contains("introspection by http://") && both.contains("\nPASS: "), "{both}");
    server.client(&["token", "--revoke", "-"]).stdin(token.as_str()).run().exits(0);
    let report = inspect(&["--json"], &token).exits(8).json();
    assert_eq!((&report["introspection"], &report["verdict"]), (&json!({"active": false}), &"fail".into()));
    let said = inspect(&["--issuer", server.url()], &token).exits(8).stdout;
    assert!(said.contains("  active  false\n") && said.contains("FAIL: introspection\n"), "{said}");

    let ask = |id: &str, secret: &str| {
        heistctl(["inspect", "--introspect", "-"])
            .env("HEISTCTL_TOKEN_URL", server.token_url())
            .envs(&[("HEISTCTL_CLIENT_ID", id), ("HEISTCTL_CLIENT_SECRET", secret)])
            .stdin(token.as_str())
            .run()
    };
    ask("hacker-client", "hacker-secret-123").fails(
        4,
        &[
            "error: introspection: ",
            "introspect = true",
            "hint: check that this client may introspect tokens",
        ],
    );
    ask("api", "wrong").fails(4, &["introspection: ", "invalid_client", "HEISTCTL_CLIENT_SECRET"]);
    let nobody = heistctl(["inspect", "--introspect", "-"]).stdin(token.as_str()).run();
    nobody.fails(2, &["introspection: no client id", "HEISTCTL_CLIENT_ID"]);
    let raw = heistctl(["inspect", "--introspect", "--raw", "claims", "-"]).stdin(token.as_str()).run();
    raw.fails(2, &["cannot be used with"]);
}
