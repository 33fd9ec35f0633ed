//! Lists of scopes, and common mistakes in them.

use super::usage::value_parsers::InvalidValue;
use crate::scope::ScopeSet;

const CHARACTERS: &str = "a scope is visible ASCII without \" and \\ (RFC 6749 section 3.3)";

/// Joins repeated flags. Scopes may be separated by spaces or commas.
///
/// # Errors
/// Where a character is not allowed in a scope.
pub fn scope_list(texts: &[String]) -> Result<ScopeSet, InvalidValue> {
    let typed = texts.join(" ");
    typed.replace(',', " ").parse().map_err(|_| explain(&typed))
}

/// Completes `TEXT …` with the reason why it is not a list of scopes.
fn explain(typed: &str) -> InvalidValue {
    let is_end = |c: char| c.is_whitespace() || c == ',';
    let is_mark = |c: char| matches!(c, '[' | ']' | '"' | '\'' | '\u{201c}' | '\u{201d}');
    let meant: Vec<&str> = typed
        .split(is_end)
        .map(|scope| scope.trim_matches(is_mark))
        .filter(|scope| !scope.is_empty())
        .collect();
    let meant = meant.join(" ");
    let is_list = typed.trim().starts_with('[') && typed.contains('"');
    let is_quoted = typed.trim().starts_with('"') && typed.trim().ends_with('"');
    let bad = typed.chars().find(|c| matches!(c, '"' | '\\') || !matches!(c, ' '..='~'));
    let what = match bad {
        _ if is_list => "is a list in JSON".to_owned(),
        _ if is_quoted => "is in quotes".to_owned(),
        Some('"') => "has a double quote".to_owned(),
        Some('\\') => "has a backslash".to_owned(),
        Some(bad) => format!("has {} (U+{:04X})", called(bad), u32::from(bad)),
        None => "is not a list of scopes".to_owned(),
    };
    let is_mended = is_list || is_quoted || bad.is_some_and(|c| c.is_whitespace() || is_mark(c));
    let is_good = !meant.is_empty() && meant.parse::<ScopeSet>().is_ok();
    let hint = if is_mended && is_good { format!("write '{meant}'") } else { CHARACTERS.to_owned() };
    InvalidValue::new(what).hint(hint)
}

const fn called(c: char) -> &'static str {
    match c {
        '\t' => "a tab",
        '\n' | '\r' => "a line end",
        _ => "the character",
    }
}

/// A warning about a valid scope that may be a mistake.
#[must_use]
pub fn doubt(scopes: &ScopeSet) -> Option<String> {
    scopes.iter().find_map(|scope| {
        let why = if let Some(bare) = scope.strip_prefix("scope=") {
            format!("has its name in it: write --scope {bare}")
        } else if let Some(mark) = scope.chars().find(|c| matches!(c, ';' | '|')) {
            format!("has a {mark}: blanks separate scopes: write '{}'", scope.replace(mark, " "))
        } else if scope.contains('*') {
            "is not a wildcard: list each scope by its name".to_owned()
        } else if scope.starts_with(['+', '-']) {
            format!("begins with {}: --scope sets all scopes; it cannot add or remove one", &scope[..1])
        } else if let Some(mark) =
            scope.chars().find(|c| matches!(c, '\'' | '[' | ']' | '`' | '{' | '}' | '$'))
        {
            format!("has a {mark} in it: write scopes as 'a b'")
        } else {
            return None;
        };
        Some(format!("scope {scope:?} {why}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_of_scopes_is_answered_with_the_one_that_is_meant() {
        for (text, what, hint) in [
            ("[\"a\",\"b\"]", "a list in JSON", "write 'a b'"),
            ("\"a b\"", "in quotes", "write 'a b'"),
            ("a\"b", "a double quote", "visible ASCII"),
            ("a\\b", "a backslash", "visible ASCII"),
            ("a\tb", "a tab (U+0009)", "write 'a b'"),
            ("a\nb\n", "a line end (U+000A)", "write 'a b'"),
            ("m\u{f6}glich", "the character (U+00F6)", "visible ASCII"),
        ] {
            let wrong = scope_list(&[text.to_owned()]).unwrap_err();
            assert!(
                wrong.what.contains(what) && wrong.hint.clone().unwrap_or_default().contains(hint),
                "{wrong:?}"
            );
        }
        assert_eq!(scope_list(&["a,b".to_owned(), "c".to_owned()]).unwrap().as_str(), "a b c");
    }

    #[test]
    fn a_scope_that_may_be_meant_otherwise_is_doubted() {
        for (scopes, part) in [
            ("a;b", Some("write 'a b'")),
            ("orders:*", Some("not a wildcard")),
            ("+b", Some("cannot add or remove one")),
            ("scope=a", Some("--scope a")),
            ("[a", Some("as 'a b'")),
            ("orders:read https://a.example/x.y-z_1", None),
        ] {
            let found = doubt(&scopes.parse().unwrap());
            assert_eq!(found.is_some(), part.is_some(), "{scopes}: {found:?}");
            assert!(part.is_none_or(|part| found.unwrap().contains(part)), "{scopes}");
        }
    }
}
