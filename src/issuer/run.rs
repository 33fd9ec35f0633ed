//! The runs of a request: the first never waits, and each later one may wait for the condition that stopped
//! its predecessor. Completed work is not repeated.

use super::error::Refusal;
use super::log_record::LogRecord;
use crate::registry::wait::{Wait, WaitPolicy};
use std::sync::Arc;

/// The waits that a run of a request may make, and the work of earlier runs.
#[derive(Clone, Debug)]
pub struct Run {
    pub patience: WaitPolicy,
    /// Whether the request has been counted against its client's limit.
    pub counted: bool,
    /// Whether the client assertion has been verified. Its id is not recorded yet.
    pub verified: bool,
    /// Whether the run first asks the store for changes, because the known entry refuses the request.
    pub confirms: bool,
    /// The previous run's refusal. It is final if the store has no changes.
    pub refused: Option<Arc<RefusedRun>>,
}

#[derive(Debug)]
pub struct RefusedRun {
    pub refusal: Refusal,
    /// The version of the store's clients that it depends on.
    pub version: u64,
    /// The log record, without the refusal.
    pub record: LogRecord,
}

impl Run {
    /// The only run of a request, which waits for everything it needs.
    pub const WHOLE: Self = Self::with(WaitPolicy::ALL, true);
    /// The first run, which waits for nothing.
    pub const FIRST: Self = Self::with(WaitPolicy::NONE, false);

    const fn with(patience: WaitPolicy, confirms: bool) -> Self {
        Self { patience, counted: false, verified: false, confirms, refused: None }
    }

    /// The run after this one: what it may wait for, and what it can skip. Only an authenticated client may
    /// cause writes, and only a counted request proceeds.
    #[must_use]
    pub fn next(&self, wait: Wait, record: &LogRecord) -> Self {
        let refused = record.unconfirmed.as_deref().map(|unconfirmed| {
            let record =
                LogRecord { error: None, reason: None, limit: None, unconfirmed: None, ..record.clone() };
            Arc::new(RefusedRun {
                refusal: unconfirmed.refusal.clone(),
                version: unconfirmed.version,
                record,
            })
        });
        Self {
            patience: self.patience.with(wait),
            counted: self.counted || record.authenticated,
            verified: self.verified || matches!(wait, Wait::Write),
            confirms: matches!(wait, Wait::Confirm),
            refused,
        }
    }

    /// A copy that never waits, for a request that has been queued for too long.
    #[must_use]
    pub fn impatient(self) -> Self {
        Self { patience: WaitPolicy::NONE, confirms: false, ..self }
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
