//! Where requests go: the API's URL, and the address that was checked.

use super::report::PHASE;
use crate::cli::ProbeArgs;
use crate::client::endpoint::EndpointUrl;
use crate::commands::session::urls::endpoint;
use crate::exit::{Exit, Failure};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

/// Stands for a free port in the URL.
const PORT: &str = ":PORT";

/// The metadata services of Alibaba Cloud and of AWS in IPv6.
const METADATA: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

pub(super) struct ProbePlace {
    pub endpoint: EndpointUrl,
    /// The addresses of the host, all of them allowed.
    pub addresses: Vec<SocketAddr>,
    pub is_loopback: bool,
}

/// The URL of the flags, with a port.
///
/// # Errors
/// Exit 2 if it is not a URL.
pub(super) fn url(args: &ProbeArgs) -> Result<EndpointUrl, Failure> {
    let mut url = args.url.clone().unwrap_or_default();
    if !args.command.is_empty() && url.contains(PORT) {
        url = url.replacen(PORT, &format!(":{}", free_port()?), 1);
    }
    endpoint(&url, args.insecure_http, PHASE, "the command line")
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, Failure> {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    bound.map(|address| address.port()).map_err(|error| {
        Failure::new(Exit::Local, PHASE, format!("no free port: {}", crate::os_error::plain(&error)))
    })
}

/// Resolves the host once. Requests then go to these addresses alone, whatever DNS says later.
///
/// # Errors
/// Exit 6 if it has no address, 2 if it may not be probed.
pub(super) fn resolve(endpoint: EndpointUrl, args: &ProbeArgs) -> Result<ProbePlace, Failure> {
    let host = endpoint.host().to_owned();
    let found = (host.as_str(), endpoint.port()).to_socket_addrs();
    let addresses: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
    if addresses.is_empty() {
        let what = format!("{host}: the host's name is not known to DNS");
        return Err(Failure::new(Exit::Unreachable, PHASE, what));
    }
    let is_named = args.i_may_test.as_deref().is_some_and(|named| named.eq_ignore_ascii_case(&host));
    if let Some(public) = addresses.iter().find(|address| !is_near(address.ip())).filter(|_| !is_named) {
        let what =
            format!("{host} is at {}, which is neither this machine nor a private network", public.ip());
        return Err(Failure::new(Exit::Usage, PHASE, what)
            .hint(format!("if you may test it: --i-may-test {host}; some requests look like attacks")));
    }
    let is_loopback = addresses.iter().all(|address| address.ip().to_canonical().is_loopback());
    Ok(ProbePlace { endpoint, addresses, is_loopback })
}

/// Loopback, private and shared addresses (RFC 1918, 4193, 6598). Link-local ones, and [`METADATA`], have the
/// metadata services of clouds, whose answers are credentials.
fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        near if METADATA.contains(&near) => false,
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            v4.is_loopback() || v4.is_private() || is_shared
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_addresses_are_probed_without_a_word() {
        for (address, near) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("192.168.0.1", true),
            ("100.64.0.1", true),
            ("::1", true),
            ("fd00::1", true),
            ("fd00:ec2::254", false),
            ("100.100.100.200", false),
            ("169.254.169.254", false),
            ("::ffff:169.254.169.254", false),
            ("fe80::1", false),
            ("::ffff:127.0.0.1", true),
            ("172.32.0.1", false),
            ("100.128.0.1", false),
            ("93.184.216.34", false),
            ("::ffff:93.184.216.34", false),
            ("2606:2800::1", false),
        ] {
            assert_eq!(is_near(address.parse().unwrap()), near, "{address}");
        }
    }
}
