//! Chooses the proxy of a request from the environment, with curl's rules: the scheme's own variable
//! precedes `ALL_PROXY`; loopback and the hosts of `NO_PROXY` use none. Pure.

use crate::client::endpoint::EndpointUrl;
use crate::http::authorization::basic_raw;
use crate::secret::Secret;
use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A proxy as configured; its URL may have a password.
#[derive(Clone, Debug)]
pub struct Proxy {
    pub url: Secret,
    /// The variable that it comes from.
    pub origin: String,
}

/// The proxy settings of the environment.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    pub https: Option<Proxy>,
    pub http: Option<Proxy>,
    /// For both schemes, if the scheme has no proxy of its own.
    pub all: Option<Proxy>,
    /// Hosts that are connected directly, with their subdomains, separated by commas or blanks; `*` for
    /// all.
    pub except: String,
}

impl Proxies {
    /// The proxy for an endpoint.
    #[must_use]
    pub fn of(&self, endpoint: &EndpointUrl) -> Option<&Proxy> {
        let own = if endpoint.is_https() { &self.https } else { &self.http };
        // Loopback never uses a proxy.
        let direct = endpoint.is_loopback()
            || self
                .except
                .split(|c: char| c == ',' || c.is_ascii_whitespace())
                .any(|entry| excepts(entry, endpoint.host(), endpoint.port()));
        own.as_ref().or(self.all.as_ref()).filter(|_| !direct)
    }
}

/// Whether an entry of `NO_PROXY` covers a host. It is a host with its subdomains, an address, or a
/// network, optionally with a port. Addresses are compared as numbers.
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

/// Whether a network contains the address. A network of IPv4-mapped addresses counts as IPv4 (RFC 4291
/// section 2.5.5.2).
fn is_within(network: &IpNet, address: IpAddr) -> bool {
    match (network, address) {
        (IpNet::V6(mapped), IpAddr::V4(address)) => {
            mapped.prefix_len() >= 96 && mapped.contains(&address.to_ipv6_mapped())
        }
        _ => network.contains(&address),
    }
}

/// An entry without brackets, and its port; `None` if the port is invalid.
fn split_port(entry: &str) -> Option<(String, Option<u16>)> {
    if let Some((inside, after)) = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        // The prefix length is inside the brackets or after them.
        let (length, port) = match after.split_once(':') {
            Some((length, port)) => (length, Some(port.parse().ok()?)),
            None => (after, None),
        };
        let is_length = length.is_empty() || length.starts_with('/');
        return is_length.then(|| (format!("{inside}{length}"), port));
    }
    match entry.split_once(':') {
        // Several colons are an IPv6 address or network without brackets.
        Some((name, port)) if !port.contains(':') => {
            port.parse().ok().map(|port| (name.to_owned(), Some(port)))
        }
        _ => Some((entry.to_owned(), None)),
    }
}

#[derive(Clone, Debug)]
pub struct ProxyAddress {
    /// Whether the proxy itself uses TLS.
    pub is_https: bool,
    /// The host; an IPv6 address has no brackets.
    pub host: String,
    pub port: u16,
    /// The value of `Proxy-Authorization`.
    pub authorization: Option<Secret>,
    /// The variable that it comes from.
    pub origin: String,
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", authority(&self.host, self.port), self.origin)
    }
}

/// Host and port, as in a URL.
#[must_use]
pub fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Why a value is not a proxy URL. The messages do not repeat it, since it may have a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// Not a URL.
    #[error("is not the URL of a proxy")]
    NotUrl,
    /// SOCKS, any version.
    #[error("names a SOCKS proxy, which heistctl does not support: it takes http and https proxies")]
    Socks,
    /// Another scheme.
    #[error("has a scheme that is not http or https")]
    Scheme,
    /// An unescaped character that ends the authority before the password's `@`.
    #[error("has / ? # or @ in its user name or password: write them as %2F %3F %23 %40")]
    Unescaped,
    /// A colon in the user name, which Basic cannot carry, or control characters.
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
    /// A query or a fragment.
    #[error("has a query or a fragment, which a proxy does not have")]
    Rest,
}

impl Proxy {
    /// Parses the URL; the default scheme is http.
    ///
    /// # Errors
    /// [`ProxyError`] says why it is rejected.
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

/// A URL's credentials as `Proxy-Authorization` (RFC 7617).
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
