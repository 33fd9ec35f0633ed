//! Coalesces concurrent queries. Callers that arrive before a query is sent share its answer, later ones the
//! next. So there is at most one query per [`SPACING`].

use super::store::StoreError;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Minimum time between the starts of two queries.
pub(super) const SPACING: Duration = Duration::from_millis(5);

#[derive(Debug, Default)]
pub(super) struct SingleFlight {
    state: Mutex<FlightState>,
    answered: Condvar,
}

#[derive(Debug)]
struct FlightState {
    /// Whether a caller runs the query or is about to.
    taken: bool,
    /// When the last query started.
    put_at: Option<Instant>,
    put: u64,
    ended: u64,
    /// The answer to the last finished query.
    answer: Result<(), StoreError>,
}

impl Default for FlightState {
    fn default() -> Self {
        Self { taken: false, put_at: None, put: 0, ended: 0, answer: Ok(()) }
    }
}

impl SingleFlight {
    /// The answer to a query that started after this call, made by this caller or another.
    ///
    /// # Errors
    /// The error of the query.
    pub(super) fn ask(&self, question: impl FnOnce() -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut state = self.state();
        let wanted = state.put + 1;
        loop {
            if state.ended >= wanted {
                return state.answer.clone();
            }
            if !state.taken {
                break;
            }
            state = self.answered.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.taken = true;
        let pause = state.put_at.map(|put_at| SPACING.saturating_sub(put_at.elapsed())).unwrap_or_default();
        drop(state);
        let mut turn = FlightLeader {
            of: self,
            answer: Err(StoreError::Unavailable("the query was aborted".to_owned())),
        };
        if !pause.is_zero() {
            std::thread::sleep(pause);
        }
        let mut state = self.state();
        (state.put, state.put_at) = (state.put + 1, Some(Instant::now()));
        drop(state);
        turn.answer = question();
        turn.answer.clone()
    }

    fn state(&self) -> MutexGuard<'_, FlightState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The caller that runs the query. Dropping it wakes the others, even if the query panics.
struct FlightLeader<'a> {
    of: &'a SingleFlight,
    answer: Result<(), StoreError>,
}

impl Drop for FlightLeader<'_> {
    fn drop(&mut self) {
        let mut state = self.of.state();
        (state.taken, state.ended) = (false, state.put);
        state.answer = self.answer.clone();
        self.of.answered.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn many_who_ask_at_once_cost_a_bounded_number_of_questions_and_each_gets_a_later_answer() {
        let (coalesced, put) = (SingleFlight::default(), AtomicU32::new(0));
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let before = put.load(Ordering::SeqCst);
                        coalesced
                            .ask(|| {
                                put.fetch_add(1, Ordering::SeqCst);
                                Ok(())
                            })
                            .unwrap();
                        assert!(put.load(Ordering::SeqCst) > before, "an answer from before the question");
                    }
                });
            }
        });
        let most = begun.elapsed().as_millis() / SPACING.as_millis() + 1;
        let put = put.load(Ordering::SeqCst);
        assert!(u128::from(put) <= most && put < 320, "{put} of {most}");
    }

    #[test]
    fn an_answer_is_for_those_who_came_before_the_question_was_put() {
        let coalesced = SingleFlight::default();
        let (inside, entered) = std::sync::mpsc::channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            let coalesced = &coalesced;
            scope.spawn(move || {
                let failed = coalesced.ask(|| {
                    inside.send(()).unwrap();
                    released.recv().unwrap();
                    Err(StoreError::Missing)
                });
                assert_eq!(failed, Err(StoreError::Missing));
            });
            entered.recv().unwrap();
            let late = scope.spawn(|| coalesced.ask(|| Ok(())));
            release.send(()).unwrap();
            assert_eq!(late.join().unwrap(), Ok(()), "it was put before this one came");
        });
    }

    #[test]
    fn a_question_that_panics_holds_up_nobody() {
        let coalesced = SingleFlight::default();
        let asked = std::panic::AssertUnwindSafe(|| coalesced.ask(|| panic!("as a test asks")));
        assert!(std::panic::catch_unwind(asked).is_err());
        assert_eq!(coalesced.ask(|| Ok(())), Ok(()));
    }
}
