//! Figures for Prometheus: counted where exchanges are observed, asked for on an address of their own.
//! Labels are of bounded sets; of clients only those that are known, and not too many of them.

mod capacity;
mod store;

use crate::clock::Timestamp;
use crate::http::{Method, Request, Response};
use crate::issuer::{LogRecord, LoggedResponse};
use crate::registry::client_cache::ClientCache;
use crate::server::HttpExchange;
use crate::server::capacity::Capacities;
use crate::server::route::{Endpoint, refused, wrong_method};
use capacity::CapacityMetrics;
use prometheus::{
    Encoder, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec, Opts,
    Registry, Result, TextEncoder,
};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use store::StoreMetrics;

/// Where they are asked for.
pub const METRICS_PATH: &str = "/metrics";
const CONTENT_TYPE: &str = "text/plain; version=0.0.4";
/// So many clients have a label of their own.
const MAX_CLIENTS: usize = 1000;
/// What has no label of its own.
const OTHER: &str = "other";
/// From a cached answer to a client that hardly reads, in seconds.
const BUCKETS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

/// The figures of a server.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    tokens: IntCounterVec,
    refusals: IntCounterVec,
    limits: IntCounterVec,
    connections: IntGaugeVec,
    dropped: IntCounter,
    store: StoreMetrics,
    bounds: CapacityMetrics,
    /// Without labels, and there once it is set, as the next ones.
    audit_pending: IntGaugeVec,
    key_age: IntGaugeVec,
    certificate_expiry: IntGaugeVec,
    clock_skew: Gauge,
    key_since: RwLock<Option<Timestamp>>,
    /// The clients that have a label.
    clients: RwLock<HashSet<String>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Figures that all are zero, in a registry of their own.
    ///
    /// # Errors
    /// Where two have one name, which a test would find.
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        let counter = |name, help, labels| counter(&registry, name, help, labels);
        let gauge = |name, help, labels| gauge(&registry, name, help, labels);
        let dropped = IntCounter::new(
            "heistctl_log_lines_dropped_total",
            "Lines of the request log that came faster than they could be written",
        )?;
        registry.register(Box::new(dropped.clone()))?;
        let build = gauge("heistctl_build_info", "The program", &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Ok(Self {
            requests: counter("heistctl_requests_total", "Answered requests", &["endpoint", "status"])?,
            durations: durations(&registry)?,
            tokens: counter("heistctl_tokens_issued_total", "Issued tokens", &["client", "algorithm"])?,
            refusals: counter("heistctl_refusals_total", "Refused requests, by error code", &["reason"])?,
            limits: counter("heistctl_limit_hits_total", "What ran into a limit", &["limit"])?,
            connections: gauge("heistctl_connections", "Open connections", &["state"])?,
            dropped,
            audit_pending: gauge("heistctl_audit_pending", "Decisions that are not on record yet", &[])?,
            store: StoreMetrics::new(&registry)?,
            bounds: CapacityMetrics::new(&registry)?,
            key_age: gauge("heistctl_signing_key_age_seconds", "Age of the signing key", &[])?,
            certificate_expiry: gauge(
                "heistctl_certificate_expiry_timestamp_seconds",
                "When the server's certificate ends",
                &[],
            )?,
            clock_skew: seconds(
                &registry,
                "heistctl_clock_skew_seconds",
                "How far this machine's clock is ahead of the shared clock",
            )?,
            key_since: RwLock::default(),
            clients: RwLock::default(),
            registry,
        })
    }

    /// Counts an answered request; `endpoint` is where it went, `None` for nowhere.
    pub fn observe(&self, endpoint: Option<Endpoint>, exchange: &HttpExchange) {
        let endpoint = endpoint.map_or(OTHER, Endpoint::name);
        let (status, note) = (exchange.status.to_string(), &exchange.note);
        self.requests.with_label_values(&[endpoint, &status]).inc();
        self.durations.with_label_values(&[endpoint]).observe(exchange.duration.as_secs_f64());
        if let Some(algorithm) = note.given.as_ref().and_then(|given| given.algorithm) {
            let client = self.client_label(note);
            self.tokens.with_label_values(&[client, algorithm]).inc();
        }
        if exchange.status >= 400 {
            let reason = note.error.map_or_else(|| status_reason(exchange.status), Cow::Borrowed);
            self.refusals.with_label_values(&[&*reason]).inc();
        }
        if let Some(limit) = note.limit {
            self.limit_hit(limit);
        }
    }

    /// The client's id where it is a known one and among the first; a stranger writes no label.
    fn client_label<'a>(&self, note: &'a LogRecord) -> &'a str {
        let Some(client) = note.client.as_deref().filter(|_| note.authenticated) else { return OTHER };
        let known = |clients: &HashSet<String>| clients.contains(client);
        if known(&self.clients.read().unwrap_or_else(PoisonError::into_inner)) {
            return client;
        }
        let mut clients = self.clients.write().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MAX_CLIENTS && !known(&clients) {
            return OTHER;
        }
        clients.insert(client.to_owned());
        client
    }

    /// Something ran into a limit; the name is that of its setting.
    pub fn limit_hit(&self, limit: &'static str) {
        self.limits.with_label_values(&[limit]).inc();
    }

    /// So many connections are in that state now: `handshake`, `idle`, `busy`.
    pub fn set_connections(&self, state: &'static str, count: usize) {
        self.connections.with_label_values(&[state]).set(number(count));
    }

    /// So many lines of the request log have been dropped since the start.
    pub fn set_log_lines_dropped(&self, total: u64) {
        self.dropped.inc_by(total.saturating_sub(self.dropped.get()));
    }

    /// So many decisions are not on record now.
    pub fn set_audit_pending(&self, decisions: usize) {
        self.audit_pending.with_label_values::<&str>(&[]).set(number(decisions));
    }

    /// How the store is, where there is one. A store that is `awaited` since the start is not there yet.
    pub fn set_store(&self, registered: Option<&ClientCache>, awaited: bool) {
        self.store.set(registered, awaited);
    }

    /// Since when the signing key is what it is, where that is known.
    pub fn set_signing_key_since(&self, since: Option<Timestamp>) {
        *self.key_since.write().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// By how much this machine's clock is ahead or (negative) behind, in milliseconds.
    pub fn set_clock_skew(&self, millis: i64) {
        self.clock_skew
            .set(Duration::from_millis(millis.unsigned_abs()).as_secs_f64() * millis.signum() as f64);
    }

    /// How full everything is.
    pub fn set_bounds(&self, bounds: &Capacities) {
        self.bounds.set(bounds);
    }

    /// When the server's certificate ends.
    pub fn set_certificate_expiry(&self, end: Timestamp) {
        self.certificate_expiry.with_label_values::<&str>(&[]).set(end.unix());
    }

    /// All of them as of `now`, in Prometheus' text format.
    ///
    /// # Errors
    /// Where the encoder refuses one.
    pub fn render(&self, now: Timestamp) -> Result<String> {
        match *self.key_since.read().unwrap_or_else(PoisonError::into_inner) {
            Some(since) => {
                let age = now.unix().saturating_sub(since.unix()).max(0);
                self.key_age.with_label_values::<&str>(&[]).set(age);
            }
            None => self.key_age.reset(),
        }
        let mut text = Vec::with_capacity(8 * 1024);
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Answers a request to the metrics' own address.
    #[must_use]
    pub fn answer(&self, request: &Request, now: Timestamp) -> LoggedResponse {
        if request.path() != METRICS_PATH {
            return refused(404, "not_found", "there is only /metrics here");
        }
        if !matches!(request.method, Method::Get | Method::Head) {
            return wrong_method("GET, HEAD");
        }
        match self.render(now) {
            Ok(text) => {
                let headers = vec![("Content-Type", Cow::Borrowed(CONTENT_TYPE))];
                let response =
                    Response { status: 200, headers, body: text.into_bytes(), delay: Duration::ZERO };
                LoggedResponse { response, record: LogRecord::default() }
            }
            Err(error) => refused(500, "server_error", &error.to_string()),
        }
    }
}

fn counter(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec> {
    let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(counter.clone()))?;
    Ok(counter)
}

fn gauge(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec> {
    let gauge = IntGaugeVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(gauge.clone()))?;
    Ok(gauge)
}

fn seconds(registry: &Registry, name: &str, help: &str) -> Result<Gauge> {
    let gauge = Gauge::new(name, help)?;
    registry.register(Box::new(gauge.clone()))?;
    Ok(gauge)
}

fn durations(registry: &Registry) -> Result<HistogramVec> {
    let help = "From a whole request to the last byte of its answer";
    let options = HistogramOpts::new("heistctl_request_duration_seconds", help).buckets(BUCKETS.to_vec());
    let durations = HistogramVec::new(options, &["endpoint"])?;
    registry.register(Box::new(durations.clone()))?;
    Ok(durations)
}

/// A count as Prometheus' integers are.
fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What a status says (RFC 9110 section 15), as the error codes are written.
fn status_reason(status: u16) -> Cow<'static, str> {
    let status = ::http::StatusCode::from_u16(status).ok();
    let reason = status.and_then(|status| status.canonical_reason()).unwrap_or(OTHER);
    Cow::Owned(reason.to_ascii_lowercase().replace([' ', '-'], "_"))
}

#[cfg(test)]
mod tests;
