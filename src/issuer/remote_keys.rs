//! Fetches the keys that clients publish at an address of their own (`jwks_uri`).

use crate::clock::Timestamp;
use crate::jose::keyset::KeySet;
use crate::registry::KeysUrl;
use std::fmt;
use std::sync::Arc;

pub trait RemoteKeys: Send + Sync {
    /// The cached keys of that address, or why they are unavailable; `None` if they must be fetched first,
    /// for which [`RemoteKeys::keys`] waits. This never waits: a refresh runs in the background.
    fn known(
        &self,
        at: &KeysUrl,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Arc<KeySet>, FetchError>>;

    /// The keys of that address. They are fetched again at intervals, or for a `kid` that is not among the
    /// cached keys. Waits a few seconds at most for a fetch.
    ///
    /// # Errors
    /// If they are unavailable, or did not arrive in time.
    fn keys(&self, at: &KeysUrl, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, FetchError>;
}

/// Why what a client publishes is unavailable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// The fetch failed; the reason is for the log.
    Failed(String),
    /// They did not arrive in time, or too many requests are waiting for them.
    Busy,
}

impl fmt::Debug for dyn RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteKeys")
    }
}

/// For services whose clients publish no keys.
#[derive(Debug)]
pub struct NoRemoteKeys;

impl RemoteKeys for NoRemoteKeys {
    fn known(
        &self,
        at: &KeysUrl,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Arc<KeySet>, FetchError>> {
        Some(self.keys(at, kid, now))
    }

    fn keys(&self, _: &KeysUrl, _: Option<&str>, _: Timestamp) -> Result<Arc<KeySet>, FetchError> {
        Err(FetchError::Failed("keys are not fetched here".to_owned()))
    }
}
