//! Removes what mails, terminals and programs add around a token, and finds tokens in other text. Pure.

use crate::jose::compact::{self, Token};

/// A test of the lower-case text around a token, and its name. The first match counts.
type Context = (fn(&str) -> bool, &'static str);

const CONTEXTS: [Context; 15] = [
    (|text| text.starts_with("curl ") || text.contains(" curl "), "the curl command around the token"),
    (
        |text| starts_with_one(text, &["wget ", "http ", "https ", "xh ", "httpie "]),
        "the command around the token",
    ),
    (|text| text.starts_with("<") && text.contains("</"), "the markup around the token"),
    (|text| text.contains("http/1.") || text.contains("http/2"), "the HTTP message around the token"),
    (|text| text.contains("://"), "the URL around the token"),
    (|text| starts_with_one(text, &["cookie:", "set-cookie:"]), "the cookie around the token"),
    (|text| text.contains("path=/") || text.contains("httponly"), "the cookie around the token"),
    (|text| text.contains("authorization"), "the header around the token"),
    (|text| text.starts_with(['#', '?']), "the part of a URL around the token"),
    (|text| text.contains('&'), "the form around the token"),
    (|text| text.starts_with(['{', '[']), "the JSON around the token"),
    (|text| text.contains("```"), "the code block around the token"),
    (
        |text| {
            starts_with_one(
                text,
                &["export ", "set ", "setx ", "$", "const ", "let ", "var ", "env ", "declare "],
            )
        },
        "the variable assignment around the token",
    ),
    (|text| text.contains('='), "the assignment around the token"),
    (|_| true, "the text around the token"),
];

/// Characters that may follow a token in a sentence or a program.
const PUNCTUATION: &str = ",;:!?)]}>\"'`|\u{2026}";

fn starts_with_one(text: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| text.starts_with(prefix))
}

/// The remaining text, and a name for the removed part.
pub(super) type Less = (String, &'static str);

/// Removes terminal colours, mail quoting and line continuations.
pub(super) fn without_marks(text: &str) -> (String, Vec<&'static str>) {
    let steps =
        [without_colours, without_quote_marks, without_soft_breaks, without_continuations, without_escapes];
    let (mut text, mut removed) = (text.to_owned(), Vec::new());
    for step in steps {
        if let Some((less, what)) = step(&text) {
            text = less;
            removed.push(what);
        }
    }
    (text, removed)
}

/// Control sequences of terminals (ECMA-48): ESC, `[`, parameters and a letter. The ESC may be lost.
fn without_colours(text: &str) -> Option<Less> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        let parameters = after.strip_prefix('[')?;
        let end = parameters.find(|c: char| ('@'..='~').contains(&c))?;
        rest = &parameters[end + 1..];
    }
    let found = rest.len() < text.len();
    plain.push_str(rest);
    found.then_some((plain, "the terminal's colours"))
}

/// `> ` before each line of a quoted mail.
fn without_quote_marks(text: &str) -> Option<Less> {
    let lines = || text.lines().map(str::trim_start).filter(|line| !line.is_empty());
    let is_quoted = lines().next().is_some() && lines().all(|line| line.starts_with(['>', '|']));
    let bare = |line: &str| line.trim_start_matches(['>', '|', ' ', '\t']).trim_end().to_owned();
    is_quoted.then(|| (lines().map(bare).collect::<Vec<_>>().join("\n"), "the marks of a quoted mail"))
}

/// `=` at the end of each line except the last (RFC 2045 section 6.7).
fn without_soft_breaks(text: &str) -> Option<Less> {
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    let (_, before) = lines.split_last().filter(|(_, before)| !before.is_empty())?;
    let is_soft =
        before.iter().all(|line| line.ends_with('=')) && !lines.iter().any(|line| line.starts_with('.'));
    is_soft.then(|| {
        let joined: String = lines.iter().map(|line| line.trim_end_matches('=')).collect();
        (joined, "the line ends of a mail (=)")
    })
}

