//! `heistctl key`, and servers that sign with the keys of one store.

use crate::support::postgres;
use crate::support::process::wait_until;
use crate::support::proxy::Proxy;
use crate::support::{Heistctl, Server, folder, heistctl};
use heistctl::clock::Timestamp;
use serde_json::{Value, json};

/// 32 bytes in base64url, twice.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const OTHER_KEY: &str = "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

struct Store {
    folder: tempfile::TempDir,
    url: String,
}

impl Store {
    fn new() -> Self {
        let folder = folder(&[("heist.toml", HEIST)]);
        let url = format!("sqlite:{}", folder.path().join("keys.db").display());
        Self { folder, url }
    }

    fn at(url: String) -> Self {
        Self { url, ..Self::new() }
    }

    fn key(&self, args: &[&str]) -> Heistctl {
        heistctl(["key"].iter().chain(args)).env("HEISTCTL_STORE", &self.url)
    }

    fn list(&self) -> Vec<Value> {
        let ran = self.key(&["list", "--json"]).run().exits(0);
        ran.json()["keys"].as_array().unwrap().clone()
    }

    fn server(&self) -> Heistctl {
        heistctl([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--issuer",
            "https://as.example.com",
            "--store",
            &self.url,
        ])
        .env("SECRET", "a secret of the client")
        .in_folder(self.folder.path())
    }
}

const HEIST: &str = r#"
[[client]]
id = "c"
secret_env = "SECRET"
scopes = ["a"]
lifetime = "2h"
"#;

fn token(server: &Server) -> String {
    let client = [("HEISTCTL_CLIENT_ID", "c"), ("HEISTCTL_CLIENT_SECRET", "a secret of the client")];
    let ran =
        heistctl(["token", "--no-cache"]).env("HEISTCTL_TOKEN_URL", server.token_url()).envs(&client).run();
    ran.exits(0).stdout.trim().to_owned()
}

fn kid(token: &str) -> String {
    let report = heistctl(["inspect", "--json"]).env("HEISTCTL_TOKEN", token).run().exits(0).json();
    report["header"]["kid"].as_str().unwrap().to_owned()
}

fn status(server: &Server, token: &str) -> u16 {
    server.request("GET", "/protected-resource", &[("Authorization", &format!("Bearer {token}"))], "").status
}

