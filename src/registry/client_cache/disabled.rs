//! Tells a disabled client from one that the store does not have. A disabled one must not come back by a
//! document at the URL that is its id.

use super::ClientCache;
use crate::registry::store::StoreError;
use crate::registry::wait::{Wait, WaitPolicy};

impl ClientCache {
    /// Whether the store has this client, and it is disabled.
    ///
    /// # Errors
    /// If the store is unavailable, or must be waited for and `patience` does not allow it.
    pub(in crate::registry) fn is_disabled(
        &self,
        id: &str,
        patience: WaitPolicy,
    ) -> Result<bool, StoreError> {
        if let Some(known) = self.kept().disabled(id) {
            return Ok(known);
        }
        self.at_hand()?;
        self.may_wait(Wait::Lookup, patience)?;
        Ok(self.asked(self.store().client(id))?.is_some_and(|stored| stored.record.disabled))
    }
}
