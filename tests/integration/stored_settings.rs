//! Clients of the store have every setting that clients of heist.toml have, and a server obeys it.

use crate::registry::Store;
use crate::support::keys::Key;
use crate::support::process::wait_until;
use crate::support::tls::{Authority, TlsClient, self_signed};
use crate::support::{Heistctl, Server, folder, heistctl};
use heistctl::jose::compact::{Token, read};
use serde_json::{Value, json};

const OLD: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
const NEW: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";
const PRESENT: &str = "HEISTCTL_STORE_KEY";
const NEXT: &str = "HEISTCTL_STORE_NEW_KEY";

fn claims(token: &str) -> Value {
    let Token::Jws(jws) = read(token.trim()) else { panic!("{token}") };
    serde_json::from_slice(&jws.payload_bytes).unwrap()
}

/// A token for a client that signs its assertions with its secret.
fn signed(server: &Server, id: &str, secret: &str) -> Heistctl {
    let args = ["token", "--no-cache", "--auth-method", "client_secret_jwt", "--client-id", id];
    let audience = ["--assertion-audience", server.url()];
    heistctl(args.iter().chain(&audience))
        .env("HEISTCTL_TOKEN_URL", server.token_url())
        .env("HEISTCTL_CLIENT_SECRET", secret)
}

#[test]
fn a_setting_that_is_cleared_has_its_default_again() {
    let store = Store::new();
    let all = [
        "--scope=x y",
        "--default-scope=x",
        "--scope-claim=permissions",
        "--scope-claim-form=list",
        "--audience=https://a.example",
        "--default-audience=https://a.example",
        "--lifetime=5m",
        "--claims={\"team\":\"orders\"}",
        "--auth-method=client_secret_post",
        "--allow-from=192.0.2.0/24",
    ];
    store.add("plain", &["--scope=x y"]);
    store.add("a", &all);
    let shown = |id: &str| {
        let mut shown = store.client(&["show", id, "--json"]).run().exits(0).json();
        ["id", "created", "secrets", "last_used"].iter().for_each(|name| {
            shown.as_object_mut().unwrap().remove(*name);
        });
        shown
    };
    assert_ne!(shown("a"), shown("plain"));
    let set = |args: &[&str]| store.client(&[&["set", "a"], args].concat()).run();
    set(&["--clear", "lifetime", "--lifetime", "1m"]).fails(2, &["--lifetime gives it a value", "hint: "]);
    set(&["--clear", "audiences"]).fails(2, &["default_audiences"]);
    set(&["--clear", "scopes"]).fails(2, &["scopes", "hint: "]);
    set(&["--clear", "audiences,default_audiences", "--clear", "lifetime", "--clear", "allow_from"]).exits(0);
    set(&["--clear", "default_scopes,scope_claim,claims,auth_method,assertion_audience"]).exits(0);
    assert_eq!(shown("a"), shown("plain"));
    set(&["--clear", "lifetime"]).fails(2, &["there is nothing to change"]);
}

#[test]
fn a_client_whose_keys_are_cleared_has_a_secret_again() {
    let store = Store::new();
    let folder = folder(&[("key.pem", &Key::for_alg("ES256").public_pem())]);
    let jwks = folder.path().join("key.pem");
    store.client(&["add", "a", "--jwks", jwks.to_str().unwrap()]).run().exits(0);
    let ran = store.client(&["set", "a", "--clear", "auth_method"]).run().exits(0);
    assert!(ran.stderr.contains("heistctl client rotate a --now"), "{ran}");
    let secret = store.client(&["rotate", "a", "--now"]).run().exits(0).stdout;
    let server = store.serve();
    let token =
        heistctl(["token", "--no-cache", "--client-id", "a"]).env("HEISTCTL_CLIENT_SECRET", secret.trim());
    token.env("HEISTCTL_TOKEN_URL", server.token_url()).run().exits(0);
}

