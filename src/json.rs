//! JSON as received: member order, duplicate names and numbers exactly as written. A judge of foreign
//! tokens needs all of it (RFC 7519 section 4 requires unique names; a parser that keeps the last of two
//! hides the first). Also writes JSON lines that are safe to show.

pub mod number;
mod parse;
mod value;

pub use value::{Duplicate, Json, JsonError, JsonLimits, Object};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Strips the byte order mark that some editors and servers prepend. RFC 8259 section 8.1 allows a parser
/// to ignore it; within a token it stays an error.
#[must_use]
pub fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// Deserializes a JSON object; a byte order mark is ignored. serde alone would also accept an array of the
/// members in order.
///
/// # Errors
/// If it is not an object, or does not match the type.
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let bytes = without_bom(bytes);
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(serde::de::Error::custom("it is not an object"));
    }
    serde_json::from_slice(bytes)
}

/// C0, C1 and DEL, bidirectional controls, and invisible zero-width characters.
#[must_use]
pub const fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// An object as one line that is safe for a terminal.
#[must_use]
pub fn line(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    escape_json(&text)
}

/// Escapes unsafe characters of JSON text in JSON's syntax, so that it is safe for a terminal.
fn escape_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !is_unsafe(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
#[path = "json/tests.rs"]
mod tests;
