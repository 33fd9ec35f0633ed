//! From what people paste to the token in it: blanks around it, wrapped lines, quotes, `Bearer`,
//! whole headers and a token endpoint's JSON are understood, and said. Pure.

use crate::http::authorization;
use crate::http::visible::{is_invisible, name};
use crate::json::{Json, is_unsafe};

/// A token and what was around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Stripped {
    /// The token. Of its own characters none is touched: blanks within it stay, for they are a fault.
    pub token: String,
    /// What was removed, in sentences.
    pub notes: Vec<String>,
}

const VARIABLE: &str = "the variable name HEISTCTL_TOKEN";
const AROUND_QUOTES: &str = "the quotes around the token";
const CURL: &str = "curl's keyword header";

/// Quotes, also the typographic ones that word processors and chats put in their place.
const QUOTES: [(char, char); 9] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('\u{201c}', '\u{201d}'),
    ('\u{2018}', '\u{2019}'),
    ('\u{201d}', '\u{201d}'),
    ('\u{2019}', '\u{2019}'),
    ('\u{201e}', '\u{201c}'),
    ('\u{ab}', '\u{bb}'),
];

/// Prefixes that are no part of a token, in small letters.
const PREFIXES: [(&str, &str); 7] = [
    ("authorization:", "the header name Authorization"),
    ("-h ", "curl's option -H"),
    ("bearer ", "the scheme Bearer"),
    ("dpop ", "the scheme DPoP"),
    ("heistctl_token=", VARIABLE),
    ("header = ", CURL),
    ("token ", "the word token"),
];

/// Takes away what is around a token, and what has no width within it.
#[must_use]
pub fn strip(text: &str) -> Stripped {
    let mut removed = Removed::default();
    around(text).into_iter().for_each(|what| removed.add(what));
    let mut rest = trimmed(text);
    if let Some(token) = access_token(&rest) {
        removed.add("the JSON of a token response around access_token");
        rest = trimmed(&token);
    }
    while let Some((shorter, what)) = strip_once(&rest) {
        removed.add(what);
        rest = shorter;
        let escaped = [CURL, VARIABLE].contains(&what);
        if let Some(inner) = escaped.then(|| unescaped(&rest)).flatten() {
            removed.add(AROUND_QUOTES);
            rest = trimmed(&inner);
        }
    }
    let mut token = String::with_capacity(rest.len());
    for c in rest.chars() {
        match c {
            '\r' | '\n' => removed.add("line ends within the token"),
            c if is_unsafe(c) && !c.is_control() => removed.add(format!("{} within the token", name(c))),
            c => token.push(c),
        }
    }
    Stripped { token, notes: removed.0 }
}

/// The token in a text that was stripped, where it is one that can be sent to an issuer: to take anything else
/// for a token would show it to others.
///
/// # Errors
/// With the reason.
pub fn sendable(token: &str) -> Result<&str, String> {
    if token.starts_with('{') && Json::parse(token.as_bytes()).is_ok() {
        return Err("it is JSON without an access_token".to_owned());
    }
    authorization::access_token(token).map_err(|error| error.to_string())
}

/// The notes about removed text, each kind once.
#[derive(Default)]
struct Removed(Vec<String>);

impl Removed {
    fn add(&mut self, what: impl AsRef<str>) {
        let note = format!("removed {}", what.as_ref());
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }
}

fn trimmed(text: &str) -> String {
    text.trim_matches(is_invisible).to_owned()
}

/// The invisible characters before and after a token. A line end after it and a byte order mark before it are
/// not worth a note.
fn around(text: &str) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
    let start = &text[..text.len() - text.trim_start_matches(is_invisible).len()];
    let end = &text[text.trim_end_matches(is_invisible).len()..];
    let invisible = if start.len() == text.len() { String::new() } else { format!("{start}{end}") };
    let names = invisible.chars().map(|c| {
        if c.is_ascii_whitespace() {
            "surrounding blanks".to_owned()
        } else {
            format!("{} beside the token", name(c))
        }
    });
    names.collect()
}

/// The text in the quotes of curl's configuration or of a shell, as `token -o curl` and `-o env` write
/// them.
fn unescaped(text: &str) -> Option<String> {
    let inner = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    if let Some(inner) = inner('"') {
        let mut chars = inner.chars();
        let mut plain = String::new();
        while let Some(c) = chars.next() {
            plain.push(if c == '\\' { chars.next()? } else { c });
        }
        return Some(plain);
    }
    Some(inner('\'')?.replace(r"'\''", "'"))
}

fn strip_once(text: &str) -> Option<(String, &'static str)> {
    for (prefix, what) in PREFIXES {
        if let Some(rest) = without_prefix(text, prefix) {
            return Some((trimmed(rest), what));
        }
    }
    QUOTES.into_iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        Some((trimmed(inner), AROUND_QUOTES))
    })
}

