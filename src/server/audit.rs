//! The audit log: a JSON line for each decision, and what it was decided on. A decision is on record before
//! its answer leaves. Workers hand line and answer over and go on: one thread writes and releases answers,
//! another refuses those whose lines are not written in time. Lines know names, ids and fingerprints, and no
//! secret, token or assertion.

mod entry;
mod queue;
mod target;
mod threads;

pub use queue::AuditTrouble;
pub use target::{Syslog, open_file};

use crate::issuer::LoggedResponse;
use crate::issuer::log_record::LogRecord;
use crate::server::HttpExchange;
use crate::server::gate::DeferredAnswer;
use crate::server::route::{self, Endpoint, refused};
use queue::AuditQueue;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use threads::{AuditShared, AuditWriter};

/// What may wait for the target, and for how long.
#[derive(Clone, Copy, Debug)]
struct AuditLimits {
    /// Decisions that are not on record; beyond them none is made.
    lines: usize,
    /// The same in bytes of lines and answers.
    bytes: usize,
    /// How long an answer waits for its line.
    patience: Duration,
    /// The time between two attempts at a target that fails.
    pause: Duration,
}

const LIMITS: AuditLimits = AuditLimits {
    lines: 1024,
    bytes: 4 * 1024 * 1024,
    patience: Duration::from_secs(2),
    pause: Duration::from_millis(250),
};

/// Opens what lines are written to. It gets one or several whole lines in a call, or what it left of them.
pub type OpenTarget = dyn FnMut() -> io::Result<Box<dyn Write + Send>> + Send;

/// Where decisions go from here.
pub trait AnswerReleaser: Send + Sync {
    /// These are on record, or refusals now: their answers may leave. Must not block.
    fn release(&self, decisions: Vec<AuditedDecision>);
    /// Something is wrong that an operator should know at once.
    fn alarm(&self, what: &str);
    /// It is over.
    fn notice(&self, what: &str);
}

/// A decision and its answer.
#[derive(Debug)]
pub struct AuditedDecision {
    /// Where it was asked for.
    pub endpoint: Endpoint,
    /// What is told of it.
    pub exchange: HttpExchange,
    /// What the caller gets.
    pub answer: DeferredAnswer,
}

impl AuditedDecision {
    /// What becomes of it where it does not come on record in time.
    fn refused(mut self) -> Self {
        let LoggedResponse { response, record } = CannotRecord::Failing.outcome();
        let LogRecord { client, authenticated, asked, .. } = self.exchange.note;
        self.exchange.note = LogRecord { client, authenticated, asked, ..record };
        self.exchange.status = response.status;
        self.answer.response = response;
        self
    }
}

/// Why no decision can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CannotRecord {
    /// The target takes no lines.
    Failing,
    /// Too many wait for it.
    Full,
}

impl CannotRecord {
    /// The answer to who asks for one. What is wrong with the target is for operators.
    #[must_use]
    pub fn outcome(self) -> LoggedResponse {
        let (why, retry_after) = match self {
            Self::Failing => ("the audit log cannot be written; try again later", "5"),
            Self::Full => ("too many requests are waiting for the audit log; try again in a moment", "1"),
        };
        let mut outcome = refused(503, "temporarily_unavailable", why);
        outcome.record.limit = Some("audit");
        outcome.response = outcome.response.header("Retry-After", retry_after);
        outcome
    }
}

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
    /// Where the target cannot be opened, or a thread not started.
    pub fn start(open: Box<OpenTarget>, desk: Arc<dyn AnswerReleaser>) -> io::Result<Self> {
        Self::with(open, desk, LIMITS)
    }

    fn with(
        mut open: Box<OpenTarget>,
        desk: Arc<dyn AnswerReleaser>,
        limits: AuditLimits,
    ) -> io::Result<Self> {
        let out = open()?;
        // Its threads end with it, also where the second one cannot be started.
        let audit = Self { shared: Arc::new(AuditShared::new(AuditQueue::new(limits))) };
        let writer = AuditWriter::new(audit.shared.clone(), desk.clone(), (open, out), limits.pause);
        thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run())?;
        let shared = audit.shared.clone();
        thread::Builder::new()
            .name("audit-watch".to_owned())
            .spawn(move || shared.refuse_overdue(desk.as_ref(), limits.patience))?;
        Ok(audit)
    }

    /// The endpoint at that path, where its answers are decisions.
    #[must_use]
    pub fn covers(path: &str, issuer_path: &str) -> Option<Endpoint> {
        let endpoint = route::at(path, issuer_path)?.endpoint;
        matches!(
            endpoint,
            Endpoint::Token | Endpoint::Introspect | Endpoint::Revoke | Endpoint::ProtectedResource
        )
        .then_some(endpoint)
    }

    /// Whether a decision may be made: asked before it is.
    ///
    /// # Errors
    /// [`CannotRecord`]
    pub fn admit(&self) -> Result<(), CannotRecord> {
        self.shared.lock().queue.admit()
    }

    /// Takes a decision. Its answer leaves by [`AnswerReleaser::release`]: as it is once it is on record, else as a
    /// refusal.
    pub fn record(&self, decision: AuditedDecision) {
        let line = entry::decision(decision.endpoint, &decision.exchange);
        self.shared.push(line, decision, Instant::now());
    }

    /// Decisions that are not on record.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.lock().queue.pending()
    }

    /// Why decisions cannot be put on record at present; `None` where they can.
    #[must_use]
    pub fn trouble(&self) -> Option<AuditTrouble> {
        self.shared.lock().queue.trouble().cloned()
    }

    /// Opens the target again before the next line, as after a rotation. Where that fails, the one that
    /// is open stays, and the alarm tells. What waits is kept.
    pub fn reopen(&self) {
        self.shared.reopen();
    }

    /// Waits until all has been written, for at most `patience`; gives the number of decisions that are not
    /// on record: they were revocations or used something up, or have been written in part.
    #[must_use]
    pub fn finish(&self, patience: Duration) -> usize {
        let deadline = Instant::now() + patience;
        while self.pending() > 0 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
        let mut state = self.shared.lock();
        // Answers that have not left do not leave any more.
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
