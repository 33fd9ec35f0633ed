//! `heistctl client import`: what is imported is what `client add` would have made, or nothing is.

use crate::listing::{HASH, lines};
use crate::registry::{Store, token};
use crate::support::heistctl;
use crate::support::keys::{Key, part};
use crate::support::postgres::{self, PASSWORD, Postgres};
use serde_json::{Value, json};

#[test]
fn an_import_takes_nothing_that_add_refuses() {
    let store = Store::new();
    for (member, part) in [
        (json!({"lifetime": u64::MAX}), "longer than ten years"),
        (json!({"lifetime": 315_576_001}), "longer than ten years"),
        (json!({"lifetime": 0}), "under a second"),
        (json!({"claims": {"team": "x", "exp": 1}}), "\"exp\", which only the server sets"),
        (json!({"claims": {"sub": "admin"}}), "\"sub\", which only the server sets"),
        (json!({"auth_method": "none"}), "the auth_method \"none\" is not one"),
        (json!({"auth_method": "none", "disabled": true}), "the auth_method \"none\" is not one"),
        (json!({"auth_method": "private_key_jwt"}), "needs the client's public keys (jwks or jwks_uri)"),
        (json!({"jwks": "foo"}), "jwks is a text; it must be an object"),
        (json!({"jwks": {"keys": []}}), "jwks has no key in it"),
        (
            json!({"jwks": {"keys": [{"kty": "oct", "k": "aHVudGVyMg"}]}}),
            "no key can be used: it is a shared secret",
        ),
        (json!({"jwks": {"keys": ["x"]}}), "no key can be used: it is not an object"),
        (json!({"jwks": {"keys": []}, "jwks_uri": "https://a.example"}), "exclude one another"),
        (json!({"id": "x".repeat(256)}), "at most 255"),
        (
            json!({"secret_hash": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}),
            "of an empty secret",
        ),
    ] {
        let mut line = json!({"id": "new"});
        line.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
        let ran = store.client(&["import", "-"]).stdin(line.to_string()).run();
        ran.fails(2, &["stdin:1: ", part]);
    }
    assert_eq!(store.json(&["list"])["clients"], json!([]));
    store.client(&["add", &"x".repeat(256)]).run().fails(2, &["at most 255"]);
    store.add(&"x".repeat(255), &[]);
    store.file("heist.toml", &format!("[[client]]\nid = '{}'\nsecret_env = 'S'\n", "x".repeat(256)));
    let check = heistctl(["serve", "--check"]).env("S", "a secret").in_folder(store.folder.path()).run();
    check.fails(2, &["heist.toml", "at most 255"]);
}

#[test]
fn of_imported_keys_the_public_part_is_kept_and_a_server_takes_them() {
    let store = Store::new();
    let key = Key::for_alg("ES256");
    let private = key.jwk_with(json!({"d": part([7; 32])}));
    let line = json!({"id": "a", "jwks": {"keys": [private]}});
    store.client(&["import", "-"]).stdin(line.to_string()).run().exits(0);
    let kept = store.json(&["show", "a"])["jwks"].clone();
    assert_eq!((&kept["keys"][0]["kty"], &kept["keys"][0]["d"]), (&json!("EC"), &Value::Null));
    store.client(&["set", "a", "--introspect=false"]).run().fails(2, &["there is nothing to change"]);
    let file = store.file("key.pem", &key.private_pem());
    let server = store.serve();
    let args = ["token", "--client-id", "a", "--client-key", &file, "--issuer", server.url()];
    heistctl(args).run().exits(0);
}

#[test]
fn clients_with_so_many_keys_that_they_need_a_kid_are_noted() {
    let store = Store::new();
    let set =
        |count: usize| json!({"keys": (0..count).map(|_| Key::for_alg("ES256").jwk()).collect::<Vec<_>>()});
    let (two, three) =
        (store.file("two.json", &set(2).to_string()), store.file("three.json", &set(3).to_string()));
    let line = json!({"id": "c", "jwks": set(3)}).to_string();
    for (args, noted) in [
        (&["add", "a", "--jwks", &two][..], None),
        (&["add", "b", "--jwks", &three], Some("b")),
        (&["set", "a", "--jwks", &three], Some("a")),
        (&["import", "-"], Some("c")),
        (&["remove", "c"], None),
        (&["import", "--resume", "-"], Some("c")),
    ] {
        let ran = store.client(args).stdin(line.clone()).run().exits(0);
        let note = noted.map(|id| format!("client {id:?}: jwks: 3 of its keys are for ES256, "));
        match note {
            Some(note) => assert!(ran.stderr.contains(&note), "{ran}"),
            None => assert!(!ran.stderr.contains("of its keys"), "{ran}"),
        }
    }
}

/// The ids and secrets that an import has printed.
fn printed(text: &str) -> Vec<(String, String)> {
    let pair = |line: &str| line.split_once('\t').map(|(id, secret)| (id.to_owned(), secret.to_owned()));
    text.lines().map(|line| pair(line).unwrap()).collect()
}

