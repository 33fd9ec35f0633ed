//! Rows of a store that an older program, or a hand, has written: what they break, and what they do not.

use crate::registry::{Store, token};
use crate::support::process::wait_until;
use serde_json::{Value, json};

/// A client with that put into its record by somebody else.
fn add_with(store: &Store, id: &str, members: &Value) -> String {
    let secret = store.add(id, &["--scope", "x"]);
    let database = rusqlite::Connection::open(store.path()).unwrap();
    let patch = "UPDATE client SET record = json_patch(record, ?1), digest = NULL WHERE id = ?2";
    assert_eq!(database.execute(patch, [&members.to_string(), id]).unwrap(), 1);
    secret
}

#[test]
fn a_row_that_add_would_refuse_is_no_client_and_is_named_with_the_reason() {
    let store = Store::new();
    let good = store.add("good", &["--scope", "x"]);
    let rows = [
        (json!({"claims": {"team": "x", "sub": "admin"}}), "claims has \"sub\", which only the server sets"),
        (json!({"lifetime": u64::MAX}), "lifetime is longer than ten years"),
        (json!({"lifetime": 0}), "lifetime is under a second"),
        (json!({"default_scopes": "x y"}), "default_scopes has y, which is not in scopes"),
        (json!({"audiences": ["x#y"]}), "\"x#y\" is not an absolute URI"),
        (json!({"token_exchange": true, "dpop_required": true}), "exclude one another"),
        (json!({"jwks_uri": "https://a.example"}), "private_key_jwt must be the auth_method"),
        (json!({"jwks": {"keys": []}, "auth_method": "private_key_jwt"}), "jwks has no key in it"),
    ];
    let ids: Vec<String> = (0..rows.len()).map(|n| format!("b{n}")).collect();
    let secrets: Vec<String> =
        ids.iter().zip(&rows).map(|(id, (row, _))| add_with(&store, id, row)).collect();
    let listed = store.client(&["list"]).run().exits(1);
    assert_eq!(listed.stdout, "good  x\n");
    let server = store.serve();
    for ((id, secret), (_, why)) in ids.iter().zip(&secrets).zip(&rows) {
        assert!(
            listed.stderr.contains(&format!("client {id:?}: ")) && listed.stderr.contains(why),
            "{listed}"
        );
        store.client(&["show", id]).run().fails(1, &[id, why, "client set", "client remove"]);
        let refused = token(&server, id, secret).exits(5);
        assert!(!refused.stderr.contains(why), "{refused}");
    }
    token(&server, "good", &good).exits(0);
    store.client(&["set", "b1", "--lifetime", "15m"]).run().exits(0);
    store.client(&["set", "b3", "--default-scope", "x"]).run().exits(0);
    for mended in [1, 3] {
        wait_until("it is mended", || token(&server, &ids[mended], &secrets[mended]).code == 0);
    }
    store.client(&["set", "b0", "--lifetime", "15m"]).run().fails(2, &["\"sub\""]);
    store.client(&["disable", "b0"]).run().exits(0);
    store.client(&["remove", "b0"]).run().exits(0);
    let log = server.stop().1.replace("\\\"", "\"");
    for (_, why) in &rows[..3] {
        assert!(log.contains(why), "{why}: {log}");
    }
}

#[test]
fn a_value_of_another_type_hides_no_client_and_leaves_the_store_at_hand() {
    let store = Store::new();
    let secrets = ["a", "b", "c", "d"].map(|id| store.add(id, &["--scope", "x"]));
    let server = store.serve();
    let database = rusqlite::Connection::open(store.path()).unwrap();
    database
        .execute_batch(
            "UPDATE client SET record = x'ff00' WHERE id = 'b';
             UPDATE client SET secrets = CAST(x'ff' AS TEXT) WHERE id = 'c';
             INSERT INTO client (id, record, secrets, exchange)
                 SELECT x'ff00', record, secrets, exchange FROM client WHERE id = 'a';
             INSERT INTO change (client) VALUES (x'ff00');
             UPDATE text SET text = x'ff00' WHERE name = 'signing_keys';",
        )
        .unwrap();
    let ran = store.client(&["list"]).run().exits(1);
    assert_eq!(ran.stdout, "a  x\nd  x\n");
    for named in ["client \"b\"", "client \"c\"", "an id that is not text"] {
        assert!(ran.stderr.contains(named), "{ran}");
    }
    store.client(&["show", "b"]).run().fails(1, &["client \"b\"", "client remove"]);
    for (id, secret) in ["b", "c"].iter().zip(&secrets[1..]) {
        token(&server, id, secret).exits(5);
        token(&server, "d", &secrets[3]).exits(0);
    }
    token(&server, "a", &secrets[0]).exits(0);
    store.client(&["disable", "a"]).run().exits(0);
    wait_until("a change after it is seen", || token(&server, "a", &secrets[0]).code == 4);
    // One that is not kept is asked of the store, which a server that counts it as away does not do.
    store.client(&["remove", "b"]).run().exits(0);
    wait_until("it is gone", || token(&server, "b", &secrets[1]).code == 4);
    let log = server.stop().1.replace("\\\"", "\"");
    assert!(log.contains("client \"b\" was written by another program"), "{log}");
}
