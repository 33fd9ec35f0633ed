//! Traits of the clients of a store that the whole server must know, as far as they were read.

use super::store::{ClientTrait, Store, StoreError};
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, Default)]
pub(super) struct KnownTraits {
    exchange: AtomicBool,
    secret_jwt: AtomicBool,
    certificate: AtomicBool,
    federated: AtomicBool,
}

impl KnownTraits {
    /// Asks the store.
    pub(super) fn read(&self, store: &dyn Store) -> Result<(), StoreError> {
        for one in ClientTrait::ALL {
            self.place(one).store(store.any(one)?, Ordering::Relaxed);
        }
        Ok(())
    }

    pub(super) fn any(&self, of: ClientTrait) -> bool {
        self.place(of).load(Ordering::Relaxed)
    }

    const fn place(&self, of: ClientTrait) -> &AtomicBool {
        match of {
            ClientTrait::Exchange => &self.exchange,
            ClientTrait::SecretJwt => &self.secret_jwt,
            ClientTrait::Certificate => &self.certificate,
            ClientTrait::Federated => &self.federated,
        }
    }
}
