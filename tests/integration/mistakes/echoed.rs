//! Secrets and keys in the place of something else. No message repeats them.

use super::Mistake;
use super::token::{issuer, usage};
use crate::support::{demo, folder, heistctl};

const SECRET: &str = "heist_Zm9vYmFy-mFzZTY0dXJs_WVuY29kZWRTZWNyZXQxMjM0NTY3ODkw";
const RANDOM: &str = "Zm9vYmFy";

#[test]
fn a_key_or_a_secret_in_place_of_a_files_path_is_refused_and_never_shown() {
    let jwk = r#"{"kty":"EC","crv":"P-256","x":"eA","y":"eQ","d":"Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy"}"#;
    let at = |typed: &str| format!("@{typed}");
    let (key_at, secret_at) = (at(jwk), at(SECRET));
    let key = "a key was given instead of its file's path";
    let secret = "a secret was given instead of its file's path";
    for (typed, cause, cure) in [
        (&["mint", "--key", jwk][..], key, "write it into a file: --key key.json"),
        (&["mint", "--key", SECRET], secret, "--key FILE"),
        (&["mint", "--claims", &key_at], key, "--claims @key.json"),
        (&["mint", "--claims", &secret_at], secret, "--claims @FILE"),
        (&["client", "add", "x", "--tls-certificate", jwk], key, "--tls-certificate key.json"),
        (&["client", "add", "x", "--jwks", SECRET], secret, "--jwks FILE"),
        (&["serve", "--config", jwk], key, "--config key.json"),
        (&["serve", "--config", SECRET], secret, "--config FILE"),
        (&["call", "--client-id", "a", "-d", &secret_at, "http://127.0.0.1:1/"], secret, "--data @FILE"),
    ] {
        let files = folder(&[]);
        let store = format!("sqlite:{}", files.path().join("heist.db").display());
        let at = |typed: &[&str]| {
            heistctl(typed).env("HEISTCTL_STORE", &store).env("HEISTCTL_CLIENT_SECRET", "another-one")
        };
        let ran = Mistake { typed, exit: 2, cause, cure }.is_explained(at);
        assert!(!ran.stderr.contains(RANDOM), "{ran}");
    }
    let variable = Mistake {
        typed: &["serve"],
        exit: 2,
        cause: "HEISTCTL_CONFIG: a secret",
        cure: "HEISTCTL_CONFIG=FILE",
    };
    let ran = variable.is_explained(|typed| heistctl(typed).env("HEISTCTL_CONFIG", SECRET));
    assert!(!ran.stderr.contains(RANDOM), "{ran}");
}

#[test]
fn a_secret_in_place_of_a_word_is_not_repeated() {
    let server = issuer();
    let at = |typed: &[&str]| usage(typed).env("HEISTCTL_TOKEN_URL", server.token_url());
    let path = format!("{}/{SECRET}", server.url());
    for typed in [["--scope", SECRET], ["--resource", SECRET], ["--audience", SECRET], ["--token-url", &path]]
    {
        let ran = at(&typed).run();
        assert!(ran.code != 0 && ran.stderr.contains("hint: ") && !ran.stderr.contains(RANDOM), "{ran}");
    }
    let ready = format!("{SECRET}/ready");
    let ran = heistctl(["serve", "--demo", "--listen", "127.0.0.1:0", "--ready-file", &ready]).run();
    assert!(ran.code != 0 && !ran.stderr.contains(RANDOM) && !ran.stdout.contains(RANDOM), "{ran}");
    let own = "hacker-secret-123";
    let ran = heistctl(["call", "--client-id", "a", own]).env("HEISTCTL_CLIENT_SECRET", own).run();
    assert!(ran.code != 0 && ran.stderr.contains("(not shown)") && !ran.stderr.contains(own), "{ran}");
}

#[test]
fn a_token_that_the_demo_refuses_is_explained_without_its_audience() {
    let server = demo();
    let damaged = server.token();
    let (start, signature) = damaged.rsplit_once('.').unwrap();
    let damaged = format!("{start}.{}", signature.chars().rev().collect::<String>());
    let ran = server.client(&["call", "--token", "-"]).stdin(damaged).run();
    assert!(ran.code != 0 && ran.stderr.contains("invalid_token"), "{ran}");
    assert!(!ran.stderr.contains("audience") && !ran.stderr.contains("--resource"), "{ran}");
}
