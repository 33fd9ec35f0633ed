//! The service that answers requests now. A reload puts another in its place.

use crate::issuer::Service;
use crate::server::capacity::{self, Capacities, Capacity};
use crate::server::rate_limits::RateLimits;
use std::sync::{Arc, PoisonError, RwLock};

/// A service with the limits before it.
#[derive(Debug)]
pub struct Serving {
    /// The networks and rates that requests are admitted by.
    pub admission: RateLimits,
    /// Answers what was admitted.
    pub service: Service,
    /// Whether the server still waits for its store. It answers `/livez` alone then.
    pub waiting: bool,
    /// The size of the configuration's file.
    pub config_size: Capacity,
}

impl Serving {
    /// How full everything bounded is.
    #[must_use]
    pub fn capacities(&self) -> Capacities {
        capacity::of(&self.service, self.config_size)
    }
}

/// The present [`Serving`].
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

    /// Replaces it. Requests that are being answered keep the one that they began with.
    pub fn set(&self, serving: Serving) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(serving);
    }
}
