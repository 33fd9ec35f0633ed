//! The audit log: a JSON line for each decision, with names, ids and fingerprints, without secrets, tokens
//! or assertions. A decision is recorded before its answer is sent. Workers hand over line and answer and
//! continue; one thread writes lines and releases answers, another refuses answers whose lines are not
//! written in time.

mod decision;
mod entry;
mod queue;
mod rotation;
mod target;
mod threads;

pub use decision::{AnswerReleaser, AuditedDecision, CannotRecord, DecisionKind};
pub use entry::AuditTrouble;
pub use target::{OpenTarget, Syslog, open_file};

use crate::server::route;
use queue::{AuditLimits, AuditQueue};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use threads::{AuditShared, AuditWriter};

const LIMITS: AuditLimits = AuditLimits {
    lines: 1024,
    bytes: 4 * 1024 * 1024,
    patience: Duration::from_secs(2),
    pause: Duration::from_millis(250),
};

/// A running audit log.
pub struct Audit {
    shared: Arc<AuditShared>,
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("pending", &self.pending()).finish_non_exhaustive()
    }
}

impl Audit {
    /// Opens the target and starts the threads.
    ///
    /// # Errors
    /// If the target cannot be opened or a thread cannot be started.
    pub fn start(open: Box<OpenTarget>, desk: Arc<dyn AnswerReleaser>) -> io::Result<Self> {
        Self::with(open, desk, LIMITS)
    }

    fn with(
        mut open: Box<OpenTarget>,
        desk: Arc<dyn AnswerReleaser>,
        limits: AuditLimits,
    ) -> io::Result<Self> {
        let out = open()?;
        // Dropping it ends its threads, even if the second one cannot be started.
        let audit = Self { shared: Arc::new(AuditShared::new(AuditQueue::new(limits))) };
        let writer = AuditWriter::new(audit.shared.clone(), desk.clone(), (open, out), limits.pause);
        thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run())?;
        let shared = audit.shared.clone();
        thread::Builder::new()
            .name("audit-watch".to_owned())
            .spawn(move || shared.refuse_overdue(desk.as_ref(), limits.patience))?;
        Ok(audit)
    }

    /// The kind of decision that an answer at that path represents.
    #[must_use]
    pub fn covers(path: &str, issuer_path: &str) -> Option<DecisionKind> {
        DecisionKind::of(route::at(path, issuer_path)?.endpoint)
    }

    /// Checked before a decision is made.
    ///
    /// # Errors
    /// If it could not be recorded.
    pub fn admit(&self) -> Result<(), CannotRecord> {
        self.shared.lock().queue.admit()
    }

    /// Records a decision. Its answer is sent by [`AnswerReleaser::release`]: unchanged once the line is
    /// written, or as a refusal if it is not written in time.
    pub fn record(&self, decision: AuditedDecision) {
        let line = entry::decision(decision.kind, &decision.answer.exchange);
        self.shared.push(line, decision, Instant::now());
    }

    /// The number of decisions that are not recorded yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.lock().queue.pending()
    }

    /// Why decisions cannot be recorded now; `None` if they can.
    #[must_use]
    pub fn trouble(&self) -> Option<AuditTrouble> {
        self.shared.lock().queue.trouble().cloned()
    }

    /// Waits up to `patience` until everything is written. Returns the number of unrecorded decisions that
    /// took effect (a revocation, a used assertion) or were partly written.
    #[must_use]
    pub fn finish(&self, patience: Duration) -> usize {
        let deadline = Instant::now() + patience;
        while self.pending() > 0 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
        let mut state = self.shared.lock();
        // Unsent answers are dropped.
        drop(state.queue.refuse(Duration::ZERO, Instant::now()));
        state.queue.pending()
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        self.shared.end();
    }
}

#[cfg(test)]
#[path = "audit/tests.rs"]
mod tests;
