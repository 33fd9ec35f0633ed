//! Explains values that are not a store key: other encodings, passwords and more. They are never shown.

use crate::commands::misplaced;
use crate::http::visible::unseen;
use crate::jose::digest::unbase64;
use base64::alphabet::STANDARD;
use std::path::Path;

/// The length of a store key in bytes.
const LEN: usize = 32;

/// The mistake in a store key, and the hint. `origin` is its variable or file.
pub(super) fn explain(bytes: &[u8], origin: &str) -> (String, String) {
    let make = made(origin);
    if bytes.is_empty() {
        return ("is empty".to_owned(), make);
    }
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    if bytes.len() == LEN && !bytes.iter().all(is_text) {
        let cure = format!("base64 < {origin} > new.key writes them as text");
        return ("is 32 raw bytes; their base64 belongs there".to_owned(), cure);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return ("is not base64".to_owned(), make) };
    of_hex(text, origin).or_else(|| of_another(text, origin)).unwrap_or_else(|| {
        let plain: String = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
        match unbase64(&STANDARD, plain.as_bytes()) {
            Some(bytes) => (format!("is not {LEN} bytes in base64, but {}", bytes.len()), make),
            None => (format!("is not {LEN} bytes in base64"), make),
        }
    })
}

/// Hexadecimal.
fn of_hex(text: &str, origin: &str) -> Option<(String, String)> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_hex = digits.len() >= 16
        && digits.len().is_multiple_of(2)
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let len = digits.len() / 2;
    match (is_hex, len == LEN) {
        (false, _) => None,
        (true, false) => Some((format!("is {len} bytes in hexadecimal; {LEN} are needed"), made(origin))),
        (true, true) => {
            let cure = if is_variable(origin) {
                format!("export {origin}=$(printf %s \"${{{origin}#0x}}\" | xxd -r -p | base64)")
            } else {
                format!("sed 's/^0x//' {origin} | xxd -r -p | base64 > store.key")
            };
            Some((format!("is {LEN} bytes in hexadecimal; their base64 belongs there"), cure))
        }
    }
}

fn of_another(text: &str, origin: &str) -> Option<(String, String)> {
    let make = made(origin);
    let is_there = !text.contains('\n') && Path::new(text).is_file();
    let found = if text.contains("-----BEGIN") {
        ("is a PEM", format!("a store key is 32 random bytes: {make}"))
    } else if text.contains("heist_") {
        ("is a client's secret", format!("a store key is 32 random bytes: {make}"))
    } else if is_variable(origin) && (is_there || text.starts_with("~/") || text.starts_with("./")) {
        ("is a path", format!("{origin}_FILE={text}"))
    } else if misplaced::is_quoted(text) {
        (
            "is in quotes",
            "take out the quotes: docker's --env-file and files keep them as they are".to_owned(),
        )
    } else if misplaced::is_assignment(text) {
        ("begins with the name of a variable and =", "give the text after the =".to_owned())
    } else if misplaced::names_variable(text) {
        ("has a variable in it that was not expanded", make)
    } else if misplaced::is_placeholder(text) {
        ("is a placeholder", make)
    } else if text.trim_end().lines().count() > 1 {
        ("has more than one line", format!("one line of base64 belongs there: {make}"))
    } else {
        let unseen = unseen(text)?;
        return Some((unseen, "write it without that character".to_owned()));
    };
    Some((found.0.to_owned(), found.1))
}

fn is_variable(origin: &str) -> bool {
    origin.starts_with("HEISTCTL_")
}

/// The command that makes a store key, for the same source.
fn made(origin: &str) -> String {
    if is_variable(origin) {
        format!("export {origin}=$(openssl rand -base64 32) makes one; keep it where the store is not")
    } else {
        format!("openssl rand -base64 32 > {origin} makes one; keep it where the store is not")
    }
}
