//! Extracts the token from pasted text: blanks, wrapped lines, quotes, `Bearer`, headers, token responses,
//! mails, commands and forms. Notes say what was removed. Pure.

mod foreign;
mod wrapping;

use crate::http::authorization;
use crate::http::visible::{is_invisible, name};
use crate::jose::compact::{self, Token};
use crate::jose::digest::unbase64;
use crate::json::{Json, Object, is_unsafe};
use base64::alphabet::{STANDARD, URL_SAFE};
pub use foreign::ForeignText;
use wrapping::Within;

/// A token, and notes on the text around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Stripped {
    /// The token. Its own characters are unchanged. Blanks within it stay, because they make it invalid.
    pub token: String,
    /// Notes on the removed text.
    pub notes: Vec<String>,
    /// An explanation, if the text is not a readable token.
    pub foreign: Option<ForeignText>,
}

const VARIABLE: &str = "the variable name HEISTCTL_TOKEN";
const AROUND_QUOTES: &str = "the quotes around the token";
const CURL: &str = "curl's keyword header";

/// Quotes, including typographic ones from word processors and chats.
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

/// Prefixes of a token, in lower case.
const PREFIXES: [(&str, &str); 7] = [
    ("authorization:", "the header name Authorization"),
    ("-h ", "curl's option -H"),
    ("bearer ", "the scheme Bearer"),
    ("dpop ", "the scheme DPoP"),
    ("heistctl_token=", VARIABLE),
    ("header = ", CURL),
    ("token ", "the word token"),
];

/// Removes text around a token, and zero-width characters within it. Extracts the token if other text
/// contains exactly one.
#[must_use]
pub fn strip(text: &str) -> Stripped {
    let mut removed = Removed::default();
    let token = unwrapped(text, &mut removed);
    if is_readable(&token) {
        if has_blanks_at_dots(&token) {
            removed.0.push(
                "blanks beside its dots stay: no verifier takes such a token; tr -d ' ' removes them"
                    .to_owned(),
            );
        }
        return Stripped { token, notes: removed.0, foreign: None };
    }
    match wrapping::tokens_within(text) {
        Within::One(token, what) => {
            removed.0 = vec![format!("removed {what}")];
            Stripped { token, notes: removed.0, foreign: None }
        }
        Within::Several(count) => {
            let what = format!("there are {count} tokens in it, and inspect judges one at a time");
            let cure = "give one of them; heistctl inspect --diff @OTHER - < token.txt compares two";
            Stripped { token, notes: Vec::new(), foreign: Some(ForeignText::new(what, cure)) }
        }
        Within::None => within_base64(&token).unwrap_or_else(|| {
            let foreign = foreign::of(&token);
            let notes = if foreign.is_some() { Vec::new() } else { removed.0 };
            Stripped { token, notes, foreign }
        }),
    }
}

fn is_readable(token: &str) -> bool {
    !matches!(compact::read(token), Token::Unreadable(_))
}

fn has_blanks_at_dots(token: &str) -> bool {
    token.split('.').any(|part| part.trim_matches([' ', '\t']).len() < part.len())
}

/// Removes what usually surrounds a token, and joins its lines.
fn unwrapped(text: &str, removed: &mut Removed) -> String {
    let (text, marks) = wrapping::without_marks(text);
    marks.into_iter().for_each(|what| removed.add(what));
    around(&text).into_iter().for_each(|what| removed.add(what));
    let mut rest = trimmed(&text);
    if let Some((token, name)) = token_in_json(&rest) {
        removed.add(format!("the JSON of a token response around {name}"));
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
    token
}

/// Decodes a token, or text with a token, that was base64-encoded again, as Kubernetes does.
fn within_base64(text: &str) -> Option<Stripped> {
    let bytes = unbase64(&STANDARD, text.as_bytes()).or_else(|| unbase64(&URL_SAFE, text.as_bytes()))?;
    let inner = String::from_utf8(bytes).ok()?;
    let mut removed = Removed::default();
    let token = unwrapped(&inner, &mut removed);
    let token = match wrapping::tokens_within(&inner) {
        _ if is_readable(&token) => token,
        Within::One(token, _) => token,
        Within::Several(_) | Within::None => return None,
    };
    Some(Stripped { token, notes: vec!["removed the base64 around the token".to_owned()], foreign: None })
}

/// The stripped token, if it can be sent to an issuer. Anything else could disclose other text.
///
/// # Errors
/// The reason.
pub fn sendable(token: &str) -> Result<&str, String> {
    if token.starts_with('{') && Json::parse(token.as_bytes()).is_ok() {
        return Err("it is JSON without an access_token".to_owned());
    }
    authorization::access_token(token).map_err(|error| error.to_string())
}

/// Notes on removed text, each kind once.
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

/// The invisible characters around a token. A line end after it and a byte order mark before it are not worth
/// a note.
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

/// Unquotes the text in curl's configuration or a shell, as `token -o curl` and `-o env` write it.
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
    let quoted = QUOTES.into_iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        Some((trimmed(inner), AROUND_QUOTES))
    });
    quoted.or_else(|| wrapping::without_punctuation(text))
}

/// The text after a lower-case prefix. Any blank matches a blank.
fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut chars = text.chars();
    let same = |(c, wanted): (char, char)| match wanted {
        ' ' => is_invisible(c),
        wanted => c.to_ascii_lowercase() == wanted,
    };
    let matches = prefix.chars().all(|wanted| chars.next().is_some_and(|c| same((c, wanted))));
    matches.then_some(chars.as_str())
}

/// The token in a token response, or in an output form of `heistctl token`, and the name of its member.
fn token_in_json(text: &str) -> Option<(String, &'static str)> {
    if !text.starts_with('{') {
        return None;
    }
    let json = Json::parse(text.as_bytes()).ok()?;
    let members = json.as_object()?;
    let of = |members: &Object, name: &'static str| Some((members.get(name)?.as_str()?.to_owned(), name));
    let names = ["access_token", "id_token", "Authorization"];
    names.into_iter().find_map(|name| of(members, name)).or_else(|| {
        // An ExecCredential of Kubernetes.
        of(members.get("status")?.as_object()?, "token")
    })
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
