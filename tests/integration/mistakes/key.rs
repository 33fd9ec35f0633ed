//! Mistakes with the signing keys in a store, their ids, and the key that seals them.

use super::Mistake;
use crate::registry::Store;
use crate::support::heistctl;
use serde_json::Value;

impl Store {
    fn key(&self, args: &[&str]) -> crate::support::Heistctl {
        heistctl(["key"].iter().chain(args)).env("HEISTCTL_STORE", self.url()).in_folder(self.folder.path())
    }

    /// The ids of its keys, oldest first.
    fn kids(&self) -> Vec<String> {
        let listed = self.key(&["list", "--json"]).run().exits(0).json();
        let keys = listed["keys"].as_array().expect("keys").clone();
        keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
    }
}

/// A store with a key that signs and a standby of RS256.
fn with_keys() -> (Store, Vec<String>) {
    let store = Store::new();
    store.key(&["generate"]).run().exits(0);
    store.key(&["generate", "--algorithm", "RS256"]).run().exits(0);
    let kids = store.kids();
    (store, kids)
}

#[test]
fn a_key_by_a_part_of_its_id_is_answered_with_the_whole() {
    let (store, kids) = with_keys();
    let (signing, standby) = (kids[0].as_str(), kids[1].as_str());
    let line = format!("heistctl key retire {standby}");
    for (typed, cause) in [
        (standby[..8].to_owned(), "is the beginning of an id"),
        (standby[..1].to_owned(), "is the beginning of an id"),
        (standby[..42].to_owned(), "is the beginning of an id"),
        (format!("{}…", &standby[..8]), "is the beginning of an id"),
        (format!("{}...", &standby[..8]), "is the beginning of an id"),
        (standby[20..].to_owned(), "is a part of an id"),
        (standby.to_uppercase(), "differs from an id in upper and lower case"),
        (format!("\"{standby}\""), "has something else around an id"),
        (format!("{standby}\n"), "has something else around an id"),
        (format!(" {standby}"), "has something else around an id"),
        (format!("{standby},"), "has something else around an id"),
        (format!("kid={standby}"), "has something else around an id"),
        ("RS256".to_owned(), "is an algorithm"),
        ("rs256".to_owned(), "is an algorithm"),
        ("standby".to_owned(), "is a state"),
    ] {
        if typed.len() < 3 && signing.starts_with(&typed) {
            continue;
        }
        let typed = ["retire", typed.as_str()];
        Mistake { typed: &typed, exit: 2, cause, cure: &line }.is_explained(|typed| store.key(typed));
    }
    for (typed, cause, cure) in [
        (&["retire", "nope"][..], "there is no key \"nope\"", "heistctl key list"),
        (&["retire", ""], "the key's id is empty", "heistctl key list"),
        (&["retire", "all"], "there is no key \"all\"", "one key by its id"),
        (&["retire", "old"], "there is no key \"old\"", "one key by its id"),
        (&["retire", "1"], "there is no key \"1\"", "heistctl key"),
        (&["retire", signing], "signs", "heistctl key rotate"),
        (&["retire", &signing[..10]], "is the beginning of an id", "heistctl key rotate"),
        (&["retire", "ES256"], "is an algorithm", "heistctl key rotate"),
    ] {
        // An id is random, so a short word may happen to be a part of one.
        let word = typed[1];
        if (1..4).contains(&word.len()) && kids.iter().any(|kid| kid.contains(word)) {
            continue;
        }
        Mistake { typed, exit: 2, cause, cure }.is_explained(|typed| store.key(typed));
    }
    assert_eq!(store.kids(), kids, "nothing has changed");
}

#[test]
fn a_key_or_a_secret_in_place_of_a_keys_id_is_not_shown() {
    let (store, _) = with_keys();
    for secret in [
        "heist_TdgFRXLncSQPnaS6IEZbkNxtJEXyOyx5KJ3c4hIQI10GPYutV",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
    ] {
        let typed = ["retire", secret];
        let mistake =
            Mistake { typed: &typed, exit: 2, cause: "a secret was given instead of", cure: "key list" };
        let ran = mistake.is_explained(|typed| store.key(typed));
        assert!(!ran.stderr.contains(secret), "{ran}");
    }
}

/// Forms of a store key, what they are called, and the cure.
fn forms() -> Vec<(String, &'static str, &'static str)> {
    let (hex, base64) =
        ("00112233445566778899aabbccddeeff".repeat(2), "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=");
    vec![
        (hex.clone(), "is 32 bytes in hexadecimal", "xxd -r -p"),
        (hex.to_uppercase(), "is 32 bytes in hexadecimal", "xxd -r -p"),
        (format!("0x{hex}"), "is 32 bytes in hexadecimal", "xxd -r -p"),
        (hex[..32].to_owned(), "is 16 bytes in hexadecimal; 32 are needed", "openssl rand -base64 32"),
        (
            "QUJDREVGR0hJSktMTU5PUA==".to_owned(),
            "is not 32 bytes in base64, but 16",
            "openssl rand -base64 32",
        ),
        (
            base64.replace('=', "").repeat(2) + "A",
            "is not 32 bytes in base64, but 65",
            "openssl rand -base64 32",
        ),
        ("QUJD".repeat(16), "is not 32 bytes in base64, but 48", "openssl rand -base64 32"),
        ("hunter2-is-my-password".to_owned(), "is not 32 bytes in base64", "openssl rand -base64 32"),
        (format!("\"{base64}\""), "is in quotes", "take out the quotes"),
        (format!("HEISTCTL_STORE_KEY={base64}"), "the name of a variable and =", "after the ="),
        (format!("{base64}\n{base64}\n"), "has more than one line", "one line"),
        ("$STORE_KEY".to_owned(), "was not expanded", "openssl rand -base64 32"),
        (
            "-----BEGIN PRIVATE KEY-----\nMC4\n-----END PRIVATE KEY-----\n".to_owned(),
            "is a PEM",
            "openssl rand -base64 32",
        ),
        (
            "heist_TdgFRXLncSQPnaS6IEZbkNxtJEXyOyx5KJ3c4hIQI10GPYutV".to_owned(),
            "is a client's secret",
            "openssl rand",
        ),
        ("changeme".to_owned(), "is a placeholder", "openssl rand -base64 32"),
    ]
}

