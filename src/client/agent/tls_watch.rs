//! The facts of completed TLS handshakes, for those who examine a server.

use crate::clock::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

/// A completed handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// `TLSv1_3`
    pub version: &'static str,
    /// The end of the server's certificate.
    pub ends: Option<Timestamp>,
    /// Whether the server asked for a client certificate.
    pub wants_certificate: bool,
}

/// Keeps the facts of the last handshake. Without it, none are collected.
#[derive(Clone, Debug, Default)]
pub struct TlsWatch(Option<Arc<Mutex<Option<TlsFacts>>>>);

impl TlsWatch {
    #[must_use]
    pub fn on() -> Self {
        Self(Some(Arc::default()))
    }

    pub(super) fn saw(&self, facts: impl FnOnce() -> TlsFacts) {
        if let Some(last) = &self.0 {
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(facts());
        }
    }

    /// The last handshake since the last call.
    #[must_use]
    pub fn take(&self) -> Option<TlsFacts> {
        self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
