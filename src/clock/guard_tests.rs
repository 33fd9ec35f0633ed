//! Tests of how readings affect the clock.

use super::*;

const S: i64 = 1_000;
const HOUR: i64 = 3_600 * S;
/// The offset at which the clock starts.
const RIGHT: i64 = 1_795_420_800 * S;

/// A clock that starts right and is read once a second.
struct Clock {
    held: ClockGuard,
    boot: i64,
}

impl Clock {
    fn new() -> Self {
        Self { held: ClockGuard::new(RIGHT, 0), boot: 0 }
    }

    /// Reads a source that is `later` ahead of the start, for `seconds`.
    fn shows(&mut self, later: i64, seconds: i64) -> &mut Self {
        for _ in 0..seconds {
            self.boot += S;
            self.held.read(RIGHT + later, self.boot);
        }
        self
    }

    /// The three times, relative to the right time at the start.
    fn times(&self) -> [i64; 3] {
        [self.held.dates(), self.held.ends(), self.held.forgets()].map(|time| time - RIGHT)
    }

    fn is_settled(&self) -> bool {
        self.held.wait().is_none()
    }
}

#[test]
fn a_jump_of_two_seconds_duration_changes_nothing() {
    for size in [3 * HOUR, -3 * HOUR, 4 * S, -4 * S] {
        let mut clock = Clock::new();
        clock.shows(0, 10).shows(size, 2);
        assert!(!clock.is_settled());
        assert_eq!(clock.held.jumped(), Some(size));
        assert_eq!(clock.times(), [0, 0, size.min(0)], "{size}");
        clock.shows(0, 1);
        assert!(clock.is_settled());
        assert_eq!((clock.times(), clock.held.jumped()), ([0; 3], None), "{size}");
    }
}

#[test]
fn tokens_are_dated_by_a_new_time_after_a_minute_and_ends_wait_for_longer_than_the_jump() {
    for size in [600 * S, -600 * S] {
        let mut clock = Clock::new();
        clock.shows(0, 10).shows(size, 60);
        assert_eq!(clock.times(), [0, 0, size.min(0)]);
        clock.shows(size, 1);
        assert_eq!(clock.times(), [size, 0, size.min(0)], "it is steady by now");
        clock.shows(size, 540);
        assert!(!clock.is_settled(), "as long as the jump is not longer");
        assert_eq!(clock.held.wait(), Some(0));
        clock.shows(size, 1);
        assert!(clock.is_settled());
        assert_eq!(clock.times(), [size; 3]);
    }
}

#[test]
fn each_jump_is_waited_for_anew_and_measured_from_what_was_right() {
    let mut clock = Clock::new();
    clock.shows(600 * S, 599).shows(HOUR, 601);
    assert_eq!((clock.held.jumped(), clock.held.ends()), (Some(HOUR), RIGHT));
    assert!(!clock.is_settled());
    clock.shows(HOUR, 3_001);
    assert!(clock.is_settled());
}

#[test]
fn small_differences_are_followed_slowly_and_a_clock_that_runs_fast_jumps() {
    let mut clock = Clock::new();
    clock.shows(1_500, 1);
    assert_eq!(clock.times(), [10; 3]);
    clock.shows(1_500, 200);
    assert_eq!(clock.times(), [1_500; 3]);
    let mut fast = Clock::new();
    for second in 1..600 {
        fast.shows(second * 100, 1);
    }
    assert!(!fast.is_settled(), "it gains a tenth");
    assert!(fast.held.ends() - RIGHT < 10 * S && fast.held.dates() == fast.held.ends());
}

#[test]
fn who_knows_that_a_new_time_is_right_ends_the_wait() {
    let mut clock = Clock::new();
    clock.shows(-HOUR, 5);
    clock.held.accept(RIGHT - HOUR, clock.boot);
    assert!(clock.is_settled());
    assert_eq!(clock.times(), [-HOUR; 3]);
}

#[test]
fn after_a_gap_that_nobody_has_measured_all_goes_on_and_nothing_is_forgotten_for_as_long() {
    let mut clock = Clock { held: ClockGuard::after_gap(RIGHT - 300 * S, RIGHT, 0), boot: 0 };
    assert_eq!((clock.times(), clock.held.jumped()), ([0, 0, -300 * S], None));
    clock.shows(0, 300);
    assert!(!clock.is_settled());
    clock.shows(0, 1);
    assert!(clock.is_settled());
    // A gap of a week is not waited for.
    let mut clock = Clock { held: ClockGuard::after_gap(RIGHT - 168 * HOUR, RIGHT, 0), boot: 0 };
    clock.shows(0, 601);
    assert!(clock.is_settled());
    assert_eq!(clock.times(), [0; 3]);
    let short = ClockGuard::after_gap(RIGHT - S, RIGHT, 0);
    assert_eq!((short.wait(), short.ends()), (None, RIGHT));
}

#[test]
fn a_start_with_a_wrong_clock_is_corrected_at_once_and_has_forgotten_nothing() {
    let gap = 300 * S;
    for wrong in [24 * HOUR, 87_660 * HOUR] {
        let mut clock = Clock { held: ClockGuard::after_gap(RIGHT - gap, RIGHT + wrong, 0), boot: 0 };
        clock.shows(wrong, 30);
        assert_eq!(clock.times(), [wrong, wrong, -gap]);
        clock.shows(0, 1);
        assert_eq!(clock.times(), [0, 0, -gap]);
        clock.shows(0, 301);
        assert!(clock.is_settled());
    }
    // Earlier than a time that is known to have passed.
    let mut clock = Clock { held: ClockGuard::after_gap(RIGHT, RIGHT - 600 * S, 0), boot: 0 };
    assert_eq!((clock.held.jumped(), clock.times()), (Some(-600 * S), [0, 0, -600 * S]));
    clock.shows(-600 * S, 61);
    assert_eq!(clock.times(), [-600 * S, 0, -600 * S]);
    clock.shows(0, 1);
    assert!(clock.is_settled());
}

#[test]
fn what_another_process_has_left_is_taken_up_as_it_was() {
    let mut clock = Clock::new();
    clock.shows(HOUR, 90);
    let text = serde_json::to_string(&clock.held).unwrap();
    let taken: ClockGuard = serde_json::from_str(&text).unwrap();
    assert_eq!(taken, clock.held);
}