#[test]
fn a_store_key_of_another_form_is_named_and_never_shown() {
    let (store, _) = with_keys();
    for (text, cause, cure) in forms() {
        let in_variable = Mistake { typed: &["generate"], exit: 2, cause, cure };
        let shown = text.trim_end().to_owned();
        let ran = in_variable.is_explained(|typed| store.key(typed).env("HEISTCTL_STORE_KEY", &text));
        assert!(ran.stderr.contains("HEISTCTL_STORE_KEY") && !ran.stderr.contains(&shown), "{ran}");
        store.file("new.key", &text);
        let typed = ["reseal", "--new-key-file", "new.key"];
        let ran = Mistake { typed: &typed, exit: 2, cause, cure }.is_explained(|typed| store.key(typed));
        assert!(ran.stderr.contains("new.key") && !ran.stderr.contains(&shown), "{ran}");
    }
    std::fs::write(store.folder.path().join("raw.key"), [0xF1_u8; 32]).unwrap();
    for (typed, cause, cure) in [
        (&["reseal", "--new-key-file", "raw.key"][..], "is 32 raw bytes", "base64 < raw.key > new.key"),
        (&["reseal", "--new-key-file", "/dev/null"], "is empty", "openssl rand -base64 32 > "),
        (&["reseal"], "there is no new store key", "openssl rand -base64 32 > new.key"),
    ] {
        Mistake { typed, exit: 2, cause, cure }.is_explained(|typed| store.key(typed));
    }
    let path = store.file("good.key", "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=\n");
    let by_path = Mistake {
        typed: &["generate"],
        exit: 2,
        cause: "the store key from HEISTCTL_STORE_KEY is a path",
        cure: "HEISTCTL_STORE_KEY_FILE",
    };
    by_path.is_explained(|typed| store.key(typed).env("HEISTCTL_STORE_KEY", &path));
    by_path.is_explained(|typed| store.key(typed).env("HEISTCTL_STORE_KEY", "good.key"));
}

#[test]
fn a_store_key_in_place_of_its_file_is_not_shown() {
    let (store, _) = with_keys();
    for key in ["ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=", "nope-not-a-file", "~/new.key"] {
        let typed = ["reseal", "--new-key-file", key];
        let mistake = Mistake {
            typed: &typed,
            exit: 2,
            cause: "there is no file at the path from --new-key-file",
            cure: "HEISTCTL_STORE_NEW_KEY",
        };
        let ran = mistake.is_explained(|typed| store.key(typed));
        assert!(!ran.stderr.contains(key), "{ran}");
        let mistake = Mistake {
            typed: &["generate"],
            exit: 2,
            cause: "there is no file at the path from HEISTCTL_STORE_KEY_FILE",
            cure: "HEISTCTL_STORE_KEY",
        };
        let ran = mistake.is_explained(|typed| store.key(typed).env("HEISTCTL_STORE_KEY_FILE", key));
        assert!(!ran.stderr.contains(key), "{ran}");
    }
}

#[test]
fn what_does_not_fit_the_keys_state_says_what_does() {
    let (store, _) = with_keys();
    let (one, two) =
        ("ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=", "IBEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=");
    let with = |typed: &[&str], key: &str| store.key(typed).env("HEISTCTL_STORE_KEY", key);
    store.file("one.key", one);
    let open = Mistake {
        typed: &["generate"],
        exit: 2,
        cause: "is not sealed",
        cure: "heistctl key reseal --new-key-file",
    };
    open.is_explained(|typed| with(typed, one));
    let again = store.key(&["reseal", "--unseal"]).run().exits(0);
    assert!(again.stderr.contains("the keys are already unsealed"), "{again}");
    store.key(&["reseal", "--new-key-file", "one.key"]).run().exits(0);
    for (typed, key, cause, cure) in [
        (&["rotate"][..], "", "it is sealed, and no key is configured to open it", "HEISTCTL_STORE_KEY_FILE"),
        (&["generate"], "", "it is sealed, and no key is configured to open it", "HEISTCTL_STORE_KEY_FILE"),
        (
            &["reseal", "--unseal"],
            "",
            "it is sealed, and no key is configured to open it",
            "HEISTCTL_STORE_KEY_FILE",
        ),
        (&["rotate"], two, "does not open with this key", "heistctl key rotate --now --lost-store-key"),
        (&["reseal", "--unseal"], two, "does not open with this key", "--lost-store-key"),
        (&["reseal"], one, "there is no new store key", "--new-key-file new.key"),
    ] {
        Mistake { typed, exit: 2, cause, cure }.is_explained(|typed| with(typed, key));
    }
    with(&["rotate"], one).run().exits(0);
    let twice = Mistake {
        typed: &["rotate"],
        exit: 2,
        cause: "a rotation is under way",
        cure: "heistctl key rotate --now",
    };
    twice.is_explained(|typed| with(typed, one));
    let keys: Value = store.key(&["list", "--json"]).run().exits(0).json();
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(3));
}
