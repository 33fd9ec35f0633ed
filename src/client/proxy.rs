//! Which proxy a request goes through, as the environment names it and as curl reads that: the scheme's
//! own variable before `ALL_PROXY`, and none for loopback and for the hosts of `NO_PROXY`. Pure.

use crate::client::endpoint::EndpointUrl;
use crate::http::authorization::basic_raw;
use crate::secret::Secret;
use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A proxy as it was named; its URL may have a password in it.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Its URL.
    pub url: Secret,
    /// The variable that names it.
    pub origin: String,
}

/// All that the environment says of proxies.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// For https.
    pub https: Option<Proxy>,
    /// For plain http.
    pub http: Option<Proxy>,
    /// For either, where it has none of its own.
    pub all: Option<Proxy>,
    /// Hosts that are asked directly, with their subdomains, separated by commas or blanks; `*` for all.
    pub except: String,
}

impl Proxies {
    /// The one for an endpoint.
    #[must_use]
    pub fn of(&self, endpoint: &EndpointUrl) -> Option<&Proxy> {
        let own = if endpoint.is_https() { &self.https } else { &self.http };
        // A proxy is for others: this machine is asked directly.
        let direct = endpoint.is_loopback()
            || self
                .except
                .split(|c: char| c == ',' || c.is_ascii_whitespace())
                .any(|entry| excepts(entry, endpoint.host(), endpoint.port()));
        own.as_ref().or(self.all.as_ref()).filter(|_| !direct)
    }
}

/// Whether an entry of `NO_PROXY` means that host: a host with its subdomains, an address, or a network,
/// each with a port or without. Addresses are compared as numbers, not as texts.
fn excepts(entry: &str, host: &str, port: u16) -> bool {
    let Some((entry, its_port)) = split_port(entry) else { return false };
    if its_port.is_some_and(|its_port| its_port != port) {
        return false;
    }
    let entry = entry.as_str();
    if entry == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        let address = address.to_canonical();
        let is_same = |other: IpAddr| other.to_canonical() == address;
        let network = entry.parse().is_ok_and(|network| is_within(&network, address));
        return network || entry.parse().is_ok_and(is_same);
    }
    let domain = entry.trim_start_matches('*').trim_matches('.').to_ascii_lowercase();
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_subdomain = |rest: &str| rest.is_empty() || rest.ends_with('.');
    !domain.is_empty() && host.strip_suffix(&domain).is_some_and(is_subdomain)
}

/// Whether a network has that address. One of IPv4-mapped addresses is one of IPv4 (RFC 4291 section 2.5.5.2).
fn is_within(network: &IpNet, address: IpAddr) -> bool {
    match (network, address) {
        (IpNet::V6(mapped), IpAddr::V4(address)) => {
            mapped.prefix_len() >= 96 && mapped.contains(&address.to_ipv6_mapped())
        }
        _ => network.contains(&address),
    }
}

/// An entry without brackets, and its port; `None` where that is not a port.
fn split_port(entry: &str) -> Option<(String, Option<u16>)> {
    if let Some((inside, after)) = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        // The length of a network's prefix stands within the brackets or after them.
        let (length, port) = match after.split_once(':') {
            Some((length, port)) => (length, Some(port.parse().ok()?)),
            None => (after, None),
        };
        let is_length = length.is_empty() || length.starts_with('/');
        return is_length.then(|| (format!("{inside}{length}"), port));
    }
    match entry.split_once(':') {
        // More colons than one are an IPv6 address or network without brackets.
        Some((name, port)) if !port.contains(':') => {
            port.parse().ok().map(|port| (name.to_owned(), Some(port)))
        }
        _ => Some((entry.to_owned(), None)),
    }
}

/// How to reach a proxy.
#[derive(Clone, Debug)]
pub struct ProxyAddress {
    /// Whether the proxy itself is reached by TLS.
    pub is_https: bool,
    /// Its host, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The value of `Proxy-Authorization`.
    pub authorization: Option<Secret>,
    /// The variable that names it.
    pub origin: String,
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", authority(&self.host, self.port), self.origin)
    }
}

