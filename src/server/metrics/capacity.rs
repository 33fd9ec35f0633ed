//! The usage of each limit.

use super::families::{gauge, number};
use crate::server::capacity::{Capacities, Capacity};
use prometheus::{IntGaugeVec, Registry, Result};

pub(super) struct CapacityMetrics {
    used: IntGaugeVec,
    limit: IntGaugeVec,
    clients_remembered: IntGaugeVec,
}

impl CapacityMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self> {
        let gauge = |name, help, labels| gauge(registry, name, help, labels);
        Ok(Self {
            used: gauge("heistctl_bound_used", "How much of a bound is used", &["bound"])?,
            limit: gauge("heistctl_bound_limit", "The size of the bound", &["bound"])?,
            clients_remembered: gauge(
                "heistctl_clients_remembered",
                "Clients of the store that still get tokens while it is away",
                &[],
            )?,
        })
    }

    pub(super) fn set(&self, Capacities { bounds, clients }: &Capacities) {
        for Capacity { name, used, limit } in bounds {
            self.used.with_label_values(&[*name]).set(number(*used));
            self.limit.with_label_values(&[*name]).set(number(*limit));
        }
        self.clients_remembered.with_label_values::<&str>(&[]).set(number(*clients));
    }
}
