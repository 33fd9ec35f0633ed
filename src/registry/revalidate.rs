//! Before a cached entry refuses a client, the store is asked for changes: a secret or a permission from before the
//! request counts.

use super::client::Client;
use super::lookup::Registry;
use super::store::StoreError;
use super::wait::{Wait, WaitPolicy, WouldWait};
use std::sync::Arc;

impl Registry {
    /// Nothing, where a refusal may rest on what is known of the clients: this run may wait for the store, and
    /// has asked it or does so by [`Registry::newer`]; or there is nobody to ask. It is the same for every id:
    /// the time must not tell those of the configuration from others.
    ///
    /// # Errors
    /// [`WouldWait`]
    pub fn confirmed(&self, patience: WaitPolicy) -> Result<(), WouldWait> {
        self.registered().map_or(Ok(()), |registered| registered.may_wait(Wait::Confirm, patience))
    }

    /// A number that goes up whenever a client may have changed in the store. Without a store nothing changes.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.registered().map_or(0, |registered| registered.version())
    }

    /// Takes what has changed in the store until now, unless it is known to be away.
    pub fn catch_up(&self) {
        if let Some(registered) = self.registered() {
            registered.catch_up();
        }
    }

    /// The store's entry of a client, where it differs from the known one: `Some(None)` where it is gone.
    ///
    /// # Errors
    /// Where this run may not wait for it, or it holds something else there.
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
