//! Lists of networks from which requests may come, and the address groups by which they are counted.

mod mistyped;

use ipnet::{IpNet, Ipv4Net};
pub use mistyped::NetworkError;
use std::net::{IpAddr, Ipv6Addr};

/// Prefix bits before an IPv4 address mapped into IPv6 (`::ffff:0:0/96`, RFC 4291 section 2.5.5.2).
const MAPPED_BITS: u8 = 96;

/// A list of networks. The caller decides what an empty list means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Parses networks and single addresses.
    ///
    /// # Errors
    /// [`NetworkError`] for the first invalid entry.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, NetworkError> {
        let read = |(at, text): (usize, &T)| {
            network(text.as_ref()).ok_or_else(|| mistyped::explain(at, text.as_ref()))
        };
        texts.iter().enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is in both lists.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let is_within = |one: &IpNet, other: &IpNet| other.contains(&one.network());
        let meet = |one| other.0.iter().any(|other| is_within(one, other) || is_within(other, one));
        self.0.iter().any(meet)
    }

    /// Whether the address is in one of the networks. IPv4-mapped IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }
}

fn network(text: &str) -> Option<IpNet> {
    let net: IpNet = text.parse().ok().or_else(|| Some(IpNet::from(text.parse::<IpAddr>().ok()?)))?;
    match (net, net.addr().to_canonical()) {
        (IpNet::V6(net), IpAddr::V4(inner)) if net.prefix_len() >= MAPPED_BITS => {
            Ipv4Net::new(inner, net.prefix_len() - MAPPED_BITS).ok().map(IpNet::V4)
        }
        _ => Some(net),
    }
}

/// The address under which requests are counted. IPv6 is grouped by /64, because one caller usually has all
/// of it; IPv4-mapped IPv6 counts as IPv4.
#[must_use]
pub fn group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Like [`group`], for a whole site: IPv6 is grouped by /48 (RFC 6177).
#[must_use]
pub fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_overlap_where_one_has_the_other() {
        let networks = |texts: &[&str]| Networks::parse(texts).unwrap();
        for (one, other, overlap) in [
            (&["10.0.0.0/8"][..], &["10.1.0.0/16"][..], true),
            (&["10.0.0.0/8"], &["192.0.2.7", "10.9.9.9"], true),
            (&["10.0.0.0/8"], &["::ffff:10.1.2.3"], true),
            (&["10.0.0.0/8"], &["11.0.0.0/8", "2001:db8::/32"], false),
            (&["0.0.0.0/0"], &["::/0"], false),
            (&["10.1.2.3/8"], &["10.200.0.0/16"], true),
        ] {
            let (one, other) = (networks(one), networks(other));
            assert_eq!((one.overlaps(&other), other.overlaps(&one)), (overlap, overlap), "{one:?} {other:?}");
        }
    }

    #[test]
    fn an_address_is_in_its_networks_and_in_no_other() {
        for (networks, inside, outside) in [
            (&["10.0.0.0/8"][..], &["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"][..], &["11.0.0.0"][..]),
            (&["10.1.2.3/8"], &["10.9.9.9"], &["9.255.255.255"]),
            (&["192.0.2.7"], &["192.0.2.7", "::ffff:192.0.2.7"], &["192.0.2.8", "::c000:207"]),
            (&["2001:db8::/32", "::1"], &["2001:db8::1", "::1"], &["2001:db9::1", "::2", "127.0.0.1"]),
            (&["::ffff:10.0.0.0/104"], &["10.9.9.9"], &["11.0.0.0"]),
            (&["0.0.0.0/0"], &["1.2.3.4", "::ffff:1.2.3.4"], &["::1"]),
            (&["::/0"], &["::1", "2001:db8::1"], &["1.2.3.4"]),
            (&[], &[], &["1.2.3.4", "::1"]),
        ] {
            let networks = Networks::parse(networks).unwrap();
            assert!(inside.iter().all(|text| networks.contains(ip(text))), "{networks:?}");
            assert!(!outside.iter().any(|text| networks.contains(ip(text))), "{networks:?}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in ["", "10.0.0.0/33", "10.0.0", "example.com", " ::1", "::1/129", "10.0.0.0/8 "] {
            let error = Networks::parse(&["::1", bad]).unwrap_err().to_string();
            assert!(error.contains(": write ") && !error.contains("example.com"), "{error}");
        }
    }

    #[test]
    fn a_site_of_ipv6_is_its_48_bit_network() {
        for (address, grouped) in [
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(site(ip(address)), ip(grouped));
        }
    }

    #[test]
    fn ipv6_is_counted_by_its_64_bit_network() {
        for (address, grouped) in [
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::", "2001:db8:1:2::"),
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::1", "::"),
        ] {
            assert_eq!(group(ip(address)), ip(grouped));
        }
    }
}
