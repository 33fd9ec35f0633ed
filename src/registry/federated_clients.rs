//! The clients that are known by tokens of trusted issuers, as they were read last.

use super::federated_index::FederatedIndex;
use super::single_flight::SingleFlight;
use super::store::StoreError;
use super::store_health::Reachability;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The clients in the order of their IDs; `None` if the store has too many to search.
pub(super) type FoundClients = Option<Arc<FederatedIndex>>;

/// The clients, and the version of the store's clients to which they belong.
#[derive(Debug, Default)]
pub(super) struct FederatedClients {
    kept: Mutex<Option<(u64, FoundClients)>>,
    /// One request at a time reads them, on behalf of all.
    reading: SingleFlight,
}

impl FederatedClients {
    /// The clients of that version. Older ones are used while the store is unavailable.
    pub(super) fn known(&self, version: u64, reach: Reachability) -> Option<FoundClients> {
        let kept = self.kept();
        let (of, clients) = kept.as_ref()?;
        let is_usable = reach == Reachability::Away || reach == Reachability::Well && *of == version;
        is_usable.then(|| clients.clone())
    }

    pub(super) fn keep(&self, version: u64, clients: FoundClients) {
        *self.kept() = Some((version, clients));
    }

    /// The clients as of this call or later. `read` keeps them.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn fresh(
        &self,
        read: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<FoundClients, StoreError> {
        self.reading.ask(read)?;
        Ok(self.kept().as_ref().and_then(|(_, clients)| clients.clone()))
    }

    fn kept(&self) -> MutexGuard<'_, Option<(u64, FoundClients)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
