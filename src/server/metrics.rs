//! Prometheus metrics: counted when an answer is sent, served on their own address.

mod capacity;
mod families;
pub mod labels;
mod secrets;
mod store;

use crate::clock::Timestamp;
use crate::http::{Method, Request, Response};
use crate::issuer::{LogRecord, LoggedResponse};
use crate::registry::client_cache::ClientCache;
use crate::registry::secret_uses::SecretUses;
use crate::server::HttpExchange;
use crate::server::capacity::Capacities;
use crate::server::endpoint::Endpoint;
use crate::server::gate::Counts;
use crate::server::route::{refused, wrong_method};
use capacity::CapacityMetrics;
use families::{counter, duration_histogram, gauge, number, seconds, total};
use labels::{ClientLabels, OTHER};
use prometheus::{
    Encoder, Gauge, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec, Registry, Result, TextEncoder,
};
use secrets::SecretMetrics;
use std::borrow::Cow;
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use store::StoreMetrics;

pub const METRICS_PATH: &str = "/metrics";
const CONTENT_TYPE: &str = "text/plain; version=0.0.4";
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    tokens: IntCounterVec,
    refusals: IntCounterVec,
    guards: IntCounterVec,
    limits: IntCounterVec,
    connections: IntGaugeVec,
    dropped: IntCounter,
    store: StoreMetrics,
    bounds: CapacityMetrics,
    secrets: SecretMetrics,
    /// Without labels, like the next three. A vector is absent from the output until it is set.
    audit_pending: IntGaugeVec,
    key_age: IntGaugeVec,
    certificate_expiry: IntGaugeVec,
    clock_skew: Gauge,
    key_since: RwLock<Option<Timestamp>>,
    clients: ClientLabels,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

const DROPPED: &str = "Lines of the request log that were dropped because they came too fast";

impl Metrics {
    /// Registers all metrics in their own registry.
    ///
    /// # Errors
    /// If two have the same name.
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        let counter = |name, help, labels| counter(&registry, name, help, labels);
        let gauge = |name, help, labels| gauge(&registry, name, help, labels);
        let version = [env!("CARGO_PKG_VERSION")];
        gauge("heistctl_build_info", "The program", &["version"])?.with_label_values(&version).set(1);
        Ok(Self {
            requests: counter("heistctl_requests_total", "Requests answered", &["endpoint", "status"])?,
            durations: duration_histogram(&registry)?,
            tokens: counter("heistctl_tokens_issued_total", "Tokens issued", &["client", "algorithm"])?,
            refusals: counter("heistctl_refusals_total", "Requests refused, by error code", &["reason"])?,
            guards: counter(
                "heistctl_guard_decisions_total",
                "Requests that guards granted or refused",
                &["guard", "decision"],
            )?,
            limits: counter("heistctl_limit_hits_total", "Requests and connections limited", &["limit"])?,
            connections: gauge("heistctl_connections", "Open connections", &["state"])?,
            dropped: total(&registry, "heistctl_log_lines_dropped_total", DROPPED)?,
            audit_pending: gauge("heistctl_audit_pending", "Decisions not in the audit log yet", &[])?,
            store: StoreMetrics::new(&registry)?,
            bounds: CapacityMetrics::new(&registry)?,
            secrets: SecretMetrics::new(&registry)?,
            key_age: gauge("heistctl_signing_key_age_seconds", "Age of the signing key", &[])?,
            certificate_expiry: gauge(
                "heistctl_certificate_expiry_timestamp_seconds",
                "When the server's certificate expires",
                &[],
            )?,
            clock_skew: seconds(
                &registry,
                "heistctl_clock_skew_seconds",
                "How far this machine's clock is ahead of the shared clock",
            )?,
            key_since: RwLock::default(),
            clients: ClientLabels::default(),
            registry,
        })
    }

    /// Counts an answered request.
    pub fn observe(&self, exchange: &HttpExchange) {
        let endpoint = exchange.endpoint.map_or(OTHER, Endpoint::name);
        let (status, note) = (exchange.status.to_string(), &exchange.note);
        self.requests.with_label_values(&[endpoint, &status]).inc();
        self.durations.with_label_values(&[endpoint]).observe(exchange.duration.as_secs_f64());
        if let Some(algorithm) = note.given.as_ref().and_then(|given| given.algorithm) {
            let client = self.clients.label(note.client.as_deref().filter(|_| note.authenticated));
            self.tokens.with_label_values(&[client, algorithm]).inc();
        }
        if let Some(guarded) = &note.asked.guarded {
            let decision = note.error.unwrap_or(labels::GRANTED);
            self.guards.with_label_values(&[guarded.guard.as_str(), decision]).inc();
        }
        if exchange.status >= 400 {
            let reason = note.error.map_or_else(|| labels::status_reason(exchange.status), Cow::Borrowed);
            self.refusals.with_label_values(&[&*reason]).inc();
        }
        if let Some(limit) = note.limit {
            self.limit_hit(limit);
        }
    }

    /// Counts a request or connection that exceeded a limit.
    pub fn limit_hit(&self, limit: &'static str) {
        self.limits.with_label_values(&[limit]).inc();
    }

    /// Sets the number of open connections.
    pub fn set_connections(&self, Counts { all, idle }: Counts) {
        self.connections.with_label_values(&[labels::IDLE]).set(number(idle));
        self.connections.with_label_values(&[labels::BUSY]).set(number(all.saturating_sub(idle)));
    }

    /// Sets the number of lines that the request log has dropped since the start.
    pub fn set_log_lines_dropped(&self, total: u64) {
        self.dropped.inc_by(total.saturating_sub(self.dropped.get()));
    }

    /// Sets the number of decisions that are not in the audit log yet.
    pub fn set_audit_pending(&self, decisions: usize) {
        self.audit_pending.with_label_values::<&str>(&[]).set(number(decisions));
    }

    /// Sets the state of the store, if there is one. An `awaited` store has not been reached since the
    /// start.
    pub fn set_store(&self, registered: Option<&ClientCache>, awaited: bool) {
        self.store.set(registered, awaited);
    }

    /// Sets the time since which the signing key is used, if known.
    pub fn set_signing_key_since(&self, since: Option<Timestamp>) {
        *self.key_since.write().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// Sets how many milliseconds this machine's clock is ahead; negative if it is behind.
    pub fn set_clock_skew(&self, millis: i64) {
        self.clock_skew
            .set(Duration::from_millis(millis.unsigned_abs()).as_secs_f64() * millis.signum() as f64);
    }

    /// Sets the usage of each limit.
    pub fn set_bounds(&self, bounds: &Capacities) {
        self.bounds.set(bounds);
    }

    /// Sets the uses of secrets, by the clock for their expiry.
    pub fn set_secrets(&self, uses: &SecretUses, now: Timestamp) {
        self.secrets.set(uses, now);
    }

    /// Sets the expiry of the server's certificate.
    pub fn set_certificate_expiry(&self, end: Timestamp) {
        self.certificate_expiry.with_label_values::<&str>(&[]).set(end.unix());
    }

    /// All metrics at `now`, in Prometheus' text format.
    ///
    /// # Errors
    /// If the encoder fails.
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

    /// Answers a request to the metrics address.
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
                let response = Response { headers, body: text.into_bytes(), ..Response::empty(200) };
                LoggedResponse { response, record: LogRecord::default() }
            }
            Err(error) => refused(500, "server_error", &error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
