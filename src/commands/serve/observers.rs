//! Who watches a server: the request log, the audit log and the metrics, told of each exchange by one
//! observer, which is the engine's and the gate's.

use super::audit_log::AuditLog;
use super::console::{Console, PHASE};
use super::problems::wrong;
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::http::Request;
use crate::issuer::LoggedResponse;
use crate::server::audit::{
    AnswerReleaser, Audit, AuditTrouble, AuditedDecision, CannotRecord, DecisionKind, OpenTarget, Syslog,
    open_file,
};
use crate::server::endpoint::Endpoint;
use crate::server::engine::Observer;
use crate::server::gate::tls::Tls;
use crate::server::gate::{Counts, Mailbox, Watch};
use crate::server::metrics::Metrics;
use crate::server::route;
use crate::server::{Current, HttpExchange, Serving};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

/// How long the last decisions may take to be written when the server stops, and when it is told to stop at
/// once.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
const IMPATIENCE: Duration = Duration::from_millis(200);

/// All that watches.
pub struct Observers {
    audit: Option<Audit>,
    telling: Arc<ExchangeObserver>,
    /// The figures, for those who set some themselves.
    pub metrics: Arc<Metrics>,
    /// The path of the issuer that is served, which may stand before an endpoint's.
    issuer_path: RwLock<String>,
    /// What is served, once it is: its figures are told.
    current: OnceLock<Arc<Current>>,
    /// Whether the server waits for its store; then no answer is a decision.
    waiting: AtomicBool,
}

/// Reports exchanges to the log and the metrics, and sends answers on that waited for their record.
struct ExchangeObserver {
    console: Arc<dyn Console>,
    metrics: Arc<Metrics>,
    mailbox: OnceLock<Mailbox>,
    /// Whether the request log has not begun: its first line says that the server is ready.
    silent: AtomicBool,
}

impl Observers {
    /// Opens the audit log, where there is to be one.
    ///
    /// # Errors
    /// Exit 2 where it cannot be opened, naming the cure.
    pub fn open(audit: Option<&AuditLog>, console: &Arc<dyn Console>) -> Result<Arc<Self>, Failure> {
        let local = |error: &dyn std::fmt::Display| {
            Failure::new(Exit::Local, PHASE, format!("cannot watch over it: {error}"))
        };
        let metrics = Arc::new(Metrics::new().map_err(|error| local(&error))?);
        let (console, mailbox) = (console.clone(), OnceLock::new());
        let silent = AtomicBool::new(false);
        let telling = Arc::new(ExchangeObserver { console, metrics: metrics.clone(), mailbox, silent });
        let audit = audit.map(|target| start(target, &telling)).transpose()?;
        Ok(Arc::new(Self {
            audit,
            telling,
            metrics,
            issuer_path: RwLock::default(),
            current: OnceLock::new(),
            waiting: AtomicBool::new(false),
        }))
    }

    /// That is served from now on. While the server waits for its store, answers are not decisions, and until
    /// [`Observers::is_ready`] they are not logged: the ready event is the log's first line.
    pub fn serves(&self, Serving { service, waiting, .. }: &Serving, tls: Option<&Tls>) {
        let path = service.issuer_path().to_owned();
        *self.issuer_path.write().unwrap_or_else(PoisonError::into_inner) = path;
        self.waiting.store(*waiting, Ordering::Release);
        if *waiting {
            self.telling.silent.store(true, Ordering::Release);
        }
        self.metrics.set_signing_key_since(service.signing.ring().since);
        if let Some(tls) = tls {
            self.metrics.set_certificate_expiry(tls.expires);
        }
    }

    /// What is served is to be looked at when somebody asks for the metrics.
    pub fn looks_at(&self, current: Arc<Current>) {
        let _ = self.current.set(current);
    }

    /// It has been said that the server is ready.
    pub(super) fn is_ready(&self) {
        self.telling.silent.store(false, Ordering::Release);
    }

    fn endpoint(&self, exchange: &HttpExchange) -> Option<Endpoint> {
        let issuer_path = self.issuer_path.read().unwrap_or_else(PoisonError::into_inner);
        route::at(&exchange.path, &issuer_path).map(|route| route.endpoint)
    }

    /// Why decisions cannot be put on record at present; `None` where they can, or need not.
    #[must_use]
    pub fn audit_trouble(&self) -> Option<AuditTrouble> {
        self.audit.as_ref().and_then(Audit::trouble)
    }

    /// Decisions that are not on record yet.
    pub(super) fn pending(&self) -> usize {
        self.audit.as_ref().map_or(0, Audit::pending)
    }

    /// Opens the audit log again: its file may have been moved away.
    pub fn reopen(&self) {
        if let Some(audit) = &self.audit {
            audit.reopen();
        }
    }

    /// Returns when all has been written, or cannot be.
    ///
    /// # Errors
    /// Exit 1 where decisions are not on record, and how many.
    pub fn finish(&self) -> Result<(), Failure> {
        let recorded = self.recorded(PATIENCE);
        self.telling.console.finish();
        recorded
    }

