//! The network side of `serve`: requests in, routed, answered. What a token is, it does not know.

pub mod audit;
pub mod engine;
pub mod gate;
pub mod listen;
pub mod metrics;
pub mod route;

use crate::clock::Timestamp;
use crate::issuer::{Note, Service};
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// So much of a path is logged.
pub(crate) const MAX_PATH: usize = 256;

/// One request and its answer, as far as a log may tell of it.
#[derive(Clone, Debug)]
pub struct Exchange {
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
    pub note: Note,
}

/// The service that requests are answered by; another one takes its place when the configuration is
/// read again.
#[derive(Debug)]
pub struct Current(RwLock<Arc<Service>>);

impl Current {
    /// Begins with that service.
    #[must_use]
    pub fn new(service: Arc<Service>) -> Self {
        Self(RwLock::new(service))
    }

    /// The present one.
    #[must_use]
    pub fn get(&self) -> Arc<Service> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another in its place; requests that are being answered keep theirs.
    pub fn set(&self, service: Arc<Service>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = service;
    }
}
