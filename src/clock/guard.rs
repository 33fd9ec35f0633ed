//! Compares a clock with the time since boot. Pure: readings are arguments.
//!
//! All times are offsets in milliseconds: a time is an offset plus the time since boot (`boot`). A reading
//! that differs from the expected one is a jump. It is unknown whether the old or the new time was wrong, so
//! a jump takes effect in two steps:
//!
//! - Tokens are dated and judged by the new time once it has been stable for [`STEADY`]. Otherwise tokens
//!   would be expired on arrival after a correction by hours.
//! - Irreversible actions (a purge, the end of a secret, a key's retirement) wait until the new time has been
//!   stable for longer than the jump. By then it is right, or the deadline has passed anyway.

use serde::{Deserialize, Serialize};

/// A reading that differs by more than this is a jump, in milliseconds.
pub const JUMP: i64 = 2_000;
/// Milliseconds for which a new time must be stable before tokens are dated by it. No wait is shorter, so a
/// clock that runs fast is never accepted.
pub(super) const STEADY: i64 = 60_000;
/// The length of a shutdown is unknown. The wait covers the gap up to this limit, in milliseconds; a time
/// server corrects a machine's boot time sooner.
const UNKNOWN: i64 = 600_000;
/// Milliseconds after which all nodes of a store have seen a jump of its clock.
const SEEN: i64 = 30_000;
/// Small differences are followed at this fraction of the elapsed time. A clock that drifts faster counts as
/// jumping.
const PACE: i64 = 100;

/// The reference that a clock is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct ClockGuard {
    /// The time that decides about expiry.
    held: i64,
    /// The time from which jumps are measured. It differs from `held` only after a gap of unknown length.
    anchor: i64,
    jump: Option<Jump>,
    /// Time of the last reading, since boot.
    read: i64,
}

/// A new time that is not accepted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
struct Jump {
    offset: i64,
    since: i64,
}

impl ClockGuard {
    /// A clock without history.
    pub(super) const fn new(offset: i64, boot: i64) -> Self {
        Self { held: offset, anchor: offset, jump: None, read: boot }
    }

    /// A clock that had reached `newest` before a gap of unknown length.
    pub(super) fn after_gap(newest: i64, offset: i64, boot: i64) -> Self {
        if is_near(offset, newest) {
            return Self::new(offset, boot);
        }
        // Time has passed, as expected. A reading before `newest` is a jump like any other.
        let held = offset.max(newest);
        Self { held, anchor: newest, jump: Some(Jump { offset, since: boot }), read: boot }
    }

    pub(super) fn read(&mut self, offset: i64, boot: i64) {
        let passed = boot.saturating_sub(self.read).max(0);
        self.read = boot;
        if is_near(offset, self.anchor) {
            // There was no jump, or the clock is right again.
            let from = if self.is_measured() { self.held } else { offset };
            self.settle(follow(from, offset, passed));
            return;
        }
        match &mut self.jump {
            Some(jump) if is_near(offset, jump.offset) => {
                jump.offset = follow(jump.offset, offset, passed);
                if !self.is_measured() {
                    self.held = self.jump.map_or(offset, |jump| jump.offset);
                }
                if self.wait().is_some_and(|wait| wait < 0) {
                    self.settle(offset);
                }
            }
            _ => {
                if !self.is_measured() {
                    self.held = offset;
                }
                self.jump = Some(Jump { offset, since: boot });
            }
        }
    }

    /// Whether the pending jump is the one that an operator accepted on another node at `moment` of the new
    /// time. No other jump has `moment` between its beginning and now.
    pub(super) fn is_accepted(&self, moment: i64, boot: i64) -> bool {
        self.jump.is_some_and(|jump| {
            let then = moment.saturating_sub(jump.offset);
            then >= jump.since.saturating_sub(SEEN) && then <= boot.saturating_add(JUMP)
        })
    }

    /// Accepts the new time on an operator's word.
    pub(super) fn accept(&mut self, offset: i64, boot: i64) {
        *self = Self::new(offset, boot);
    }

    fn settle(&mut self, offset: i64) {
        (self.held, self.anchor, self.jump) = (offset, offset, None);
    }

    fn is_measured(&self) -> bool {
        self.held == self.anchor
    }

    /// The time by which tokens are dated and judged.
    pub(super) fn dates(&self) -> i64 {
        let taken = self.jump.filter(|jump| self.read.saturating_sub(jump.since) >= STEADY);
        taken.map_or(self.held, |jump| jump.offset)
    }

    /// The time that decides about the ends of secrets and the stages of keys.
    pub(super) const fn ends(&self) -> i64 {
        self.held
    }

    /// The earliest time that may be right. Entries that expired before it may be deleted.
    pub(super) fn forgets(&self) -> i64 {
        let earliest = self.held.min(self.anchor);
        self.jump.map_or(earliest, |jump| earliest.min(jump.offset))
    }

    /// The size of the jump, positive if ahead. `None` without a jump or after a gap of unknown length.
    pub(super) fn jumped(&self) -> Option<i64> {
        self.jump.filter(|_| self.is_measured()).map(|jump| jump.offset.saturating_sub(self.anchor))
    }

    /// Milliseconds until irreversible actions are allowed. `None` if they are allowed now.
    pub(super) fn wait(&self) -> Option<i64> {
        let jump = self.jump?;
        let size = jump.offset.saturating_sub(self.anchor).saturating_abs();
        let size = if self.is_measured() { size.max(STEADY) } else { size.min(UNKNOWN) };
        Some(size.saturating_sub(self.read.saturating_sub(jump.since)))
    }
}

const fn is_near(one: i64, other: i64) -> bool {
    one.saturating_sub(other).saturating_abs() <= JUMP
}

/// Moves `offset` towards `to`, no faster than [`PACE`].
fn follow(offset: i64, to: i64, passed: i64) -> i64 {
    let most = passed / PACE;
    offset.saturating_add(to.saturating_sub(offset).clamp(-most, most))
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
