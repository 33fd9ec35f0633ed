//! The audit log: a JSON line for each decision, and what it was decided on. Lines leave the request
//! path by a bounded queue and are never dropped: where they cannot be written, requests wait. It
//! knows names, ids and fingerprints, and no secret, token or assertion.

mod target;

pub use target::{Syslog, open_file};

use crate::issuer::note::{Note, TokenNote};
use crate::json;
use crate::server::Exchange;
use crate::server::route::Endpoint;
use serde::Serialize;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Decisions that may wait to be written; then requests wait.
const QUEUE: usize = 1024;
/// How long the writer waits before it tries again.
const PAUSE: Duration = Duration::from_secs(1);

/// Opens what lines are written to. It gets each line in one call, unless it takes only a part.
pub type Open = dyn FnMut() -> io::Result<Box<dyn Write + Send>> + Send;
/// Is told what an operator should know at once.
pub type Alarm = dyn Fn(&str) + Send + Sync;

/// A running audit log.
pub struct Audit {
    queue: SyncSender<Message>,
    /// Decisions that have not been written yet.
    waiting: Arc<AtomicUsize>,
    reopen: Arc<AtomicBool>,
    alarm: Arc<Alarm>,
}

enum Message {
    Decision(Endpoint, Arc<Exchange>),
    /// Look whether the target is to be opened again.
    Wake,
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

impl Audit {
    /// Opens the target and starts the writer.
    ///
    /// # Errors
    /// Where the target cannot be opened, or the thread not started.
    pub fn start(open: Box<Open>, alarm: Arc<Alarm>) -> io::Result<Self> {
        Self::with(open, alarm, QUEUE, PAUSE)
    }

    fn with(mut open: Box<Open>, alarm: Arc<Alarm>, room: usize, pause: Duration) -> io::Result<Self> {
        let out = open()?;
        let (queue, messages) = sync_channel(room);
        let (waiting, reopen) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let writer =
            Writer { open, out, alarm: alarm.clone(), reopen: reopen.clone(), failing: false, pause };
        let written = waiting.clone();
        thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run(&messages, &written))?;
        Ok(Self { queue, waiting, reopen, alarm })
    }

    /// Takes a decision of that endpoint. Waits while the queue is full: what is not on record must not
    /// go on.
    pub fn record(&self, endpoint: Endpoint, exchange: Arc<Exchange>) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if self.queue.send(Message::Decision(endpoint, exchange)).is_err() {
            (self.alarm)("its writer has ended: a decision is not on record");
        }
    }

    /// True for the endpoints whose answers are decisions.
    #[must_use]
    pub const fn covers(endpoint: Endpoint) -> bool {
        matches!(
            endpoint,
            Endpoint::Token | Endpoint::Introspect | Endpoint::Revoke | Endpoint::ProtectedResource
        )
    }

    /// Decisions that have not been written yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Opens the target again before the next line, as after a rotation. Where that fails, the one that
    /// is open stays, and the alarm tells.
    pub fn reopen(&self) {
        self.reopen.store(true, Ordering::Release);
        // A writer that has a full queue before it is awake.
        let _ = self.queue.try_send(Message::Wake);
    }

    /// Waits until all has been written, for at most `patience`; gives the number of decisions that
    /// have not been.
    #[must_use]
    pub fn finish(&self, patience: Duration) -> usize {
        let deadline = Instant::now() + patience;
        while self.waiting() > 0 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
        self.waiting()
    }
}

struct Writer {
    open: Box<Open>,
    out: Box<dyn Write + Send>,
    alarm: Arc<Alarm>,
    reopen: Arc<AtomicBool>,
    /// The alarm has told that lines cannot be written.
    failing: bool,
    pause: Duration,
}

impl Writer {
    fn run(mut self, messages: &Receiver<Message>, waiting: &AtomicUsize) {
        while let Ok(message) = messages.recv() {
            match message {
                Message::Decision(endpoint, exchange) => {
                    self.deliver(json::line(&entry(endpoint, &exchange)).as_bytes());
                    waiting.fetch_sub(1, Ordering::Relaxed);
                }
                Message::Wake => drop(self.reopened()),
            }
        }
    }

