//! The network side of `serve`: requests in, routed, answered. What a token is, it does not know.

pub mod audit;
pub mod bulkheads;
pub mod capacity;
pub mod cors;
pub mod engine;
mod engine_socket;
pub mod gate;
pub mod health;
pub mod listen;
pub mod metrics;
pub mod rate_limits;
pub mod route;

use crate::clock::Timestamp;
use crate::issuer::{LogRecord, Service};
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// So much of a path is logged.
pub(crate) const MAX_PATH: usize = 256;

/// One request and its answer, as far as a log may tell of it.
#[derive(Clone, Debug)]
pub struct HttpExchange {
    /// The request's id, which the answer names, too.
    pub id: String,
    /// When it was answered.
    pub time: Timestamp,
    /// Who sent it.
    pub peer: Option<IpAddr>,
    /// The method as received.
    pub method: String,
    /// The path as received, or its beginning, without its query, which may hold secrets.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// From the whole request to the answer's last byte.
    pub duration: Duration,
    /// What was asked for and given, and the reason of a refusal.
    pub note: LogRecord,
}

/// What requests are answered by.
#[derive(Debug)]
pub struct Serving {
    /// Who is let in.
    pub admission: rate_limits::RateLimits,
    /// What answers those.
    pub service: Service,
    /// Whether it waits for its store, and answers nothing yet.
    pub waiting: bool,
    /// The size of the configuration's file.
    pub config_size: capacity::Capacity,
}

/// What requests are answered by at present; another takes its place when the configuration is read
/// again.
#[derive(Debug)]
pub struct Current(RwLock<Arc<Serving>>);

impl Current {
    /// Begins with that.
    #[must_use]
    pub fn new(serving: Serving) -> Self {
        Self(RwLock::new(Arc::new(serving)))
    }

    /// The present one.
    #[must_use]
    pub fn get(&self) -> Arc<Serving> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another in its place; requests that are being answered keep theirs.
    pub fn set(&self, serving: Serving) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(serving);
    }
}
