//! Which peers may connect, and how often. It is decided on accept, before anything is read, so a refusal
//! costs the server almost nothing.

use super::settings::{GateSettings, Rates};
use crate::clock::Timestamp;
use crate::registry::networks::group;
use crate::registry::token_buckets::TokenBuckets;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// The interval between reports of closed connections.
const REPORT: Duration = Duration::from_secs(60);

/// The connections closed for one reason since the last report.
struct Closed {
    count: u64,
    last: IpAddr,
}

pub(super) struct AcceptLimits {
    rates: Rates,
    connections: TokenBuckets<IpAddr>,
    handshakes: TokenBuckets<IpAddr>,
    closed: BTreeMap<&'static str, Closed>,
    reported: Option<Instant>,
}

impl AcceptLimits {
    pub(super) fn new(rates: Rates) -> Self {
        Self {
            rates,
            connections: TokenBuckets::new(rates.connections),
            handshakes: TokenBuckets::new(rates.handshakes),
            closed: BTreeMap::new(),
            reported: None,
        }
    }

    /// Changes the rates. Unchanged rates keep the usage of each address.
    pub(super) fn set_rates(&mut self, rates: Rates) {
        if rates != self.rates {
            (self.rates, self.connections, self.handshakes) =
                (rates, TokenBuckets::new(rates.connections), TokenBuckets::new(rates.handshakes));
        }
    }

    /// The limit for which a connection from that peer is closed; `None` if it may stay. With TLS
    /// `allow_from` is checked here; over plain http the request is answered with 403 later.
    pub(super) fn limit(
        &mut self,
        peer: IpAddr,
        settings: &GateSettings,
        now: Timestamp,
    ) -> Option<&'static str> {
        if settings.trusts(peer) {
            // A proxy has many clients, which are judged by the addresses that it names.
            return None;
        }
        let (tls, allowed) = (settings.tls.is_some(), &settings.allow_from);
        let limit = if tls && !allowed.is_empty() && !allowed.contains(peer) {
            "allow_from"
        } else if self.connections.take(&group(peer), now).is_err() {
            "new_connections_per_address"
        } else if tls && self.handshakes.take(&group(peer), now).is_err() {
            "handshakes_per_address"
        } else {
            return None;
        };
        self.note(limit, peer);
        Some(limit)
    }

    /// Counts a connection that was closed for that limit.
    pub(super) fn note(&mut self, limit: &'static str, peer: IpAddr) {
        let closed = self.closed.entry(limit).or_insert(Closed { count: 0, last: peer });
        (closed.count, closed.last) = (closed.count + 1, peer);
    }

    /// The messages for operators, at most once a minute.
    pub(super) fn report(&mut self, now: Instant) -> Vec<String> {
        if self.reported.is_some_and(|at| now.duration_since(at) < REPORT) || self.closed.is_empty() {
            return Vec::new();
        }
        self.reported = Some(now);
        let sentence = |(limit, Closed { count, last }): (&str, Closed)| {
            let connections = if count == 1 { "connection was" } else { "connections were" };
            format!("{count} {connections} closed before TLS because of {limit}; the last from {last}")
        };
        std::mem::take(&mut self.closed).into_iter().map(sentence).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::networks::Networks;
    use crate::server::gate::connection_limits::ConnectionLimits;

    fn settings(trusted: &[&str]) -> GateSettings {
        GateSettings {
            limits: ConnectionLimits { connections: 10, per_address: 10 },
            rates: rates("3/m", "1/m"),
            idle: Duration::from_secs(1),
            tls: None,
            allow_from: Networks::parse(&["10.0.0.0/8"]).unwrap(),
            trusted_proxies: Networks::parse(trusted).unwrap(),
        }
    }

    fn rates(connections: &str, handshakes: &str) -> Rates {
        Rates { connections: connections.parse().unwrap(), handshakes: handshakes.parse().unwrap() }
    }

    #[test]
    fn an_address_has_its_rate_and_a_trusted_proxy_has_none() {
        let mut arrivals = AcceptLimits::new(rates("3/m", "1/m"));
        let at = |second: i64| Timestamp::from_unix(1_795_420_800 + second);
        let mut limits = |peer: &str, count: usize, second| -> Vec<_> {
            let settings = settings(&["10.0.0.9"]);
            (0..count).map(|_| arrivals.limit(peer.parse().unwrap(), &settings, at(second))).collect()
        };
        const RATE: Option<&str> = Some("new_connections_per_address");
        assert_eq!(limits("2001:db8::1", 3, 0), [None; 3]);
        assert_eq!(limits("2001:db8::2", 1, 0), [RATE], "the same /64");
        assert_eq!(limits("2001:db8:0:1::2", 1, 0), [None]);
        assert_eq!(limits("10.0.0.9", 9, 0), [None; 9]);
        assert_eq!(limits("2001:db8::1", 2, 20), [None, RATE]);
        let said = arrivals.report(Instant::now());
        let expected = "2 connections were closed before TLS because of new_connections_per_address; the last from 2001:db8::1";
        assert_eq!(said, [expected]);
    }

    #[test]
    fn the_report_comes_once_a_minute_and_other_rates_begin_anew() {
        let mut arrivals = AcceptLimits::new(rates("1/h", "1/h"));
        let (peer, now) = ("192.0.2.7".parse().unwrap(), Instant::now());
        assert!(arrivals.report(now).is_empty());
        arrivals.note("allow_from", peer);
        assert_eq!(arrivals.report(now).len(), 1);
        arrivals.note("allow_from", peer);
        assert!(arrivals.report(now + REPORT / 2).is_empty());
        assert_eq!(arrivals.report(now + REPORT).len(), 1);
        let mut limited = |rates| {
            arrivals.set_rates(rates);
            arrivals.limit(peer, &settings(&[]), Timestamp::from_unix(0)).is_some()
        };
        assert_eq!(
            [rates("1/h", "1/h"), rates("1/h", "1/h"), rates("2/h", "1/h")].map(&mut limited),
            [false, true, false]
        );
    }
}