#[test]
fn what_is_set_by_flags_is_shown_imported_again_and_obeyed() {
    let store = Store::new();
    let secret = store.add(
        "a",
        &[
            "--scope=x y",
            "--default-scope=x",
            "--scope-claim=permissions",
            "--scope-claim-form=list",
            "--audience=https://a.example",
            "--audience=https://b.example",
            "--default-audience=https://b.example",
            "--claims={\"team\":\"orders\",\"level\":3}",
        ],
    );
    let server = store.serve();
    let token = |secret: &str| {
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        let body = format!("grant_type=client_credentials&client_id=a&client_secret={secret}");
        let reply = server.request("POST", "/oauth/token", &form, &body);
        claims(reply.json()["access_token"].as_str().unwrap_or_else(|| panic!("{reply:?}")))
    };
    let said = token(&secret);
    assert_eq!((&said["scope"], &said["permissions"]), (&json!("x"), &json!(["x"])));
    assert_eq!(
        (&said["aud"], &said["team"], &said["level"]),
        (&json!("https://b.example"), &json!("orders"), &json!(3))
    );
    let shown = store.client(&["show", "a"]).run().exits(0);
    for part in ["scope claim  permissions, list", "default      https://b.example", "\"team\":\"orders\""] {
        assert!(shown.stdout.contains(part), "{shown}");
    }
    let line = store.json(&["show", "a"]);
    store.client(&["remove", "a"]).run().exits(0);
    let imported = store.client(&["import", "-"]).stdin(line.to_string()).run().exits(0);
    let again = imported.stdout.split('\t').nth(1).unwrap().trim().to_owned();
    assert_eq!(token(&again)["permissions"], json!(["x"]));
    store
        .client(&["set", "a", "--scope-claim=scope", "--scope-claim-form=string", "--claims={}"])
        .run()
        .exits(0);
    wait_until("the server knows of it", || token(&again).get("permissions").is_none());
    assert_eq!(token(&again).get("team"), None);
}

#[test]
fn settings_that_no_server_can_use_are_refused_with_the_cure() {
    let store = Store::new();
    for (flags, parts) in [
        (
            vec!["--scope-claim=roles"],
            vec!["scope_claim \"roles\" is not offered", "scope, scp, scopes, permissions"],
        ),
        (vec!["--scope-claim-form=list"], vec!["set without scope_claim"]),
        (vec!["--scope-claim=scope", "--scope-claim-form=list"], vec!["scope is always a text"]),
        (
            vec!["--scope-claim=scp", "--scope-claim-form=array"],
            vec!["\"array\" is not offered", "string, list"],
        ),
        (
            vec!["--scope-claim=permissions", "--claims={\"permissions\":[]}"],
            vec!["\"permissions\", which only the server sets"],
        ),
        (vec!["--default-audience=https://a.example"], vec!["not in audiences"]),
        (
            vec!["--assertion-audience=me"],
            vec!["assertion_audience \"me\" is not offered", "issuer-or-token-url"],
        ),
        (vec!["--claims=team=orders"], vec!["is not JSON", "--claims '{"]),
        (vec!["--claims=[]"], vec!["is not a JSON object"]),
        (vec!["--claims={\"a\":1,\"a\":2}"], vec!["has a name twice"]),
        (vec!["--auth-method=tls_client_auth"], vec!["exactly one name", "--tls-san-dns"]),
        (vec!["--tls-san-dns=a.example", "--tls-san-ip=::1"], vec!["exactly one name"]),
        (vec!["--tls-san-dns=*.example"], vec!["has a *"]),
        (
            vec!["--auth-method=self_signed_tls_client_auth"],
            vec!["needs the client's certificate", "--tls-certificate"],
        ),
        (vec!["--tls-bound", "--token-exchange"], vec!["exclude one another"]),
        (vec!["--auth-method=client_secret_jwt", "--tls-san-dns=a.example"], vec!["does not use"]),
    ] {
        let args: Vec<&str> = ["add", "a"].into_iter().chain(flags).collect();
        store.client(&args).run().fails(2, &parts);
    }
    let key = store.file("key.pem", &Key::for_alg("ES256").private_pem());
    store.client(&["add", "a", "--tls-certificate", &key]).run().fails(2, &["it holds a private key"]);
    let short = store.client(&["add", "a", "--auth-method=client_secret_jwt", "--secret-stdin"]);
    short.stdin("a secret of people").run().fails(2, &["needs a secret of 256 bits"]);
    let line = json!({"id": "a", "auth_method": "client_secret_jwt", "secret_hash": format!("sha256:{}", "0".repeat(64))});
    store.client(&["import", "-"]).stdin(line.to_string()).run().fails(2, &["needs the secret itself"]);
    assert_eq!(store.json(&["list"])["clients"], json!([]));
}

