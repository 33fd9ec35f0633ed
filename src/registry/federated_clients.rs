//! The clients that are known by tokens of trusted issuers, as they were read last.

use super::Client;
use super::store_health::Reachability;
use std::sync::{Arc, Mutex, PoisonError};

/// Clients in the order of their IDs.
pub(super) type ClientList = Arc<[Arc<Client>]>;

/// The clients, and the version of the store's clients to which they belong.
#[derive(Debug, Default)]
pub(super) struct FederatedClients(Mutex<Option<(u64, ClientList)>>);

impl FederatedClients {
    /// The clients of that version. Older ones are used while the store is unavailable.
    pub(super) fn known(&self, version: u64, reach: Reachability) -> Option<ClientList> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, clients) = kept.as_ref()?;
        let is_usable = reach == Reachability::Away || reach == Reachability::Well && *of == version;
        is_usable.then(|| clients.clone())
    }

    pub(super) fn keep(&self, version: u64, clients: ClientList) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, clients));
    }
}
