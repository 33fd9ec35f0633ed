//! Parsers for flag values. They explain the values that they reject.

use super::dashes;
use super::nearest::similar;
use super::shown::shown;
use super::word_kind::{is_method, is_scope_like, is_web_url};
use crate::jose::algorithm::Algorithm;
use crate::jose::sign::key_pair_algorithms;
use crate::secret::Secret;
use crate::verdict::CheckName;
use clap::builder::{OsStringValueParser, TypedValueParser};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// Load tests with more requests need another tool.
const MAX_REPEAT: u32 = 1_000_000;

/// Why a flag does not accept a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    /// Completes a sentence that begins with the value: `is not a scope`.
    pub what: String,
    pub hint: Option<String>,
}

impl InvalidValue {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    /// Splits a parser's message at its colon into the end of a sentence and the hint.
    #[must_use]
    pub fn of_sentence(text: &str) -> Self {
        let (what, hint) = match text.split_once(": ") {
            Some((what, hint)) => (what, Some(hint.to_owned())),
            None => (text, None),
        };
        let is_predicate =
            what.starts_with("not ") || ["longer ", "under "].iter().any(|word| what.starts_with(word));
        let what = if is_predicate { format!("is {what}") } else { format!("is not accepted: {what}") };
        Self { what, hint }
    }

    /// The whole sentence. Values that look like credentials are left out.
    #[must_use]
    pub fn about(&self, value: &str) -> String {
        format!("{} {}", shown(value), self.what)
    }

    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for InvalidValue {}

/// An IP address and a port, as `127.0.0.1:8001` or `[::1]:8001`.
///
/// # Errors
/// The mistake, and the intended address.
pub fn parse_address(text: &str) -> Result<SocketAddr, InvalidValue> {
    text.parse().map_err(|_| explain_address(text))
}

fn explain_address(text: &str) -> InvalidValue {
    if let Some((_, rest)) = text.split_once("://") {
        return InvalidValue::new("is a URL; an IP address and a port belong here")
            .hint(format!("write {}", numeric(rest.trim_end_matches('/'))));
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        if text.parse::<u16>().is_err() {
            return InvalidValue::new("is a port above 65535").hint("write 127.0.0.1:8001");
        }
        return InvalidValue::new("is a port without an address").hint(format!("write 127.0.0.1:{text}"));
    }
    let parts = text.rsplit_once(':').filter(|(_, port)| is_number(port));
    // `::1:8001` is a valid address, but here it lacks its brackets.
    let lacks_brackets = parts.is_some_and(|(host, _)| host.parse::<Ipv6Addr>().is_ok());
    if let Ok(address) = text.trim_matches(['[', ']']).parse::<IpAddr>()
        && !lacks_brackets
    {
        return InvalidValue::new("has no port").hint(format!("write {}", SocketAddr::new(address, 8001)));
    }
    if let Some((host, port)) = parts {
        return explain_port(host, port);
    }
    InvalidValue::new("is not an IP address and a port").hint("write 127.0.0.1:8001, or [::1]:8001")
}

fn explain_port(host: &str, port: &str) -> InvalidValue {
    if port.parse::<u16>().is_err() {
        return InvalidValue::new("has a port above 65535")
            .hint(format!("write {}; port 0 takes a free one", numeric(&format!("{host}:8001"))));
    }
    if host.parse::<Ipv6Addr>().is_ok() {
        return InvalidValue::new("has an IPv6 address without brackets")
            .hint(format!("write [{host}]:{port}"));
    }
    let what = if matches!(host, "" | "*") {
        "has no address before the port"
    } else if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        "is not an IP address and a port"
    } else {
        "has a host name; an IP address belongs here"
    };
    InvalidValue::new(what).hint(format!("write 127.0.0.1:{port}, or 0.0.0.0:{port} for every interface"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The closest correct form of the address.
fn numeric(text: &str) -> String {
    let (host, port) = text.rsplit_once(':').filter(|(_, port)| is_number(port)).unwrap_or((text, "8001"));
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V6(host)) => format!("[{host}]:{port}"),
        Ok(IpAddr::V4(host)) => format!("{host}:{port}"),
        Err(_) => format!("127.0.0.1:{port}"),
    }
}

pub(crate) fn parse_repeat(text: &str) -> Result<u32, InvalidValue> {
    let limits = format!("write a number from 1 to {MAX_REPEAT}, as --repeat 100");
    let repeat = text.parse().ok().filter(|times| (1..=MAX_REPEAT).contains(times));
    repeat.ok_or_else(|| InvalidValue::new(not_a_count(text)).hint(limits))
}

/// The number of clients to list.
pub(crate) fn parse_limit(text: &str) -> Result<u64, InvalidValue> {
    let limit = text.parse().ok().filter(|limit| *limit > 0);
    limit.ok_or_else(|| {
        InvalidValue::new(not_a_count(text)).hint("--limit 100; leave it out to list all clients")
    })
}

/// Why a text is not a positive number within the limit.
fn not_a_count(text: &str) -> &'static str {
    let digits = text.strip_prefix('-').unwrap_or(text);
    match is_number(digits) {
        false => "is not a whole number",
        true if digits.len() < text.len() || digits.bytes().all(|digit| digit == b'0') => "is too small",
        true => "is too large",
    }
}

