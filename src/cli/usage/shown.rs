//! Keeps credentials out of messages about the command line. argv is already public, but messages may end up
//! in logs or tickets.

use super::word_kind::is_web_url;
use crate::secret::looks_like_credential;

/// The length in characters from which a word of mixed characters may be a secret.
const LONG: usize = 20;
pub(super) const HIDDEN: &str = "(not shown: it may be a secret)";
/// Longer words are not shown. In characters.
const MAX_SHOWN: usize = 200;

/// Flags whose value is a secret, or may be a secret given instead of a path. Includes common flags that
/// heistctl does not have.
const SECRET_FLAGS: [&str; 32] = [
    "--access-token",
    "--api-key",
    "--apikey",
    "--auth",
    "--authorization",
    "--basic",
    "--bearer",
    "--client-cert-key",
    "--client-key",
    "--client-secret",
    "--client-secret-file",
    "--client_secret",
    "--cookie",
    "--data",
    "--diff",
    "--dpop-key",
    "--header",
    "--json-body",
    "--key",
    "--oauth2-bearer",
    "--param",
    "--pass",
    "--password",
    "--profile",
    "--revoke",
    "--secret",
    "--secret-env",
    "--secret-file",
    "--signing-secret",
    "--tls-key",
    "--token",
    "--user",
];
const SECRET_SHORTS: [&str; 5] = ["-H", "-d", "-u", "-b", "-P"];

/// Whether to hide every value of this flag.
pub(super) fn takes_secret(flag: &str) -> bool {
    SECRET_FLAGS.contains(&flag) || SECRET_SHORTS.contains(&flag)
}

/// The quoted word, or a note that it is not shown.
pub(super) fn shown(word: &str) -> String {
    match plain_word(word) {
        Some(word) => format!("\"{word}\""),
        None => HIDDEN.to_owned(),
    }
}

/// The word, unless it looks like a credential or is too long.
pub(super) fn plain_word(word: &str) -> Option<&str> {
    (!is_credential(word) && word.len() <= MAX_SHOWN).then_some(word)
}

/// Stricter than [`looks_like_credential`], because a misplaced word may be anything. Also matches URLs with
/// a password or a query, and words of 20 characters with punctuation. Names of flags never match.
pub(super) fn is_credential(word: &str) -> bool {
    if looks_like_credential(word) || word.contains("eyJ") {
        return true;
    }
    if is_web_url(word) {
        return word.contains(['@', '?', '#']);
    }
    let is_flag = word.starts_with('-')
        && word.bytes().all(|byte| matches!(byte, b'-' | b'_') || byte.is_ascii_lowercase());
    let is_punctuated = word.contains(char::is_alphanumeric) && word.contains(|c: char| !c.is_alphanumeric());
    !is_flag && is_punctuated && word.chars().count() >= LONG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_and_credentials_are_not() {
        for word in [
            "version",
            "hunter2",
            "server",
            "simulation:read",
            "--client-secret-from-the-vault",
            "GET",
            "https://api.example.com/things/7",
            "http://127.0.0.1:8001/oauth/token",
            "127.0.0.1:99999",
            "abcdefghijklmnopqrstuvwxyz",
            "-k",
            "",
        ] {
            assert!(!is_credential(word), "{word}");
        }
        for word in [
            "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
            "Bearer eyJ0.e30.",
            "heist_abc",
            "-----BEGIN PRIVATE KEY-----",
            "correct-horse-battery-staple",
            "AbCdEfGhIjKlMnOpQrStUvWx",
            "0123456789abcdef0123456789abcdef",
            "https://u:hunter2@host/",
            "https://host/?token=x",
            "https://host/dGhpc2lzYXNlY3JldA0123",
            "--eyJhbGciOiJIUzI1NiJ9.e30",
            "--0123456789abcdef0123456789abcdef",
        ] {
            assert!(is_credential(word), "{word}");
        }
    }
}
