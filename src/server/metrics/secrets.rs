//! The secrets that clients use at this node.

use super::families::gauge;
use super::labels::OTHER;
use crate::clock::Timestamp;
use crate::registry::secret_uses::{SecretUse, SecretUses};
use prometheus::{IntGaugeVec, Registry, Result};

pub(super) struct SecretMetrics {
    expires: IntGaugeVec,
    last_used: IntGaugeVec,
}

impl SecretMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self> {
        let gauge = |name, help| gauge(registry, name, help, &["client"]);
        Ok(Self {
            expires: gauge(
                "heistctl_client_secret_expires_seconds",
                "Seconds until the secret ends that the client used last at this node",
            )?,
            last_used: gauge(
                "heistctl_client_secret_last_used_seconds",
                "Seconds since the client last used a secret at this node",
            )?,
        })
    }

    /// A secret that has ended is not used any more, so it has no value.
    pub(super) fn set(&self, uses: &SecretUses, now: Timestamp) {
        self.expires.reset();
        self.last_used.reset();
        for (client, SecretUse { at, ends }) in uses.all() {
            let label = [client.as_deref().unwrap_or(OTHER)];
            let since = now.unix().saturating_sub(at.unix()).max(0);
            self.last_used.with_label_values(&label).set(since);
            if let Some(end) = ends.filter(|end| *end > now) {
                self.expires.with_label_values(&label).set(end.unix().saturating_sub(now.unix()));
            }
        }
    }
}
