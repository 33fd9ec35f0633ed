//! The memory of a token service between requests. A reload of the configuration keeps it.

use crate::jose::digest::{self, RandomError};
use crate::registry::expiring_set::ExpiringSet;
use crate::registry::secret_throttle::SecretThrottle;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

/// Live ids that are remembered, of each kind: see [`crate::registry::expiring_set`] for what that takes.
pub const MAX_IDS: usize = 1_000_000;

pub struct ServiceState {
    /// Tokens that were revoked, until they expire.
    pub revoked: ExpiringSet,
    /// Ids of client assertions that were used, until they expire.
    pub assertions: ExpiringSet,
    /// Ids of DPoP proofs that were used, until they expire.
    pub proofs: ExpiringSet,
    /// Recent wrong credentials.
    pub brake: SecretThrottle,
    /// Whether decisions cannot be put on record at present, so that nobody gets a token.
    pub unrecorded: AtomicBool,
    /// The key of DPoP nonces, made when the first is needed: random bytes take their time.
    nonce_key: OnceLock<[u8; 32]>,
}

impl fmt::Debug for ServiceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}

impl Default for ServiceState {
    fn default() -> Self {
        Self {
            revoked: ExpiringSet::new(MAX_IDS),
            assertions: ExpiringSet::new(MAX_IDS),
            proofs: ExpiringSet::new(MAX_IDS),
            brake: SecretThrottle::default(),
            unrecorded: AtomicBool::new(false),
            nonce_key: OnceLock::new(),
        }
    }
}

impl ServiceState {
    /// The key of DPoP nonces.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn nonce_key(&self) -> Result<[u8; 32], RandomError> {
        match self.nonce_key.get() {
            Some(key) => Ok(*key),
            None => {
                let made = digest::random()?;
                Ok(*self.nonce_key.get_or_init(|| made))
            }
        }
    }
}
