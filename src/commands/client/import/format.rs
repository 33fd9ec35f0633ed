//! Recognizes lines in other formats, and gives the command that converts them. Never shows a line's content.

use serde_json::Value;

/// A line's problem, and the hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineError {
    pub(super) what: String,
    pub(super) hint: String,
}

impl LineError {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

pub(super) const EXAMPLE: &str = "one client per line: {\"id\":\"backend\",\"scopes\":\"orders:read\"}";

/// Explains why a line is not a JSON object. `file` is the file's name in commands to paste.
pub(super) fn explain(line: &[u8], file: &str) -> LineError {
    let Ok(text) = std::str::from_utf8(line) else { return binary(line, file) };
    let text = text.trim();
    if text.starts_with("SQLite format 3") {
        return binary(line, file);
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => another_value(&value, file),
        Err(error) => match text.as_bytes().first() {
            Some(b'{') => broken_object(text, &error, file),
            Some(b'[') if !is_toml(text) => list(file),
            _ => another_format(text, file),
        },
    }
}

fn binary(line: &[u8], file: &str) -> LineError {
    match line {
        [0x1F, 0x8B, ..] => LineError::new(
            format!("{file} is compressed"),
            format!("gunzip -c {file} | heistctl client import -"),
        ),
        [b'S', b'Q', b'L', b'i', b't', b'e', ..] => LineError::new(
            format!("{file} is a SQLite database"),
            format!("a store is used as it is: heistctl client list --store sqlite:{file}"),
        ),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => LineError::new(
            format!("{file} is UTF-16"),
            format!("iconv -f UTF-16 -t UTF-8 {file} | heistctl client import -"),
        ),
        _ => LineError::new("it is not UTF-8", EXAMPLE),
    }
}

fn list(file: &str) -> LineError {
    LineError::new(
        "the line is a list of clients, not one client",
        format!("jq -c '.[]' {file} | heistctl client import -"),
    )
}

fn another_value(value: &Value, file: &str) -> LineError {
    match value {
        Value::Array(_) => list(file),
        Value::String(_) => LineError::new("the line is a text, not a client", EXAMPLE),
        _ => LineError::new("the line is a value, not a client", EXAMPLE),
    }
}

/// Explains a line that starts like a client but has a wrong end.
fn broken_object(text: &str, error: &serde_json::Error, file: &str) -> LineError {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let first = values.next();
    let rest = text.get(values.byte_offset()..).unwrap_or_default().trim_start();
    if let Some(Ok(_)) = first {
        return match rest.as_bytes().first() {
            Some(b',') => {
                LineError::new("there is a comma after the client", "end the line without the comma: {…}")
            }
            Some(b'{') => LineError::new(
                "two clients in one line",
                format!("jq -c . {file} | heistctl client import -"),
            ),
            _ => LineError::new("there is text after the client", EXAMPLE),
        };
    }
    let inner = text[1..].trim_start();
    if error.is_eof() {
        if text.ends_with(['{', ',', ':', '[']) {
            return LineError::new(
                "one client over several lines",
                format!("jq -c . {file} | heistctl client import -"),
            );
        }
        return LineError::new("the line is cut off: it lacks its end", "a line ends with }");
    }
    let double = "JSON has double quotes: {\"id\":\"backend\"}";
    match inner.chars().next() {
        Some('\'') => LineError::new("a name is in single quotes", double),
        Some('\u{201c}' | '\u{201d}' | '\u{201e}') => {
            LineError::new("a name is in typographic quotes", double)
        }
        Some(c) if c.is_ascii_alphabetic() => LineError::new("there is a name without quotes", double),
        _ if has_last_comma(text) => {
            LineError::new("there is a comma before }", "remove the comma after the last member")
        }
        _ => LineError::new(format!("it is not JSON at column {}", error.column()), EXAMPLE),
    }
}

fn has_last_comma(text: &str) -> bool {
    text.match_indices(',').any(|(at, _)| text[at + 1..].trim_start().starts_with(['}', ']']))
}

fn another_format(text: &str, file: &str) -> LineError {
    for comment in ["#", "//"] {
        if text.starts_with(comment) {
            return LineError::new(
                "the line is a comment, which JSON does not have",
                format!("grep -v '^{comment}' {file} | heistctl client import -"),
            );
        }
    }
    if is_toml(text) {
        return LineError::new(
            "it is written as in heist.toml",
            "heistctl serve --config heist.toml reads it there; here belongs {\"id\":\"backend\",\"scopes\":\"orders:read\"}",
        );
    }
    if is_yaml(text) {
        return LineError::new(
            "it is YAML",
            format!("yq -o json -I 0 '.[]' {file} | heistctl client import -"),
        );
    }
    if text.contains([',', ';', '\t']) {
        return LineError::new("it is CSV", EXAMPLE);
    }
    LineError::new("it is not JSON", EXAMPLE)
}

/// `[[client]]`, `id = "a"`
fn is_toml(text: &str) -> bool {
    let header = text.trim_start_matches('[');
    let is_header = text.starts_with('[') && header.starts_with(|c: char| c.is_ascii_alphabetic());
    is_header || text.split_once('=').is_some_and(|(name, _)| is_name(name.trim()))
}

/// `id: a`, `- id: a`, `---`
fn is_yaml(text: &str) -> bool {
    let entry = text.trim_start_matches("- ");
    text == "---"
        || entry
            .split_once(':')
            .is_some_and(|(name, rest)| is_name(name.trim()) && (rest.is_empty() || rest.starts_with(' ')))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
