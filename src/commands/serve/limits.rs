//! Who may come, and how often: `[limits]`, `allow_from` and `trusted_proxies` as typed.

use crate::commands::configuration::ours;
use crate::registry::networks::Networks;
use crate::registry::token_buckets::{Rate, RateError};
use crate::server::bulkheads::STORE_PLACES;
use crate::server::gate::Rates;
use crate::server::gate::tls::Tls;
use serde::{Deserialize, Deserializer};
use std::num::NonZeroU32;
use std::time::Duration;

/// Limits on callers; none unless the configuration says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallerLimits {
    /// How often each client may ask.
    #[serde(default, deserialize_with = "rate")]
    pub per_client: Option<Rate>,
    /// How often each address may (IPv6 by /64).
    #[serde(default, deserialize_with = "rate")]
    pub per_address: Option<Rate>,
    /// Connections at a time.
    #[serde(default, deserialize_with = "count")]
    pub connections: Option<usize>,
    /// Connections at a time of each address (IPv6 by /64).
    #[serde(default, deserialize_with = "count")]
    pub connections_per_address: Option<usize>,
    /// How often each address may connect (IPv6 by /64).
    #[serde(default, deserialize_with = "rate")]
    pub new_connections_per_address: Option<Rate>,
    /// How often each address may begin a TLS handshake (IPv6 by /64); four times as many at once.
    #[serde(default, deserialize_with = "rate")]
    pub handshakes_per_address: Option<Rate>,
    /// How long a connection may be idle.
    #[serde(default, deserialize_with = "super::config::duration")]
    pub idle_timeout: Option<Duration>,
    /// Requests that may wait for the store at a time, and as many that write to it.
    #[serde(default, deserialize_with = "places")]
    pub store_places: Option<usize>,
    /// Where anybody may ask from; anywhere, where that is empty.
    #[serde(skip)]
    pub allow_from: Networks,
    /// Whose `X-Forwarded-For` is believed; nobody's, where that is empty.
    #[serde(skip)]
    pub trusted_proxies: Networks,
}

/// New connections of an address in a second, unless the configuration says otherwise: the server is
/// busy with them for a tenth of the time.
const NEW_CONNECTIONS: NonZeroU32 = NonZeroU32::new(5000).unwrap();
/// How many seconds' handshakes may come at once: behind one address there may be many clients, who all
/// come back after an interruption.
const HANDSHAKE_BURST: NonZeroU32 = NonZeroU32::new(4).unwrap();

impl CallerLimits {
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

/// A list of networks and addresses.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Networks, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    Networks::parse(&texts).map_err(|error| ours(&error.to_string()))
}

fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Rate>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(|error: RateError| ours(&format!("this {error}")))
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    let number = i64::deserialize(deserializer)?;
    let count = usize::try_from(number).ok().filter(|count| *count > 0);
    count.map(Some).ok_or_else(|| ours("a number of connections is above zero, as 1000"))
}

fn places<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    within(deserializer, "store_places is from 1 to 1000, as 32")
}

/// Connections to a database.
pub(super) fn connections<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    within(deserializer, "store_connections is from 1 to 1000, as 16")
}

fn within<'de, D: Deserializer<'de>>(deserializer: D, wrong: &str) -> Result<Option<usize>, D::Error> {
    let number = i64::deserialize(deserializer)?;
    let count = usize::try_from(number).ok().filter(|count| (1..=1000).contains(count));
    count.map(Some).ok_or_else(|| ours(wrong))
}
