//! Recently successful pairs of client and address. Only a right secret adds one, so an attacker cannot evict
//! others. Lock-free, because each token request reads it.

use crate::clock::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Limit of remembered pairs. Pairs with colliding hashes replace each other.
const SLOTS: usize = 1 << 14;
/// Hours for which a success counts.
const HOURS: u64 = 24;
/// The low bits of a slot hold the hour of the success, the others the hash of the pair.
const HOUR_BITS: u32 = 20;

pub(super) struct KnownPairs(Vec<AtomicU64>);

impl Default for KnownPairs {
    fn default() -> Self {
        Self((0..SLOTS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl KnownPairs {
    fn slot(&self, pair: u64) -> &AtomicU64 {
        &self.0[usize::try_from(pair % SLOTS as u64).unwrap_or(0)]
    }

    pub(super) fn has(&self, pair: u64, now: Timestamp) -> bool {
        let slot = self.slot(pair).load(Relaxed);
        let age = hour(now).wrapping_sub(slot) & ((1 << HOUR_BITS) - 1);
        slot >> HOUR_BITS == pair >> HOUR_BITS && age <= HOURS
    }

    /// Remembers a success. Usually it is already remembered and nothing is written.
    pub(super) fn note(&self, pair: u64, now: Timestamp) {
        let (slot, value) = (self.slot(pair), (pair >> HOUR_BITS << HOUR_BITS) | hour(now));
        if slot.load(Relaxed) != value {
            slot.store(value, Relaxed);
        }
    }
}

/// The hour, truncated to [`HOUR_BITS`].
fn hour(now: Timestamp) -> u64 {
    now.unix().div_euclid(3600).unsigned_abs() & ((1 << HOUR_BITS) - 1)
}
