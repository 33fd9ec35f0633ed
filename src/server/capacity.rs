//! The usage of each limit of a server, for its metrics. docs/operations.md describes each limit by name; a
//! test checks that.

use crate::issuer::guard::verified_tokens::MAX_VERIFIED;
use crate::issuer::{DocumentUse, MAX_IDS, Service};
use crate::registry::cached_clients::{MAX_ABSENT, MAX_BYTES};
use crate::registry::expiring_set::{ExpiringSet, OWNERS_SHARE};
use crate::registry::write_behind::{MAX_REVOKED, MAX_USES};

/// A limit and its usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// The value of the label `bound`.
    pub name: &'static str,
    /// Bytes or items, as for the limit.
    pub used: usize,
    /// Beyond it something is refused or evicted.
    pub limit: usize,
}

/// All limits of a server, read when metrics are scraped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capacities {
    /// The usage of each limit.
    pub bounds: Vec<Capacity>,
    /// The store's clients in the cache.
    pub clients: usize,
}

/// The limits of a service, and the size of its configuration file.
#[must_use]
pub fn of(service: &Service, config_size: Capacity) -> Capacities {
    let state = &service.state;
    let ids = |set: &ExpiringSet, name, of_one| {
        let (all, most) = set.fill();
        let all = Capacity { name, used: all, limit: MAX_IDS };
        [all, Capacity { name: of_one, used: most, limit: OWNERS_SHARE }]
    };
    let mut bounds = vec![config_size];
    bounds.extend(ids(&state.assertions, "assertions", "assertions_of_one_client"));
    bounds.extend(ids(&state.proofs, "proofs", "proofs_of_one_client"));
    bounds.extend(ids(&state.revoked, "revoked_tokens", "revoked_tokens_of_one_client"));
    let verified = service.guards.verified.count();
    bounds.push(Capacity { name: "verified_tokens", used: verified, limit: MAX_VERIFIED });
    if service.documents.any() {
        let DocumentUse { known, limit } = service.documents.usage();
        bounds.push(Capacity { name: "client_documents", used: known, limit });
    }
    let Some(registered) = service.registry.registered() else {
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
