//! The two threads of an audit log. One writes, and may hang as long as its target does; the other refuses
//! answers that have waited too long. Neither does I/O while holding the lock.

use super::decision::{AnswerReleaser, AuditedDecision};
use super::queue::{AuditQueue, WriteAttempt};
use super::target::OpenTarget;
use crate::clock::Timestamp;
use crate::os_error::plain;
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) struct AuditShared {
    state: Mutex<AuditState>,
    /// Wakes the writer.
    pub(super) work: Condvar,
    /// Wakes the watcher: an answer is waiting.
    waiting: Condvar,
}

pub(super) struct AuditState {
    pub(super) queue: AuditQueue,
    pub(super) reopen: bool,
    ended: bool,
    /// Which thread is waiting to be woken; a busy one checks by itself.
    writer_waits: bool,
    watch_waits: bool,
}

enum WriterTask {
    Reopen,
    Write,
}

impl AuditShared {
    pub(super) const fn new(queue: AuditQueue) -> Self {
        let state =
            AuditState { queue, reopen: false, ended: false, writer_waits: false, watch_waits: false };
        Self { state: Mutex::new(state), work: Condvar::new(), waiting: Condvar::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, AuditState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, line: String, decision: AuditedDecision, now: Instant) {
        let mut state = self.lock();
        state.queue.push(line, decision, now);
        let (writer, watch) = (mem::take(&mut state.writer_waits), mem::take(&mut state.watch_waits));
        drop(state);
        if writer {
            self.work.notify_one();
        }
        if watch {
            self.waiting.notify_one();
        }
    }

    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.work.notify_one();
        self.waiting.notify_one();
    }

    /// Waits for lines to write (no earlier than `not_before`) or a request to reopen. `None` at the end.
    fn work(&self, batch: &mut Vec<u8>, not_before: Option<Instant>) -> Option<WriterTask> {
        let mut state = self.lock();
        loop {
            if mem::take(&mut state.reopen) {
                return Some(WriterTask::Reopen);
            }
            if state.ended {
                return None;
            }
            let pause = not_before.map(|at| at.saturating_duration_since(Instant::now()));
            let pause = pause.filter(|pause| !pause.is_zero());
            if pause.is_none() && state.queue.begin(batch, Timestamp::now()) {
                return Some(WriterTask::Write);
            }
            state = if let Some(pause) = pause {
                self.work.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0
            } else {
                state.writer_waits = true;
                self.work.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        }
    }

    /// Refuses answers that have waited longer than `patience`, until the end.
    pub(super) fn refuse_overdue(&self, desk: &dyn AnswerReleaser, patience: Duration) {
        let mut state = self.lock();
        while !state.ended {
            let now = Instant::now();
            state = match state.queue.due() {
                None => {
                    state.watch_waits = true;
                    self.waiting.wait(state).unwrap_or_else(PoisonError::into_inner)
                }
                Some(due) if due > now => {
                    let waited = self.waiting.wait_timeout(state, due - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                Some(_) => {
                    let why = format!("it has taken no line for {} s", patience.as_secs_f32());
                    let news = state.queue.fail(&why, Timestamp::now());
                    let refused = state.queue.refuse(patience, now);
                    drop(state);
                    desk.release(refused);
                    if news {
                        desk.alarm(&cannot(&why));
                    }
                    self.lock()
                }
            };
        }
    }
}

fn cannot(why: &str) -> String {
    format!("it cannot be written: {why}; requests that need a record are refused (503) until it can")
}

pub(super) struct AuditWriter {
    pub(super) shared: Arc<AuditShared>,
    pub(super) desk: Arc<dyn AnswerReleaser>,
    pub(super) open: Box<OpenTarget>,
    pub(super) out: Box<dyn Write + Send>,
    /// When to retry after a failure.
    pub(super) retry: Option<Instant>,
    pause: Duration,
}

impl AuditWriter {
    pub(super) fn new(
        shared: Arc<AuditShared>,
        desk: Arc<dyn AnswerReleaser>,
        (open, out): (Box<OpenTarget>, Box<dyn Write + Send>),
        pause: Duration,
    ) -> Self {
        Self { shared, desk, open, out, retry: None, pause }
    }

    pub(super) fn run(mut self) {
        let mut batch = Vec::new();
        while let Some(work) = self.shared.work(&mut batch, self.retry) {
            match work {
                WriterTask::Reopen => self.reopen(),
                WriterTask::Write => self.write(&batch),
            }
        }
    }

    /// Writes as much of the batch as the target accepts, and releases the recorded answers.
    fn write(&mut self, batch: &[u8]) {
        let (attempt, error) = attempt(&mut *self.out, batch);
        let now = Instant::now();
        self.retry = error.as_ref().map(|_| now + self.pause);
        let mut state = self.shared.lock();
        let recorded = state.queue.end(attempt);
        let failed = error.map(|error| plain(&error));
        let news = failed.filter(|why| state.queue.fail(why, Timestamp::now()));
        drop(state);
        self.desk.release(recorded.decisions);
        if let Some(why) = news {
            self.desk.alarm(&cannot(&why));
        }
        if let Some(over) = recorded.over {
            let since = over.since;
            self.desk.notice(&format!(
                "it is written again; {} requests were refused since {since}",
                over.refused
            ));
        }
    }
}

/// Writes and flushes as much as the target accepts.
fn attempt(out: &mut (dyn Write + Send), batch: &[u8]) -> (WriteAttempt, Option<io::Error>) {
    let mut taken = 0;
    let mut failed = None;
    while taken < batch.len() && failed.is_none() {
        match out.write(&batch[taken..]) {
            Ok(0) => failed = Some(ErrorKind::WriteZero.into()),
            Ok(count) => taken += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => failed = Some(error),
        }
    }
    let flushed = out.flush();
    (WriteAttempt { taken, flushed: flushed.is_ok() }, failed.or(flushed.err()))
}
