//! Limits on callers: `[limits]`, `allow_from` and `trusted_proxies` as typed.

use crate::commands::configuration::Table;
use crate::registry::networks::Networks;
use crate::registry::token_buckets::Rate;
use crate::server::bulkheads::STORE_PLACES;
use crate::server::gate::Rates;
use crate::server::gate::tls::Tls;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Limits on callers. By default there are none except those below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerLimits {
    /// The request rate of each client.
    pub per_client: Option<Rate>,
    /// The request rate of each address (IPv6 by /64).
    pub per_address: Option<Rate>,
    /// Concurrent connections.
    pub connections: Option<usize>,
    /// Concurrent connections of each address (IPv6 by /64).
    pub connections_per_address: Option<usize>,
    /// The rate of new connections of each address (IPv6 by /64).
    pub new_connections_per_address: Option<Rate>,
    /// The rate of TLS handshakes of each address (IPv6 by /64), with a burst of four seconds' worth.
    pub handshakes_per_address: Option<Rate>,
    /// The longest time a connection may be idle.
    pub idle_timeout: Option<Duration>,
    /// Concurrent requests that wait for the store. As many again may write to it.
    pub store_places: Option<usize>,
    /// The networks that callers must be in. Empty admits every address.
    pub allow_from: Networks,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Networks,
}

/// More than a process has descriptors.
const MAX_CONNECTIONS: usize = 1_000_000;
/// A shorter timeout closes connections before a request arrives; a longer one keeps those of hosts that are
/// gone.
const IDLE: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(3600);

/// The default rate of new connections of an address, per second. They take a tenth of the server's time.
const NEW_CONNECTIONS: NonZeroU32 = NonZeroU32::new(5000).unwrap();
/// The burst of handshakes, in seconds of the rate. Many clients behind one address may reconnect at once
/// after an interruption.
const HANDSHAKE_BURST: NonZeroU32 = NonZeroU32::new(4).unwrap();

impl CallerLimits {
    /// Reads `[limits]`.
    pub(super) fn of(table: Table<'_>) -> Self {
        let limits = Self {
            per_client: table.rate("per_client"),
            per_address: table.rate("per_address"),
            connections: table.count("connections", 1..=MAX_CONNECTIONS),
            connections_per_address: table.count("connections_per_address", 1..=MAX_CONNECTIONS),
            new_connections_per_address: table.rate("new_connections_per_address"),
            handshakes_per_address: table.rate("handshakes_per_address"),
            idle_timeout: table.length("idle_timeout", IDLE),
            store_places: table.count("store_places", 1..=1000),
            ..Self::default()
        };
        table.finish();
        limits
    }

    /// The number of concurrent requests that wait for the store.
    #[must_use]
    pub fn store_places(&self) -> usize {
        self.store_places.unwrap_or(STORE_PLACES)
    }

    /// The rates of new connections and handshakes of an address. `tls` is `None` for plain http.
    pub(super) fn rates(&self, tls: Option<&Tls>) -> Rates {
        let default = handshakes(tls.and_then(|tls| tls.rsa_bits));
        Rates {
            connections: self.new_connections_per_address.unwrap_or(Rate::per_second(NEW_CONNECTIONS)),
            handshakes: self.handshakes_per_address.unwrap_or(default).with_burst(HANDSHAKE_BURST),
        }
    }
}

/// The default rate of handshakes of an address. It takes about a fifth of one core for any kind of key
/// (docs/performance.md).
const fn handshakes(rsa_bits: Option<usize>) -> Rate {
    const ELLIPTIC: NonZeroU32 = NonZeroU32::new(1000).unwrap();
    const RSA_2048: NonZeroU32 = NonZeroU32::new(400).unwrap();
    const LARGER: NonZeroU32 = NonZeroU32::new(100).unwrap();
    Rate::per_second(match rsa_bits {
        None => ELLIPTIC,
        Some(..=2048) => RSA_2048,
        Some(_) => LARGER,
    })
}

/// Warnings about empty `allow_from` lists, which may have been meant to admit nobody.
pub(super) fn empty_lists(config: &toml::Table) -> Vec<String> {
    let is_empty = |table: &toml::Table| {
        table.get("allow_from").and_then(toml::Value::as_array).is_some_and(Vec::is_empty)
    };
    let clients = config.get("client").and_then(toml::Value::as_array).into_iter().flatten();
    let of_clients =
        clients.filter_map(toml::Value::as_table).filter(|client| is_empty(client)).map(|client| {
            let id = client.get("id").and_then(toml::Value::as_str).unwrap_or_default();
            format!("client {id:?}: ")
        });
    let own = is_empty(config).then(String::new);
    let warning = |whose: String| {
        format!(
            "{whose}allow_from is empty, which admits every address: remove it, or name networks, such as \
             allow_from = [\"10.0.0.0/8\"]"
        )
    };
    own.into_iter().chain(of_clients).map(warning).collect()
}
