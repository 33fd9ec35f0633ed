//! The clients that are known by tokens of trusted issuers. Such a token need not name its client, so all of
//! them are kept together, until a client changes.

use super::ClientCache;
use crate::registry::federated_clients::FoundClients;
use crate::registry::store::{ClientTrait, StoreError};
use crate::registry::store_health::Reachability;
use crate::registry::wait::{Wait, WaitPolicy};
use std::sync::Arc;

/// The most such clients that are searched. A request must name its client where a store has more.
pub(in crate::registry) const MAX_FEDERATED: usize = 10_000;

impl ClientCache {
    /// The enabled clients with rules, in the order of their IDs; `None` if there are more than
    /// [`MAX_FEDERATED`].
    ///
    /// # Errors
    /// If the store is unavailable, or must be waited for and `patience` does not allow it.
    pub(in crate::registry) fn federated(&self, patience: WaitPolicy) -> Result<FoundClients, StoreError> {
        let (reach, version) = (self.reach(), self.version());
        if let Some(clients) = self.federated.known(version, reach) {
            return Ok(clients);
        }
        if reach == Reachability::Well && !self.any(ClientTrait::Federated) {
            return Ok(Some(Arc::default()));
        }
        self.at_hand()?;
        self.may_wait(Wait::Lookup, patience)?;
        self.federated.fresh(|| self.read_federated())
    }

    fn read_federated(&self) -> Result<(), StoreError> {
        let version = self.version();
        // Another request may have read them since.
        if self.federated.known(version, self.reach()).is_some() {
            return Ok(());
        }
        let with = || self.store.clients_with(ClientTrait::Federated, MAX_FEDERATED + 1);
        let found = self.asked(self.pace.timed(with))?;
        let is_searched = found.len() <= MAX_FEDERATED;
        // A damaged client does not keep the others from their tokens.
        let made = found.into_iter().filter_map(|listed| self.made(listed.stored.ok()?).ok().flatten());
        self.federated.keep(version, is_searched.then(|| Arc::new(made.collect())));
        Ok(())
    }
}
