//! From what people paste to the token in it: blanks around it, wrapped lines, quotes, `Bearer`,
//! whole headers and a token endpoint's JSON are understood, and said. Pure.

use crate::json::Json;

/// A token and what was around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Stripped {
    /// The token, no character of it touched but line ends removed.
    pub token: String,
    /// What was taken away, for people.
    pub notes: Vec<String>,
}

/// Prefixes that are no part of a token, in small letters.
const PREFIXES: [(&str, &str); 7] = [
    ("authorization:", "the header name Authorization"),
    ("-h ", "curl's option -H"),
    ("bearer ", "the scheme Bearer"),
    ("dpop ", "the scheme DPoP"),
    ("heistctl_token=", "the variable name HEISTCTL_TOKEN"),
    ("header = ", "curl's keyword header"),
    ("token ", "the word token"),
];

/// Takes away what is around a token.
#[must_use]
pub fn strip(text: &str) -> Stripped {
    let mut notes = Vec::new();
    let text = text.trim_start_matches('\u{feff}');
    let mut rest = text.trim();
    if rest.len() != text.trim_end_matches(['\r', '\n']).len() {
        notes.push("surrounding blanks".to_owned());
    }
    let from_json = access_token(rest);
    if let Some(token) = &from_json {
        notes.push("the JSON of a token response around access_token".to_owned());
        rest = token.trim();
    }
    while let Some((shorter, what)) = strip_once(rest) {
        if !notes.iter().any(|note| note == what) {
            notes.push(what.to_owned());
        }
        rest = shorter.trim();
    }
    let token: String = rest.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    if token.len() != rest.len() {
        notes.push("line ends within the token".to_owned());
    }
    Stripped { token, notes }
}

fn strip_once(text: &str) -> Option<(&str, &'static str)> {
    for (prefix, what) in PREFIXES {
        // Any blank will do where the prefix ends in one.
        let head = text.get(..prefix.len()).map(|head| head.replace(['\t', '\r', '\n'], " "));
        if head.is_some_and(|head| head.eq_ignore_ascii_case(prefix)) {
            return Some((&text[prefix.len()..], what));
        }
    }
    for quote in ['"', '\'', '`'] {
        let inner = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return Some((inner, "quotes"));
        }
    }
    None
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
        ] {
            let stripped = strip(text);
            assert_eq!((stripped.token.as_str(), stripped.notes.len()), ("a.b.c", notes), "{text:?}");
        }
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
                prop_assert!(token.len() <= text.len(), "{text:?}");
            }
        }
    }
}