    /// The exit code of a server that stops at once. Says how many decisions are not on record.
    #[must_use]
    pub fn abandon(&self) -> Exit {
        let Err(failure) = self.recorded(IMPATIENCE) else { return Exit::Interrupted };
        self.telling.console.alarm(failure.phase, &failure.what);
        failure.exit
    }

    fn recorded(&self, patience: Duration) -> Result<(), Failure> {
        match self.audit.as_ref().map_or(0, |audit| audit.finish(patience)) {
            0 => Ok(()),
            lost => {
                let are = if lost == 1 { "decision is" } else { "decisions are" };
                let what = format!("{lost} {are} not on record: they could not be written before the stop");
                Err(Failure::new(Exit::Local, AUDIT, what))
            }
        }
    }
}

impl Observer for Observers {
    fn admit(&self, request: &Request) -> Result<Option<DecisionKind>, CannotRecord> {
        let Some(audit) = self.audit.as_ref().filter(|_| !self.waiting.load(Ordering::Acquire)) else {
            return Ok(None);
        };
        let issuer_path = self.issuer_path.read().unwrap_or_else(PoisonError::into_inner);
        let kind = Audit::covers(request.path(), &issuer_path);
        kind.map(|kind| audit.admit().map(|()| kind)).transpose()
    }

    fn record(&self, decision: AuditedDecision) {
        if let Some(audit) = &self.audit {
            audit.record(decision);
        }
    }

    fn deliver_to(&self, mailbox: Mailbox) {
        let _ = self.telling.mailbox.set(mailbox);
    }

    fn metrics(&self, request: &Request, now: Timestamp) -> LoggedResponse {
        self.metrics.set_log_lines_dropped(self.telling.console.dropped());
        if let Some(current) = self.current.get() {
            let serving = current.get();
            self.metrics.set_store(serving.service.registry.registered().map(Arc::as_ref), serving.waiting);
            self.metrics.set_bounds(&serving.capacities());
        }
        if self.audit.is_some() {
            self.metrics.set_audit_pending(self.pending());
        }
        self.metrics.answer(request, now)
    }
}

impl ExchangeObserver {
    fn tell(&self, exchange: Box<HttpExchange>) {
        self.metrics.observe(&exchange);
        if !self.silent.load(Ordering::Acquire) {
            self.console.exchange(exchange);
        }
    }
}

impl AnswerReleaser for ExchangeObserver {
    fn release(&self, decisions: Vec<AuditedDecision>) {
        if decisions.is_empty() {
            return;
        }
        let answers = decisions.into_iter().map(|decision| decision.answer);
        match self.mailbox.get() {
            Some(mailbox) => mailbox.deliver(answers.collect()),
            // Without a gate the answers cannot leave.
            None => answers.for_each(|answer| self.tell(answer.exchange)),
        }
    }

    fn alarm(&self, what: &str) {
        self.console.alarm(AUDIT, what);
    }

    fn notice(&self, what: &str) {
        self.console.notice(AUDIT, what);
    }
}

impl Watch for Observers {
    fn exchange(&self, mut exchange: Box<HttpExchange>) {
        if exchange.endpoint.is_none() {
            exchange.endpoint = self.endpoint(&exchange);
        }
        self.telling.tell(exchange);
    }

    fn connections(&self, counts: Counts) {
        self.metrics.set_connections(counts);
    }

    fn limit_hit(&self, kind: &'static str) {
        self.metrics.limit_hit(kind);
    }

    fn trouble(&self, what: &str) {
        self.telling.console.alarm(PHASE, what);
    }
}

/// Under this name is told of it.
pub(super) const AUDIT: &str = "audit log";

fn start(target: &AuditLog, telling: &Arc<ExchangeObserver>) -> Result<Audit, Failure> {
    let open = opening(target.clone(), telling.console.clone());
    Audit::start(open, telling.clone()).map_err(|error| cannot_open(target, &error))
}

fn cannot_open(target: &AuditLog, error: &io::Error) -> Failure {
    let name = match target {
        AuditLog::Stdout => "stdout".to_owned(),
        AuditLog::Syslog => "syslog".to_owned(),
        AuditLog::File(path) => path.display().to_string(),
    };
    wrong(format!("audit_log: cannot open {name}: {error}"))
        .hint("name a file that may be written, a FIFO that is being read, stdout or syslog")
}

/// Checks that decisions can be put on record there, and leaves nothing behind: a file would be whoever
/// checked's, and perhaps not the server's.
pub(super) fn check_audit_log(target: &AuditLog) -> Result<(), Failure> {
    let opened = match target {
        AuditLog::File(path) if !path.exists() => open_file(path).and_then(|_| std::fs::remove_file(path)),
        AuditLog::File(path) => open_file(path).map(drop),
        AuditLog::Syslog => Syslog::connect().map(drop),
        AuditLog::Stdout => Ok(()),
    };
    opened.map_err(|error| cannot_open(target, &error))
}

fn opening(target: AuditLog, console: Arc<dyn Console>) -> Box<OpenTarget> {
    Box::new(move || -> io::Result<Box<dyn Write + Send>> {
        Ok(match &target {
            AuditLog::Stdout => console.lines(),
            AuditLog::Syslog => Box::new(Syslog::connect()?),
            AuditLog::File(path) => Box::new(open_file(path)?),
        })
    })
}
