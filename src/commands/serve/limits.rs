//! Who may come, and how often: `[limits]`, `allow_from` and `trusted_proxies` as typed.

use crate::commands::configuration::Table;
use crate::registry::networks::Networks;
use crate::registry::token_buckets::Rate;
use crate::server::bulkheads::STORE_PLACES;
use crate::server::gate::Rates;
use crate::server::gate::tls::Tls;
use std::num::NonZeroU32;
use std::time::Duration;

/// Limits on callers; none unless the configuration says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerLimits {
    /// How often each client may ask.
    pub per_client: Option<Rate>,
    /// How often each address may (IPv6 by /64).
    pub per_address: Option<Rate>,
    /// Connections at a time.
    pub connections: Option<usize>,
    /// Connections at a time of each address (IPv6 by /64).
    pub connections_per_address: Option<usize>,
    /// How often each address may connect (IPv6 by /64).
    pub new_connections_per_address: Option<Rate>,
    /// How often each address may begin a TLS handshake (IPv6 by /64); four times as many at once.
    pub handshakes_per_address: Option<Rate>,
    /// How long a connection may be idle.
    pub idle_timeout: Option<Duration>,
    /// Requests that may wait for the store at a time, and as many that write to it.
    pub store_places: Option<usize>,
    /// Where anybody may ask from; anywhere, where that is empty.
    pub allow_from: Networks,
    /// Whose `X-Forwarded-For` is believed; nobody's, where that is empty.
    pub trusted_proxies: Networks,
}

/// New connections of an address in a second, unless the configuration says otherwise: the server is
/// busy with them for a tenth of the time.
const NEW_CONNECTIONS: NonZeroU32 = NonZeroU32::new(5000).unwrap();
/// How many seconds' handshakes may come at once: behind one address there may be many clients, who all
/// come back after an interruption.
const HANDSHAKE_BURST: NonZeroU32 = NonZeroU32::new(4).unwrap();

impl CallerLimits {
    /// Those of `[limits]`.
    pub(super) fn of(table: Table<'_>) -> Self {
        let limits = Self {
            per_client: table.rate("per_client"),
            per_address: table.rate("per_address"),
            connections: table.count("connections", 1..=usize::MAX),
            connections_per_address: table.count("connections_per_address", 1..=usize::MAX),
            new_connections_per_address: table.rate("new_connections_per_address"),
            handshakes_per_address: table.rate("handshakes_per_address"),
            idle_timeout: table.length("idle_timeout"),
            store_places: table.count("store_places", 1..=1000),
            ..Self::default()
        };
        table.finish();
        limits
    }

    /// Requests that may wait for the store at a time.
    #[must_use]
    pub fn store_places(&self) -> usize {
        self.store_places.unwrap_or(STORE_PLACES)
    }

    /// How often an address may connect, where that is served: `None` for plain http.
    pub(super) fn rates(&self, tls: Option<&Tls>) -> Rates {
        let default = handshakes(tls.and_then(|tls| tls.rsa_bits));
        Rates {
            connections: self.new_connections_per_address.unwrap_or(Rate::per_second(NEW_CONNECTIONS)),
            handshakes: self.handshakes_per_address.unwrap_or(default).with_burst(HANDSHAKE_BURST),
        }
    }
}

/// Handshakes of an address, unless the configuration says otherwise: about a fifth of one core, whatever
/// the key of the served certificate costs (docs/performance.md).
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

/// What is to be said of lists of networks that are empty: somebody may have meant nobody.
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
    let told = |whose: String| {
        format!(
            "{whose}allow_from is empty, which admits every address: leave it away, or name networks, as \
             allow_from = [\"10.0.0.0/8\"]"
        )
    };
    own.into_iter().chain(of_clients).map(told).collect()
}