/// A path. Rejects URLs, because file flags do not download.
pub(crate) fn file() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|path| match path.to_str() {
        Some("") => Err(InvalidValue::new("is empty; the path of a file belongs here")),
        Some(text) if is_web_url(text) => Err(InvalidValue::new("is a URL; the path of a file belongs here")),
        _ => Ok(PathBuf::from(path)),
    })
}

/// The URL of `call`. Rejects other kinds of words; the command validates the URL.
pub(crate) fn parse_called(text: &str) -> Result<String, InvalidValue> {
    if text.starts_with(['{', '[']) && text.ends_with(['}', ']']) {
        return Err(InvalidValue::new("is JSON where the URL belongs").hint("--json-body '{…}' sends JSON"));
    }
    refuse_typographic(text)?;
    if is_method(text) {
        return Err(InvalidValue::new("is a method, not a URL")
            .hint(format!("heistctl call -X {} https://api.example.com/things", text.to_ascii_uppercase())));
    }
    if is_scope_like(text) {
        return Err(InvalidValue::new("is not a URL; it looks like a scope").hint(format!("--scope {text}")));
    }
    Ok(text.to_owned())
}

/// The token of `inspect`. A flag with a typographic dash is not a token.
pub(crate) fn parse_inspected(text: &str) -> Result<Secret, InvalidValue> {
    refuse_typographic(text).map(|()| Secret::new(text))
}

fn refuse_typographic(text: &str) -> Result<(), InvalidValue> {
    let refused = |flag| InvalidValue::new("has a typographic dash or quote").hint(format!("write {flag}"));
    dashes::meant(text).map_or(Ok(()), |flag| Err(refused(flag)))
}

pub(crate) fn parse_algorithm(name: &str) -> Result<Algorithm, InvalidValue> {
    among(name, Algorithm::ALL)
}

/// An algorithm for a key in the store. Rejects HS256, whose shared secret belongs in the configuration.
pub(crate) fn parse_key_algorithm(name: &str) -> Result<Algorithm, InvalidValue> {
    among(name, key_pair_algorithms())
}

fn among(name: &str, offered: impl IntoIterator<Item = Algorithm>) -> Result<Algorithm, InvalidValue> {
    let offered: Vec<Algorithm> = offered.into_iter().collect();
    if let Some(found) = offered.iter().find(|algorithm| algorithm.to_string() == name) {
        return Ok(*found);
    }
    let names: Vec<String> = offered.iter().map(ToString::to_string).collect();
    let known = name.parse::<Algorithm>().is_ok();
    let what = if known { "is not an algorithm for this flag" } else { "is not a signature algorithm" };
    let meant = names.iter().find(|offered| plain(offered) == plain(name)).cloned();
    let meant =
        meant.or_else(|| similar(&name.to_ascii_uppercase(), names.iter().cloned()).filter(|_| !known));
    Err(InvalidValue::new(what).hint(match meant {
        Some(meant) => format!("write {meant}"),
        None => format!("one of {}", names.join(", ")),
    }))
}

