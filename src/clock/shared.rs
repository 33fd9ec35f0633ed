//! The clock of a server: the store's clock, which all nodes share, or else this machine's. It is checked
//! against the time since boot.
//!
//! It provides several times, which differ only while a jump is pending (see [`super::guard`]):
//!
//! | time | for |
//! |---|---|
//! | [`SharedClock::now`] | dating and judging tokens, assertions and proofs; registration time of a client |
//! | [`SharedClock::ends`] | ends of secrets, stages of signing keys |
//! | [`SharedClock::forgets`] | deletion of expired used IDs and revocations |
//! | [`SharedClock::paced`] | rates and waits; unaffected by jumps and by tests |
//! | [`SharedClock::is_settled`] | whether purges, rotations and deletions are allowed |
//! | [`super::Timestamp::now`] | this machine's clock: logs and validity of TLS certificates |
//!
//! A request reads `now` once and derives the other times from it, so that all other code is a function of
//! its arguments. Reading takes no lock.

use super::guard::{ClockGuard, STEADY};
use super::movable::MovableClock;
use super::{Moment, Timestamp, boot, span};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Answers that took longer, in milliseconds, are too imprecise and ignored.
const SLOW: i64 = 500;
/// A clock error above this, in milliseconds, makes the server degraded.
const DEGRADED: i64 = 60_000;

/// The hint for a wrong clock.
const SET: &str = "correct it (timedatectl, chronyc tracking)";

/// The clock of a server. Clones share the same state.
#[derive(Clone, Debug)]
pub struct SharedClock(Arc<ClockInner>);

#[derive(Debug)]
struct ClockInner {
    /// The clock of a test, in place of this machine's.
    moved: Option<MovableClock>,
    /// Whether the store's clock is used.
    of_store: AtomicBool,
    /// The first offset by which tokens were dated.
    began: i64,
    state: Mutex<ClockState>,
    dates: AtomicI64,
    ends: AtomicI64,
    forgets: AtomicI64,
    settled: AtomicBool,
}

#[derive(Debug)]
struct ClockState {
    held: ClockGuard,
    /// The source's last reading.
    read: i64,
    /// When an operator accepted the clock on this node, by the new time. `None` once the store has a record
    /// of it.
    accepted: Option<i64>,
}

/// Saved state from which another process, or the next start, continues the clock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Mark {
    /// The boot ID for which the offsets are valid, if there is one.
    boot: Option<String>,
    /// The latest time that was known to be right, in milliseconds since 1970.
    newest: i64,
    held: ClockGuard,
    /// When an operator accepted the clock on one of the nodes, by that clock, in milliseconds since 1970.
    #[serde(default)]
    accepted: Option<i64>,
}

/// The start of a query to a store's clock.
#[derive(Clone, Copy, Debug)]
pub struct ClockQuery(i64);

impl ClockQuery {
    /// Starts now.
    #[must_use]
    pub fn now() -> Self {
        Self(boot::millis())
    }

    /// Whether an answer that arrives now is precise enough.
    #[must_use]
    pub fn is_quick(self) -> bool {
        boot::millis().saturating_sub(self.0) <= SLOW
    }
}

/// The error of this machine's clock or of the store's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// Milliseconds by which this machine's clock is ahead; negative if behind.
    pub millis: i64,
    /// Milliseconds by which the clock in use has jumped; negative if back.
    pub jumped: Option<i64>,
    /// Whether the store's clock is used.
    pub of_store: bool,
}

impl Default for SharedClock {
    /// This machine's clock.
    fn default() -> Self {
        Self::start(None, None)
    }
}

impl SharedClock {
    /// Uses the store's clock if `of_store` has a fresh reading, otherwise this machine's. Continues from
    /// `mark`, if there is one.
    #[must_use]
    pub fn start(of_store: Option<(ClockQuery, Moment)>, mark: Option<&Mark>) -> Self {
        let boot = boot::millis();
        let read = of_store.map_or_else(|| wall(boot), |(asked, moment)| halfway(asked, moment, boot).0);
        let held = match mark {
            None => ClockGuard::new(read, boot),
            Some(mark) if mark.boot.is_some() && mark.boot == boot::id() => {
                let mut held = mark.held.clone();
                held.read(read, boot);
                held
            }
            Some(mark) => ClockGuard::after_gap(mark.newest.saturating_sub(boot), read, boot),
        };
        Self::holding(held, read, of_store.is_some(), None)
    }

    /// The clock of a test. It never asks a store, and no store remembers it.
    #[must_use]
    pub fn moved_by(moved: MovableClock) -> Self {
        let (read, boot) = (moved.wall(), moved.boot());
        Self::holding(ClockGuard::new(read, boot), read, false, Some(moved))
    }

