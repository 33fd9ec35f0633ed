//! `heistctl client` and a server that runs on the same store.

use crate::support::process::wait_until;
use crate::support::{Server, folder, heistctl};
use heistctl::clock::Timestamp;
use serde_json::{Value, json};
use std::path::Path;

pub(crate) struct Store {
    pub(crate) folder: tempfile::TempDir,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self { folder: folder(&[]) }
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("heistctl.db")
    }

    pub(crate) fn client(&self, args: &[&str]) -> crate::support::Heistctl {
        heistctl(["client"].iter().chain(args)).env("HEISTCTL_STORE", self.url())
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        self.client(&args).run().exits(0).json()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    pub(crate) fn add(&self, id: &str, flags: &[&str]) -> String {
        let args: Vec<&str> = ["add", id].iter().chain(flags).copied().collect();
        self.json(&args)["client_secret"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn serve(&self) -> Server {
        heistctl(["serve", "--listen", "127.0.0.1:0", "--store", &self.url()])
            .in_folder(self.folder.path())
            .serve()
    }
}

pub(crate) fn token(server: &Server, id: &str, secret: &str) -> crate::support::Ran {
    let client = [("HEISTCTL_CLIENT_ID", id), ("HEISTCTL_CLIENT_SECRET", secret)];
    heistctl(["token"]).env("HEISTCTL_TOKEN_URL", server.token_url()).envs(&client).run()
}

/// Asks until the code is that one, for as long as a server may take to see a change.
#[track_caller]
fn soon(server: &Server, id: &str, secret: &str, code: i32) {
    wait_until(&format!("{id} is answered with {code}"), || token(server, id, secret).code == code);
}

fn active(server: &Server, api: (&str, &str), token: &str) -> Value {
    let body = format!("client_id={}&client_secret={}&token={token}", api.0, api.1);
    server
        .request("POST", "/oauth/introspect", &[("Content-Type", "application/x-www-form-urlencoded")], &body)
        .json()["active"]
        .clone()
}

#[test]
fn a_client_lives_from_add_to_remove_beside_a_running_server() {
    let store = Store::new();
    let api = store.add("api", &["--introspect"]);
    let server = store.serve();
    let secret = store.add("backend", &["--scope", "a b", "--lifetime", "15m", "--audience", "https://api"]);
    soon(&server, "backend", &secret, 0);
    let taken = token(&server, "backend", &secret).exits(0).stdout.trim().to_owned();
    assert_eq!(active(&server, ("api", &api), &taken), json!(true));
    let made = store.json(&["rotate", "backend", "--overlap", "1h"]);
    let new = made["client_secret"].as_str().unwrap();
    soon(&server, "backend", new, 0);
    token(&server, "backend", &secret).exits(0);
    let last = store.json(&["rotate", "backend", "--now"])["client_secret"].as_str().unwrap().to_owned();
    soon(&server, "backend", &secret, 4);
    token(&server, "backend", new).exits(4);
    token(&server, "backend", &last).exits(0);
    store.client(&["set", "backend", "--scope", "c"]).run().exits(0);
    store.client(&["disable", "backend"]).run().exits(0);
    soon(&server, "backend", &last, 4);
    assert_eq!(active(&server, ("api", &api), &taken), json!(false));
    let resource =
        server.request("GET", "/protected-resource", &[("Authorization", &format!("Bearer {taken}"))], "");
    assert_eq!(resource.status, 401);
    store.client(&["enable", "backend"]).run().exits(0);
    soon(&server, "backend", &last, 0);
    store.client(&["remove", "backend"]).run().exits(0);
    soon(&server, "backend", &last, 4);
    let log = server.stop().1;
    for secret in [secret.as_str(), new, last.as_str()] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn tokens_of_a_client_that_was_removed_stay_dead_when_its_id_is_given_again() {
    let store = Store::new();
    std::fs::write(store.folder.path().join("heist.toml"), "leeway = \"0s\"\n").unwrap();
    let api = store.add("api", &["--introspect"]);
    let server = store.serve();
    let old = token(&server, "a", &store.add("a", &["--scope", "x"])).exits(0).stdout.trim().to_owned();
    store.client(&["remove", "a"]).run().exits(0);
    // The tokens of one second are the same age.
    let second = Timestamp::now().unix();
    wait_until("a second is over", || Timestamp::now().unix() > second);
    let secret = store.add("a", &["--scope", "x"]);
    soon(&server, "a", &secret, 0);
    let new = token(&server, "a", &secret).exits(0).stdout.trim().to_owned();
    assert_eq!(active(&server, ("api", &api), &old), json!(false));
    assert_eq!(active(&server, ("api", &api), &new), json!(true));
    let log = server.stop().1;
    assert!(log.contains("it is older than its client"), "{log}");
}

#[test]
fn a_secret_is_shown_once_and_its_uses_are_noted() {
    let store = Store::new();
    let ran = store.client(&["add", "a", "--scope", "x"]).run().exits(0);
    let secret = ran.stdout.trim().to_owned();
    assert!(secret.starts_with("heist_") && ran.stderr.contains("only once"), "{ran}");
    let shown = store.json(&["show", "a"]);
    assert_eq!((&shown["scopes"], &shown["secrets"][0]["last_used"]), (&json!("x"), &Value::Null));
    let bytes = std::fs::read(store.path()).unwrap();
    assert!(
        !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
        "the secret is in the file"
    );
    let server = store.serve();
    token(&server, "a", &secret).exits(0);
    let used_from = || store.json(&["show", "a"])["secrets"][0]["last_used_from"].clone();
    wait_until("its use is noted", || used_from() == json!("127.0.0.1"));
    assert_eq!(store.json(&["list"])["clients"][0]["id"], "a");
    assert!(store.client(&["list"]).run().exits(0).stdout.starts_with("a  x"));
}

#[test]
fn a_secret_that_somebody_made_up_is_kept_as_a_slow_hash() {
    let store = Store::new();
    store.client(&["add", "a", "--secret-stdin"]).stdin("correct horse battery staple\n").run().exits(0);
    let shown = store.json(&["show", "a"]);
    assert!(shown["secrets"][0]["kind"].as_str().unwrap().starts_with("argon2id"), "{shown}");
    let server = store.serve();
    token(&server, "a", "correct horse battery staple").exits(0);
    token(&server, "a", "correct horse battery stable").exits(4);
    store.client(&["add", "b", "--secret-stdin"]).stdin("short\n").run().fails(2, &["shorter than", "hint:"]);
    let hash = store.client(&["hash"]).stdin("correct horse battery staple").run().exits(0).stdout;
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    let made = store.add("c", &[]);
    assert!(store.client(&["hash"]).stdin(made.clone()).run().exits(0).stdout.starts_with("sha256:"));
    store.client(&["hash"]).stdin(&made[..30]).run().fails(2, &["damaged"]);
}

#[test]
fn revoked_tokens_and_used_assertions_stay_so_after_a_kill() {
    let store = Store::new();
    // A key that outlives the process, so that the token does, too.
    let key = store.folder.path().join("key.pem");
    std::fs::write(&key, crate::support::keys::Key::for_alg("ES256").private_pem()).unwrap();
    let toml = "issuer = 'https://as.example.com'\n[signing]\nkey_file = 'key.pem'\n";
    std::fs::write(store.folder.path().join("heist.toml"), toml).unwrap();
    let api = store.add("api", &["--introspect"]);
    let secret = store.add("a", &["--scope", "x"]);
    let server = store.serve();
    let [kept, revoked] = [0, 1].map(|_| token(&server, "a", &secret).exits(0).stdout.trim().to_owned());
    let body = format!("client_id=a&client_secret={secret}&token={revoked}");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(server.request("POST", "/oauth/revoke", &form, &body).status, 200);
    server.signal("-KILL");
    drop(server);
    let server = store.serve();
    assert_eq!(active(&server, ("api", &api), &kept), json!(true));
    assert_eq!(active(&server, ("api", &api), &revoked), json!(false));
}

#[test]
fn mistakes_are_said_with_their_cure() {
    let store = Store::new();
    store.add("a", &["--scope", "x"]);
    for (args, parts) in [
        (&["add", "a"][..], &["client \"a\" is in the store already", "client set"][..]),
        (&["show", "b"], &["no client \"b\"", "client list"]),
        (&["remove", "b"], &["no client \"b\""]),
        (&["rotate", "b"], &["no client \"b\""]),
        (&["set", "a"], &["there is nothing to change"]),
        (&["set", "a", "--default-scope", "y"], &["y, which is not in scopes"]),
        (&["set", "a", "--audience", "x"], &["absolute URI"]),
        (&["set", "a", "--allow-from", "x"], &["allow_from"]),
        (&["set", "a", "--auth-method", "private_key_jwt"], &["needs the client's public keys"]),
        (&["add", "b", "--jwks-uri", "http://example.com"], &["plain http"]),
        (&["add", "b", "--jwks", "/nowhere"], &["cannot read"]),
        (&["add", "b\n"], &["ends with a line end"]),
    ] {
        store.client(args).run().fails(2, parts);
    }
    for url in ["postgres://u:hunter2@h:x/d", "mysql://u:hunter2@h/d", "postgres://u:hunter2@h/d?sslmode=no"]
    {
        let ran = heistctl(["client", "list", "--store", url]).run();
        assert!(!ran.fails(2, &["--store", "postgres://"]).stderr.contains("hunter2"));
    }
    let nobody = "postgres://u:hunter2@127.0.0.1:1/d";
    let ran = heistctl(["client", "list", "--store", nobody]).run().fails(1, &["127.0.0.1:1/d", "refused"]);
    assert!(!ran.stderr.contains("hunter2"), "{ran}");
    heistctl(["client", "list"]).run().fails(2, &["HOME is not set", "--store"]);
}

#[test]
fn of_two_commands_at_once_neither_undoes_the_other() {
    let store = Store::new();
    for round in 0..12 {
        let id = format!("c{round}");
        store.add(&id, &[]);
        std::thread::scope(|scope| {
            scope.spawn(|| store.client(&["set", &id, "--scope", "x"]).run().exits(0));
            scope.spawn(|| store.client(&["set", &id, "--audience", "https://api"]).run().exits(0));
            store.client(&["disable", &id]).run().exits(0);
        });
        let found = store.json(&["show", &id]);
        let found = (&found["scopes"], &found["audiences"], &found["disabled"]);
        assert_eq!(found, (&json!("x"), &json!(["https://api"]), &json!(true)));
    }
}

#[test]
fn a_client_that_cannot_be_read_is_named_and_the_others_are_listed() {
    let store = Store::new();
    let [_, secret, _] = ["a", "b", "c"].map(|id| store.add(id, &["--scope", "x"]));
    let database = rusqlite::Connection::open(store.path()).unwrap();
    database.execute("UPDATE client SET record = '{\"id\":\"a\"}' WHERE id = 'b'", []).unwrap();
    let ran = store.client(&["list"]).run().exits(1);
    assert_eq!(ran.stdout, "a  x\nc  x\n");
    assert!(
        ran.stderr.contains("client \"b\" was written by another program")
            && ran.stderr.contains("client remove"),
        "{ran}"
    );
    let found = store.client(&["list", "--json"]).run().exits(1).json();
    assert_eq!((found["clients"].as_array().unwrap().len(), &found["damaged"]), (2, &json!(["b"])));
    for args in [&["show", "b"][..], &["set", "b", "--scope", "y"], &["rotate", "b"], &["disable", "b"]] {
        store.client(args).run().fails(1, &["client \"b\"", "hint: heistctl client remove"]);
    }
    let server = store.serve();
    token(&server, "b", &secret).exits(5);
    store.client(&["remove", "b"]).run().exits(0);
    store.client(&["list"]).run().exits(0);
}

#[test]
fn a_client_stands_in_the_configuration_or_in_the_store() {
    let store = Store::new();
    store.add("a", &[]);
    let toml = "[[client]]\nid = 'a'\nsecret_hash = 'sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8'\n";
    std::fs::write(store.folder.path().join("heist.toml"), toml).unwrap();
    let serve = |args: &[&str]| {
        heistctl(["serve", "--store", &store.url()].iter().chain(args)).in_folder(store.folder.path()).run()
    };
    serve(&["--check"]).fails(2, &["declared in heist.toml and registered in the store", "client remove"]);
    assert!(Path::new(&store.path()).exists());
}

#[test]
fn a_configuration_that_goes_away_does_not_take_its_clients_along() {
    let store = Store::new();
    let toml = "[[client]]\nid = 'a'\nsecret_hash = 'sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8'\n";
    let path = store.folder.path().join("heist.toml");
    std::fs::write(&path, toml).unwrap();
    let mut server = store.serve();
    let mut said = server.says();
    std::fs::remove_file(&path).unwrap();
    server.signal("-HUP");
    said.until("heist.toml no longer exists");
    token(&server, "a", "password").exits(0);
}

#[test]
fn many_clients_are_imported_all_or_none() {
    let store = Store::new();
    let lines = r#"{"id":"made","scopes":"a b","lifetime":900}
{"id":"known","scopes":"a","secret_hash":"sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"}

"#;
    let ran = store.client(&["import", "-"]).stdin(lines).run().exits(0);
    let (id, secret) = ran.stdout.trim_end().split_once('\t').unwrap();
    assert!(id == "made" && secret.starts_with("heist_") && ran.stderr.contains("only once"), "{ran}");
    let server = store.serve();
    token(&server, "made", secret).exits(0);
    token(&server, "known", "password").exits(0);
    // What is listed can be imported elsewhere, with other secrets.
    let listed = store.json(&["list"]);
    let lines: Vec<String> = listed["clients"].as_array().unwrap().iter().map(ToString::to_string).collect();
    let other = Store::new();
    let made = other.client(&["import", "-", "--json"]).stdin(lines.join("\n")).run().exits(0).json();
    assert_eq!(made["clients"].as_array().unwrap().len(), 2);
    assert_eq!(other.json(&["show", "made"])["lifetime"], json!(900));
    for (lines, part) in [
        (r#"{"id":"new"}"#.to_owned() + "\n" + r#"{"id":"made"}"#, "client \"made\" is in the store already"),
        ("{\"id\":\"new\"}\n{\"id\":\"new\"}".to_owned(), "stdin:2: client \"new\" appears twice"),
        (r#"{"id":"new","secret":"hunter2"}"#.to_owned(), "stdin:1: unknown member \"secret\""),
        (r#"{"id":"new","scopes":["hunter2"]}"#.to_owned(), "stdin:1: scopes is a list; it must be a text"),
        (
            r#"{"id":"new","lifetime":"hunter2"}"#.to_owned(),
            "lifetime is a text; it must be a number of seconds",
        ),
        (r#"{"id":"new","secret_hash":"hunter2"}"#.to_owned(), "secret_hash is not a hash"),
        (r#"{"id":"new","jwks_uri":"http://other.example"}"#.to_owned(), "jwks-uri"),
        ("hunter2".to_owned(), "it is not JSON"),
        ("{\"id\":\"\"}".to_owned(), "the id is empty"),
        ("\n".to_owned(), "no client"),
        ("x".repeat(70_000), "longer than"),
    ] {
        let ran = store.client(&["import", "-"]).stdin(lines).run().exits(2);
        assert!(ran.stderr.contains(part) && ran.stdout.is_empty(), "{ran}");
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
    assert_eq!(store.json(&["list"])["clients"].as_array().unwrap().len(), 2, "nothing of it was kept");
    store.client(&["import", "/nonexistent"]).run().exits(2);
}
