//! The runs of a request: the first waits for nothing, and the next ones for what the first would have had
//! to wait for. Nothing is done twice that may be done once.

use super::log_record::LogRecord;
use crate::registry::wait::{Wait, WaitPolicy};

/// How far a run of a request goes, and what a run before it has done already.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// What it may wait for.
    pub patience: WaitPolicy,
    /// The request has been counted against its client's limit.
    pub counted: bool,
    /// The client assertion has been verified; it has not been recorded.
    pub verified: bool,
    /// It begins by asking the store what has changed: what is known there refuses the request.
    pub confirms: bool,
}

impl Run {
    /// The only run of a request, which waits for whatever it needs.
    pub const WHOLE: Self =
        Self { patience: WaitPolicy::ALL, counted: false, verified: false, confirms: true };
    /// The first run, which waits for nothing.
    pub const FIRST: Self =
        Self { patience: WaitPolicy::NONE, counted: false, verified: false, confirms: false };

    /// The run after this one, which had to wait for that: what it may wait for, and what it need not do
    /// again. Only a client that has proven who it is writes; only one that was counted gets further.
    #[must_use]
    pub const fn next(self, wait: Wait, note: &LogRecord) -> Self {
        Self {
            patience: self.patience.with(wait),
            counted: self.counted || note.authenticated,
            verified: self.verified || matches!(wait, Wait::Write),
            confirms: matches!(wait, Wait::Confirm),
        }
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
