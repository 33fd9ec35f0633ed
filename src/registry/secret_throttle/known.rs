//! Pairs of client and address that have succeeded lately. Only a right secret puts one here, so strangers can
//! drive out none. It takes no lock: each token request looks here.

use crate::clock::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// So many are remembered; two whose hashes meet in a slot displace each other.
const SLOTS: usize = 1 << 14;
/// A success counts for so many hours.
const HOURS: u64 = 24;
/// The low bits of a slot are the hour of the success, the others those of the pair's hash.
const HOUR_BITS: u32 = 20;

/// The pairs.
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

    /// Remembers a success. Mostly it is remembered already, and nothing is written.
    pub(super) fn note(&self, pair: u64, now: Timestamp) {
        let (slot, value) = (self.slot(pair), (pair >> HOUR_BITS << HOUR_BITS) | hour(now));
        if slot.load(Relaxed) != value {
            slot.store(value, Relaxed);
        }
    }
}

/// The hour of a moment, in [`HOUR_BITS`].
fn hour(now: Timestamp) -> u64 {
    now.unix().div_euclid(3600).unsigned_abs() & ((1 << HOUR_BITS) - 1)
}
