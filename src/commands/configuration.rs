//! Configuration files in TOML: read into a type, or refused with line and cure. No value that may be a
//! secret is shown.

use serde::de::DeserializeOwned;

/// What is wrong with a configuration, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Reads a configuration.
///
/// # Errors
/// [`ConfigError`] for what is no TOML, an unknown key, or a value of the wrong type.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| explain(text, &error))
}

fn explain(text: &str, error: &toml::de::Error) -> ConfigError {
    let span = error.span();
    let line = span.as_ref().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let message = error.message().lines().next().unwrap_or_default();
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let key = rest.split('`').next().unwrap_or_default();
        let known: Vec<&str> = rest.split('`').skip(2).step_by(2).collect();
        return ConfigError { line, what: format!("unknown key {key:?}"), hint: Some(nearest(key, &known)) };
    }
    if let Some(name) =
        line.filter(|_| message.contains("expected a sequence")).and_then(|line| table(text, line))
    {
        let what = format!("[{name}] is one table, and there may be several");
        return ConfigError { line, what, hint: Some(format!("write [[{name}]]")) };
    }
    let (what, hint) = without_values(message);
    ConfigError { line, what, hint: Some(hint.to_owned()) }
}

/// The name of the table whose header stands in that line: `client` of `[client]` and of `[client.claims]`.
fn table(text: &str, line: usize) -> Option<&str> {
    let header = text.lines().nth(line.checked_sub(1)?)?.trim_start().strip_prefix('[')?;
    let name = header.split([']', '.']).next()?.trim();
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// The message of serde or of the parser in our words, and a cure. serde quotes the value of a wrong
/// type, which may be a secret in the wrong place.
fn without_values(message: &str) -> (String, &'static str) {
    let is_type = message.starts_with("invalid type") || message.starts_with("invalid value");
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if is_type => {
            let expected = match expected {
                "struct SigningSection"
                | "struct ClientEntry"
                | "struct TlsSection"
                | "struct CallerLimits" => "a table",
                "i64" => "a whole number",
                "a sequence" => "a list, as [\"a\", \"b\"]",
                other => other,
            };
            (format!("a value of the wrong type: expected {expected}"), SEE_README)
        }
        _ if message.starts_with(OURS) => (message[OURS.len()..].to_owned(), SEE_README),
        _ if message.starts_with("missing field") || message.starts_with("duplicate") => {
            (message.to_owned(), SEE_README)
        }
        _ => (
            "it is not TOML here".to_owned(),
            "write name = \"value\", with the quotes; the README has an example",
        ),
    }
}

fn nearest(key: &str, known: &[&str]) -> String {
    if ["secret", "password", "token"].iter().any(|word| key.contains(word)) && !known.contains(&key) {
        let close = known.iter().find(|name| strsim::damerau_levenshtein(key, name) <= 2);
        return match close {
            Some(name) => format!("did you mean {name}?"),
            None => {
                let is_place = |name: &str| {
                    name.contains("secret")
                        && ["_env", "_file", "_command"].iter().any(|end| name.ends_with(end))
                };
                let places: Vec<&str> = known.iter().copied().filter(|name| is_place(name)).collect();
                let places = if places.is_empty() { "a file".to_owned() } else { places.join(" or ") };
                format!("a secret never stands in the configuration: name its {places}")
            }
        };
    }
    let best = known.iter().map(|name| (strsim::damerau_levenshtein(key, name), name)).min();
    match best {
        Some((distance, name)) if distance <= 3 => format!("did you mean {name}?"),
        _ => format!("the keys here are {}", known.join(", ")),
    }
}

/// Before messages that are ours and quote nothing.
const OURS: &str = "heist.toml: ";
const SEE_README: &str = "the README shows each key with a value";

/// An error of a value, in a sentence of ours that quotes nothing.
pub fn ours<E: serde::de::Error>(message: &str) -> E {
    E::custom(format!("{OURS}{message}"))
}
