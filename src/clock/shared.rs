//! The clock of a server: that of its store, which all nodes share, else this machine's; held against the
//! time since the machine's start.
//!
//! It has several times, which differ only while a jump is waited out (see [`super::guard`]). Each reader has
//! one that is right for it:
//!
//! | time | for |
//! |---|---|
//! | [`SharedClock::now`] | dating and judging tokens, assertions, proofs; when a client was registered |
//! | [`SharedClock::ends`] | ends of secrets, stages of signing keys |
//! | [`SharedClock::forgets`] | what may be forgotten of used ids and revocations |
//! | [`SharedClock::paced`] | rates and waits: no jump touches it |
//! | [`SharedClock::is_settled`] | whether anything may be purged, rotated or deleted |
//! | [`super::Timestamp::now`] | this machine's clock: logs, and validity of TLS certificates, which the TLS library of this machine judges by it, too |
//!
//! A request takes its moment from `now` once; the others are made of that moment, so that all else stays a
//! function of its arguments. Reading takes no lock.

use super::guard::{ClockGuard, STEADY};
use super::{Moment, Timestamp, boot, span};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An answer that took longer says too little, in milliseconds.
const SLOW: i64 = 500;
/// A server whose clock is wrong by more is degraded, in milliseconds.
const DEGRADED: i64 = 60_000;

/// The cure of a clock that is wrong.
const SET: &str = "set it right (timedatectl, chronyc tracking)";

/// The clock of a server. Cheap to clone: all clones are the same.
#[derive(Clone, Debug)]
pub struct SharedClock(Arc<ClockInner>);

#[derive(Debug)]
struct ClockInner {
    /// Whether it is the store's own.
    of_store: AtomicBool,
    /// The first offset that tokens were dated by.
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
    /// When somebody has taken it as right here, by itself, until that is left in the store.
    accepted: Option<i64>,
}

/// The mark from which another process, or the next start, continues the clock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Mark {
    /// The run of the machine that its offsets are of, where that has a name.
    boot: Option<String>,
    /// The latest moment that was known to be right, in milliseconds since 1970.
    newest: i64,
    held: ClockGuard,
    /// When somebody took the clock as right at one of the nodes, by the clock, in milliseconds since 1970.
    #[serde(default)]
    accepted: Option<i64>,
}

/// A question to a store's clock that is on its way.
#[derive(Clone, Copy, Debug)]
pub struct ClockQuery(i64);

impl ClockQuery {
    /// Asks now.
    #[must_use]
    pub fn now() -> Self {
        Self(boot::millis())
    }

    /// Whether an answer that comes now says enough.
    #[must_use]
    pub fn is_quick(self) -> bool {
        boot::millis().saturating_sub(self.0) <= SLOW
    }
}

/// How far this machine's clock, or the store's, is from where it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// By how much this machine's clock is ahead or (negative) behind, in milliseconds.
    pub millis: i64,
    /// By how much the clock has jumped that all goes by, ahead or (negative) back, in milliseconds.
    pub jumped: Option<i64>,
    /// Whether all goes by the store's own clock.
    pub of_store: bool,
}

impl Default for SharedClock {
    /// This machine's clock.
    fn default() -> Self {
        Self::start(None, None)
    }
}