/// A backslash before a line end, as in a shell. Commands may have other backslashes.
fn without_continuations(text: &str) -> Option<Less> {
    let plain = text.replace("\\\r\n", "").replace("\\\n", "");
    (plain.len() < text.len() && !plain.contains(' ')).then_some((plain, "the backslashes at the line ends"))
}

/// A literal `\n` at the end, as in JSON, env files and Python's `b'…'`.
fn without_escapes(text: &str) -> Option<Less> {
    let plain = text.trim_end_matches(['\r', '\n']);
    let mut less = plain;
    while let Some(shorter) = less.strip_suffix("\\n").or_else(|| less.strip_suffix("\\r")) {
        less = shorter;
    }
    (less.len() < plain.len()).then(|| (less.to_owned(), "the \\n after the token"))
}

/// Removes the dot of a sentence, or other text directly after the token.
pub(super) fn without_punctuation(text: &str) -> Option<Less> {
    let bare = text.trim_end_matches(|c| PUNCTUATION.contains(c));
    let is_token =
        text.starts_with("ey") && bare.chars().all(is_token_char) && bare.matches('.').count() >= 2;
    if is_token && bare.len() < text.len() && !text[bare.len()..].contains('\u{2026}') {
        return Some((bare.to_owned(), "the punctuation after the token"));
    }
    let whole = without_final_dot(text);
    (whole.len() < text.len()).then(|| (whole.to_owned(), "the dot after the token"))
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.=+/".contains(c)
}

/// An extra dot after a signed or encrypted token ends a sentence. An unsigned token ends with its own dot.
fn without_final_dot(text: &str) -> &str {
    let has_one_more = text.starts_with("ey") && matches!(text.matches('.').count(), 3 | 5);
    match text.strip_suffix('.') {
        Some(bare) if has_one_more && !bare.ends_with("..") => bare,
        _ => text,
    }
}

/// The tokens in other text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// Exactly one, and the text around it.
    One(String, &'static str),
    /// Several different ones. The value is their number.
    Several(usize),
    None,
}

/// Finds tokens in any text. If one is called `access_token`, it is chosen.
pub(super) fn tokens_within(text: &str) -> Within {
    let text = text.replace("%2E", ".").replace("%2e", ".");
    let mut found: Vec<(&str, bool)> = Vec::new();
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut at = 0;
    for run in text.split(|c| !is_inner(c)) {
        let start = at;
        at += run.len() + text[at + run.len()..].chars().next().map_or(0, char::len_utf8);
        let Some(token) = token_of(run) else { continue };
        let is_access = is_named_access_token(&text[..start]);
        match found.iter_mut().find(|(other, _)| *other == token) {
            Some((_, known)) => *known |= is_access,
            None => found.push((token, is_access)),
        }
    }
    let access: Vec<&str> =
        found.iter().filter(|(_, is_access)| *is_access).map(|(token, _)| *token).collect();
    match (found.as_slice(), access.as_slice()) {
        ([], _) => Within::None,
        ([(token, _)], _) | (_, [token]) => Within::One((*token).to_owned(), context(&text)),
        (several, _) => Within::Several(several.len()),
    }
}

/// The token at the end of a run of token characters: percent encoding can leave `3DeyJ…`.
fn token_of(run: &str) -> Option<&str> {
    let starts = [Some(0), run.find("eyJ")];
    let candidates = starts.into_iter().flatten().map(|start| without_final_dot(&run[start..]));
    candidates.into_iter().find(|token| !matches!(compact::read(token), Token::Unreadable(_)))
}

/// Whether a text ends with the name `access_token` and a separator.
fn is_named_access_token(before: &str) -> bool {
    before.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_').ends_with("access_token")
}

fn context(text: &str) -> &'static str {
    let small = text.trim_start().to_ascii_lowercase();
    CONTEXTS.iter().find(|(fits, _)| fits(&small)).map_or("the text around the token", |(_, what)| what)
}
