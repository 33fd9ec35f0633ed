//! The service that answers requests now. A reload replaces it.

use crate::http::Request;
use crate::issuer::{LoggedResponse, Service};
use crate::server::capacity::{self, Capacities, Capacity};
use crate::server::page::PageSource;
use crate::server::rate_limits::RateLimits;
use crate::server::tested;
use crate::testbench::bench::TestBench;
use std::sync::{Arc, PoisonError, RwLock};

/// A service and its rate limits.
#[derive(Debug)]
pub struct Serving {
    /// The networks and rates for admission.
    pub admission: RateLimits,
    pub service: Service,
    /// Whether the server still waits for its store. Only `/livez` works until then.
    pub waiting: bool,
    /// The size of the configuration file.
    pub config_size: Capacity,
    /// Present if tests control the server, or people watch it (`--demo`).
    pub bench: Option<Arc<TestBench>>,
    /// The sources of the page that shows the bench.
    pub page: Option<Arc<dyn PageSource>>,
}

impl Serving {
    /// The answer as a test wants it; unchanged if tests do not control the server.
    #[inline]
    #[must_use]
    pub fn tested(&self, request: &Request, outcome: LoggedResponse) -> LoggedResponse {
        match &self.bench {
            None => outcome,
            Some(bench) => tested::answer((bench, self.page.as_deref()), &self.service, request, outcome),
        }
    }

    /// The usage of each limit.
    #[must_use]
    pub fn capacities(&self) -> Capacities {
        capacity::of(&self.service, self.config_size)
    }
}

/// The current [`Serving`].
#[derive(Debug)]
pub struct Current(RwLock<Arc<Serving>>);

impl Current {
    #[must_use]
    pub fn new(serving: Serving) -> Self {
        Self(RwLock::new(Arc::new(serving)))
    }

    #[must_use]
    pub fn get(&self) -> Arc<Serving> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces it. Requests in progress keep the previous one.
    pub fn set(&self, serving: Serving) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(serving);
    }
}
