//! That a store has refused to be written to a moment ago: one request at a time looks whether it does so
//! still, and the others are told what that one was told, rather than wait for it in turn.

use super::store::StoreError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a refusal stands, longer than a request waits before it is refused.
const STANDS: Duration = Duration::from_secs(3);

/// The last refusal, where nothing was written since.
#[derive(Debug, Default)]
pub(super) struct Refused(Mutex<Option<(Instant, StoreError)>>);

impl Refused {
    /// Nothing, where it may be tried.
    ///
    /// # Errors
    /// The refusal that stands.
    pub(super) fn may_try(&self) -> Result<(), StoreError> {
        match &mut *self.last() {
            Some((at, error)) if at.elapsed() < STANDS => Err(error.clone()),
            // This one tries, and it stands for all others meanwhile.
            Some((at, _)) => {
                *at = Instant::now();
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Takes what became of something that was to be written.
    pub(super) fn note<T>(&self, done: &Result<T, StoreError>) {
        match done {
            Ok(_) => *self.last() = None,
            Err(error @ StoreError::Unwritable(_)) => *self.last() = Some((Instant::now(), error.clone())),
            Err(_) => {}
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<(Instant, StoreError)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
