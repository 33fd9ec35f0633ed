//! Measures a store's latency by its last answers.

use super::store::StoreError;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Number of answers that count.
pub const ANSWERS: usize = 20;

/// The durations of the last [`ANSWERS`] answers.
#[derive(Debug, Default)]
pub(super) struct StoreLatency(Mutex<VecDeque<Duration>>);

impl StoreLatency {
    /// Runs a query and records its duration. Queries without an answer are not recorded;
    /// [`super::store_health`] handles outages.
    pub(super) fn timed<T>(&self, ask: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let begun = Instant::now();
        let answer = ask();
        if answer.is_ok() {
            self.note(begun.elapsed());
        }
        answer
    }

    fn note(&self, took: Duration) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= ANSWERS {
            last.pop_front();
        }
        last.push_back(took);
    }

    /// The median, once there are enough answers.
    pub(super) fn median(&self) -> Option<Duration> {
        let mut last: Vec<Duration> =
            self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        last.sort_unstable();
        last.get(ANSWERS / 2).copied().filter(|_| last.len() == ANSWERS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_that_of_the_last_answers_and_failures_are_none() {
        let pace = StoreLatency::default();
        let failed = pace.timed(|| Err::<(), _>(StoreError::Missing));
        assert_eq!((failed, pace.median()), (Err(StoreError::Missing), None));
        (0..19).for_each(|_| pace.note(Duration::from_millis(1)));
        assert_eq!(pace.median(), None, "too few");
        (0..9).for_each(|_| pace.note(Duration::from_millis(200)));
        assert_eq!(pace.median(), Some(Duration::from_millis(1)));
        (0..3).for_each(|_| pace.note(Duration::from_millis(200)));
        assert_eq!(pace.median(), Some(Duration::from_millis(200)));
        assert_eq!(pace.timed(|| Ok(7)), Ok(7));
    }
}
