//! Watches the clocks. Reports once when one is wrong and once when it is right again, and records in the
//! store what other nodes need to know.

use super::console::Console;
use crate::clock::JUMP;
use crate::clock::shared::{SharedClock, Skew};
use crate::registry::shared_clock;
use crate::registry::store::{Store, StoreError};
use crate::server::metrics::Metrics;
use std::time::{Duration, Instant};

/// The phase of messages about clocks.
pub(super) const CLOCK: &str = "clock";
/// The interval between readings of the store's clock.
const READ: Duration = Duration::from_secs(5);
/// The interval between records of the clock in the store while nothing happens to it.
const LEAVE: Duration = Duration::from_secs(60);

/// A clock that has not moved for this time after a jump does not run fast or slow.
const STAYS: Duration = Duration::from_secs(600);
/// The largest drift per unit of time of a clock that runs fast or slow. A larger one is a jump.
const FASTEST: i64 = 20;

#[derive(Default)]
pub(super) struct TimeWatch {
    said: ClockFault,
    moved: Option<Moved>,
    read: Option<Instant>,
    left: Option<(Instant, ClockFault)>,
}

/// The fault of a clock. A new report follows when it changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ClockFault {
    #[default]
    Nothing,
    /// The machine's clock differs from the database's.
    Skewed,
    /// A clock has jumped by about this many milliseconds.
    Jumped(i64),
    /// A clock runs fast or slow: it jumps again and again.
    Runs { fast: bool },
}

/// The last jump.
#[derive(Clone, Copy)]
struct Moved {
    at: Instant,
    /// The sum of all jumps so far, in milliseconds.
    to: i64,
    ahead: bool,
}

impl Moved {
    /// Whether drift alone explains the next position of the clock.
    fn leads_to(self, next: Self) -> bool {
        let passed = next.at.saturating_duration_since(self.at);
        let most = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX).saturating_mul(FASTEST);
        let by = next.to.saturating_sub(self.to).saturating_abs();
        next.ahead == self.ahead && passed < STAYS && by <= most.saturating_add(JUMP)
    }
}

impl ClockFault {
    /// The leeway of tokens covers small differences. A fault ends within half of it.
    fn of(skew: Skew, leeway: Duration, before: Self) -> Self {
        let most = i64::try_from(leeway.as_millis()).unwrap_or(i64::MAX).max(JUMP);
        let most = if before == Self::Nothing { most } else { most / 2 };
        match skew.jumped {
            _ if !skew.exceeds(most) => Self::Nothing,
            Some(jumped) => Self::Jumped(jumped),
            None => Self::Skewed,
        }
    }

    fn is_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Jumped(one), Self::Jumped(other)) => one.saturating_sub(other).saturating_abs() <= JUMP,
            _ => self == other,
        }
    }
}

impl TimeWatch {
    /// Reads the store's clock from time to time. A jump that was accepted at another node is accepted here.
    ///
    /// # Errors
    /// If the store cannot be asked.
    pub(super) fn read(
        &mut self,
        store: &dyn Store,
        clock: &SharedClock,
        console: &dyn Console,
    ) -> Result<(), StoreError> {
        if is_due(self.read, READ) {
            shared_clock::read(store, clock)?;
            self.read = Some(Instant::now());
        }
        if shared_clock::follow(store, clock)? {
            console.notice(CLOCK, &accepted("as on another node", clock));
        }
        Ok(())
    }

    /// Shows the difference of the clocks in the metrics, and reports it if it is news.
    pub(super) fn look(
        &mut self,
        clock: &SharedClock,
        leeway: Duration,
        metrics: &Metrics,
        console: &dyn Console,
    ) {
        let skew = clock.skew();
        metrics.set_clock_skew(skew.millis);
        match self.turn(skew, leeway, Instant::now()) {
            Some((true, what)) => console.alarm(CLOCK, &what),
            Some((false, what)) => console.notice(CLOCK, &what),
            None => {}
        }
    }

    /// The report of a change, and whether it is an alarm.
    fn turn(&mut self, skew: Skew, leeway: Duration, at: Instant) -> Option<(bool, String)> {
        let now = self.running(ClockFault::of(skew, leeway, self.said), at);
        if now.is_same(std::mem::replace(&mut self.said, now)) {
            return None;
        }
        Some(match now {
            ClockFault::Nothing => (false, "the clock is right again".to_owned()),
            ClockFault::Skewed | ClockFault::Jumped(_) => (true, format!("{}; {}", skew.what(), skew.cure())),
            ClockFault::Runs { fast } => (true, skew.runs(fast)),
        })
    }

    /// Distinguishes a clock that runs fast or slow from one that jumps.
    fn running(&mut self, found: ClockFault, at: Instant) -> ClockFault {
        let ClockFault::Jumped(to) = found else {
            self.moved = None;
            return found;
        };
        let Some(before) = self.moved else {
            self.moved = Some(Moved { at, to, ahead: to > 0 });
            return found;
        };
        if found.is_same(ClockFault::Jumped(before.to)) {
            let stays = at.saturating_duration_since(before.at) >= STAYS;
            return if stays { found } else { self.said };
        }
        let next = Moved { at, to, ahead: to > before.to };
        self.moved = Some(next);
        if before.leads_to(next) { ClockFault::Runs { fast: next.ahead } } else { found }
    }

