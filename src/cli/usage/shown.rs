//! What of a command line may be shown. argv is public already, and all the same a message may end in a
//! log or in a ticket: what looks like a credential stays out of it.

use super::wrong::is_web_url;

/// Every secret that `registry::generated` makes begins so.
const SECRET_PREFIX: &str = "heist_";
/// So many characters of mixed kinds may be a secret.
const LONG: usize = 20;
/// What stands in the place of a credential.
pub(super) const HIDDEN: &str = "(not shown: it may be a secret)";
/// A word is not longer than that in a message.
const MAX_SHOWN: usize = 200;

/// Flags whose value is a secret, or may be one that stands where a file's path belongs; those that
/// heistctl does not have among them.
const SECRET_FLAGS: [&str; 31] = [
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

/// Whether the value of this flag stays out of messages, whatever it is.
pub(super) fn takes_secret(flag: &str) -> bool {
    SECRET_FLAGS.contains(&flag) || SECRET_SHORTS.contains(&flag)
}

/// A word as it was typed, quoted; or that it is not shown.
pub(super) fn shown(word: &str) -> String {
    match plain_word(word) {
        Some(word) => format!("\"{word}\""),
        None => HIDDEN.to_owned(),
    }
}

/// The word, unless it looks like a credential or is too long to be read.
pub(super) fn plain_word(word: &str) -> Option<&str> {
    (!is_credential(word) && word.len() <= MAX_SHOWN).then_some(word)
}

/// True for a JWT, a secret that heistctl made, a PEM, a URL with a password or a query, and 20 or more
/// characters of mixed kinds; not for a flag's name or the URL of a page.
pub(super) fn is_credential(word: &str) -> bool {
    if word.contains(SECRET_PREFIX) || word.contains("-----") || is_jwt(word) {
        return true;
    }
    if let Some(rest) = is_web_url(word).then(|| word.split_once("://")).flatten().map(|(_, rest)| rest) {
        return rest.contains(['@', '?', '#']) || rest.split(['/', ':', '.']).any(is_mixed);
    }
    let is_flag = word.starts_with('-') && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase());
    !is_flag && is_mixed(word)
}

/// Three parts of base64url, of which the first begins as JSON does.
fn is_jwt(word: &str) -> bool {
    word.contains("eyJ") && word.contains('.')
}

fn is_mixed(word: &str) -> bool {
    let kinds: [fn(char) -> bool; 4] =
        [|c| c.is_lowercase(), |c| c.is_uppercase(), |c| c.is_numeric(), |c| !c.is_alphanumeric()];
    let mixed = kinds.iter().filter(|kind| word.contains(**kind)).count();
    word.chars().count() >= LONG && mixed >= 2
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