fn published(server: &Server) -> Vec<String> {
    let jwks = server.request("GET", "/.well-known/jwks.json", &[], "").json();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn tokens_outlive_the_server_that_issued_them() {
    let store = Store::new();
    let server = store.server().serve();
    let taken = token(&server);
    let first = published(&server);
    server.stop();
    let server = store.server().serve();
    assert_eq!((status(&server, &taken), published(&server)), (200, first.clone()));
    assert_eq!((kid(&taken), store.list()[0]["state"].clone()), (first[0].clone(), json!("signing")));
    assert_eq!(store.list()[0]["sealed"], json!(false));
}

#[test]
fn a_rotation_is_published_at_once_and_signs_when_verifiers_can_know_it() {
    let store = Store::new();
    let mut server = store.server().serve();
    let mut said = server.says();
    let old = kid(&token(&server));
    let ran = store.key(&["rotate"]).run().exits(0);
    assert!(ran.stdout.contains("next") && ran.stdout.contains("signs in 5m"), "{ran}");
    wait_until("it follows", || published(&server).len() == 2);
    assert_eq!((kid(&token(&server)), published(&server)[0].clone()), (old.clone(), old.clone()));
    let listed = store.list();
    let next = listed.iter().find(|key| key["state"] == "next").unwrap();
    let signing = listed.iter().find(|key| key["state"] == "signing").unwrap();
    assert_eq!(
        (next["next_step"]["what"].as_str(), signing["next_step"]["what"].as_str()),
        (Some("signs"), Some("retires"))
    );
    let again = store.key(&["rotate"]).run().exits(2);
    assert!(again.stderr.contains("under way") && again.stdout.is_empty(), "{again}");
    let signs = store.key(&["retire", &old]).run().exits(2);
    assert!(signs.stderr.contains("signs"), "{signs}");
    store.key(&["retire", next["kid"].as_str().unwrap()]).run().exits(0);
    wait_until("it follows", || published(&server) == [old.clone()]);
    said.until("is published; it signs in 5m");
    said.until("is retired");
}

#[test]
fn how_long_tokens_live_is_known_before_the_first_is_issued() {
    let store = Store::new();
    store.server().serve().stop();
    store.key(&["rotate"]).run().exits(0);
    let listed = store.list();
    let at = |state: &str, name: &str| {
        let key = listed.iter().find(|key| key["state"] == state).unwrap();
        key[name].as_str().unwrap().parse::<Timestamp>().unwrap().unix()
    };
    let beyond = at("signing", "retires") - at("next", "signs_from");
    assert_eq!(beyond, 2 * 3600 + 60, "of the client whose tokens live longest");
}

#[test]
fn a_leaked_key_is_replaced_at_once_and_what_that_breaks_is_said() {
    let store = Store::new();
    let server = store.server().serve();
    let taken = token(&server);
    let ran = store.key(&["rotate", "--now", "--algorithm", "EdDSA"]).run().exits(0);
    assert!(ran.stderr.contains("refused from now on; the last would have expired in"), "{ran}");
    assert!(ran.stderr.contains("verifiers with a cached JWKS accept the old tokens"), "{ran}");
    wait_until("it follows", || status(&server, &taken) == 401);
    let new = token(&server);
    assert_eq!((status(&server, &new), published(&server)), (200, vec![kid(&new)]));
    assert_eq!(store.list().len(), 1, "the private part of the old one is gone");
}

#[test]
fn a_key_that_stands_by_is_taken_by_the_next_rotation() {
    let store = Store::new();
    let first = store.key(&["generate", "--json"]).run().exits(0).json();
    assert_eq!(first["keys"][0]["state"], json!("signing"), "the first signs");
    let second = store.key(&["generate", "--json"]).run().exits(0).json();
    assert_eq!(second["keys"][0]["state"], json!("standby"));
    let rotated = store.key(&["rotate", "--json"]).run().exits(0).json();
    assert_eq!(rotated["keys"][0]["kid"], second["keys"][0]["kid"]);
    for (args, part) in [
        (&["generate", "--algorithm", "HS256"][..], "one of ES256"),
        (&["retire", "x"], "no key \"x\""),
        (&["rotate", "--store", "memory:"], "would not outlive this command"),
    ] {
        let ran = store.key(args).run().exits(2);
        assert!(ran.stderr.contains(part) && ran.stdout.is_empty(), "{ran}");
    }
}

#[test]
fn private_keys_are_sealed_where_there_is_a_key_for_that() {
    let store = Store::new();
    store.server().env("HEISTCTL_STORE_KEY", KEY).serve().stop();
    assert_eq!(store.list()[0]["sealed"], json!(true), "what is listed needs no key");
    for (key, part) in [(None, "is sealed, and no key is configured"), (Some(OTHER_KEY), "does not open")] {
        let server = store.server().env("HEISTCTL_STORE_KEY", key.unwrap_or_default());
        let ran = server.run().exits(2);
        assert!(ran.stderr.contains(part) && ran.stderr.contains("HEISTCTL_STORE_KEY"), "{ran}");
        assert!(!ran.stderr.contains(KEY) && !ran.stderr.contains(OTHER_KEY), "{ran}");
    }
    let ran = store.server().env("HEISTCTL_STORE_KEY", "dG9vIHNob3J0").run().exits(2);
    assert!(ran.stderr.contains("not 32 bytes") && ran.stderr.contains("openssl rand"), "{ran}");
    let file = folder(&[("key", &format!("{KEY}\n"))]);
    let path = file.path().join("key").display().to_string();
    store.server().env("HEISTCTL_STORE_KEY_FILE", path).serve().stop();
}

#[test]
fn beside_keys_that_lie_open_none_is_sealed_until_a_server_seals_them_all() {
    let store = Store::new();
    let server = store.server().serve();
    let taken = token(&server);
    for args in [&["generate"][..], &["rotate"], &["rotate", "--now"]] {
        let ran = store.key(args).env("HEISTCTL_STORE_KEY", KEY).run().exits(2);
        assert!(ran.stderr.contains("is not sealed") && ran.stderr.contains("seals all keys"), "{ran}");
    }
    assert_eq!((status(&server, &taken), store.list().len()), (200, 1));
    server.stop();
    let again = store.server().env("HEISTCTL_STORE_KEY", KEY).serve();
    store.key(&["rotate", "--now"]).env("HEISTCTL_STORE_KEY", KEY).run().exits(0);
    wait_until("it follows", || status(&again, &taken) == 401);
    assert_eq!(status(&again, &token(&again)), 200);
    let next = store.key(&["rotate", "--json"]).env("HEISTCTL_STORE_KEY", KEY).run().exits(0).json();
    let next = next["keys"][0]["kid"].as_str().unwrap();
    let ran = store.key(&["rotate"]).env("HEISTCTL_STORE_KEY", KEY).run().exits(2);
    assert!(ran.stderr.contains(&format!("heistctl key retire {next} removes it")), "{ran}");
    store.key(&["retire", next]).run().exits(0);
    store.key(&["rotate"]).env("HEISTCTL_STORE_KEY", KEY).run().exits(0);
}

#[test]
fn beside_keys_that_do_not_open_none_is_made_and_what_has_leaked_never_signs_again() {
    let store = Store::new();
    let mut server = store.server().env("HEISTCTL_STORE_KEY", KEY).serve();
    let mut said = server.says();
    let taken = token(&server);
    for args in [&["generate"][..], &["rotate"], &["rotate", "--now"]] {
        for (key, part) in [("", "no key is configured to open it"), (OTHER_KEY, "key rotate --now --lost")] {
            let ran = store.key(args).env("HEISTCTL_STORE_KEY", key).run().exits(2);
            assert!(ran.stderr.contains(part) && ran.stdout.is_empty(), "{ran}");
        }
    }
    assert_eq!((store.list().len(), status(&server, &taken)), (1, 200), "nothing has changed");
    let lost = ["rotate", "--now", "--lost-store-key"];
    store.key(&["rotate", "--lost-store-key"]).run().exits(2);
    store.key(&lost).env("HEISTCTL_STORE_KEY", OTHER_KEY).run().exits(0);
    let health = || server.request("GET", "/health", &[], "");
    wait_until("it has no key any more", || health().status == 503);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let asked = "grant_type=client_credentials&client_id=c&client_secret=a%20secret%20of%20the%20client";
    for refused in [health(), server.request("POST", "/oauth/token", &form, asked)] {
        assert!(
            refused.status == 503 && refused.body.contains("this server has no signing key"),
            "{}",
            refused.body
        );
    }
    assert_eq!((status(&server, &taken), published(&server)), (401, Vec::<String>::new()));
    said.until("does not open with this key; HEISTCTL_STORE_KEY differs");
    let again = store.server().env("HEISTCTL_STORE_KEY", OTHER_KEY).serve();
    assert_eq!(status(&again, &token(&again)), 200);
}

#[test]
fn a_configuration_that_takes_keys_away_says_so() {
    let store = Store::new();
    let mut server = store.server().serve();
    let mut said = server.says();
    let (taken, old) = (token(&server), published(&server).join(""));
    let file = store.folder.path();
    std::fs::write(file.join("signing.secret"), "0123456789abcdef0123456789abcdef").unwrap();
    let with_file = format!("{HEIST}[signing]\nsecret_file = \"signing.secret\"\n");
    std::fs::write(file.join("heist.toml"), with_file).unwrap();
    server.signal("-HUP");
    said.until(&format!("key {old} was removed: the tokens that it signed are refused"));
    said.until("the configuration was reloaded");
    assert_eq!(status(&server, &taken), 401);
}

#[test]
fn a_check_leaves_the_store_as_it_is() {
    let store = Store::new();
    let check = || {
        let checked = heistctl(["serve", "--check", "--json", "--store", &store.url])
            .env("SECRET", "a secret of the client")
            .in_folder(store.folder.path())
            .run()
            .exits(0)
            .json();
        assert_eq!((&checked["signing"], &checked["ephemeral_key"]), (&json!("ES256"), &json!(false)));
    };
    check();
    store.key(&["list"]).run().fails(2, &["there is no store at"]);
    heistctl(["client", "add", "other", "--store", &store.url]).run().exits(0);
    check();
    assert!(store.list().is_empty());
}

#[test]
fn what_rotates_by_itself_is_kept_in_the_store() {
    for (signing, part) in [
        ("rotate_every = \"5m\"", "under ten minutes"),
        ("rotate_every = \"30d\"\nsecret_env = \"SIGNING\"", "works only for keys in the store"),
    ] {
        let folder = folder(&[("heist.toml", &format!("[signing]\n{signing}\n"))]);
        let ran = heistctl(["serve", "--check"])
            .env("SIGNING", "0123456789abcdef0123456789abcdef")
            .in_folder(folder.path())
            .run()
            .exits(2);
        assert!(ran.stderr.contains(part), "{ran}");
    }
    let folder = folder(&[("heist.toml", "[signing]\nrotate_every = \"30d\"\n")]);
    heistctl(["serve", "--check", "--store", "sqlite:keys.db"]).in_folder(folder.path()).run().exits(0);
}

#[test]
fn nodes_on_one_database_follow_a_rotation_and_none_starts_without_the_key_that_seals() {
    let Some(database) = postgres::shared().map(postgres::Postgres::database) else { return };
    let store = Store::at(database.url());
    let ran = store.server().run().exits(2);
    assert!(ran.stderr.contains("no key to seal them with") && ran.stderr.contains("openssl rand"), "{ran}");
    let node = || store.server().env("HEISTCTL_STORE_KEY", KEY).serve();
    let (one, other) = (node(), node());
    assert_eq!(published(&one), published(&other), "of two that start, one makes the key");
    let taken = token(&one);
    assert_eq!(status(&other, &taken), 200);
    store.key(&["rotate", "--now"]).env("HEISTCTL_STORE_KEY", KEY).run().exits(0);
    wait_until("both follow", || [&one, &other].iter().all(|node| status(node, &taken) == 401));
    assert_eq!(published(&one), published(&other));
    assert_eq!((status(&one, &taken), status(&one, &token(&other))), (401, 200));
    assert!(database.sql("SELECT text FROM text").contains("a256gcm:"));
}

#[test]
fn a_database_that_falls_silent_holds_up_those_with_a_longer_lifetime_once_and_not_one_after_another() {
    const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
    let Some(database) = postgres::shared().map(postgres::Postgres::database) else { return };
    let proxy = Proxy::to(database.port());
    let store =
        Store::at(database.tcp_url().replace(&database.port().to_string(), &proxy.port().to_string()));
    let add = ["client", "add", "late", "--scope", "a", "--lifetime", "3h", "--introspect", "--json"];
    let add = heistctl(add).env("HEISTCTL_STORE", &store.url).env("PGPASSWORD", postgres::PASSWORD);
    let secret = add.run().exits(0).json()["client_secret"].as_str().unwrap().to_owned();
    let server = store.server().env("PGPASSWORD", postgres::PASSWORD).env("HEISTCTL_STORE_KEY", KEY).serve();
    let client = format!("client_id=late&client_secret={secret}");
    let post = |path: &str, more: &str| server.request("POST", path, &FORM, &format!("{client}&{more}"));
    // The client is known, and no token of its was ever issued.
    assert_eq!(post("/oauth/introspect", "token=x").status, 200);
    proxy.silence(true);
    std::thread::scope(|scope| {
        let asked: Vec<_> =
            (0..20).map(|_| scope.spawn(|| post("/oauth/token", "grant_type=client_credentials"))).collect();
        for asked in asked {
            let reply = asked.join().unwrap();
            assert_eq!((reply.status, &reply.json()["error"]), (503, &json!("temporarily_unavailable")));
        }
    });
}
