//! Who may come, and how often: `[limits]`, `allow_from` and `trusted_proxies` as typed.

use crate::commands::configuration::ours;
use crate::registry::buckets::{Rate, RateError};
use crate::registry::networks::Networks;
use serde::{Deserialize, Deserializer};
use std::time::Duration;

/// Limits on callers; none unless the configuration says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
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
    /// How long a connection may be idle.
    #[serde(default, deserialize_with = "super::config::duration")]
    pub idle_timeout: Option<Duration>,
    /// Where anybody may ask from; anywhere, where that is empty.
    #[serde(skip)]
    pub allow_from: Networks,
    /// Whose `X-Forwarded-For` is believed; nobody's, where that is empty.
    #[serde(skip)]
    pub trusted_proxies: Networks,
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
