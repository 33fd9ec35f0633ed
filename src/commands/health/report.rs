//! The result of `health` and `wait`.

use crate::exit::{Exit, Failure};

pub(super) const PHASE: &str = "health";

pub struct HealthReport {
    /// The server's base URL.
    pub url: String,
    /// `healthy`, `degraded` or `unhealthy`, as the server says.
    pub status: String,
    /// Why it is not healthy.
    pub reason: Option<String>,
    pub json: bool,
}

impl HealthReport {
    /// Whether known clients get tokens.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status != "unhealthy"
    }

    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.is_ready() { Exit::Done } else { Exit::CheckFailed }
    }

    /// The failure of a server that is not ready.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let reason = self.reason.as_deref().unwrap_or("it says no reason");
        let what = format!("{} is not ready: {reason}", self.url);
        (!self.is_ready()).then(|| Failure::new(Exit::CheckFailed, PHASE, what).hint("its log says more"))
    }
}
