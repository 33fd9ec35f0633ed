//! Failures that may be at once, and how fast there may be more: for any number of things in a table of fixed
//! size, from which nothing ever leaves. Things whose hashes meet share a slot.

use crate::clock::Timestamp;
use std::time::Duration;

/// Slots of a table, 8 bytes each.
const SLOTS: usize = 1 << 15;

/// A table. A slot is the moment when all may be had again, in milliseconds since 1970.
pub(super) struct Budgets {
    full_at: Vec<i64>,
    most: i64,
    each: i64,
}

impl Budgets {
    /// `most` at once, and one more in `each` milliseconds.
    pub(super) fn new((most, each): (i64, i64)) -> Self {
        Self { full_at: vec![0; SLOTS], most, each }
    }

    fn slot(&mut self, hash: u64) -> &mut i64 {
        let at = usize::try_from(hash % SLOTS as u64).unwrap_or(0);
        &mut self.full_at[at]
    }

    /// Takes one.
    ///
    /// # Errors
    /// With how long to wait, where there is none.
    pub(super) fn charge(&mut self, hash: u64, now: Timestamp) -> Result<(), Duration> {
        let (most, each, now) = (self.most * self.each, self.each, now.unix().saturating_mul(1000));
        let full_at = self.slot(hash);
        // A time that is too far ahead is from before somebody set the clock back.
        let from = if *full_at > now.saturating_add(most) { now } else { now.max(*full_at) };
        let beyond = from + each - now - most;
        if beyond > 0 {
            return Err(Duration::from_millis(beyond.unsigned_abs()));
        }
        *full_at = from + each;
        Ok(())
    }

    /// Puts one back.
    pub(super) fn refund(&mut self, hash: u64) {
        let each = self.each;
        *self.slot(hash) -= each;
    }
}
