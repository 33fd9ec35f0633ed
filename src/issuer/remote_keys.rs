//! Where clients' keys come from that they publish at an address of their own (`jwks_uri`).

use crate::clock::Timestamp;
use crate::jose::keyset::KeySet;
use std::fmt;
use std::sync::Arc;

/// Keys that clients publish at an address of their own.
pub trait RemoteKeys: Send + Sync {
    /// The keys at that address as far as they are known, or why they are not to be had; `None` where they
    /// must be fetched first, for which [`RemoteKeys::keys`] waits. This never waits: where keys should be
    /// renewed, it has that done meanwhile.
    fn known(
        &self,
        uri: &str,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Arc<KeySet>, RemoteKeysError>>;

    /// The keys at that address, fetched again at reasonable intervals or for a `kid` that is not
    /// among those that are known. Waits for a fetch, for some seconds at most.
    ///
    /// # Errors
    /// Where they cannot be had, or not in time.
    fn keys(&self, uri: &str, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, RemoteKeysError>;
}

/// Why a client's keys are not to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteKeysError {
    /// The address does not give them; the reason is for the log.
    Failed(String),
    /// They did not come in time, or too many requests wait for them already.
    Busy,
}

impl fmt::Debug for dyn RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteKeys")
    }
}

/// For services without clients that publish keys.
#[derive(Debug)]
pub struct NoRemoteKeys;

impl RemoteKeys for NoRemoteKeys {
    fn known(
        &self,
        uri: &str,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Arc<KeySet>, RemoteKeysError>> {
        Some(self.keys(uri, kid, now))
    }

    fn keys(&self, _: &str, _: Option<&str>, _: Timestamp) -> Result<Arc<KeySet>, RemoteKeysError> {
        Err(RemoteKeysError::Failed("keys are not fetched here".to_owned()))
    }
}
