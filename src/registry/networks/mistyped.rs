//! Explains invalid networks and suggests the intended one.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const EXAMPLE: &str = "10.0.0.0/8, or 192.0.2.7";

/// Why a text is not a network. A text that may be a misplaced secret is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: write {cure}")]
pub struct NetworkError {
    /// The text and the problem.
    pub what: String,
    /// The intended network, or an example.
    pub cure: String,
}

/// Why a text is not a network.
///
/// A text is shown only if all its characters occur in addresses. Otherwise its position in the list is
/// shown.
pub(super) fn explain(at: usize, text: &str) -> NetworkError {
    let (why, cure) = found(text);
    let fits = |c: char| c.is_ascii_hexdigit() || ".:/*-[], xX".contains(c);
    let is_shown = !text.is_empty() && text.chars().all(fits) && text.contains(['.', ':', '/']);
    let is_known = named(text).is_some();
    let shown = if is_shown || is_known { format!("{text:?}") } else { format!("entry {}", at + 1) };
    NetworkError { what: format!("{shown} {why}"), cure }
}

fn found(text: &str) -> (&'static str, String) {
    let bare = text.trim().trim_matches(['[', ']', '"', '\'', '(', ')']);
    if bare.is_empty() {
        return ("is empty", EXAMPLE.to_owned());
    }
    if bare != text && is_network(bare) {
        return ("has brackets, quotes or blanks around it", bare.to_owned());
    }
    let parts: Vec<&str> = bare.split([',', ';', ' ']).filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 {
        return ("is more than one network", format!("each by itself: {}", parts.join(" and ")));
    }
    if let Some((_, rest)) = bare.split_once("://") {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        let cure = if is_network(host) { host } else { EXAMPLE };
        return ("is a URL; an address or a network belongs here", cure.to_owned());
    }
    if let Ok(address) = bare.parse::<SocketAddr>() {
        return ("has a port", address.ip().to_string());
    }
    if let Some((first, last)) =
        bare.split_once('-').filter(|(first, last)| is_network(first) && is_network(last))
    {
        return ("is a range", format!("each address or network of it: {first} and {last}, or {first}/29"));
    }
    named(bare).or_else(|| masked(bare)).or_else(|| partial(bare)).unwrap_or_else(|| {
        let is_name = bare.contains(char::is_alphabetic) && bare.contains('.') && !bare.contains([':', '/']);
        let why = if is_name {
            "is a host name; an address or a network belongs here"
        } else {
            "is not an address or a network"
        };
        (why, EXAMPLE.to_owned())
    })
}

fn is_network(text: &str) -> bool {
    let (address, length) = text.split_once('/').unwrap_or((text, "0"));
    let most = if address.contains(':') { 128 } else { 32 };
    address.parse::<IpAddr>().is_ok() && length.parse().is_ok_and(|length: u8| length <= most)
}

/// Words used in place of addresses.
fn named(text: &str) -> Option<(&'static str, String)> {
    match text.to_ascii_lowercase().as_str() {
        "localhost" | "loopback" | "local" => {
            Some(("is a host name", "127.0.0.0/8 and ::1, each by itself".to_owned()))
        }
        "any" | "all" | "*" | "everywhere" | "0" | "anywhere" => {
            Some(("stands for every address", "leave it out, or 0.0.0.0/0 and ::/0".to_owned()))
        }
        "private" | "internal" | "lan" => Some((
            "is not an address",
            "10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16, each by itself".to_owned(),
        )),
        _ => None,
    }
}

/// A network with an invalid part after the slash.
fn masked(text: &str) -> Option<(&'static str, String)> {
    let (address, mask) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    if let Ok(mask) = mask.parse::<Ipv4Addr>() {
        let bits = mask.to_bits();
        let is_mask = bits.leading_ones() + bits.trailing_zeros() >= u32::BITS;
        let length = if is_mask { bits.leading_ones() } else { 24 };
        return Some(("has a netmask; the number of its bits belongs there", format!("{address}/{length}")));
    }
    let most = if address.is_ipv4() { 32 } else { 128 };
    let why = match mask.parse::<u32>() {
        Ok(_) if most == 32 => "has a prefix above 32",
        Ok(_) => "has a prefix above 128",
        Err(_) => "has a prefix that is not a number",
    };
    Some((why, format!("{address}/{most}")))
}

/// `10.1.*`, `10.0.0`, `10.0.0/24`, `10.0.0.256`.
fn partial(text: &str) -> Option<(&'static str, String)> {
    let (octets, length) =
        text.split_once('/').map_or((text, None), |(octets, length)| (octets, Some(length)));
    let octets: Vec<&str> = octets.trim_end_matches('.').split('.').collect();
    let is_wild = |octet: &&str| ["*", "x", "X"].contains(octet);
    let known: Vec<&str> = octets.iter().copied().take_while(|octet| !is_wild(octet)).collect();
    let numbers: Vec<u32> = known.iter().map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
    if numbers.iter().any(|number| *number > 255) {
        return Some(("has a number above 255", EXAMPLE.to_owned()));
    }
    if octets.len() > 4 || numbers.len() > 3 || numbers.is_empty() {
        return None;
    }
    let why = if known.len() < octets.len() { "has a wildcard" } else { "is not a whole address" };
    let length = length.map_or_else(|| (numbers.len() * 8).to_string(), str::to_owned);
    let zeros = ".0".repeat(4 - numbers.len());
    Some((why, format!("{}{zeros}/{length}", known.join("."))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_network_is_answered_with_the_one_that_is_meant() {
        for (text, why, cure) in [
            ("", "is empty", "10.0.0.0/8"),
            ("10.0.0.0/33", "prefix above 32", "10.0.0.0/32"),
            ("fd00::/129", "prefix above 128", "fd00::/128"),
            ("10.0.0.0/x", "not a number", "10.0.0.0/32"),
            ("10.0.0.0/255.0.0.0", "a netmask", "10.0.0.0/8"),
            ("10.1.0.0/255.255.0.0", "a netmask", "10.1.0.0/16"),
            ("10.1.*", "a wildcard", "10.1.0.0/16"),
            ("10.1.2.*", "a wildcard", "10.1.2.0/24"),
            ("10.1.*.*", "a wildcard", "10.1.0.0/16"),
            ("10.0.0", "not a whole address", "10.0.0.0/24"),
            ("10.0/16", "not a whole address", "10.0.0.0/16"),
            ("10.0.0.256", "above 255", "10.0.0.0/8"),
            ("10.0.0.1-10.0.0.9", "a range", "10.0.0.1"),
            ("10.0.0.0/8,192.168.0.0/16", "more than one", "10.0.0.0/8 and 192.168.0.0/16"),
            ("localhost", "a host name", "127.0.0.0/8"),
            ("api.example.com", "a host name", "192.0.2.7"),
            ("http://10.0.0.1/x", "a URL", "10.0.0.1"),
            ("10.0.0.1:8080", "a port", "10.0.0.1"),
            ("[fd00::1]", "brackets", "fd00::1"),
            ("any", "every address", "0.0.0.0/0"),
            ("heist_abc", "entry 2 is not an address", "10.0.0.0/8"),
            ("api.example.com", "entry 2 is a host name", "192.0.2.7"),
        ] {
            let error = explain(1, text);
            assert!(error.what.contains(why) && error.cure.contains(cure), "{text}: {error:?}");
        }
    }
}
