//! Fetches the keys that clients and other issuers publish at an address of their own (`jwks_uri`).

use crate::clock::Timestamp;
use crate::jose::keyset::KeySet;
use crate::registry::KeysUrl;
use std::fmt;
use std::sync::Arc;

pub trait RemoteKeys: Send + Sync {
    /// The cached keys of that address, or why they are unavailable; `None` if they must be fetched first,
    /// for which [`RemoteKeys::keys`] waits. This never waits: a refresh runs in the background.
    /// By default for keys that are at hand.
    fn known(
        &self,
        at: &KeysUrl,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Arc<KeySet>, FetchError>> {
        Some(self.keys(at, kid, now))
    }

    /// The keys of that address. They are fetched again at intervals, or for a `kid` that is not among the
    /// cached keys. Waits a few seconds at most for a fetch.
    ///
    /// # Errors
    /// If they are unavailable, or did not arrive in time.
    fn keys(&self, at: &KeysUrl, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, FetchError>;
}

/// Why what a client publishes is unavailable. The reasons are for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// The answer cannot be used, or the address is not to be fetched.
    Failed(String),
    /// The host does not answer, or says that it cannot answer now.
    Away(String),
    /// They did not arrive in time, or too many requests are waiting for them.
    Busy,
}

impl FetchError {
    /// Begins the reason with the address.
    #[must_use]
    pub fn about(self, address: &str) -> Self {
        match self {
            Self::Failed(why) => Self::Failed(format!("{address}: {why}")),
            Self::Away(why) => Self::Away(format!("{address}: {why}")),
            Self::Busy => Self::Busy,
        }
    }
}

impl From<String> for FetchError {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) | Self::Away(why) => f.write_str(why),
            Self::Busy => f.write_str("no answer in time, or too many requests wait for its host"),
        }
    }
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
    fn keys(&self, _: &KeysUrl, _: Option<&str>, _: Timestamp) -> Result<Arc<KeySet>, FetchError> {
        Err(FetchError::Failed("keys are not fetched here".to_owned()))
    }
}
