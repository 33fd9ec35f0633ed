//! Who watches a server: the request log, the audit log and the metrics, told of each exchange by one
//! observer, which is the engine's and the gate's.

use super::prepare::{AuditLog, wrong};
use super::{Console, PHASE};
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::http::Request;
use crate::issuer::{Outcome, Service};
use crate::server::Exchange;
use crate::server::audit::{Audit, Open, Syslog, open_file};
use crate::server::engine::Observer;
use crate::server::gate::tls::Tls;
use crate::server::gate::{Counts, Watch};
use crate::server::metrics::Metrics;
use crate::server::route::{self, Endpoint};
use std::io::{self, Write};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How long the last decisions may take to be written when the server stops.
const PATIENCE: Duration = Duration::from_secs(5);

/// All that watches.
pub struct Watching {
    console: Arc<dyn Console>,
    audit: Option<Audit>,
    /// The figures, for those who set some themselves.
    pub metrics: Metrics,
    /// The path of the issuer that is served, which may stand before an endpoint's.
    issuer_path: RwLock<String>,
}

impl Watching {
    /// Opens the audit log, where there is to be one.
    ///
    /// # Errors
    /// Exit 2 where it cannot be opened, naming the cure.
    pub fn open(audit: Option<&AuditLog>, console: &Arc<dyn Console>) -> Result<Arc<Self>, Failure> {
        let local = |error: &dyn std::fmt::Display| {
            Failure::new(Exit::Local, PHASE, format!("cannot watch over it: {error}"))
        };
        let metrics = Metrics::new().map_err(|error| local(&error))?;
        let audit = audit.map(|target| start(target, console)).transpose()?;
        Ok(Arc::new(Self { console: console.clone(), audit, metrics, issuer_path: RwLock::default() }))
    }

    /// That service is served from now on.
    pub fn serves(&self, service: &Service, tls: Option<&Tls>) {
        let path = service.issuer_path().to_owned();
        *self.issuer_path.write().unwrap_or_else(PoisonError::into_inner) = path;
        self.metrics.set_signing_key_since(service.signing.ring().since);
        if let Some(tls) = tls {
            self.metrics.set_certificate_expiry(tls.expires);
        }
    }

    fn endpoint(&self, exchange: &Exchange) -> Option<Endpoint> {
        let issuer_path = self.issuer_path.read().unwrap_or_else(PoisonError::into_inner);
        route::at(&exchange.path, &issuer_path).map(|route| route.endpoint)
    }

    fn tell(&self, endpoint: Option<Endpoint>, exchange: Arc<Exchange>) {
        self.metrics.observe(endpoint, &exchange);
        self.console.exchange(exchange);
    }

    /// Opens the audit log again: its file may have been moved away.
    pub fn reopen(&self) {
        if let Some(audit) = &self.audit {
            audit.reopen();
        }
    }

    /// Returns when all has been written, or cannot be.
    pub fn finish(&self) {
        let left = self.audit.as_ref().map_or(0, |audit| audit.finish(PATIENCE));
        if left > 0 {
            self.console.alarm(AUDIT, &format!("{left} decisions are not on record: the server stops"));
        }
        self.console.finish();
    }
}

impl Observer for Watching {
    fn observe(&self, exchange: Exchange) {
        let (endpoint, exchange) = (self.endpoint(&exchange), Arc::new(exchange));
        if let (Some(audit), Some(endpoint)) = (&self.audit, audited(endpoint)) {
            audit.record(endpoint, exchange.clone());
        }
        self.tell(endpoint, exchange);
    }

    fn metrics(&self, request: &Request, now: Timestamp) -> Outcome {
        self.metrics.set_log_lines_dropped(self.console.dropped());
        if let Some(audit) = &self.audit {
            self.metrics.set_audit_queue(audit.waiting());
        }
        self.metrics.answer(request, now)
    }
}

impl Watch for Watching {
    /// What the gate refuses is no decision, only a fault of form or time: it may be dropped.
    fn exchange(&self, exchange: Exchange) {
        let endpoint = self.endpoint(&exchange);
        self.tell(endpoint, Arc::new(exchange));
    }

    fn connections(&self, counts: Counts) {
        let Counts { all, idle } = counts;
        self.metrics.set_connections("idle", idle);
        self.metrics.set_connections("busy", all.saturating_sub(idle));
    }

    fn limit_hit(&self, kind: &'static str) {
        self.metrics.limit_hit(kind);
    }

    fn trouble(&self, what: &str) {
        self.console.alarm(PHASE, what);
    }
}

/// The endpoint, where its answers are decisions.
fn audited(endpoint: Option<Endpoint>) -> Option<Endpoint> {
    endpoint.filter(|endpoint| Audit::covers(*endpoint))
}

const AUDIT: &str = "audit log";

fn start(target: &AuditLog, console: &Arc<dyn Console>) -> Result<Audit, Failure> {
    let to = console.clone();
    let alarm = Arc::new(move |what: &str| to.alarm(AUDIT, what));
    Audit::start(opening(target.clone(), console.clone()), alarm).map_err(|error| cannot_open(target, &error))
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

fn opening(target: AuditLog, console: Arc<dyn Console>) -> Box<Open> {
    Box::new(move || -> io::Result<Box<dyn Write + Send>> {
        Ok(match &target {
            AuditLog::Stdout => console.lines(),
            AuditLog::Syslog => Box::new(Syslog::connect()?),
            AuditLog::File(path) => Box::new(open_file(path)?),
        })
    })
}
