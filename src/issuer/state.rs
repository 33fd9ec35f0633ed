//! The state of a token service that outlives requests and configuration reloads.

use crate::jose::digest::{self, RandomError};
use crate::registry::expiring_set::ExpiringSet;
use crate::registry::secret_throttle::SecretThrottle;
use crate::registry::secret_uses::SecretUses;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

/// The limit of remembered ids of each kind; see [`crate::registry::expiring_set`] for the memory they
/// need.
pub const MAX_IDS: usize = 1_000_000;

pub struct ServiceState {
    /// Revoked tokens, until they expire.
    pub revoked: ExpiringSet,
    /// Used client assertion ids, until they expire.
    pub assertions: ExpiringSet,
    /// Used DPoP proof ids, until they expire.
    pub proofs: ExpiringSet,
    /// Recent wrong credentials.
    pub brake: SecretThrottle,
    /// The last uses of secrets.
    pub secret_uses: SecretUses,
    /// Whether decisions cannot be recorded at present; no tokens are issued then.
    pub unrecorded: AtomicBool,
    /// The key of DPoP nonces, created on first use.
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
            secret_uses: SecretUses::default(),
            unrecorded: AtomicBool::new(false),
            nonce_key: OnceLock::new(),
        }
    }
}

impl ServiceState {
    /// The key of DPoP nonces, created on first use.
    ///
    /// # Errors
    /// If the system has no random bytes.
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
