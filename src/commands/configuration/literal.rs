//! TOML literals, and guesses at the value that was meant.

use super::schema::{Key, Kind};
use crate::cli::meant_duration;
use crate::secret::looks_like_credential;
use std::time::Duration;
use toml::de::DeValue;

/// A value of the wrong type for its key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<'a> {
    Text(&'a str),
    Number(f64),
    Flag(bool),
    /// The texts and numbers of a list.
    List(&'a [String]),
    Other,
}

/// A text as a TOML string.
pub(crate) fn quoted(text: &str) -> String {
    if text.contains('\\') && !text.contains('\'') {
        return format!("'{text}'");
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Texts as a TOML array.
pub(crate) fn list<T: AsRef<str>>(texts: &[T]) -> String {
    let items: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// A duration as people write it.
pub(crate) fn length(time: Duration) -> String {
    quoted(&humantime::format_duration(time).to_string().replace("days", "d").replace("day", "d"))
}

/// The longest text that a message repeats.
const MAX_SHOWN: usize = 120;

/// Whether a message may repeat the text. Words that mix letters and digits may be passwords, unless they are
/// part of an address or of a URL without credentials.
pub(crate) fn may_show(text: &str) -> bool {
    let is_url =
        ["https://", "http://"].iter().any(|scheme| text.contains(scheme)) && !text.contains(['@', '?']);
    let is_address = text.chars().all(|c| c.is_ascii_hexdigit() || ".:/[]*, -".contains(c))
        && text.contains(['.', ':', '/', '*']);
    let is_mixed = |word: &str| {
        word.contains(|c: char| c.is_ascii_digit()) && word.contains(|c: char| c.is_alphabetic())
    };
    let has_mixed = text.split(|c: char| !c.is_alphanumeric()).any(is_mixed);
    text.len() <= MAX_SHOWN
        && !looks_like_credential(text)
        && !text.contains(char::is_control)
        && (is_url || is_address || !has_mixed)
}

/// The literal that was probably meant by a value of any type, else the key's example.
pub(crate) fn meant_by(key: &Key, value: &DeValue<'_>) -> String {
    let number = |text: &str| text.parse().map_or(Given::Other, Given::Number);
    match value {
        DeValue::String(text) => meant(key, Given::Text(text)),
        DeValue::Integer(found) => meant(key, number(found.as_str())),
        DeValue::Float(found) => meant(key, number(found.as_str())),
        DeValue::Boolean(found) => meant(key, Given::Flag(*found)),
        DeValue::Datetime(_) | DeValue::Table(_) => key.example.to_owned(),
        DeValue::Array(found) => {
            let items: Vec<String> = found.iter().map(|item| item_text(item.get_ref())).collect();
            meant(key, Given::List(&items))
        }
    }
}

/// A list item as text; empty for other types.
fn item_text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        _ => String::new(),
    }
}

/// The literal that was probably meant, else the key's example.
pub(crate) fn meant(key: &Key, given: Given<'_>) -> String {
    found(key, given).unwrap_or_else(|| key.example.to_owned())
}

/// The literal that was probably meant.
pub(crate) fn found(key: &Key, given: Given<'_>) -> Option<String> {
    match given {
        Given::Text(text)
            if key.is_secret() && key.kind != Kind::Path || !may_show(text) && !is_harmless(key, text) =>
        {
            None
        }
        Given::Text(text) => of_text(key.kind, text.trim()),
        Given::Number(_) if key.is_secret() => None,
        Given::Number(number) => of_number(key.kind, number),
        Given::Flag(flag) => (key.kind == Kind::Flag).then(|| flag.to_string()),
        Given::List(items) => of_list(key.kind, items),
        Given::Other => None,
    }
}

/// Whether a text that mixes letters and digits has a form that secrets do not have: a time, a rate, the name
/// of an algorithm, or an id, which other messages show, too.
fn is_harmless(key: &Key, text: &str) -> bool {
    match key.kind {
        Kind::Length | Kind::Rate => text.len() <= 20 && text.starts_with(|c: char| c.is_ascii_digit()),
        Kind::Word => text.len() <= 5,
        Kind::Text => key.name == "id" && !looks_like_credential(text) && !text.contains(char::is_control),
        _ => false,
    }
}

fn of_text(kind: Kind, text: &str) -> Option<String> {
    match kind {
        Kind::Text | Kind::Path | Kind::OneOrMore => (!text.is_empty()).then(|| quoted(text)),
        Kind::Url => text.contains("://").then(|| quoted(text)),
        Kind::Length => meant_duration(text).map(|meant| quoted(&meant)),
        Kind::Flag => flag(text).map(|flag| flag.to_string()),
        Kind::Count => text.parse::<u32>().ok().filter(|count| *count > 0).map(|count| count.to_string()),
        Kind::List | Kind::Networks => {
            let items: Vec<&str> =
                text.split([',', ' ']).map(str::trim).filter(|item| !item.is_empty()).collect();
            (!items.is_empty()).then(|| list(&items))
        }
        Kind::Rate => text.parse::<crate::registry::token_buckets::Rate>().is_ok().then(|| quoted(text)),
        Kind::Address => text.parse::<std::net::SocketAddr>().is_ok().then(|| quoted(text)),
        Kind::Word => (is_word(text)).then(|| quoted(text)),
        Kind::Table | Kind::Jwks | Kind::Routes | Kind::IdentityRules => None,
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

fn of_number(kind: Kind, number: f64) -> Option<String> {
    if kind == Kind::Length && number.fract() != 0.0 && (0.001..=1e9).contains(&number) {
        return Some(length(Duration::from_millis((number * 1000.0).round() as u64)));
    }
    let whole = (number.fract() == 0.0 && (0.0..=1e9).contains(&number)).then(|| format!("{number:.0}"))?;
    match kind {
        Kind::Text => Some(quoted(&whole)),
        Kind::Length if number > 0.0 => Some(length(Duration::from_secs(whole.parse().ok()?))),
        Kind::Rate if (1.0..=1e6).contains(&number) => Some(quoted(&format!("{whole}/s"))),
        Kind::Address if (1.0..=65535.0).contains(&number) => Some(quoted(&format!("127.0.0.1:{whole}"))),
        Kind::Flag => flag(&whole).map(|flag| flag.to_string()),
        Kind::List => Some(list(&[whole])),
        _ => None,
    }
}

fn of_list(kind: Kind, items: &[String]) -> Option<String> {
    let is_fine = !items.is_empty() && items.iter().all(|item| may_show(item));
    match kind {
        Kind::Text | Kind::Path | Kind::Url | Kind::Length | Kind::Rate | Kind::Address | Kind::Flag
            if is_fine && items.len() == 1 =>
        {
            of_text(kind, &items[0])
        }
        Kind::List | Kind::Networks if is_fine => Some(list(items)),
        Kind::OneOrMore if is_fine && items.iter().any(|item| item.contains(char::is_alphabetic)) => {
            Some(list(items))
        }
        _ => None,
    }
}

/// Words for yes and no.
pub(crate) fn flag(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "y" | "enabled" => Some(true),
        "false" | "no" | "off" | "0" | "n" | "disabled" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_password_is_not_shown() {
        for text in
            ["hunter2", "x hunter2", "https://u:hunter2@a", "https://a?k=hunter2", "eyJhbGciOiJub25lIn0.e30."]
        {
            assert!(!may_show(text), "{text}");
        }
        for text in [
            "app",
            "a:read b",
            "https://as1.example.com",
            "10.0.0.0/8",
            "2001:db8::1",
            "as.example.com",
            "100",
        ] {
            assert!(may_show(text), "{text}");
        }
    }

    #[test]
    fn the_value_that_was_meant_is_written_as_toml() {
        let key = |kind| Key { name: "k", kind, example: "?" };
        for (kind, given, literal) in [
            (Kind::Text, Given::Text("app"), "\"app\""),
            (Kind::Text, Given::Number(5.0), "\"5\""),
            (Kind::Path, Given::Text("C:\\a"), "'C:\\a'"),
            (Kind::Url, Given::Text("https://a"), "\"https://a\""),
            (Kind::Url, Given::Text("hunter2"), "?"),
            (Kind::Length, Given::Number(90.0), "\"1m 30s\""),
            (Kind::Length, Given::Number(0.0), "?"),
            (Kind::Length, Given::Text("1h"), "\"1h\""),
            (Kind::Flag, Given::Text("Yes"), "true"),
            (Kind::Flag, Given::Number(0.0), "false"),
            (Kind::Count, Given::Text("16"), "16"),
            (Kind::Count, Given::Text("many"), "?"),
            (Kind::List, Given::Text("a, b c"), "[\"a\", \"b\", \"c\"]"),
            (Kind::Networks, Given::Text("10.0.0.0/8"), "[\"10.0.0.0/8\"]"),
            (Kind::Rate, Given::Number(100.0), "\"100/s\""),
            (Kind::Address, Given::Number(8001.0), "\"127.0.0.1:8001\""),
            (Kind::Table, Given::Text("x"), "?"),
        ] {
            assert_eq!(meant(&key(kind), given), literal, "{kind:?} {given:?}");
        }
        let secret = Key { name: "secret_hash", kind: Kind::Text, example: "?" };
        assert_eq!(meant(&secret, Given::Text("abc")), "?");
    }
}
