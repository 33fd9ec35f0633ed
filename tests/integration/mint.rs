//! `heistctl mint`: tokens for tests, judged by `inspect`.

use crate::support::{Heistctl, folder, heistctl};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Each flaw, and how `inspect` ends: its exit code and the verdict's failed checks.
const FLAWS: [(&str, i32, &str); 15] = [
    ("expired", 8, "FAIL: exp"),
    ("not-yet", 8, "FAIL: nbf"),
    ("no-exp", 8, "FAIL: exp"),
    ("iss", 8, "FAIL: iss"),
    ("aud", 8, "FAIL: aud"),
    ("typ", 8, "FAIL: typ"),
    ("alg", 8, "signature"),
    ("alg-none", 8, "FAIL: alg"),
    ("kid", 8, "FAIL: key"),
    ("crit", 8, "FAIL: crit"),
    ("signature", 8, "FAIL: signature"),
    ("no-signature", 8, "FAIL: signature"),
    ("payload", 8, "FAIL: signature"),
    ("opaque", 9, "UNREADABLE:"),
    ("huge", 9, "UNREADABLE:"),
];

fn run(folder: &tempfile::TempDir, words: &[&str]) -> Heistctl {
    heistctl(words).in_folder(folder.path()).env("HEISTCTL_STORE", "sqlite:s.db")
}

#[test]
fn each_flaw_is_found_by_inspect_and_a_good_token_passes() {
    let folder = folder(&[]);
    run(&folder, &["key", "generate"]).run().exits(0);
    let mint =
        ["mint", "--store", "--yes-sign-with-this-key", "--iss", "https://as", "--aud", "api", "--sub", "a"];
    // The public key of the store, by way of the metadata of a server.
    let serve = ["-q", "serve", "--", "sh", "-c", "curl -s $HEISTCTL_URL/.well-known/jwks.json"];
    let keys = run(&folder, &serve).run().exits(0).stdout;
    std::fs::write(folder.path().join("jwks.json"), keys).unwrap();
    let inspect = "inspect --jwks jwks.json --iss https://as --aud api --typ at+jwt --require exp -";
    let inspect: Vec<&str> = inspect.split(' ').collect();
    let judged = |token: &str| run(&folder, &inspect).stdin(token).run();
    let good = run(&folder, &mint).run().exits(0).stdout;
    let report = judged(&good).exits(0);
    assert!(report.stdout.contains("PASS:"), "{report}");
    for (flaw, exit, verdict) in FLAWS {
        let token = run(&folder, &[&mint[..], &["--broken", flaw]].concat()).run().exits(0).stdout;
        assert_eq!(token.lines().count(), 1, "{flaw}: {token}");
        let report = judged(&token).exits(exit);
        assert!(report.stdout.contains(verdict), "{flaw}: {report}");
    }
    let page = heistctl(["mint", "-h"]).run().exits(0).stdout;
    assert!(FLAWS.iter().all(|(flaw, ..)| page.contains(&format!("\n  {flaw} "))), "{page}");
}

#[test]
fn claims_and_header_are_those_of_the_flags() {
    let folder = folder(&[("secret", SECRET), ("claims.json", r#"{"role":"x","iss":"old","big":1e400}"#)]);
    let words = [
        "mint",
        "--secret-file",
        "secret",
        "--claims",
        "@claims.json",
        "--iss",
        "new",
        "--aud",
        "a",
        "--aud",
        "b",
        "--scope",
        "r w",
        "--scope",
        "x",
        "--expires",
        "5m",
        "--now",
        "1795420800",
        "--typ",
        "t",
        "--header",
        "kid=k1",
        "--header",
        "n=1",
        "--json",
    ];
    let text = run(&folder, &words).run().exits(0).stdout;
    let jti = text.split("\"jti\":").nth(1).unwrap();
    assert!(
        text.contains(r#""header":{"alg":"HS256","typ":"t","kid":"k1","n":1}"#)
            && text.contains(
                r#""claims":{"role":"x","iss":"new","big":1e400,"aud":["a","b"],"scope":"r w x","iat":1795420800,"exp":1795421100,"#
            ),
        "{text}"
    );
    assert!(jti.len() > 20, "{text}");
    let by_stdin = run(&folder, &["mint", "--secret-file", "-", "--claims", r#"{"jti":"1"}"#, "--now", "1"]);
    let from_file =
        run(&folder, &["mint", "--secret-file", "secret", "--claims", r#"{"jti":"1"}"#, "--now", "1"]);
    assert_eq!(by_stdin.stdin(SECRET).run().exits(0).stdout, from_file.run().exits(0).stdout);
}

#[test]
fn a_key_in_use_signs_only_when_told_and_the_history_has_it() {
    let folder = folder(&[]);
    run(&folder, &["key", "generate"]).run().exits(0);
    run(&folder, &["mint", "--store"]).run().fails(2, &["APIs accept", "--yes-sign-with-this-key"]);
    let words =
        ["mint", "--store=sqlite:s.db", "--yes-sign-with-this-key", "--claims", r#"{"jti":"of-the-test"}"#];
    run(&folder, &words).run().exits(0);
    let history = run(&folder, &["key", "history"]).run().exits(0).stdout;
    let entries: Vec<&str> = history.lines().filter(|line| line.contains("  mint  ")).collect();
    assert_eq!(entries.len(), 1, "{history}");
    assert!(entries[0].contains("signed token of-the-test with "), "{history}");
    // The keys are as they were.
    run(&folder, &["key", "list"]).run().exits(0);
}

#[test]
fn mistakes_are_answered_with_cause_and_cure() {
    let folder = folder(&[("secret", "short"), ("key.pem", "hunter2")]);
    for (typed, cause, cure) in [
        (&[][..], "no key to sign with", "openssl genpkey"),
        (&["--secret", "hunter2"], "has no --secret", "--secret-file FILE"),
        (&["--secret-file", "hunter2-hunter2"], "there is no file", "--secret-file -"),
        (&["--key", "key.pem"], "key.pem: it holds no private key", "openssl genpkey"),
        (&["--key", "key.pem", "--secret-file", "secret"], "cannot be used with", ""),
        (&["--secret-file", "secret", "--alg", "ES256"], "not one for ES256", "HS256"),
        (&["--secret-file", "secret", "--claims", "[1]"], "this is an array", "--claims @claims.json"),
        (&["--secret-file", "secret", "--claims", "{role:1}"], "it is not JSON", "--claims @claims.json"),
        (&["--secret-file", "secret", "--broken", "expire"], "\"expire\"", "expired"),
        (&["--secret-file", "secret", "--header", "kid"], "is not NAME=VALUE", "--header kid=k1"),
        (&["--secret-file", "secret", "--expires=-5m"], "negative", "write 5m"),
        (&["--secret-file", "secret", "--kid", "k1"], "has no --kid", "--header kid=k1"),
    ] {
        let ran = run(&folder, &[&["mint"], typed].concat()).run().exits(2);
        assert!(ran.stderr.contains(cause) && ran.stderr.contains(cure), "{typed:?}: {ran}");
        assert!(!ran.stderr.contains("hunter2") && ran.stdout.is_empty(), "{typed:?}: {ran}");
    }
    let weak = run(&folder, &["mint", "--secret-file", "secret"]).run().exits(0);
    assert!(weak.stderr.contains("note: ") && weak.stderr.contains("40 bits"), "{weak}");
}
