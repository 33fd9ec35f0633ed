//! The gate's settings: sockets, limits and trusted proxies.

use super::connection_limits::ConnectionLimits;
use super::tls::Tls;
use crate::registry::networks::Networks;
use crate::registry::token_buckets::Rate;
use std::net::IpAddr;
use std::time::Duration;

/// The purpose of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// For clients: with TLS, if it is configured.
    Public,
    /// The same, on a socket of the service manager, which hands it to the next process, too.
    Inherited,
    /// For metrics scrapes: plain http.
    Metrics,
}

impl Listener {
    /// The value of `canonical::field::DOOR` for its requests.
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::Public | Self::Inherited => None,
            Self::Metrics => Some("metrics"),
        }
    }

    pub(super) const fn is_public(self) -> bool {
        matches!(self, Self::Public | Self::Inherited)
    }
}

/// How often one address (for IPv6: one /64) may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// For all connections.
    pub connections: Rate,
    /// For connections to a TLS socket, since each may cost a handshake.
    pub handshakes: Rate,
}

/// The settings that a reload may change.
pub struct GateSettings {
    pub limits: ConnectionLimits,
    /// How often an address may connect.
    pub rates: Rates,
    /// How long a connection may be idle.
    pub idle: Duration,
    /// TLS of the public socket.
    pub tls: Option<Tls>,
    /// The networks that may use TLS; all if empty. Over plain http the engine refuses the others.
    pub allow_from: Networks,
    /// The proxies whose `X-Forwarded-For` and `X-Request-Id` are trusted.
    pub trusted_proxies: Networks,
}

impl GateSettings {
    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.contains(address)
    }
}
