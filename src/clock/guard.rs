//! A clock that is held against the time since the machine's start: pure, readings are arguments.
//!
//! All times are offsets in milliseconds: a moment is an offset plus the time since the start (`boot`). A
//! reading that differs from what is expected is a jump. Nobody can tell whether the old time was wrong or
//! the new one is, so a jump counts in two steps:
//!
//! - tokens are dated and judged by the new time once it has stayed for [`STEADY`]: after a correction by
//!   hours they would be dead on arrival otherwise;
//! - what cannot be undone (a purge, the end of a secret, a key's retirement) waits until the new time has
//!   stayed for longer than the jump: it is right by then, or its end has come anyway.

use serde::{Deserialize, Serialize};

/// A reading that differs by more than this is a jump, in milliseconds.
pub const JUMP: i64 = 2_000;
/// Tokens are dated by a new time once it has been stable for this long, and no wait is shorter: a clock that runs fast
/// stays nowhere. In milliseconds.
pub(super) const STEADY: i64 = 60_000;
/// After the machine was off nobody knows for how long it was. The gap is waited for, up to this: longer than a
/// time server takes to correct what a machine started with. In milliseconds.
const UNKNOWN: i64 = 600_000;
/// After this time, in milliseconds, all nodes of a store have seen a jump of its clock.
const SEEN: i64 = 30_000;
/// Small differences are followed by this part of the time that has passed: a clock that runs fast by more
/// is one that jumps.
const PACE: i64 = 100;

/// The reference that a clock is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct ClockGuard {
    /// The time that ends are judged by.
    held: i64,
    /// The time that jumps are measured from: the same, but after a gap that nobody has measured.
    anchor: i64,
    jump: Option<Jump>,
    /// When it was read last, since the start.
    read: i64,
}

/// A new time that is not taken over yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
struct Jump {
    offset: i64,
    since: i64,
}

impl ClockGuard {
    /// A clock of which nothing else is known.
    pub(super) const fn new(offset: i64, boot: i64) -> Self {
        Self { held: offset, anchor: offset, jump: None, read: boot }
    }

    /// A clock that was at `newest` at least, before a gap of unknown length.
    pub(super) fn after_gap(newest: i64, offset: i64, boot: i64) -> Self {
        if is_near(offset, newest) {
            return Self::new(offset, boot);
        }
        // Time has passed, as it should. Earlier than what was is a jump like any other.
        let held = offset.max(newest);
        Self { held, anchor: newest, jump: Some(Jump { offset, since: boot }), read: boot }
    }

    /// Takes a reading.
    pub(super) fn read(&mut self, offset: i64, boot: i64) {
        let passed = boot.saturating_sub(self.read).max(0);
        self.read = boot;
        if is_near(offset, self.anchor) {
            // It has never differed, or is right again.
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

    /// Whether the jump that is waited out is the one that somebody took as right elsewhere, when it was `moment`
    /// by the new time. No other jump has that moment between its beginning and now.
    pub(super) fn is_accepted(&self, moment: i64, boot: i64) -> bool {
        self.jump.is_some_and(|jump| {
            let then = moment.saturating_sub(jump.offset);
            then >= jump.since.saturating_sub(SEEN) && then <= boot.saturating_add(JUMP)
        })
    }

    /// Takes that time as right: somebody who knows says so.
    pub(super) fn accept(&mut self, offset: i64, boot: i64) {
        *self = Self::new(offset, boot);
    }

    fn settle(&mut self, offset: i64) {
        (self.held, self.anchor, self.jump) = (offset, offset, None);
    }

    fn is_measured(&self) -> bool {
        self.held == self.anchor
    }

    /// The time that tokens are dated and judged by.
    pub(super) fn dates(&self) -> i64 {
        let taken = self.jump.filter(|jump| self.read.saturating_sub(jump.since) >= STEADY);
        taken.map_or(self.held, |jump| jump.offset)
    }

    /// The time that decides about the ends of secrets and the stages of keys.
    pub(super) const fn ends(&self) -> i64 {
        self.held
    }

    /// The earliest of the times that may be right: entries that ended before it may be forgotten.
    pub(super) fn forgets(&self) -> i64 {
        let earliest = self.held.min(self.anchor);
        self.jump.map_or(earliest, |jump| earliest.min(jump.offset))
    }

    /// By how much it has jumped, ahead or (negative) back; `None` where it has not, or time has passed of
    /// which nobody knows how much.
    pub(super) fn jumped(&self) -> Option<i64> {
        self.jump.filter(|_| self.is_measured()).map(|jump| jump.offset.saturating_sub(self.anchor))
    }

    /// For how long nothing is destroyed yet, in milliseconds; `None` where it may be.
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

/// `offset` on its way to another, no faster than [`PACE`].
fn follow(offset: i64, to: i64, passed: i64) -> i64 {
    let most = passed / PACE;
    offset.saturating_add(to.saturating_sub(offset).clamp(-most, most))
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
