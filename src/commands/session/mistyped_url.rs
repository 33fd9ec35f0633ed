//! Common mistakes in URLs, and the URL that was meant. Pure.

use crate::client::endpoint::EndpointUrl;
use crate::commands::misplaced::names_variable;
use crate::http::visible::is_invisible;
use std::net::{IpAddr, Ipv6Addr};

/// A common mistake in URLs: the correction and the explanation.
type UrlMistake = (fn(&str) -> Option<String>, &'static str);

/// The same without a correction.
type UnclearMistake = (fn(&str) -> bool, &'static str);

/// The first match counts.
const FAULTS: [UrlMistake; 15] = [
    (|text| changed(text, text.trim_matches(is_invisible)), "it has blanks or line ends around it"),
    (|text| changed(text, text.trim_matches(QUOTES)), "it is in quotes or brackets"),
    (assigned, "it begins with the name of a variable"),
    (|text| text.contains('\\').then(|| text.replace('\\', "/")), "it has backslashes"),
    (twice, "it has two schemes"),
    (misspelled, "its scheme is not http:// or https://"),
    (port_alone, "it is a port, without a host"),
    (without_scheme, "it has no scheme"),
    (bare_address, "an IPv6 address needs brackets"),
    (two_ports, "it has two ports"),
    (odd_port, "its port is not a number from 1 to 65535"),
    (commas, "its host has commas in place of dots"),
    (|text| text.split_once('#').map(|(url, _)| url.to_owned()), "it has a fragment (#…)"),
    (without_credentials, "it has a user's name or a password in it"),
    (without_blank, "it has a blank in it"),
];
pub(super) const QUOTES: [char; 10] =
    ['"', '\'', '`', '<', '>', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', ','];

/// Mistakes without an evident correction.
const UNCLEAR: [UnclearMistake; 5] = [
    (str::is_empty, "it is empty"),
    (names_variable, "it has a variable in it that was not expanded"),
    (|text| text.contains(['{', '}', '<', '>']), "it has a placeholder in it"),
    (
        |text| text.split_once("://").is_some_and(|(_, rest)| rest.trim_matches('/').is_empty()),
        "it has no host",
    ),
    (
        |text| host_and_rest(text).is_some_and(|(_, host, _)| is_no_address(host)),
        "its host is not an IP address",
    ),
];

/// The mistake in a text for which [`mended`] has no correction.
pub(super) fn why_not(text: &str) -> Option<&'static str> {
    UNCLEAR.iter().find(|(fits, _)| fits(text)).map(|(_, why)| *why)
}

/// Whether no server can have this URL, though it can be parsed.
pub(super) fn is_impossible(url: &EndpointUrl) -> bool {
    url.port() == 0 || is_no_address(url.host()) || url.host().contains([',', '$', ';'])
}

/// Whether it is one word, as the demo's issuer is.
pub(super) fn is_name(text: &str) -> bool {
    text.contains(char::is_alphabetic) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// The mistake in a text that is not a URL, and the intended URL.
pub(super) fn mended(text: &str) -> Option<(&'static str, String)> {
    if names_variable(text) {
        return None;
    }
    let mut first = None;
    let mut url = text.to_owned();
    for (mend, what) in FAULTS {
        if let Some(mended) = mend(&url) {
            first = first.or(Some(what));
            url = mended;
        }
    }
    let is_good = EndpointUrl::parse(&url, true).is_ok();
    first.filter(|_| is_good).map(|what| (what, url))
}

fn changed(before: &str, after: &str) -> Option<String> {
    (before != after).then(|| after.to_owned())
}

fn assigned(text: &str) -> Option<String> {
    let (name, url) = text.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| url.trim_matches(QUOTES).to_owned())
}

fn twice(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    rest.contains("://").then(|| rest.to_owned())
}

/// `http:/x`, `http//x`, `htps://x`, `wss://x`.
fn misspelled(text: &str) -> Option<String> {
    let scheme = text.find(['/', '.', '?']).map_or(text, |at| &text[..at]);
    let lower = scheme.trim_end_matches(':').to_ascii_lowercase();
    let rest = text[scheme.len()..].trim_start_matches('/');
    let is_web = lower == "http" || lower == "https";
    let has_slashes = text[scheme.len()..].starts_with("//");
    if is_web && !rest.is_empty() && (!has_slashes || !scheme.ends_with(':') || text.contains(":///")) {
        return Some(format!("{lower}://{rest}"));
    }
    let is_other = !is_web && has_slashes && scheme.ends_with(':');
    is_other.then(|| format!("https://{rest}"))
}

/// Uses http for this machine and https for others.
fn without_scheme(text: &str) -> Option<String> {
    if text.contains("://") || text.is_empty() || text.starts_with('/') && !text.starts_with("//") {
        return None;
    }
    let text = text.trim_start_matches(['/', ':']);
    let with = |scheme: &str| format!("{scheme}://{text}");
    let url = EndpointUrl::parse(&with("http"), true).ok()?;
    let has_name = url.host().contains('.') || url.host().contains(':') || text.contains([':', '/']);
    (url.is_loopback() || has_name).then(|| with(if url.is_loopback() { "http" } else { "https" }))
}

fn without_credentials(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (_, host) = rest[..end].rsplit_once('@')?;
    Some(format!("{scheme}://{host}{}", &rest[end..]))
}

/// The scheme with `://`, the host with its port, and the rest.
fn host_and_rest(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find("://")? + 3;
    let end = text[start..].find(['/', '?']).map_or(text.len(), |at| start + at);
    Some((&text[..start], &text[start..end], &text[end..]))
}

/// Digits and dots that are not an IP address, such as `256.1.1.1`.
fn is_no_address(host: &str) -> bool {
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let is_like_one = host.contains('.') && host.chars().all(|c| c.is_ascii_digit() || c == '.');
    is_like_one && host.parse::<IpAddr>().is_err()
}

fn port_alone(text: &str) -> Option<String> {
    let port: u16 = text.strip_prefix(':').unwrap_or(text).parse().ok()?;
    (port > 0).then(|| format!("http://127.0.0.1:{port}"))
}

/// `http://::1:8001`, `http://[::1:8001`.
fn bare_address(text: &str) -> Option<String> {
    let (scheme, host, rest) = host_and_rest(text)?;
    let bare = host.trim_matches(['[', ']']);
    if host.contains(']') || bare.matches(':').count() < 2 {
        return None;
    }
    let (address, port) = match bare.rsplit_once(':') {
        Some((address, port)) if address.parse::<Ipv6Addr>().is_ok() => (address, format!(":{port}")),
        _ => (bare, String::new()),
    };
    address.parse::<Ipv6Addr>().ok()?;
    Some(format!("{scheme}[{address}]{port}{rest}"))
}

fn two_ports(text: &str) -> Option<String> {
    let (scheme, host, rest) = host_and_rest(text)?;
    let mut parts = host.split(':');
    let (name, first) = (parts.next()?, parts.next()?);
    let is_number = |port: &str| port.parse::<u16>().is_ok();
    let is_twice = parts.next().is_some_and(is_number) && parts.next().is_none() && is_number(first);
    is_twice.then(|| format!("{scheme}{name}:{first}{rest}"))
}

/// Letters that look like digits become these. Else a server of this machine gets the default port, and
/// another one that of its scheme.
fn odd_port(text: &str) -> Option<String> {
    let (scheme, host, rest) = host_and_rest(text)?;
    let (name, port) =
        host.rsplit_once(':').filter(|(name, _)| !name.contains(':') || name.ends_with(']'))?;
    let is_good = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    if is_good(port) || host.contains('@') {
        return None;
    }
    let digits = port.replace(['o', 'O'], "0").replace(['l', 'I'], "1");
    if is_good(&digits) {
        return Some(format!("{scheme}{name}:{digits}{rest}"));
    }
    let url = EndpointUrl::parse(&format!("{scheme}{name}"), true).ok()?;
    let port = if url.is_loopback() { ":8001" } else { "" };
    Some(format!("{scheme}{name}{port}{rest}"))
}

fn commas(text: &str) -> Option<String> {
    let (scheme, host, rest) = host_and_rest(text)?;
    host.contains(',').then(|| format!("{scheme}{}{rest}", host.replace(',', ".")))
}

/// Removes a blank before a part of the URL, and cuts off what follows another one.
fn without_blank(text: &str) -> Option<String> {
    let (url, after) = text.split_once(char::is_whitespace)?;
    let is_part = after.trim_start().starts_with([':', '/', '?', '.']);
    Some(if is_part { text.split_whitespace().collect() } else { url.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_written_wrong_is_mended() {
        for (text, part, url) in [
            (" https://as.example.com", "blanks", "https://as.example.com"),
            ("https://as.example.com\n", "blanks", "https://as.example.com"),
            ("'https://as.example.com'", "quotes", "https://as.example.com"),
            ("<https://as.example.com>", "brackets", "https://as.example.com"),
            ("\u{201c}https://as.example.com\u{201d}", "quotes", "https://as.example.com"),
            ("ISSUER=https://as.example.com", "name of a variable", "https://as.example.com"),
            ("https:\\\\as.example.com", "backslashes", "https://as.example.com"),
            ("https://https://as.example.com", "two schemes", "https://as.example.com"),
            ("http:/127.0.0.1:8001", "its scheme", "http://127.0.0.1:8001"),
            ("https//as.example.com/x", "its scheme", "https://as.example.com/x"),
            ("https:as.example.com", "", ""),
            ("https:///as.example.com", "its scheme", "https://as.example.com"),
            ("htps://as.example.com", "its scheme", "https://as.example.com"),
            ("wss://as.example.com/x", "its scheme", "https://as.example.com/x"),
            ("as.example.com", "no scheme", "https://as.example.com"),
            ("as.example.com:8443/x", "no scheme", "https://as.example.com:8443/x"),
            ("localhost:8001", "no scheme", "http://localhost:8001"),
            ("127.0.0.1:8001/oauth/token", "no scheme", "http://127.0.0.1:8001/oauth/token"),
            ("[::1]:8001", "no scheme", "http://[::1]:8001"),
            ("//as.example.com", "no scheme", "https://as.example.com"),
            ("https://u:p@as.example.com/x", "password", "https://as.example.com/x"),
            ("https://as.example.com/#x", "fragment", "https://as.example.com/"),
        ] {
            let found = mended(text);
            let (what, meant) = found.unwrap_or_default();
            assert!(what.contains(part) && meant == url, "{text}: {what} {meant}");
        }
    }

    #[test]
    fn a_host_or_port_that_cannot_be_is_mended() {
        for (text, part, url) in [
            ("http://localhost:80o1/t", "its port", "http://localhost:8001/t"),
            ("http://127.0.0.1:99999/t", "its port", "http://127.0.0.1:8001/t"),
            ("http://127.0.0.1:0/t", "its port", "http://127.0.0.1:8001/t"),
            ("http://127.0.0.1:", "its port", "http://127.0.0.1:8001"),
            ("https://as.example.com:99999/t", "its port", "https://as.example.com/t"),
            ("http://::1:8001/t", "brackets", "http://[::1]:8001/t"),
            ("http://[::1:8001", "brackets", "http://[::1]:8001"),
            ("http://localhost:8001:8002/t", "two ports", "http://localhost:8001/t"),
            ("http://127,0,0,1:8001", "commas", "http://127.0.0.1:8001"),
            (":8001", "a port", "http://127.0.0.1:8001"),
            ("8001", "a port", "http://127.0.0.1:8001"),
            ("http://127.0.0.1 :8001/t", "a blank", "http://127.0.0.1:8001/t"),
            ("http://127.0.0.1:8001/oauth /token", "a blank", "http://127.0.0.1:8001/oauth/token"),
            ("https://as.example.com or so", "a blank", "https://as.example.com"),
        ] {
            let found = mended(text);
            let (what, meant) = found.unwrap_or_default();
            assert!(what.contains(part) && meant == url, "{text}: {what} {meant}");
        }
    }

    #[test]
    fn a_mistake_without_an_evident_correction_is_named() {
        for text in ["", "/oauth/token", "hunter2", "https://", "https://{host}/", "http://256.1.1.1/"] {
            assert_eq!(mended(text), None, "{text}");
        }
        for (text, part) in [
            ("", "empty"),
            ("https://", "no host"),
            ("http:///", "no host"),
            ("https://{host}/", "placeholder"),
            ("https://<host>/", "placeholder"),
            ("https://$HOST/", "variable"),
            ("http://256.1.1.1/", "an IP address"),
        ] {
            assert!(why_not(text).is_some_and(|why| why.contains(part)), "{text}: {:?}", why_not(text));
        }
        assert_eq!(why_not("https://as.example.com"), None);
    }
}
