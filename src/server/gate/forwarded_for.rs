//! `X-Forwarded-For`: the client behind a trusted proxy.

use std::net::{IpAddr, SocketAddr};

/// The field with the clients' addresses.
pub(super) const FIELD: &str = "X-Forwarded-For";

/// The client's address: from the last hop backwards, the first one that is not `trusted`. Earlier hops may
/// be forged and are ignored. An entry that is not an address ends the search.
pub(super) fn client_address(peer: IpAddr, lists: &[&str], trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let hops = lists.iter().rev().flat_map(|list| list.rsplit(','));
    let mut address = peer;
    for hop in hops {
        if !trusted(address) {
            break;
        }
        let Some(named) = hop_address(hop.trim()) else { break };
        address = named;
    }
    address
}

/// Some proxies include the port or put IPv6 in brackets.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let with_port = || hop.parse().ok().map(|socket: SocketAddr| socket.ip());
    hop.trim_matches(['[', ']']).parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_say_counts() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let trusted = |address: IpAddr| address.to_string().starts_with("10.");
        for (peer, lists, expected) in [
            ("1.1.1.1", &["2.2.2.2"][..], "1.1.1.1"),
            ("10.0.0.1", &["2.2.2.2"], "2.2.2.2"),
            ("10.0.0.1", &["9.9.9.9, 2.2.2.2, 10.0.0.2"], "2.2.2.2"),
            ("10.0.0.1", &["9.9.9.9", "2.2.2.2"], "2.2.2.2"),
            ("10.0.0.1", &["2.2.2.2, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.3"], "10.0.0.3"),
            ("10.0.0.1", &["6.6.6.6, 192.0.2.7:4711"], "192.0.2.7"),
            ("10.0.0.1", &["[2001:db8::7]:4711, 10.0.0.2:1"], "2001:db8::7"),
        ] {
            assert_eq!(client_address(ip(peer), lists, trusted), ip(expected), "{peer} {lists:?}");
        }
    }
}
