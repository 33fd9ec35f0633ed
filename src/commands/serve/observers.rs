//! The observers of a server: request log, audit log and metrics. One object serves the engine and the gate
//! and passes each exchange on.

use super::audit_log::AuditLog;
use super::console::{Console, PHASE};
use super::problems::wrong;
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::http::Request;
use crate::issuer::LoggedResponse;
use crate::os_error::plain;
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

/// The time for the last decisions to be written at a stop, and at a stop that is urgent.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
const IMPATIENCE: Duration = Duration::from_millis(200);

pub struct Observers {
    audit: Option<Audit>,
    exchanges: Arc<ExchangeObserver>,
    pub metrics: Arc<Metrics>,
    /// The path of the issuer, which may stand before the path of an endpoint.
    issuer_path: RwLock<String>,
    /// The source of the figures about the service, once it is served.
    current: OnceLock<Arc<Current>>,
    /// Whether the server waits for its store. Its answers are not decisions until then.
    waiting: AtomicBool,
}

/// Passes exchanges to log and metrics, and releases the answers that waited for their audit record.
struct ExchangeObserver {
    console: Arc<dyn Console>,
    metrics: Arc<Metrics>,
    mailbox: OnceLock<Mailbox>,
    /// Holds the request log back, because its first line is the ready event.
    silent: AtomicBool,
}

impl Observers {
    /// Opens the audit log, if there is one.
    ///
    /// # Errors
    /// Exit 2 if it cannot be opened, with the cure.
    pub fn open(audit: Option<&AuditLog>, console: &Arc<dyn Console>) -> Result<Arc<Self>, Failure> {
        let local = |why: &str| Failure::new(Exit::Local, PHASE, format!("cannot start its thread: {why}"));
        let metrics = Arc::new(Metrics::new().map_err(|error| local(&error.to_string()))?);
        let (console, mailbox) = (console.clone(), OnceLock::new());
        let silent = AtomicBool::new(false);
        let exchanges = Arc::new(ExchangeObserver { console, metrics: metrics.clone(), mailbox, silent });
        let audit = audit.map(|target| start(target, &exchanges)).transpose()?;
        Ok(Arc::new(Self {
            audit,
            exchanges,
            metrics,
            issuer_path: RwLock::default(),
            current: OnceLock::new(),
            waiting: AtomicBool::new(false),
        }))
    }

    /// Switches to another service. While it waits for its store, answers are not decisions. They are not
    /// logged either until [`Observers::is_ready`], because the first line of the log is the ready event.
    pub fn serves(&self, Serving { service, waiting, .. }: &Serving, tls: Option<&Tls>) {
        let path = service.issuer_path().to_owned();
        *self.issuer_path.write().unwrap_or_else(PoisonError::into_inner) = path;
        self.waiting.store(*waiting, Ordering::Release);
        if *waiting {
            self.exchanges.silent.store(true, Ordering::Release);
        }
        self.metrics.set_signing_key_since(service.signing.ring().since);
        if let Some(tls) = tls {
            self.metrics.set_certificate_expiry(tls.expires);
        }
    }

    /// Sets the service whose figures the metrics show.
    pub fn looks_at(&self, current: Arc<Current>) {
        let _ = self.current.set(current);
    }

    /// Lets the request log begin, after the ready event.
    pub(super) fn is_ready(&self) {
        self.exchanges.silent.store(false, Ordering::Release);
    }

    fn endpoint(&self, exchange: &HttpExchange) -> Option<Endpoint> {
        let issuer_path = self.issuer_path.read().unwrap_or_else(PoisonError::into_inner);
        route::at(&exchange.path, &issuer_path).map(|route| route.endpoint)
    }

    /// The reason why decisions cannot be recorded now, if there is one.
    #[must_use]
    pub fn audit_trouble(&self) -> Option<AuditTrouble> {
        self.audit.as_ref().and_then(Audit::trouble)
    }

    /// The number of decisions that are not recorded yet.
    pub(super) fn pending(&self) -> usize {
        self.audit.as_ref().map_or(0, Audit::pending)
    }

    /// Reopens the audit log, whose file may have been rotated.
    pub fn reopen(&self) {
        if let Some(audit) = &self.audit {
            audit.reopen();
        }
    }

    /// Waits until everything is written, for a limited time.
    ///
    /// # Errors
    /// Exit 1 if decisions were not recorded, with their number.
    pub fn finish(&self) -> Result<(), Failure> {
        let recorded = self.recorded(PATIENCE);
        self.exchanges.console.finish();
        recorded
    }

    /// The exit code for a stop at once. Alarms if decisions were not recorded.
    #[must_use]
    pub fn abandon(&self) -> Exit {
        let Err(failure) = self.recorded(IMPATIENCE) else { return Exit::Interrupted };
        self.exchanges.console.alarm(failure.phase, &failure.what);
        failure.exit
    }

    fn recorded(&self, patience: Duration) -> Result<(), Failure> {
        match self.audit.as_ref().map_or(0, |audit| audit.finish(patience)) {
            0 => Ok(()),
            lost => {
                let were = if lost == 1 { "decision was" } else { "decisions were" };
                let what = format!("{lost} {were} not recorded before the stop");
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
        let _ = self.exchanges.mailbox.set(mailbox);
    }

    fn metrics(&self, request: &Request, now: Timestamp) -> LoggedResponse {
        self.metrics.set_log_lines_dropped(self.exchanges.console.dropped());
        if let Some(current) = self.current.get() {
            let serving = current.get();
            self.metrics.set_store(serving.service.registry.registered().map(Arc::as_ref), serving.waiting);
            self.metrics.set_bounds(&serving.capacities());
            let (service, now) = (&serving.service, serving.service.clock.ends(now));
            self.metrics.set_secrets(&service.state.secret_uses, now);
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
        if !self.silent.load(Ordering::Acquire) && !exchange.is_of_page() {
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
        self.exchanges.tell(exchange);
    }

    fn connections(&self, counts: Counts) {
        self.metrics.set_connections(counts);
    }

    fn limit_hit(&self, kind: &'static str) {
        self.metrics.limit_hit(kind);
    }

    fn trouble(&self, what: &str) {
        self.exchanges.console.alarm(PHASE, what);
    }
}

/// The phase of failures and alarms about the audit log.
pub(super) const AUDIT: &str = "audit log";

fn start(target: &AuditLog, exchanges: &Arc<ExchangeObserver>) -> Result<Audit, Failure> {
    let open = opening(target.clone(), exchanges.console.clone());
    Audit::start(open, exchanges.clone()).map_err(|error| cannot_open(target, &error))
}

fn cannot_open(target: &AuditLog, error: &io::Error) -> Failure {
    let name = match target {
        AuditLog::Stdout => "stdout".to_owned(),
        AuditLog::Syslog => "syslog".to_owned(),
        AuditLog::File(path) => path.display().to_string(),
    };
    wrong(format!("audit_log: cannot open {name}: {}", plain(error)))
        .hint("name a writable file, a FIFO with a reader, stdout or syslog")
}

/// Checks that decisions could be recorded. Removes a file that it had to create: it would belong to the user
/// who checks, perhaps not to the server's.
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