    /// Records the clock in the store, from time to time and after each change. If the store cannot be
    /// written to, this comes later; the pending writes report the trouble.
    pub(super) fn leave(&mut self, store: &dyn Store, clock: &SharedClock) {
        let is_news = clock.is_accepted() || self.left.is_none_or(|(_, said)| !said.is_same(self.said));
        if is_news || is_due(self.left.map(|(at, _)| at), LEAVE) {
            self.left = Some((Instant::now(), self.said));
            let _ = shared_clock::leave(store, clock);
        }
    }
}

/// The notice about a clock that an operator has accepted.
pub(super) fn accepted(how: &str, clock: &SharedClock) -> String {
    format!("the clock is accepted {how}, {}: records that have expired by it may be removed", clock.now())
}

fn is_due(last: Option<Instant>, every: Duration) -> bool {
    last.is_none_or(|at| at.elapsed() >= every)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: &str = include_str!("../../../docs/operations.md");

    /// This machine's clock is ahead of the database's by this number of seconds.
    fn skewed(seconds: i64) -> Skew {
        Skew { millis: seconds * 1000, jumped: None, of_store: true }
    }

    /// It has jumped by this number of seconds.
    fn jumped(seconds: i64) -> Skew {
        Skew { millis: seconds * 1000, jumped: Some(seconds * 1000), of_store: false }
    }

    #[test]
    fn a_clock_that_is_wrong_is_told_of_once_as_the_docs_show_it_and_once_when_it_is_right() {
        let mut watch = TimeWatch::default();
        let leeway = Duration::from_secs(30);
        let mut told = |skew| watch.turn(skew, leeway, Instant::now());
        assert_eq!(told(skewed(30)), None, "that is what the leeway is for");
        let (is_trouble, what) = told(skewed(3600)).unwrap();
        assert!(is_trouble && DOCS.contains(&format!("\nerror: clock: {what}\n")), "{what}");
        assert_eq!((told(skewed(3605)), told(skewed(20))), (None, None), "it is not right yet");
        let right = Some((false, "the clock is right again".to_owned()));
        assert_eq!((told(skewed(15)), told(skewed(0))), (right.clone(), None));
        let (is_trouble, what) = told(jumped(10_800)).unwrap();
        assert!(is_trouble && DOCS.contains(&format!("\nerror: clock: {what}\n")), "{what}");
        assert_eq!(told(jumped(10_801)), None);
        assert!(told(jumped(-60)).unwrap().1.contains("jumped 1m back"), "that is another");
        assert_eq!(told(jumped(0)), right);
    }

    #[test]
    fn a_clock_that_runs_fast_or_slow_is_told_of_once() {
        for gains in [2, 9, -1] {
            let (mut watch, start) = (TimeWatch::default(), Instant::now());
            let mut look = |seconds: i64, to: i64| {
                let at = start + Duration::from_secs(seconds.unsigned_abs());
                watch.turn(jumped(to), Duration::from_secs(5), at)
            };
            let told: Vec<_> = (0..600).step_by(2).filter_map(|now| look(now, gains * now)).collect();
            assert_eq!(told.len(), 2, "{gains}: {told:?}");
            assert!(told[0].1.contains("has jumped"), "{told:?}");
            let runs = if gains > 0 {
                "this machine's clock runs fast: "
            } else {
                "this machine's clock runs slow: "
            };
            assert!(told[1].0 && told[1].1.starts_with(runs), "{told:?}");
            if gains == 2 {
                assert!(DOCS.contains(&format!("\nerror: clock: {}\n", told[1].1)), "{told:?}");
            }
            let there = gains * 600;
            assert!(
                look(602, there + 7200).unwrap().1.contains("has jumped"),
                "a jump is told of all the same"
            );
            assert_eq!(look(604, there + 7200), None);
            assert_eq!(look(606, 0), Some((false, "the clock is right again".to_owned())));
        }
    }

    #[test]
    fn a_clock_that_ran_fast_and_stays_there_has_jumped() {
        let (mut watch, start) = (TimeWatch::default(), Instant::now());
        let mut look = |seconds, to| {
            let told = watch.turn(jumped(to), Duration::ZERO, start + Duration::from_secs(seconds));
            told.map(|(_, what)| what)
        };
        assert!(look(0, 6).is_some() && look(2, 10).unwrap().contains("runs fast"));
        assert_eq!((look(4, 10), look(601, 10)), (None, None));
        assert!(look(602, 10).unwrap().contains("has jumped 10s ahead"));
        assert_eq!(look(604, 10), None);
    }

    #[test]
    fn without_a_leeway_only_a_jump_is_told_of() {
        let mut watch = TimeWatch::default();
        assert_eq!(watch.turn(skewed(-2), Duration::ZERO, Instant::now()), None);
        let told = watch.turn(skewed(-3), Duration::ZERO, Instant::now()).unwrap().1;
        assert!(told.contains("3s behind the database's"), "{told}");
    }
}
