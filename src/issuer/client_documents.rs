//! The clients that describe themselves at a URL of their own, which is their id.

use crate::clock::Timestamp;
use crate::issuer::FetchError;
use crate::registry::Client;
use std::fmt;
use std::sync::Arc;

/// How full the table of fetched documents is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DocumentUse {
    pub known: usize,
    pub limit: usize,
}

pub trait ClientDocuments: Send + Sync {
    /// Whether documents are configured at all.
    fn any(&self) -> bool;

    /// Whether the configuration allows a client with this id.
    fn allows(&self, id: &str) -> bool;

    /// The cached client, or why it is unavailable; `None` if its document must be fetched first, for which
    /// [`ClientDocuments::client`] waits. This never waits.
    fn known(&self, id: &str, now: Timestamp) -> Option<Result<Arc<Client>, FetchError>>;

    /// The client. Waits a few seconds at most for a fetch.
    ///
    /// # Errors
    /// If the document is unavailable or not valid, or did not arrive in time.
    fn client(&self, id: &str, now: Timestamp) -> Result<Arc<Client>, FetchError>;

    /// For metrics.
    fn usage(&self) -> DocumentUse;
}

impl fmt::Debug for dyn ClientDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientDocuments")
    }
}

/// For services without `[[client_documents]]`.
#[derive(Debug)]
pub struct NoClientDocuments;

impl ClientDocuments for NoClientDocuments {
    fn any(&self) -> bool {
        false
    }

    fn allows(&self, _: &str) -> bool {
        false
    }

    fn known(&self, id: &str, now: Timestamp) -> Option<Result<Arc<Client>, FetchError>> {
        Some(self.client(id, now))
    }

    fn client(&self, _: &str, _: Timestamp) -> Result<Arc<Client>, FetchError> {
        Err(FetchError::Failed("documents are not fetched here".to_owned()))
    }

    fn usage(&self) -> DocumentUse {
        DocumentUse::default()
    }
}
