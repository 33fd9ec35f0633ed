//! Turns the records of a store into clients of the cache.

use super::ClientCache;
use crate::jose::sealing::SealingKey;
use crate::registry::Client;
use crate::registry::record::StoredClient;
use crate::registry::store::{ClientTrait, StoreError};

impl ClientCache {
    /// With the key that opens the secrets that clients sign with.
    #[must_use]
    pub fn with_sealing(self, sealing: Option<SealingKey>) -> Self {
        Self { sealing, ..self }
    }

    /// The client of a record; `None` if it is disabled.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if no server can use it, or a secret that it signs with does not open.
    pub fn made(&self, stored: StoredClient) -> Result<Option<Client>, StoreError> {
        let id = stored.record.id.clone();
        stored.client(self.sealing.as_ref()).map_err(|why| why.damaged(&id))
    }

    /// Whether any client has this trait, as far as known.
    #[must_use]
    pub fn any(&self, of: ClientTrait) -> bool {
        self.known.any(of)
    }
}