/// Lower-case letters and digits, to compare names that people remember roughly.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

pub(crate) fn parse_check(name: &str) -> Result<CheckName, InvalidValue> {
    name.parse().map_err(|_| {
        let known: Vec<&str> = CheckName::ALL.iter().map(|check| check.as_str()).collect();
        match known.iter().find(|check| plain(check) == plain(name)) {
            Some(check) => InvalidValue::new("is not the name of a check").hint(format!("write {check}")),
            None => {
                InvalidValue::new("is not the name of a check").hint(format!("one of {}", known.join(", ")))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_explained_with_the_one_that_was_meant() {
        for (text, what, hint) in [
            ("127.0.0.1:99999", "has a port above 65535", "write 127.0.0.1:8001"),
            ("[::1]:70000", "has a port above 65535", "write [::1]:8001"),
            ("::1:21002", "without brackets", "write [::1]:21002"),
            ("::1:8001", "without brackets", "write [::1]:8001"),
            ("fe80::1:8001", "without brackets", "write [fe80::1]:8001"),
            ("8001", "port without an address", "write 127.0.0.1:8001"),
            (":8001", "no address", "0.0.0.0:8001"),
            ("*:8001", "no address", "0.0.0.0:8001"),
            ("127.0.0.1", "has no port", "write 127.0.0.1:8001"),
            ("::1", "has no port", "write [::1]:8001"),
            ("[::1]", "has no port", "write [::1]:8001"),
            ("localhost:8001", "host name", "write 127.0.0.1:8001"),
            ("300.0.0.1:8001", "is not an IP address", "write 127.0.0.1:8001"),
            ("http://127.0.0.1:9000/", "is a URL", "write 127.0.0.1:9000"),
            ("https://localhost", "is a URL", "write 127.0.0.1:8001"),
            ("", "is not an IP address", "127.0.0.1:8001"),
            ("é", "is not an IP address", "127.0.0.1:8001"),
        ] {
            let wrong = parse_address(text).unwrap_err();
            let cure = wrong.hint.clone().unwrap_or_default();
            assert!(wrong.what.contains(what) && cure.contains(hint), "{text}: {wrong:?}");
        }
        assert!(parse_address("[::1]:0").is_ok());
    }

    #[test]
    fn what_is_called_is_told_from_methods_scopes_and_json() {
        for url in ["http://x", "localhost:8080", "/path", "api.example.com", "mailto:", "orders"] {
            assert!(parse_called(url).is_ok(), "{url}");
        }
        for (word, hint) in [
            ("get", "-X GET"),
            ("a:read", "--scope a:read"),
            ("a:read,b:c:d", "--scope a:read,b:c:d"),
            ("{\"a\":1}", "--json-body"),
        ] {
            let wrong = parse_called(word).unwrap_err();
            assert!(wrong.hint.clone().unwrap_or_default().contains(hint), "{word}: {wrong:?}");
        }
    }

    #[test]
    fn numbers_and_algorithms_name_their_limits() {
        for (text, what) in [
            ("0", "is too small"),
            ("-3", "is too small"),
            ("1000001", "is too large"),
            ("99999999999999999999", "is too large"),
            ("many", "is not a whole number"),
            ("1.5", "is not a whole number"),
            ("", "is not a whole number"),
        ] {
            assert_eq!(parse_repeat(text).unwrap_err().what, what, "{text}");
        }
        for (name, hint) in [("hs256", "write HS256"), ("eddsa", "write EdDSA"), ("RS-256", "write RS256")] {
            assert_eq!(parse_algorithm(name).unwrap_err().hint.as_deref(), Some(hint));
        }
        assert!(parse_key_algorithm("HS256").unwrap_err().hint.is_some_and(|hint| hint.contains("ES256")));
        assert_eq!(parse_check("EXP").unwrap_err().hint.as_deref(), Some("write exp"));
    }
}