    /// Writes a line and does not return before it is written, all of it and once.
    fn deliver(&mut self, line: &[u8]) {
        let mut done = 0;
        self.reopened();
        while let Err(error) = write(&mut *self.out, line, &mut done) {
            if !self.failing {
                self.failing = true;
                (self.alarm)(&format!("it cannot be written: {error}; requests wait until it can"));
            }
            thread::sleep(self.pause);
            if self.reopened() {
                // The new one gets the whole line.
                done = 0;
            }
        }
        if self.failing {
            self.failing = false;
            (self.alarm)("it is written again, and nothing was lost");
        }
    }

    /// Opens the target again, where that was asked for. True where there is a new one.
    fn reopened(&mut self) -> bool {
        if !self.reopen.swap(false, Ordering::AcqRel) {
            return false;
        }
        match (self.open)() {
            Ok(out) => {
                self.out = out;
                true
            }
            Err(error) => {
                (self.alarm)(&format!("it cannot be opened again: {error}; the old one stays"));
                false
            }
        }
    }
}

/// Writes the rest of a line; `done` counts what has been taken. Nothing waits in a buffer after it.
fn write(out: &mut (dyn Write + Send), line: &[u8], done: &mut usize) -> io::Result<()> {
    while *done < line.len() {
        match out.write(&line[*done..]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => *done += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    out.flush()
}

/// A line; its names are an interface.
#[derive(Serialize)]
struct Entry<'a> {
    time: String,
    event: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    request_id: &'a str,
    client_addr: Option<String>,
    client_id: Option<&'a str>,
    /// Whether the client is that one, or only says so.
    authenticated: bool,
    asked: Asked<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given: Option<Given<'a>>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_fingerprint: Option<String>,
}

#[derive(Serialize)]
struct Asked<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    resource: &'a [String],
}

#[derive(Serialize)]
struct Given<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    audience: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'static str>,
}

fn entry(endpoint: Endpoint, exchange: &Exchange) -> Entry<'_> {
    let Note { client, authenticated, asked, given, token, error, reason, limit: _, waits_for: _ } =
        &exchange.note;
    let token: Option<&TokenNote> = token.as_deref();
    Entry {
        time: exchange.time.to_string(),
        event: event(endpoint, exchange),
        request_id: &exchange.id,
        client_addr: exchange.peer.map(|peer| peer.to_string()),
        client_id: client.as_deref(),
        authenticated: *authenticated,
        asked: Asked { grant: asked.grant, scope: asked.scope.as_deref(), resource: &asked.resources },
        given: given.as_ref().map(|given| Given {
            active: given.active,
            scope: given.scope.as_deref(),
            audience: &given.audience,
            expires_in: given.expires_in,
            algorithm: given.algorithm,
        }),
        status: exchange.status,
        error: *error,
        reason: reason.as_deref(),
        jti: token.and_then(|token| token.jti.as_deref()),
        sub: token.and_then(|token| token.sub.as_deref()),
        token_fingerprint: token.and_then(|token| token.fingerprint).map(|print| print.to_string()),
    }
}

/// What was decided. To revoke what is no live token of the client's is answered with success, too
/// (RFC 7009 section 2.2), and is another thing.
fn event(endpoint: Endpoint, exchange: &Exchange) -> &'static str {
    let (good, reason) = (exchange.status < 400, &exchange.note.reason);
    match (endpoint, good) {
        (Endpoint::Token, true) => "token.issued",
        (Endpoint::Token, false) => "token.refused",
        (Endpoint::Introspect, true) => "token.introspected",
        (Endpoint::Introspect, false) => "introspection.refused",
        (Endpoint::Revoke, true) if reason.is_none() => "token.revoked",
        (Endpoint::Revoke, true) => "revocation.ignored",
        (Endpoint::Revoke, false) => "revocation.refused",
        (Endpoint::ProtectedResource, true) => "resource.granted",
        (Endpoint::ProtectedResource, false) => "resource.refused",
        (_, true) => "request.answered",
        (_, false) => "request.refused",
    }
}

#[cfg(test)]
#[path = "audit/tests.rs"]
mod tests;
