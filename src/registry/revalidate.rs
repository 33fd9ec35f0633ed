//! Queries the store for changes before a cached entry refuses a client. A secret or permission saved before
//! the request then counts.

use super::client::Client;
use super::lookup::Registry;
use super::store::StoreError;
use super::wait::{Wait, WaitPolicy, WouldWait};
use std::sync::Arc;

impl Registry {
    /// Checks that a refusal may rest on the known clients: this run may wait for the store and has queried
    /// it or will through [`Registry::newer`], or there is no store. The answer does not depend on the ID, or
    /// the time would reveal the clients of the configuration.
    ///
    /// # Errors
    /// [`WouldWait`]
    pub fn confirmed(&self, patience: WaitPolicy) -> Result<(), WouldWait> {
        self.registered().map_or(Ok(()), |registered| registered.may_wait(Wait::Confirm, patience))
    }

    /// Incremented when a client may have changed in the store. Constant without a store.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.registered().map_or(0, |registered| registered.version())
    }

    /// Fetches the changes from the store, unless it is known to be unavailable.
    pub fn catch_up(&self) {
        if let Some(registered) = self.registered() {
            registered.catch_up();
        }
    }

    /// The client in the store, if it differs from the known one: `Some(None)` if it was removed.
    ///
    /// # Errors
    /// If this run may not wait for the store, or the record is damaged.
    pub fn newer(
        &self,
        known: &Arc<Client>,
        patience: WaitPolicy,
    ) -> Result<Option<Option<Arc<Client>>>, StoreError> {
        if self.is_declared(&known.id) {
            return Ok(None);
        }
        self.confirmed(patience)?;
        self.catch_up();
        let found = self.get(&known.id, patience)?;
        let is_same = found.as_ref().is_some_and(|found| Arc::ptr_eq(found, known));
        Ok((!is_same).then_some(found))
    }
}