#[test]
fn an_import_that_was_interrupted_goes_on_and_no_secret_of_it_is_lost() {
    let store = Store::new();
    let made = |n: u32| format!("{{\"id\":\"c{n:04}\",\"scopes\":\"x\"}}\n");
    let all: String = (0..2500).map(made).collect();
    let broken = format!("{}not a client\n{}", (0..2200).map(made).collect::<String>(), made(2200));
    let ran = store.client(&["import", "--resume", "-"]).stdin(broken).run().exits(2);
    assert!(
        ran.stderr.contains("stdin:2201: it is not JSON") && ran.stderr.contains("2000 clients before"),
        "{ran}"
    );
    let first = printed(&ran.stdout);
    assert_eq!((first.len(), first[1999].0.as_str()), (2000, "c1999"));
    let file = store.file("all.jsonl", &all);
    let ran = store.client(&["import", "--resume", &file]).run().exits(0);
    assert!(ran.stderr.contains("500 clients are registered, and 2000 were already there"), "{ran}");
    let rest = printed(&ran.stdout);
    assert_eq!((rest.len(), rest[0].0.as_str()), (500, "c2000"));
    let server = store.serve();
    for (id, secret) in [&first[0], &first[1999], &rest[0], &rest[499]] {
        token(&server, id, secret).exits(0);
    }
    let again = store.client(&["import", "--resume", "--json", &file]).run().exits(0);
    assert_eq!(again.json(), json!({"clients": []}));
    // Without the flag it is all or none, as ever.
    let ran = store
        .client(&["import", &file])
        .run()
        .fails(2, &["client \"c0000\" is in the store already", "--resume"]);
    assert!(ran.stdout.is_empty(), "{ran}");
}

#[test]
fn all_bad_lines_of_an_import_come_at_once() {
    let store = Store::new();
    let good = |id: &str| format!("{{\"id\":\"{id}\",\"scopes\":\"x\"}}\n");
    let bad = ["{\"id\":7}\n", "not a client\n", "{\"id\":\"c\",\"scope\":\"x\"}\n"].concat();
    let lines = format!("{}{bad}{}{}", good("a"), "x".repeat(70_000), good("\n"));
    let text = format!("{}{}", lines, good("a"));
    for resume in [&[][..], &["--resume"]] {
        let args = [&["import", "-"], resume].concat();
        let ran = store.client(&args).stdin(text.clone()).run().exits(2);
        let errors: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        let found: Vec<&str> = errors.iter().filter_map(|error| error.split(':').nth(3)).collect();
        assert_eq!(found, ["2", "3", "4", "5", "6", "7"], "{ran}");
        assert!(errors[5].contains("client \"a\" appears twice, first in line 1"), "{ran}");
        assert!(ran.stdout.is_empty() && store.client(&["list"]).run().stdout.is_empty(), "{ran}");
        let many = format!("{}{}", good("a"), "{}\n".repeat(50));
        let ran = store.client(&args).stdin(many).run().exits(2);
        assert_eq!(
            ran.stderr.lines().filter(|line| line.contains("the line has no id")).count(),
            20,
            "{ran}"
        );
        assert!(ran.stderr.contains("30 more lines are not clients"), "{ran}");
    }
}

#[test]
fn an_import_that_goes_on_takes_no_client_for_another_one() {
    let store = Store::new();
    let hash = |of: &str| json!({"id": "a", "scopes": "x", "secret_hash": of}).to_string();
    let import = |line: String| store.client(&["import", "--resume", "-"]).stdin(line).run();
    import(hash(HASH)).exits(0);
    import(hash(HASH)).exits(0);
    let other = hash(&HASH.replace("5e88", "5e89"));
    import(other).fails(2, &["client \"a\" is in the store already, and differs", "hint:"]);
    let scopes = json!({"id": "a", "scopes": "y", "secret_hash": HASH}).to_string();
    import(scopes).fails(2, &["differs"]);
    let twice = format!("{}\n{}", json!({"id": "b"}), json!({"id": "b"}));
    import(twice).fails(2, &["stdin:2: client \"b\" appears twice"]);
    assert_eq!(store.json(&["list"])["clients"].as_array().unwrap().len(), 1);
}

#[test]
fn very_many_clients_are_imported_into_postgresql_all_or_none() {
    const MANY: usize = 25_000;
    let Some(database) = postgres::shared().map(Postgres::database) else { return };
    let import = |lines: String| {
        let ran = heistctl(["client", "import", "-"]).env("HEISTCTL_STORE", database.url());
        ran.env("PGPASSWORD", PASSWORD).stdin(lines).run()
    };
    let all = || lines((0..MANY).map(|n| format!("c{n:05}")));
    let counts = || database.sql("SELECT (SELECT count(*) FROM client), (SELECT count(*) FROM history)");
    import(format!("{}{}", all(), lines(std::iter::once("c00000".to_owned())))).exits(2);
    import(lines(std::iter::once("c24999".to_owned()))).exits(0);
    import(all()).fails(2, &["client \"c24999\" is in the store already"]);
    assert_eq!(counts(), "1|1");
    database.sql("DELETE FROM client");
    import(all()).exits(0);
    assert_eq!(counts(), format!("{MANY}|{}", MANY + 1));
}
