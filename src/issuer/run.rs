//! The runs of a request: the first waits for nothing, and the next ones for whatever stopped the one before.
//! Work that a run has done is not done again.

use super::error::Refusal;
use super::log_record::LogRecord;
use crate::registry::wait::{Wait, WaitPolicy};
use std::sync::Arc;

/// How far a run of a request goes, and what a run before it has done already.
#[derive(Clone, Debug)]
pub struct Run {
    pub patience: WaitPolicy,
    /// The request has been counted against its client's limit.
    pub counted: bool,
    /// The client assertion has been verified; it has not been recorded.
    pub verified: bool,
    /// It begins by asking the store for changes, since what is known of the client refuses the request.
    pub confirms: bool,
    /// How the run before refused the request. It stands where the store has no changes.
    pub refused: Option<Arc<RefusedRun>>,
}

/// A refusal of an earlier run.
#[derive(Debug)]
pub struct RefusedRun {
    /// The refusal.
    pub refusal: Refusal,
    /// The version of the store's clients that it rests on.
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

    /// The run after this one, which had to wait: what it may wait for, and what it need not do again. Only a client
    /// that is authenticated writes; only one that was counted gets further.
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

    /// The run without any waiting, for a request that has waited in a queue for too long.
    #[must_use]
    pub fn impatient(self) -> Self {
        Self { patience: WaitPolicy::NONE, confirms: false, ..self }
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