/// What follows a prefix in small letters, where any blank will do for a blank.
fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut chars = text.chars();
    let same = |(c, wanted): (char, char)| match wanted {
        ' ' => is_invisible(c),
        wanted => c.to_ascii_lowercase() == wanted,
    };
    let matches = prefix.chars().all(|wanted| chars.next().is_some_and(|c| same((c, wanted))));
    matches.then_some(chars.as_str())
}

fn access_token(text: &str) -> Option<String> {
    if !text.starts_with('{') {
        return None;
    }
    let json = Json::parse(text.as_bytes()).ok()?;
    json.as_object()?.get("access_token")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_paste_is_understood() {
        for (text, notes) in [
            ("a.b.c", 0),
            ("a.b.c\n", 0),
            ("\n  a.b.c \n", 1),
            ("a.b\n.c\r\n", 1),
            ("\"a.b.c\"", 1),
            ("Bearer a.b.c", 1),
            ("Bearer\ta.b.c", 1),
            ("\u{feff}a.b.c", 0),
            ("-H 'Authorization: Bearer a.b.c'", 4),
            ("authorization: bearer a.b.c", 2),
            ("'Authorization: Bearer a.b.c'", 3),
            ("header = \"Authorization: Bearer a.b.c\"\n", 4),
            ("HEISTCTL_TOKEN=a.b.c", 1),
            (r#"{"token_type":"Bearer","access_token":"a.b.c"}"#, 1),
            ("\u{201c}a.b.c\u{201d}", 1),
            ("\u{200b}a.b.c", 1),
            ("a.b.c\u{200b}", 1),
            ("\u{2060}a.b.c\u{2060}\n", 1),
            ("\u{200e}\u{200b}a.b.c", 2),
            ("a.b.c\u{ad}", 1),
            ("\u{a0}a.b.c\u{a0}", 1),
            ("\u{feff}\"\u{200b}a.b.c\u{200b}\"", 1),
            ("Bearer\u{a0}a.b.c", 1),
            ("a.\u{200b}b.\u{200b}c", 1),
            ("a.b\u{ad}.c\u{feff}", 2),
        ] {
            let stripped = strip(text);
            assert_eq!((stripped.token.as_str(), stripped.notes.len()), ("a.b.c", notes), "{text:?}");
        }
    }

    #[test]
    fn what_token_prints_is_read_again_whatever_characters_it_has() {
        let token = r#"Atza|a'b"c\d!%:"#;
        for printed in [
            format!("{token}\n"),
            format!("Authorization: Bearer {token}\n"),
            "HEISTCTL_TOKEN='Atza|a'\\''b\"c\\d!%:'\n".to_owned(),
            "header = \"Authorization: Bearer Atza|a'b\\\"c\\\\d!%:\"\n".to_owned(),
            serde_json::json!({"access_token": token}).to_string(),
        ] {
            assert_eq!(strip(&printed).token, token, "{printed}");
        }
    }

    #[test]
    fn only_what_may_be_a_token_is_sent() {
        for token in ["a.b.c", "Atza|a!%:", "{not-json"] {
            assert_eq!(sendable(token), Ok(token));
        }
        for (text, part) in [("", "nothing"), ("two words", "a blank"), (r#"{"error":"x"}"#, "JSON without")]
        {
            assert!(sendable(text).unwrap_err().contains(part), "{text}");
        }
    }

    #[test]
    fn a_note_names_what_was_removed() {
        assert_eq!(
            strip("\u{200b}a\u{200b}").notes,
            ["removed a zero-width space (U+200B) beside the token"]
        );
        assert_eq!(strip("\"a\"").notes, ["removed the quotes around the token"]);
        assert_eq!(strip(" a").notes, ["removed surrounding blanks"]);
    }

    #[test]
    fn a_blank_within_a_token_stays() {
        assert_eq!(strip("a.b c.d").token, "a.b c.d");
        assert_eq!(strip("a.b\tc.d").token, "a.b\tc.d");
        assert_eq!(strip("{\"x\":1}").token, "{\"x\":1}");
        assert_eq!(strip("\"").token, "\"");
    }

    proptest! {
        #[test]
        fn any_text_is_stripped(text in any::<String>(), pasted in "(bearer |\"|\r?\n|ey\\.| ){0,12}") {
            for text in [text, pasted] {
                let token = strip(&text).token;
                prop_assert!(!token.contains(['\r', '\n']), "{text:?}");
                prop_assert!(token.len() <= text.len() && !token.contains('\u{200b}'), "{text:?}");
            }
        }
    }
}