impl SharedClock {
    /// The clock of a store that has one of its own and has said so much just now, else this machine's; taken
    /// up from a mark, where there is one.
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
        let clock = ClockInner {
            of_store: AtomicBool::new(of_store.is_some()),
            began: held.dates(),
            dates: AtomicI64::new(held.dates()),
            ends: AtomicI64::new(held.ends()),
            forgets: AtomicI64::new(held.forgets()),
            settled: AtomicBool::new(held.wait().is_none()),
            state: Mutex::new(ClockState { held, read, accepted: None }),
        };
        Self(Arc::new(clock))
    }

    /// The present moment, as tokens are dated and judged by it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let millis = self.0.dates.load(Ordering::Relaxed).saturating_add(boot::millis());
        Moment::from_millis(millis).into()
    }

    /// That moment by the time that ends of secrets and stages of keys go by.
    #[must_use]
    pub fn ends(&self, now: Timestamp) -> Timestamp {
        self.by(self.0.ends.load(Ordering::Relaxed), now)
    }

    /// The earliest of the times that may be right: entries that ended before it may be forgotten.
    #[must_use]
    pub fn forgets(&self, now: Timestamp) -> Timestamp {
        self.by(self.0.forgets.load(Ordering::Relaxed), now)
    }

    /// That moment by the time that rates and waits go by.
    #[must_use]
    pub fn paced(&self, now: Timestamp) -> Timestamp {
        self.by(self.0.began, now)
    }

    fn by(&self, offset: i64, now: Timestamp) -> Timestamp {
        let apart = offset.saturating_sub(self.0.dates.load(Ordering::Relaxed));
        Timestamp::from_unix(now.unix().saturating_add(apart.div_euclid(1000)))
    }

    /// Whether anything may be purged, rotated or deleted: no jump is waited out.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.0.settled.load(Ordering::Relaxed)
    }

    /// Reads this machine's clock, where there is no other.
    pub fn read_own(&self) {
        if !self.is_of_store() {
            let boot = boot::millis();
            self.read(wall(boot), boot);
        }
    }

    fn is_of_store(&self) -> bool {
        self.0.of_store.load(Ordering::Relaxed)
    }

    /// Takes what the store's clock has said. An answer that was long on its way says too little. All goes by
    /// the clock of a store that has come after the start, from its first reading on.
    pub fn read_store(&self, asked: ClockQuery, moment: Moment) {
        let boot = boot::millis();
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

    /// Takes the clock as right that jumps are waited out of; false where there is nothing to wait for.
    #[must_use]
    pub fn accept(&self) -> bool {
        self.read_own();
        let mut state = self.state();
        let waits = state.held.wait().is_some();
        if waits {
            let (read, boot) = (state.read, boot::millis());
            state.held.accept(read, boot);
            state.accepted = Some(read.saturating_add(boot));
            self.publish(&state);
        }
        waits
    }

    /// Takes the clock as right where it was taken so at another node of the store, which has left that there.
    /// False where it was not, or there is nothing to wait for.
    #[must_use]
    pub fn follow(&self, left: &Mark) -> bool {
        let (mut state, boot) = (self.state(), boot::millis());
        let is_accepted = left.accepted.is_some_and(|moment| state.held.is_accepted(moment, boot));
        if is_accepted {
            let read = state.read;
            state.held.accept(read, boot);
            self.publish(&state);
        }
        is_accepted
    }

    /// Whether somebody has taken it as right here, and no mark in the store says so yet.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.state().accepted.is_some()
    }

    /// That mark is in the store.
    pub fn left(&self, mark: &Mark) {
        let mut state = self.state();
        state.accepted = state.accepted.filter(|accepted| mark.accepted != Some(*accepted));
    }

    /// The mark from which another process can continue it. `before` is the present mark.
    #[must_use]
    pub fn mark(&self, before: Option<&Mark>) -> Mark {
        let state = self.state();
        let known = before.map(|mark| mark.newest);
        let present = state.held.ends().saturating_add(boot::millis());
        // Others must not depend on a time that is not known to be right.
        let newest = if self.is_settled() { present } else { known.unwrap_or(present) };
        let accepted = state.accepted.or(before.and_then(|mark| mark.accepted));
        Mark { boot: boot::id(), newest, held: state.held.clone(), accepted }
    }

    /// How far the clocks are apart.
    #[must_use]
    pub fn skew(&self) -> Skew {
        let own = wall(boot::millis());
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

/// The offset of a clock that has answered just now, and how long that took.
fn halfway(asked: ClockQuery, moment: Moment, boot: i64) -> (i64, i64) {
    let took = boot.saturating_sub(asked.0).max(0);
    (moment.millis().saturating_sub(asked.0.saturating_add(took / 2)), took)
}

impl Skew {
    /// Whether one of the clocks is off by more than that, in milliseconds.
    #[must_use]
    pub fn exceeds(&self, millis: i64) -> bool {
        let jumped = self.jumped.unwrap_or(0);
        self.millis.saturating_abs() > millis || jumped.saturating_abs() > millis
    }

    /// Why the server is degraded: a clock is off by more than a minute.
    #[must_use]
    pub fn degraded(&self) -> Option<String> {
        self.exceeds(DEGRADED).then(|| self.what())
    }

    const fn whose(&self) -> &'static str {
        if self.of_store { "the database's" } else { "this machine's" }
    }

    /// The message for a clock that runs fast or slow: the consequence, and the cure.
    #[must_use]
    pub fn runs(&self, fast: bool) -> String {
        let (whose, how) = (self.whose(), if fast { "fast" } else { "slow" });
        let off = apart(self.jumped.unwrap_or(self.millis), "ahead", "behind");
        format!(
            "{whose} clock runs {how}: it is {off} now; until it is right, tokens keep the old time, nothing is \
             purged, and no key is rotated or deleted; {SET}"
        )
    }

    /// The problem, in a sentence.
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

    /// The consequence, and the cure.
    #[must_use]
    pub fn cure(&self) -> String {
        match self.jumped {
            Some(jumped) => format!(
                "until it has held for {}, nothing is purged, and no key is rotated or deleted; if it is wrong, \
                 {SET}; if it is right, SIGHUP accepts it at once",
                seconds(jumped.saturating_abs().max(STEADY))
            ),
            None => format!("tokens, keys and revocations go by the database's; {SET}"),
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
