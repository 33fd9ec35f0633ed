//! `heistctl client import`: what is imported is what `client add` would have made, or nothing is.

use crate::registry::Store;
use crate::support::heistctl;
use crate::support::keys::{Key, part};
use serde_json::{Value, json};

#[test]
fn an_import_takes_nothing_that_add_refuses() {
    let store = Store::new();
    for (member, part) in [
        (json!({"lifetime": u64::MAX}), "longer than ten years"),
        (json!({"lifetime": 315_576_001}), "longer than ten years"),
        (json!({"lifetime": 0}), "under a second"),
        (json!({"claims": {"team": "x", "exp": 1}}), "\"exp\", which is the server's to set"),
        (json!({"claims": {"sub": "admin"}}), "\"sub\", which is the server's"),
        (json!({"auth_method": "none"}), "auth_method is none that is registered"),
        (json!({"auth_method": "none", "disabled": true}), "auth_method is none that is registered"),
        (json!({"auth_method": "private_key_jwt"}), "goes with jwks or jwks_uri"),
        (json!({"jwks": "foo"}), "jwks: it is"),
        (json!({"jwks": {"keys": []}}), "jwks has no key in it"),
        (
            json!({"jwks": {"keys": [{"kty": "oct", "k": "aHVudGVyMg"}]}}),
            "no key can be used: it is a shared secret",
        ),
        (json!({"jwks": {"keys": ["x"]}}), "no key can be used: it is no object"),
        (json!({"jwks": {"keys": []}, "jwks_uri": "https://a.example"}), "exclude one another"),
        (json!({"id": "x".repeat(256)}), "255 at most"),
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
    store.client(&["add", &"x".repeat(256)]).run().fails(2, &["255 at most"]);
    store.add(&"x".repeat(255), &[]);
    store.file("heist.toml", &format!("[[client]]\nid = '{}'\nsecret_env = 'S'\n", "x".repeat(256)));
    let check = heistctl(["serve", "--check"]).env("S", "a secret").in_folder(store.folder.path()).run();
    check.fails(2, &["heist.toml", "255 at most"]);
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
    store.client(&["set", "a", "--introspect=false"]).run().fails(2, &["nothing is to change"]);
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
    ] {
        let ran = store.client(args).stdin(line.clone()).run().exits(0);
        let note = noted.map(|id| format!("client {id:?}: jwks: 3 of its keys are for ES256, "));
        match note {
            Some(note) => assert!(ran.stderr.contains(&note), "{ran}"),
            None => assert!(!ran.stderr.contains("of its keys"), "{ran}"),
        }
    }
}
