//! The last line of defence before stderr: hides what is certainly a credential, whichever message repeats it.
//! Words that only might be one stay; [`crate::secret::looks_like_credential`] is for those.

use crate::commands::environment::secret_var;
use std::borrow::Cow;
use std::ops::Range;

const HIDDEN: &str = "(not shown)";
/// Shorter values are examples in messages, not credentials. In bytes.
const LONG: usize = 16;
/// A client's own secret that is shorter than this occurs in ordinary words.
const OWN: usize = 8;
/// The private members of a JWK (RFC 7518 section 6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];
const BEGIN: &str = "-----BEGIN ";
/// The hint that names the credentials of the demo, which are public, may name the client's own.
const DEMO: &str = "HEISTCTL_CLIENT_SECRET=";

/// The text without credentials, those of the environment included.
pub(super) fn discreet(text: &str) -> Cow<'_, str> {
    let own = secret_var("HEISTCTL_CLIENT_SECRET");
    let own = own.as_ref().and_then(|own| own.value.expose_str().ok());
    masked(text, own.map(str::trim_end))
}

/// The text without credentials. `own` is the client's secret, which may look like any word.
fn masked<'a>(text: &'a str, own: Option<&str>) -> Cow<'a, str> {
    let mut hidden: Vec<Range<usize>> =
        [secrets, tokens, pems, members].iter().flat_map(|of| of(text)).collect();
    hidden.extend(own.filter(|own| own.len() >= OWN).into_iter().flat_map(|own| copies(text, own)));
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    hidden.sort_by_key(|range| (range.start, range.end));
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for range in hidden {
        if range.start >= at {
            out.push_str(&text[at..range.start]);
            out.push_str(HIDDEN);
        }
        at = at.max(range.end);
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// The length of the leading characters that fit. All of them are ASCII.
fn run(text: &str, fits: fn(u8) -> bool) -> usize {
    text.bytes().take_while(|byte| fits(*byte)).count()
}

const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Generated secrets. A file may have a name that begins like one, but has no such rest.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let found = text.match_indices("heist_").filter_map(|(at, prefix)| {
        let rest = &text[at + prefix.len()..];
        let length = run(rest, is_base64url);
        let is_mixed =
            [char::is_uppercase, char::is_lowercase].iter().all(|class| rest[..length].contains(*class));
        (length >= LONG && is_mixed).then(|| at..at + prefix.len() + length)
    });
    found.collect()
}

/// JWTs: signed ones have two dots, encrypted ones four.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let found = text.match_indices("eyJ").filter_map(|(at, _)| {
        let length = run(&text[at..], |byte| is_base64url(byte) || byte == b'.');
        let token = &text[at..at + length];
        (token.len() >= LONG && token.matches('.').count() >= 2).then(|| at..at + length)
    });
    found.collect()
}

/// The content of PEMs. A message may name the first line alone, as an example.
fn pems(text: &str) -> Vec<Range<usize>> {
    let found = text.match_indices(BEGIN).filter_map(|(at, _)| {
        let label = at + BEGIN.len();
        let start = label + text[label..].find("-----")? + "-----".len();
        let body = text[start..].trim_start_matches(['\\', 'n', 'r', '\r', '\n', ' ']);
        let is_content = run(body, |byte| is_base64url(byte) || matches!(byte, b'+' | b'/')) >= LONG;
        let end = text[start..].find("-----END").map_or(text.len(), |end| start + end);
        is_content.then_some(start..end)
    });
    found.collect()
}

/// The values of the private members of JWKs, in JSON or in JSON that is quoted once more.
fn members(text: &str) -> Vec<Range<usize>> {
    let quotes = text.match_indices('"').filter_map(|(at, _)| {
        let (name, rest) = text[at + 1..].split_once('"')?;
        if !PRIVATE.contains(&name.trim_end_matches('\\')) {
            return None;
        }
        let rest = rest.trim_start().strip_prefix(':')?.trim_start();
        let value = rest.trim_start_matches('\\').strip_prefix('"')?;
        let (start, length) = (text.len() - value.len(), run(value, is_base64url));
        (length >= LONG).then(|| start..start + length)
    });
    quotes.collect()
}

fn copies(text: &str, own: &str) -> Vec<Range<usize>> {
    let found = text.match_indices(own).filter(|(at, _)| !text[..*at].ends_with(DEMO));
    found.map(|(at, own)| at..at + own.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "heist_a1B2c3D4-5F6g7H8i_J0k1L2";
    const JWT: &str = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

    #[test]
    fn credentials_are_hidden_wherever_they_stand() {
        let private = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LM"}"#;
        let quoted = format!("{private:?}");
        let pem = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\nAAAA\n-----END PRIVATE KEY-----";
        for (text, without) in [
            (SECRET.to_owned(), SECRET),
            (format!("cannot read @{SECRET}: no such file; ls -l {SECRET}"), SECRET),
            (format!("http://as/{SECRET}?x"), SECRET),
            (format!("é{JWT}é"), JWT),
            (format!("Bearer {JWT}, {JWT}"), "eyJ"),
            (private.to_owned(), "jpsQnn"),
            (private.replace(':', " : "), "jpsQnn"),
            (quoted, "jpsQnn"),
            (pem.to_owned(), "MIGH"),
            (format!("{pem:?}"), "MIGH"),
            ("-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG".to_owned(), "MIGH"),
        ] {
            let said = masked(&text, None);
            assert!(!said.contains(without) && said.contains(HIDDEN), "{said}");
        }
        assert_eq!(masked(&format!("a {SECRET} b"), None), "a (not shown) b");
    }

    #[test]
    fn examples_names_and_public_values_stay() {
        for text in [
            "name the authority's certificate, PEM with -----BEGIN CERTIFICATE-----: --cacert ca.pem",
            "a secret begins with heist_, as heist_abc",
            "/tmp/heist_store_of-2026-11-29.db",
            "kid f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, sha256:0123456789abcdef0123456789abcdef",
            r#"{"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","d":"…"}"#,
            "eyJhbGciOiJFUzI1NiJ9 is a header",
            "",
        ] {
            assert_eq!(masked(text, None), text);
        }
    }

    #[test]
    fn the_clients_own_secret_is_hidden_whatever_it_looks_like() {
        let own = Some("hacker-secret-123");
        assert_eq!(masked("\"hacker-secret-123\" is not a URL", own), "\"(not shown)\" is not a URL");
        let demo = "the demo has HEISTCTL_CLIENT_SECRET=hacker-secret-123";
        assert_eq!(masked(demo, own), demo);
        assert_eq!(masked("a secret", Some("secret")), "a secret");
    }

    proptest! {
        #[test]
        fn any_text_is_masked(text in any::<String>(), near in r#"(heist_|eyJ|-----BEGIN |-----|"d":"|\\|é|[a-zA-Z0-9]{16}|\.){0,12}"#) {
            for text in [text, near] {
                let once = masked(&text, Some("aaaaaaaa")).into_owned();
                prop_assert!(secrets(&once).is_empty() && tokens(&once).is_empty());
            }
        }
    }
}