    fn holding(held: ClockGuard, read: i64, of_store: bool, moved: Option<MovableClock>) -> Self {
        let clock = ClockInner {
            moved,
            of_store: AtomicBool::new(of_store),
            began: held.dates(),
            dates: AtomicI64::new(held.dates()),
            ends: AtomicI64::new(held.ends()),
            forgets: AtomicI64::new(held.forgets()),
            settled: AtomicBool::new(held.wait().is_none()),
            state: Mutex::new(ClockState { held, read, accepted: None }),
        };
        Self(Arc::new(clock))
    }

    /// Whether a test moves it.
    #[must_use]
    pub fn is_movable(&self) -> bool {
        self.0.moved.is_some()
    }

    fn boot(&self) -> i64 {
        self.0.moved.as_ref().map_or_else(boot::millis, MovableClock::boot)
    }

    /// The offset of this machine's clock, or of the test's.
    fn wall(&self, boot: i64) -> i64 {
        self.0.moved.as_ref().map_or_else(|| wall(boot), MovableClock::wall)
    }

    /// The current time, by which tokens are dated and judged.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let millis = self.0.dates.load(Ordering::Relaxed).saturating_add(self.boot());
        Moment::from_millis(millis).into()
    }

    /// `now` by the time that decides about ends of secrets and stages of keys.
    #[must_use]
    pub fn ends(&self, now: Timestamp) -> Timestamp {
        self.by(self.0.ends.load(Ordering::Relaxed), now)
    }

    /// The earliest time that may be right. Entries that expired before it may be deleted.
    #[must_use]
    pub fn forgets(&self, now: Timestamp) -> Timestamp {
        self.by(self.0.forgets.load(Ordering::Relaxed), now)
    }

    /// `now` by the time for rates and waits.
    #[must_use]
    pub fn paced(&self, now: Timestamp) -> Timestamp {
        match self.0.moved {
            None => self.by(self.0.began, now),
            Some(_) => Moment::from_millis(self.0.began.saturating_add(boot::millis())).into(),
        }
    }

    fn by(&self, offset: i64, now: Timestamp) -> Timestamp {
        let apart = offset.saturating_sub(self.0.dates.load(Ordering::Relaxed));
        Timestamp::from_unix(now.unix().saturating_add(apart.div_euclid(1000)))
    }

    /// Whether purges, rotations and deletions are allowed: no jump is pending.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.0.settled.load(Ordering::Relaxed)
    }

    /// Reads this machine's clock, unless the store's is used.
    pub fn read_own(&self) {
        if !self.is_of_store() {
            let boot = self.boot();
            self.read(self.wall(boot), boot);
        }
    }

    fn is_of_store(&self) -> bool {
        self.0.of_store.load(Ordering::Relaxed)
    }

    /// Takes a reading of the store's clock. Slow answers are ignored. The first reading of a store that was
    /// reached after the start replaces this machine's clock.
    pub fn read_store(&self, asked: ClockQuery, moment: Moment) {
        let boot = self.boot();
        let (read, took) = halfway(asked, moment, boot);
        if took > SLOW {
            return;
        }
        if self.0.of_store.swap(true, Ordering::Relaxed) {
            return self.read(read, boot);
        }
        let mut state = self.state();
        state.read = read;
        state.held.accept(read, boot);
        self.publish(&state);
    }

    fn read(&self, read: i64, boot: i64) {
        let mut state = self.state();
        state.read = read;
        state.held.read(read, boot);
        self.publish(&state);
    }

    /// Accepts the new time of a pending jump. Returns false if no jump is pending.
    #[must_use]
    pub fn accept(&self) -> bool {
        self.read_own();
        let mut state = self.state();
        let waits = state.held.wait().is_some();
        if waits {
            let (read, boot) = (state.read, self.boot());
            state.held.accept(read, boot);
            state.accepted = Some(read.saturating_add(boot));
            self.publish(&state);
        }
        waits
    }

    /// Accepts the new time if an operator accepted it on another node, which recorded that in the store.
    /// Returns false otherwise.
    #[must_use]
    pub fn follow(&self, left: &Mark) -> bool {
        let (mut state, boot) = (self.state(), self.boot());
        let is_accepted = left.accepted.is_some_and(|moment| state.held.is_accepted(moment, boot));
        if is_accepted {
            let read = state.read;
            state.held.accept(read, boot);
            self.publish(&state);
        }
        is_accepted
    }

    /// Whether an operator accepted the clock here and the store has no record of it yet.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.state().accepted.is_some()
    }

    /// Notes that `mark` is in the store.
    pub fn left(&self, mark: &Mark) {
        let mut state = self.state();
        state.accepted = state.accepted.filter(|accepted| mark.accepted != Some(*accepted));
    }

    /// The state from which another process can continue the clock. `before` is the current mark in the
    /// store.
    #[must_use]
    pub fn mark(&self, before: Option<&Mark>) -> Mark {
        let state = self.state();
        let known = before.map(|mark| mark.newest);
        let present = state.held.ends().saturating_add(self.boot());
        // Others must not rely on a time that may be wrong.
        let newest = if self.is_settled() { present } else { known.unwrap_or(present) };
        let accepted = state.accepted.or(before.and_then(|mark| mark.accepted));
        Mark { boot: boot::id(), newest, held: state.held.clone(), accepted }
    }

    /// The difference between the clocks.
    #[must_use]
    pub fn skew(&self) -> Skew {
        let own = self.wall(self.boot());
        let state = self.state();
        let apart = |offset: i64| own.saturating_sub(offset);
        let (to_held, to_source) = (apart(state.held.ends()), apart(state.read));
        let farther = if to_source.abs() > to_held.abs() { to_source } else { to_held };
        let millis = if self.is_of_store() { farther } else { to_held };
        Skew { millis, jumped: state.held.jumped(), of_store: self.is_of_store() }
    }

    fn publish(&self, state: &ClockState) {
        self.0.forgets.store(state.held.forgets(), Ordering::Relaxed);
        self.0.ends.store(state.held.ends(), Ordering::Relaxed);
        self.0.settled.store(state.held.wait().is_none(), Ordering::Relaxed);
        self.0.dates.store(state.held.dates(), Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, ClockState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The offset of this machine's clock.
fn wall(boot: i64) -> i64 {
    Moment::now().millis().saturating_sub(boot)
}

/// The offset of a clock that has just answered, and the duration of the query, in milliseconds.
fn halfway(asked: ClockQuery, moment: Moment, boot: i64) -> (i64, i64) {
    let took = boot.saturating_sub(asked.0).max(0);
    (moment.millis().saturating_sub(asked.0.saturating_add(took / 2)), took)
}

impl Skew {
    /// Whether a clock is off by more than `millis`.
    #[must_use]
    pub fn exceeds(&self, millis: i64) -> bool {
        let jumped = self.jumped.unwrap_or(0);
        self.millis.saturating_abs() > millis || jumped.saturating_abs() > millis
    }

    /// Why the server is degraded, if a clock is off by more than a minute.
    #[must_use]
    pub fn degraded(&self) -> Option<String> {
        self.exceeds(DEGRADED).then(|| self.what())
    }

    const fn whose(&self) -> &'static str {
        if self.of_store { "the database's" } else { "this machine's" }
    }

    /// The message for a clock that runs fast or slow: the consequence and the fix.
    #[must_use]
    pub fn runs(&self, fast: bool) -> String {
        let (whose, how) = (self.whose(), if fast { "fast" } else { "slow" });
        let off = apart(self.jumped.unwrap_or(self.millis), "ahead", "behind");
        format!(
            "{whose} clock runs {how}: it is {off} now; until it is right, tokens keep the old time, \
             nothing is purged, and no key is rotated or deleted; {SET}"
        )
    }

    /// The problem, in one sentence.
    #[must_use]
    pub fn what(&self) -> String {
        let whose = self.whose();
        match self.jumped {
            Some(jumped) => format!("{whose} clock has jumped {}", apart(jumped, "ahead", "back")),
            None => {
                let other = if self.of_store { "the database's" } else { "the time since the start" };
                format!("this machine's clock is {} {other}", apart(self.millis, "ahead of", "behind"))
            }
        }
    }

    /// The consequence and the fix.
    #[must_use]
    pub fn cure(&self) -> String {
        match self.jumped {
            Some(jumped) => format!(
                "until it has been stable for {}, nothing is purged, and no key is rotated or deleted; \
                 if it is wrong, {SET}; if it is right, SIGHUP accepts it at once",
                seconds(jumped.saturating_abs().max(STEADY))
            ),
            None => format!("tokens, keys and revocations use the database's clock; {SET}"),
        }
    }
}

fn apart(millis: i64, ahead: &str, behind: &str) -> String {
    format!("{} {}", seconds(millis), if millis < 0 { behind } else { ahead })
}

fn seconds(millis: i64) -> String {
    span(u128::from(millis.unsigned_abs().saturating_add(500) / 1000))
}

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
