//! Which proxy a request goes through, by what the environment names (as curl reads it): a scheme's own
//! before the one for all, and none for this machine and for hosts that are excepted. Pure.

use crate::client::endpoint::Endpoint;
use crate::secret::Secret;
use ipnet::IpNet;
use std::net::IpAddr;

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
    /// Hosts that are asked directly, with their subdomains, separated by commas; `*` for all.
    pub except: String,
}

impl Proxies {
    /// The one for an endpoint.
    #[must_use]
    pub fn of(&self, endpoint: &Endpoint) -> Option<&Proxy> {
        let own = if endpoint.uri().scheme_str() == Some("https") { &self.https } else { &self.http };
        let host = endpoint.uri().host().unwrap_or_default();
        let port = endpoint.uri().port_u16().unwrap_or(if endpoint.is_https() { 443 } else { 80 });
        // A proxy is for others: this machine is asked directly.
        let direct =
            endpoint.is_loopback() || self.except.split(',').any(|entry| excepts(entry.trim(), host, port));
        own.as_ref().or(self.all.as_ref()).filter(|_| !direct)
    }
}

/// A host with its subdomains, a network, either with a port or without.
fn excepts(entry: &str, host: &str, port: u16) -> bool {
    let (entry, its_port) = match entry.rsplit_once(':') {
        // The last part of a bare address of IPv6 is no port.
        Some((name, its_port)) if !name.contains(':') || name.ends_with(']') => (name, its_port.parse().ok()),
        _ => (entry, None),
    };
    if its_port.is_some_and(|its_port: u16| its_port != port) {
        return false;
    }
    let entry = entry.trim_matches(['[', ']']);
    let domain = entry.trim_start_matches('*').trim_start_matches('.').to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    let host = host.trim_matches(['[', ']']);
    if let (Ok(network), Ok(address)) = (entry.parse::<IpNet>(), host.parse::<IpAddr>()) {
        return network.contains(&address);
    }
    let is_within = || host.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    entry == "*" || !domain.is_empty() && is_within()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_has_its_own_proxy_and_some_hosts_have_none() {
        let proxy = |name: &str| Some(Proxy { url: Secret::new(name), origin: name.to_owned() });
        let some = Proxies { https: proxy("HTTPS_PROXY"), all: proxy("ALL_PROXY"), ..Proxies::default() };
        let except = |list: &str| Proxies { except: list.to_owned(), ..some.clone() };
        for (proxies, url, expected) in [
            (&Proxies::default(), "https://as.example.com/", None),
            (&some, "https://as.example.com/", Some("HTTPS_PROXY")),
            (&some, "http://as.example.com/", Some("ALL_PROXY")),
            (&some, "http://localhost:1/", None),
            (&some, "https://127.0.0.2/", None),
            (&some, "https://[::1]/", None),
            (&except("other.org, example.com"), "https://AS.example.com/", None),
            (&except(".example.com"), "https://as.example.com/", None),
            (&except("*.example.com"), "https://as.example.com/", None),
            (&except("as.example.com"), "https://as.example.com:8443/", None),
            (&except("s.example.com"), "https://as.example.com/", Some("HTTPS_PROXY")),
            (&except("*"), "https://as.example.com/", None),
            (&except("10.0.0.1"), "https://10.0.0.1/", None),
            (&except("10.0.0.0/8"), "https://10.1.2.3/", None),
            (&except("10.0.0.0/8"), "https://11.1.2.3/", Some("HTTPS_PROXY")),
            (&except("2001:db8::/32"), "https://[2001:db8::7]/", None),
            (&except("2001:db8::7"), "https://[2001:db8::7]/", None),
            (&except("[2001:db8::7]:443"), "https://[2001:db8::7]/", None),
            (&except("example.com:443"), "https://as.example.com/", None),
            (&except("example.com:443"), "https://as.example.com:8443/", Some("HTTPS_PROXY")),
            (&except(", ,"), "https://as.example.com/", Some("HTTPS_PROXY")),
        ] {
            let endpoint = Endpoint::parse(url, true).unwrap();
            let found = proxies.of(&endpoint).map(|proxy| proxy.origin.as_str());
            assert_eq!(found, expected, "{url} {proxies:?}");
        }
    }
}
