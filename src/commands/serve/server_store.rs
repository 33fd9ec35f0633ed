//! The store that a server uses.

use crate::clock::shared::SharedClock;
use crate::commands::store::StoreUrl;
use crate::registry::client_cache::ClientCache;
use crate::registry::keys::ring::SigningKeys;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug)]
pub(super) struct ServerStore {
    pub url: StoreUrl,
    /// The URL for messages, without a password.
    pub name: String,
    /// Whether it is in memory because the user's own store cannot be made.
    pub instead: bool,
    pub registered: Arc<ClientCache>,
    /// Shared by all nodes on the store.
    pub clock: SharedClock,
    /// The time for which cached clients stay valid while the store is unreachable.
    pub outage: Duration,
    /// Has an effect on PostgreSQL only.
    pub connections: usize,
    pub warnings: Vec<String>,
    /// Notes about what this start has made: the store, or a key in it.
    pub news: Vec<String>,
}

impl ServerStore {
    /// Adds the note that this start has made the signing key.
    pub(super) fn tell_of_key(&mut self, signing: &SigningKeys) {
        if let Some(kid) = signing.made().filter(|_| !self.is_in_memory()) {
            self.news.push(format!("the store {} had no signing key: key {kid} was made", self.name));
        }
    }

    pub(super) fn is_in_memory(&self) -> bool {
        self.url == StoreUrl::Memory
    }
}
