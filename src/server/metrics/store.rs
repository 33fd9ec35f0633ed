//! Metrics of the store from known facts: a scrape does not query the store.

use super::families::{gauge, number};
use crate::registry::client_cache::ClientCache;
use crate::registry::store_health::Reachability;
use prometheus::{GaugeVec, IntGaugeVec, Opts, Registry, Result};

/// Absent from the output if there is no store.
pub(super) struct StoreMetrics {
    up: IntGaugeVec,
    writable: IntGaugeVec,
    latency: GaugeVec,
    pending: IntGaugeVec,
}

impl StoreMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self> {
        let gauge = |name, help, labels| gauge(registry, name, help, labels);
        let help = "Median of the store's last answers";
        let latency = GaugeVec::new(Opts::new("heistctl_store_latency_seconds", help), &[])?;
        registry.register(Box::new(latency.clone()))?;
        Ok(Self {
            up: gauge("heistctl_store_up", "Whether the store answers", &[])?,
            writable: gauge("heistctl_store_writable", "Whether the store can be written", &[])?,
            latency,
            pending: gauge(
                "heistctl_store_pending_writes",
                "Uses of secrets and revocations that wait to be written to the store",
                &[],
            )?,
        })
    }

    /// An `awaited` store has not been reached since the start.
    pub(super) fn set(&self, registered: Option<&ClientCache>, awaited: bool) {
        let Some(registered) = registered else {
            for gone in [&self.up, &self.writable, &self.pending] {
                gone.reset();
            }
            self.latency.reset();
            if awaited {
                self.up.with_label_values::<&str>(&[]).set(0);
            }
            return;
        };
        let set = |gauge: &IntGaugeVec, value| gauge.with_label_values::<&str>(&[]).set(value);
        let is_up = registered.reach() == Reachability::Well;
        set(&self.up, i64::from(is_up));
        set(&self.writable, i64::from(is_up && registered.unwritable().is_none()));
        set(&self.pending, number(registered.pending()));
        match registered.median() {
            Some(median) => self.latency.with_label_values::<&str>(&[]).set(median.as_secs_f64()),
            None => self.latency.reset(),
        }
    }
}
