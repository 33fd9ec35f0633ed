//! A clock that a test moves. It stands in for the time since boot, so that wall clock and boot clock move
//! together and the guard sees no jump.

use super::{Moment, Timestamp, boot};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The clock of a test. Clones share the same state.
#[derive(Clone, Debug)]
pub struct MovableClock(Arc<MovableInner>);

#[derive(Debug)]
struct MovableInner {
    /// This machine's clock minus the time since boot, at the start.
    wall: i64,
    motion: Mutex<Motion>,
}

/// Starts at `at` and runs at `rate` since the machine's clock was at `since`.
#[derive(Clone, Copy, Debug)]
struct Motion {
    since: i64,
    at: i64,
    rate: u32,
}

/// The time and pace that a test's clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    pub time: Timestamp,
    /// Seconds by which it is ahead of this machine's clock; negative if behind.
    pub ahead: i64,
    /// Seconds that pass in a second.
    pub rate: u32,
}

impl Motion {
    const fn real(now: i64) -> Self {
        Self { since: now, at: now, rate: 1 }
    }

    fn read(self, now: i64) -> i64 {
        let passed = now.saturating_sub(self.since).saturating_mul(i64::from(self.rate));
        self.at.saturating_add(passed)
    }
}

impl Default for MovableClock {
    /// Shows this machine's time.
    fn default() -> Self {
        let boot = boot::millis();
        let wall = Moment::now().millis().saturating_sub(boot);
        Self(Arc::new(MovableInner { wall, motion: Mutex::new(Motion::real(boot)) }))
    }
}

impl MovableClock {
    /// Milliseconds that stand for the time since boot.
    pub(super) fn boot(&self) -> i64 {
        self.motion().read(boot::millis())
    }

    /// The difference of the wall clock and the time since boot, which never changes.
    pub(super) fn wall(&self) -> i64 {
        self.0.wall
    }

    /// Sets the time. The rate stays.
    pub fn set(&self, time: Timestamp) {
        let at = time.unix().saturating_mul(1000).saturating_sub(self.0.wall);
        self.move_to(|_, _| at);
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.move_to(|shown, _| shown.saturating_add(by));
    }

    /// Sets the difference to this machine's clock, in seconds.
    pub fn offset(&self, seconds: i64) {
        self.move_to(|_, real| real.saturating_add(seconds.saturating_mul(1000)));
    }

    /// Sets how many seconds pass in a second; 0 stops the clock.
    pub fn run_at(&self, rate: u32) {
        self.move_to(|shown, _| shown);
        self.motion().rate = rate;
    }

    /// Shows this machine's time again.
    pub fn reset(&self) {
        *self.motion() = Motion::real(boot::millis());
    }

    #[must_use]
    pub fn read(&self) -> ClockReading {
        let (real, motion) = (boot::millis(), *self.motion());
        let shown = motion.read(real);
        ClockReading {
            time: Moment::from_millis(shown.saturating_add(self.0.wall)).into(),
            ahead: shown.saturating_sub(real).saturating_add(500).div_euclid(1000),
            rate: motion.rate,
        }
    }

    /// `to` gets the shown and the real time since boot.
    fn move_to(&self, to: impl FnOnce(i64, i64) -> i64) {
        let real = boot::millis();
        let mut motion = self.motion();
        *motion = Motion { since: real, at: to(motion.read(real), real), rate: motion.rate };
    }

    fn motion(&self) -> MutexGuard<'_, Motion> {
        self.0.motion.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::shared::SharedClock;

    #[test]
    fn a_motion_starts_where_it_is_set_and_runs_at_its_rate() {
        let motion = Motion { since: 1000, at: 50_000, rate: 60 };
        assert_eq!([1000, 1500, 2000].map(|now| motion.read(now)), [50_000, 80_000, 110_000]);
        assert_eq!(Motion { rate: 0, ..motion }.read(9000), 50_000);
        assert_eq!(Motion { at: i64::MAX, ..motion }.read(i64::MAX), i64::MAX);
    }

    #[test]
    fn a_server_follows_every_move_and_never_sees_a_jump() {
        let moved = MovableClock::default();
        let clock = SharedClock::moved_by(moved.clone());
        let began = clock.now().unix();
        let about = |wanted: i64| {
            clock.read_own();
            let now = clock.now();
            assert!((wanted..wanted + 30).contains(&(now.unix() - began)), "{now} is not {wanted} later");
            assert!(clock.is_settled() && clock.skew().degraded().is_none());
            assert_eq!((clock.ends(now), clock.forgets(now)), (now, now));
            assert!((0..30).contains(&(clock.paced(now).unix() - began)), "rates do not follow");
        };
        about(0);
        moved.advance(Duration::from_secs(3600));
        about(3600);
        moved.advance(Duration::from_secs(3600));
        about(7200);
        moved.offset(-7200);
        about(-7200);
        assert_eq!(moved.read().ahead, -7200);
        moved.run_at(0);
        moved.set(Timestamp::from_unix(began + 86_400 * 400));
        assert_eq!(moved.read().time.unix(), began + 86_400 * 400, "it stands");
        about(86_400 * 400);
        moved.reset();
        about(0);
        assert_eq!((moved.read().ahead, moved.read().rate), (0, 1));
    }
}
