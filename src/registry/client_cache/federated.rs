//! The clients that are known by tokens of trusted issuers. Such a token need not name its client, so all of
//! them are kept together, until a client changes.

use super::ClientCache;
use crate::registry::federated_clients::ClientList;
use crate::registry::store::{ClientTrait, StoreError};
use crate::registry::store_health::Reachability;
use crate::registry::wait::{Wait, WaitPolicy};
use std::sync::Arc;

/// The most such clients that are searched. A request must name its client where a store has more.
const MAX_FEDERATED: usize = 10_000;

impl ClientCache {
    /// The enabled clients with rules, in the order of their IDs; `None` if there are more than
    /// [`MAX_FEDERATED`].
    ///
    /// # Errors
    /// If the store is unavailable, or must be waited for and `patience` does not allow it.
    pub(in crate::registry) fn federated(
        &self,
        patience: WaitPolicy,
    ) -> Result<Option<ClientList>, StoreError> {
        let (reach, version) = (self.reach(), self.version());
        if let Some(clients) = self.federated.known(version, reach) {
            return Ok(Some(clients));
        }
        if reach == Reachability::Well && !self.any(ClientTrait::Federated) {
            return Ok(Some(Arc::default()));
        }
        self.at_hand()?;
        self.may_wait(Wait::Lookup, patience)?;
        let with = || self.store.clients_with(ClientTrait::Federated, MAX_FEDERATED + 1);
        let found = self.asked(self.pace.timed(with))?;
        if found.len() > MAX_FEDERATED {
            return Ok(None);
        }
        // A damaged client does not keep the others from their tokens.
        let made = found.into_iter().filter_map(|listed| self.made(listed.stored.ok()?).ok().flatten());
        let clients: ClientList = made.map(Arc::new).collect();
        self.federated.keep(version, clients.clone());
        Ok(Some(clients))
    }
}