/// The life of a secret that its client signs with, in this store.
fn signs_with_its_secret(store: &str) {
    let folder = folder(&[]);
    let run = |args: &[&str], keys: &[(&str, &str)]| {
        heistctl(args).env("HEISTCTL_STORE", store).envs(keys).in_folder(folder.path())
    };
    let old = [(PRESENT, OLD)];
    let serve = |keys: &[(&str, &str)]| run(&["serve", "--listen", "127.0.0.1:0"], keys).serve();
    let server = serve(&old);
    let add = ["client", "add", "a", "--scope=x", "--auth-method=client_secret_jwt", "--json"];
    let first = run(&add, &old).run().exits(0).json()["client_secret"].as_str().unwrap().to_owned();
    signed(&server, "a", &first).run().exits(0);
    let other = "x".repeat(40);
    signed(&server, "a", &other).run().fails(4, &["invalid_client"]);
    let show = run(&["client", "show", "a"], &[]).run().exits(0);
    assert!(show.stdout.contains("sealed ") && !show.stdout.contains("never used"), "{show}");
    let unused = run(&["client", "list", "--unused=0s", "--json"], &[]).run().exits(0).json();
    assert_eq!(unused["clients"], json!([]), "its uses are not recorded");
    let rotate = ["client", "rotate", "a", "--json"];
    run(&rotate, &[(PRESENT, NEW)]).run().fails(2, &["does not open with this key"]);
    let second = run(&rotate, &old).run().exits(0).json()["client_secret"].as_str().unwrap().to_owned();
    for secret in [&second, &first] {
        wait_until("both are right", || signed(&server, "a", secret).run().code == 0);
    }
    let both = [(PRESENT, OLD), (NEXT, NEW)];
    let resealed = run(&["key", "reseal"], &both).run().exits(0);
    assert!(resealed.stderr.contains("secrets of clients that sign with them (1)"), "{resealed}");
    assert_eq!(server.stop().0, 0);
    let server = serve(&[(PRESENT, NEW)]);
    for secret in [&second, &first] {
        signed(&server, "a", secret).run().exits(0);
    }
    run(&["client", "rotate", "a", "--now", "--json"], &[(PRESENT, NEW)]).run().exits(0);
    wait_until("the old ones have ended", || signed(&server, "a", &second).run().code == 4);
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_client_of_the_store_signs_with_its_secret() {
    let folder = folder(&[]);
    signs_with_its_secret(&format!("sqlite:{}", folder.path().join("s.db").display()));
    if let Some(server) = crate::support::postgres::shared() {
        signs_with_its_secret(&server.database().url());
    }
}

#[test]
fn a_secret_lies_open_without_a_store_key_and_that_is_said() {
    let store = Store::new();
    let added = store.client(&["add", "a", "--auth-method=client_secret_jwt"]).run().exits(0);
    assert!(added.stderr.contains("not sealed") && added.stderr.contains(PRESENT), "{added}");
    let server = store.serve();
    signed(&server, "a", added.stdout.trim()).run().exits(0);
    store.add("b", &[]);
    let set = store.client(&["set", "b", "--auth-method=client_secret_jwt"]).run().exits(0);
    assert!(set.stderr.contains("heistctl client rotate b --now makes one"), "{set}");
    let secret = store.client(&["rotate", "b", "--now"]).run().exits(0).stdout;
    wait_until("the server knows of it", || signed(&server, "b", secret.trim()).run().code == 0);
    let older = store.client(&["set", "b", "--assertion-audience=issuer-or-token-url"]).run().exits(0);
    assert!(!older.stderr.contains("rotate"), "{older}");
}

#[test]
fn a_running_server_asks_for_certificates_once_a_client_of_the_store_has_one() {
    let store = Store::new();
    let (authority, own) = (Authority::new("authority"), self_signed("own.example.com"));
    let served = authority.issue("localhost");
    let [cert, key, pem] = [("c.pem", &served.pem), ("k.pem", &served.key), ("own.pem", &own.pem)]
        .map(|(name, text)| store.file(name, text));
    let args = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", &cert, "--tls-key", &key];
    let server = heistctl(args).env("HEISTCTL_STORE", store.url()).in_folder(store.folder.path()).serve();
    store.client(&["add", "own", "--scope=a", "--tls-certificate", &pem]).run().exits(0);
    let shown = store.json(&["show", "own"]);
    assert_eq!(shown["auth_method"], "self_signed_tls_client_auth");
    store
        .client(&["rotate", "own"])
        .run()
        .fails(2, &["has a certificate, not a secret", "--tls-certificate"]);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let ask = || {
        let by = TlsClient::showing(&authority.pem, &own);
        by.request(&server, "POST", "/oauth/token", &form, "grant_type=client_credentials&client_id=own")
    };
    wait_until("the server asks for certificates", || ask().status == 200);
    let token = ask().json()["access_token"].as_str().unwrap().to_owned();
    assert!(claims(&token)["cnf"]["x5t#S256"].is_string());
    let checked = heistctl(["serve", "--check", "--tls-cert", &cert, "--tls-key", &key])
        .env("HEISTCTL_STORE", store.url())
        .run();
    store.client(&["set", "own", "--tls-san-dns=own.example.com"]).run().exits(0);
    assert_eq!(store.json(&["show", "own"])["tls_certificate"], Value::Null, "a name replaces it");
    let told = heistctl(["serve", "--check", "--tls-cert", &cert, "--tls-key", &key])
        .env("HEISTCTL_STORE", store.url())
        .run();
    assert!(
        !checked.stdout.contains("no authority") && told.stdout.contains("no authority"),
        "{checked}{told}"
    );
}