/// Host and port as a URL has them.
#[must_use]
pub fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Why a value does not name a proxy. None of it repeats the value, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// Not a URL.
    #[error("is not the URL of a proxy")]
    NotUrl,
    /// SOCKS, in any version.
    #[error("names a SOCKS proxy, which heistctl does not support: it takes http and https proxies")]
    Socks,
    /// Another scheme.
    #[error("has a scheme that is not http or https")]
    Scheme,
    /// A character that ends the authority, before the `@` of the password.
    #[error("has / ? # or @ in its user name or password: write them as %2F %3F %23 %40")]
    Unescaped,
    /// A colon in a name, which Basic cannot carry, or control characters.
    #[error("has a user name or password that cannot be sent")]
    Credentials,
    /// Not a host.
    #[error("has no valid host")]
    Host,
    /// An IPv6 address without brackets.
    #[error("has an IPv6 address without brackets: write it as [::1]:3128")]
    Brackets,
    /// Not a port.
    #[error("has a port that is not a number from 1 to 65535")]
    Port,
    /// Something after the port.
    #[error("has a query or a fragment, which a proxy does not have")]
    Rest,
}

impl Proxy {
    /// Reads its URL; http where it names no scheme.
    ///
    /// # Errors
    /// [`ProxyError`] says what is wrong with it.
    pub fn address(&self) -> Result<ProxyAddress, ProxyError> {
        let text = self.url.expose_str().map_err(|_| ProxyError::NotUrl)?.trim();
        if text.is_empty() || text.contains(|c: char| c.is_control() || c == ' ') {
            return Err(ProxyError::NotUrl);
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => return Err(ProxyError::Socks),
            _ => return Err(ProxyError::Scheme),
        };
        let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if after.contains('@') || authority.matches('@').count() > 1 {
            return Err(ProxyError::Unescaped);
        }
        if after.contains(['?', '#']) {
            return Err(ProxyError::Rest);
        }
        let (user_info, host) = match authority.split_once('@') {
            Some((user_info, host)) => (Some(user_info), host),
            None => (None, authority),
        };
        let authorization = user_info.filter(|text| !text.is_empty()).map(basic).transpose()?;
        let (host, port) = host_and_port(host)?;
        let port = port.unwrap_or(if is_https { 443 } else { 80 });
        Ok(ProxyAddress { is_https, host, port, authorization, origin: self.origin.clone() })
    }
}

fn host_and_port(text: &str) -> Result<(String, Option<u16>), ProxyError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or(ProxyError::Host)?;
            host.parse::<Ipv6Addr>().map_err(|_| ProxyError::Host)?;
            (
                host,
                if after.is_empty() { None } else { Some(after.strip_prefix(':').ok_or(ProxyError::Port)?) },
            )
        }
        None if text.matches(':').count() > 1 => return Err(ProxyError::Brackets),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    if host.is_empty() || !host.chars().all(is_name) {
        return Err(ProxyError::Host);
    }
    let number = |port: &str| {
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        port.parse().ok().filter(|port: &u16| digits && *port > 0).ok_or(ProxyError::Port)
    };
    Ok((host.to_owned(), port.map(number).transpose()?))
}

/// The credentials of a URL as `Proxy-Authorization` has them (RFC 7617).
fn basic(user_info: &str) -> Result<Secret, ProxyError> {
    let (name, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let decoded = |text: &str| Secret::new(percent_decode_str(text).collect::<Vec<u8>>());
    let (name, password) = (decoded(name), decoded(password));
    let has_control = |text: &Secret| text.expose().iter().any(u8::is_ascii_control);
    if name.expose().contains(&b':') || has_control(&name) || has_control(&password) {
        return Err(ProxyError::Credentials);
    }
    Ok(basic_raw(&name, &password))
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
