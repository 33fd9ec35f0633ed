//! Reports once that the store is slow, with figures, and once that it is fast again.

use super::console::Console;
use crate::registry::client_cache::{ANSWERS, ClientCache};
use crate::server::bulkheads::{BulkheadUse, Bulkheads};
use std::sync::Arc;
use std::time::Duration;

/// A store is slow above this median, and fast again below half of it.
const SLOW: Duration = Duration::from_millis(100);
const STORE: &str = "store";

pub(super) struct SlowStoreAlarm {
    places: Arc<Bulkheads>,
    is_slow: bool,
    /// The number of requests refused for want of room at the last report.
    refused: u64,
}

impl SlowStoreAlarm {
    pub(super) const fn new(places: Arc<Bulkheads>) -> Self {
        Self { places, is_slow: false, refused: 0 }
    }

    /// Judges the last answers of the store.
    pub(super) fn look(&mut self, registered: &ClientCache, console: &dyn Console) {
        if let Some(median) = registered.median() {
            match self.turn(median, self.places.crowding()) {
                Some((true, what)) => console.alarm(STORE, &what),
                Some((false, what)) => console.notice(STORE, &what),
                None => {}
            }
        }
    }

    /// The report of a change, and whether it is an alarm.
    fn turn(&mut self, median: Duration, crowding: BulkheadUse) -> Option<(bool, String)> {
        let is_slow = median >= if self.is_slow { SLOW / 2 } else { SLOW };
        if is_slow == self.is_slow {
            return None;
        }
        self.is_slow = is_slow;
        let refused = crowding.refused - std::mem::replace(&mut self.refused, crowding.refused);
        let median = format!("median {} ms over the last {ANSWERS} answers", median.as_millis());
        let what = if is_slow {
            format!(
                "the store is slow: {median}; {} requests wait for it, {refused} were refused; cached \
                 clients do not wait",
                crowding.waiting
            )
        } else {
            format!("the store is fast again: {median}; meanwhile {refused} requests were refused")
        };
        Some((is_slow, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slowness_is_told_once_with_figures_and_its_end_once() {
        let mut slowness = SlowStoreAlarm::new(Arc::default());
        let mut turn = |ms, waiting, refused| {
            slowness.turn(Duration::from_millis(ms), BulkheadUse { waiting, refused }).map(|(_, what)| what)
        };
        assert_eq!(turn(99, 0, 0), None);
        let told = turn(210, 12, 3).unwrap();
        assert!(told.contains("median 210 ms over the last 20 answers; 12 requests wait"), "{told}");
        assert!(told.contains("3 were refused"), "{told}");
        assert_eq!((turn(300, 50, 7), turn(60, 0, 9)), (None, None), "it is not well yet");
        let told = turn(4, 0, 10).unwrap();
        assert!(
            told.contains("fast again: median 4 ms") && told.contains("7 requests were refused"),
            "{told}"
        );
        assert_eq!(turn(4, 0, 10), None);
    }
}
