//! How full each bounded thing of a server is, for its metrics. What happens beyond each bound stands in
//! docs/operations.md, where a test looks for each name.

use super::Serving;
use crate::issuer::MAX_IDS;
use crate::registry::cached_clients::{MAX_ABSENT, MAX_BYTES};
use crate::registry::expiring_set::{ExpiringSet, OWNERS_SHARE};
use crate::registry::write_behind::{MAX_REVOKED, MAX_USES};

/// A bound, and how much of it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Its name.
    pub name: &'static str,
    /// What is taken.
    pub used: usize,
    /// What there is.
    pub limit: usize,
}

/// What the bounds are read from, when somebody asks for the metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capacities {
    /// The bounds.
    pub bounds: Vec<Capacity>,
    /// Clients of the store in the cache.
    pub clients: usize,
}

/// The bounds of what is served now.
#[must_use]
pub fn bounds(serving: &Serving) -> Capacities {
    let state = &serving.service.state;
    let ids = |set: &ExpiringSet, name, of_one| {
        let (all, most) = set.fill();
        let all = Capacity { name, used: all, limit: MAX_IDS };
        [all, Capacity { name: of_one, used: most, limit: OWNERS_SHARE }]
    };
    let mut bounds = vec![serving.config_size];
    bounds.extend(ids(&state.assertions, "assertions", "assertions_of_one_client"));
    bounds.extend(ids(&state.proofs, "proofs", "proofs_of_one_client"));
    bounds.extend(ids(&state.revoked, "revoked_tokens", "revoked_tokens_of_one_client"));
    let Some(registered) = serving.service.registry.registered() else {
        return Capacities { bounds, clients: 0 };
    };
    let (fill, (uses, revoked)) = (registered.fill(), registered.waiting());
    bounds.extend([
        Capacity { name: "clients_remembered_bytes", used: fill.bytes, limit: MAX_BYTES },
        Capacity { name: "absent_ids", used: fill.absent, limit: MAX_ABSENT.get() },
        Capacity { name: "uses_to_write", used: uses, limit: MAX_USES },
        Capacity { name: "revocations_to_write", used: revoked, limit: MAX_REVOKED },
    ]);
    Capacities { bounds, clients: fill.clients }
}
