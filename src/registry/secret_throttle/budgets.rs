//! Failure budgets with a burst and a refill rate, in a table of fixed size without eviction. Colliding
//! hashes share a slot.

use crate::clock::Timestamp;
use std::time::Duration;

/// Slots of a table, 8 bytes each.
const SLOTS: usize = 1 << 15;

/// A slot is the time at which its budget is full again, in milliseconds since 1970.
pub(super) struct Budgets {
    full_at: Vec<i64>,
    most: i64,
    each: i64,
}

impl Budgets {
    /// A burst of `most`, refilled by one every `each` milliseconds.
    pub(super) fn new((most, each): (i64, i64)) -> Self {
        Self { full_at: vec![0; SLOTS], most, each }
    }

    fn slot(&mut self, hash: u64) -> &mut i64 {
        let at = usize::try_from(hash % SLOTS as u64).unwrap_or(0);
        &mut self.full_at[at]
    }

    /// Uses one.
    ///
    /// # Errors
    /// The time to wait if the budget is empty.
    pub(super) fn charge(&mut self, hash: u64, now: Timestamp) -> Result<(), Duration> {
        let (most, each, now) = (self.most * self.each, self.each, now.unix().saturating_mul(1000));
        let full_at = self.slot(hash);
        // A time too far in the future was written before the clock was set back.
        let from = if *full_at > now.saturating_add(most) { now } else { now.max(*full_at) };
        let beyond = from + each - now - most;
        if beyond > 0 {
            return Err(Duration::from_millis(beyond.unsigned_abs()));
        }
        *full_at = from + each;
        Ok(())
    }

    /// Returns one to the budget.
    pub(super) fn refund(&mut self, hash: u64) {
        let each = self.each;
        *self.slot(hash) -= each;
    }
}
