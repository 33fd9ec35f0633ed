//! Finds hosts in URLs that cannot exist, such as 10.0.0.256.

use crate::client::endpoint::EndpointUrl;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest label and the longest name in DNS (RFC 1035 section 2.3.4).
const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 253;

/// Returns why a URL cannot work, or `None` if it may work.
pub(super) fn impossible(url: &EndpointUrl) -> Option<String> {
    let host = url.uri().host().unwrap_or_default();
    let why = match host.strip_prefix('[').map(|inner| inner.trim_end_matches(']')) {
        Some(inner) => address(inner.parse::<Ipv6Addr>().ok(), "an IPv6 address, although it has brackets"),
        None if is_numeric(host) => {
            address(host.parse::<Ipv4Addr>().ok(), "an IPv4 address such as 192.0.2.7")
        }
        None => name(host),
    };
    let why = why.map(|why| format!("has the host {host:?}, which {why}"));
    why.or_else(|| {
        let path = url.uri().path();
        is_badly_encoded(path).then(|| "has a % without two hexadecimal digits after it".to_owned())
    })
}

fn address(parsed: Option<impl Into<IpAddr>>, what: &str) -> Option<String> {
    match parsed.map(Into::into) {
        None => Some(format!("is not {what}")),
        Some(address) if address.to_canonical().is_unspecified() => {
            Some("is for listening only: clients cannot connect to it".to_owned())
        }
        Some(_) => None,
    }
}

/// A host whose last label is a number must be an IPv4 address (WHATWG URL, "ends in a number").
fn is_numeric(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_hex = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    is_hex || !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
}

fn name(host: &str) -> Option<String> {
    let name = host.strip_suffix('.').unwrap_or(host);
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if let Some(bad) = name.chars().find(|c| !of_name(*c) && *c != '.') {
        return Some(format!("has the character {bad:?}"));
    }
    if name.split('.').any(str::is_empty) {
        return Some("has an empty label: two dots, or one at the beginning".to_owned());
    }
    if name.len() > MAX_NAME || name.split('.').any(|label| label.len() > MAX_LABEL) {
        return Some(format!("is too long: a label has at most {MAX_LABEL} characters, a name {MAX_NAME}"));
    }
    None
}

fn is_badly_encoded(path: &str) -> bool {
    let is_code = |code: Option<&[u8]>| code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit));
    path.match_indices('%').any(|(at, _)| !is_code(path.as_bytes().get(at + 1..at + 3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_cannot_exist_are_told_from_those_that_may() {
        let long = format!("https://{}.example.org", "a".repeat(64));
        for (url, part) in [
            ("https://[HOST]", "IPv6 address"),
            ("https://[::]:8443", "listening"),
            ("https://10.0.0.256", "IPv4 address"),
            ("https://010.0.0.1", "IPv4 address"),
            ("https://0x7f.1", "IPv4 address"),
            ("https://10.1", "IPv4 address"),
            ("https://0.0.0.0:8443", "listening"),
            ("https://t..example.org", "empty label"),
            ("https://.example.org", "empty label"),
            ("https://t,example.org", "','"),
            (&long, "too long"),
            ("https://as.example.org/a%2", "a %"),
            ("https://as.example.org/%zz/b", "a %"),
        ] {
            let found = impossible(&EndpointUrl::parse(url, true).unwrap());
            assert!(found.as_ref().is_some_and(|why| why.contains(part)), "{url}: {found:?}");
        }
        for url in [
            "https://as.example.com./x",
            "https://[2001:db8::1]:8443",
            "https://10.0.0.1",
            "http://localhost:8001",
            "https://my_service",
            "https://xn--bro-hoa.de/%C3%BC",
            "https://3com.example",
        ] {
            assert_eq!(impossible(&EndpointUrl::parse(url, true).unwrap()), None, "{url}");
        }
    }
}
