//! Secrets that people give to `client add`, `client rotate` and `client hash`, which are something else.

use super::Mistake;
use crate::registry::Store;

/// What stands on stdin, a part of the first line, a part of the hint. None of it is shown.
const REFUSED: [(&str, &str, &str); 21] = [
    ("", "the secret from stdin is empty", "printf %s"),
    ("\n", "the secret from stdin is empty", "printf %s"),
    ("hunter2", "the secret is shorter than 12 characters", "a good one"),
    ("\"hunter2-hunter2\"", "the secret from stdin is in quotes", "take out the quotes"),
    ("'hunter2-hunter2'", "is in quotes", "take out the quotes"),
    ("\u{201c}hunter2-hunter2\u{201d}", "is in quotes", "take out the quotes"),
    ("hunter2-hunter2\\n", "a backslash and a letter", "printf %s"),
    ("hunter2-hunter2 ", "ends with a blank", "without that character"),
    ("\u{feff}hunter2-hunter2", "begins with a byte order mark", "without that character"),
    ("hunter2-hunter2\n\n", "ends with a line end", "without that character"),
    ("hunter2-hunter2\nother", "has more than one line", "head -n 1"),
    ("CLIENT_SECRET=hunter2-hunter2", "the name of a variable and =", "after the ="),
    ("$HUNTER2_HUNTER2_SECRET", "was not expanded", "sh"),
    ("{{ hunter2_hunter2 }}", "was not expanded", "sh"),
    ("{\"client_secret\":\"hunter2-hunter2\"}", "is JSON", "jq -r .client_secret"),
    ("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----", "is a PEM", "--jwks public.pem"),
    ("eyJhbGciOiJIUzI1NiJ9.hunter2hunter2.c2ln", "is a token", "not a token"),
    ("op://vault/hunter2/secret", "secret manager", "pipe"),
    ("<!doctype html><p>hunter2", "is a web page", "fetch the secret again"),
    (
        "sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
        "is a hash of a secret",
        "secret_hash",
    ),
    ("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo", "is a hash of a secret", "secret_hash"),
];

#[test]
fn a_secret_that_is_something_else_is_refused_and_never_shown() {
    let store = Store::new();
    store.add("a", &[]);
    for (stdin, cause, cure) in REFUSED {
        for typed in [&["rotate", "a", "--secret-stdin"][..], &["add", "b", "--secret-stdin"], &["hash"]] {
            let mistake = Mistake { typed, exit: 2, cause, cure };
            let ran = mistake.is_explained(|typed| store.client(typed).stdin(stdin));
            assert!(!ran.stderr.to_lowercase().contains("hunter2"), "{ran}");
            assert!(ran.stdout.is_empty() && !ran.stderr.contains("5e8848"), "{ran}");
        }
    }
    let hint = store.client(&["hash"]).stdin("short").run().exits(2).stderr;
    assert!(!hint.contains("--secret-stdin"), "hash has no such flag: {hint}");
}

/// Real secrets have such forms, too: they are taken, and the doubt is told.
#[test]
fn a_secret_that_may_be_something_else_is_taken_with_a_note() {
    let store = Store::new();
    store.add("first", &[]);
    for (at, (stdin, note)) in
        [("/run/secrets/hunter2", "looks like a path"), ("hunter2%21hunter2", "is percent-encoded")]
            .into_iter()
            .enumerate()
    {
        let id = format!("c{at}");
        let typed = ["add", id.as_str(), "--secret-stdin"];
        let mistake = Mistake { typed: &typed, exit: 0, cause: note, cure: "" };
        let ran = mistake.is_explained(|typed| store.client(typed).stdin(stdin));
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
}
