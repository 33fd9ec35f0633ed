//! That a store has refused to be written to a moment ago: one request at a time looks whether it does so
//! still, and the others are told what that one was told, rather than wait for it in turn.

use super::store::StoreError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a refusal stands, longer than a request waits before it is refused.
const STANDS: Duration = Duration::from_secs(3);

/// The last refusal, where nothing was written since.
#[derive(Debug, Default)]
pub(super) struct WriteBackoff(Mutex<Option<(Instant, StoreError)>>);

impl WriteBackoff {
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

    /// The last refusal, for as long as nothing was written since.
    pub(super) fn last_one(&self) -> Option<StoreError> {
        self.last().as_ref().map(|(_, error)| error.clone())
    }

    fn last(&self) -> MutexGuard<'_, Option<(Instant, StoreError)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is written now and then.
#[derive(Clone, Copy, Debug)]
pub(super) enum WriteKind {
    /// What waits for that.
    Pending,
    /// That ids are over.
    Purge,
}

/// Why what is written now and then was not, the last time. Requests are not told: what they want to write
/// may be another matter.
#[derive(Debug, Default)]
pub(super) struct FailedWrites(Mutex<[Option<StoreError>; 2]>);

impl FailedWrites {
    /// Takes what became of it.
    pub(super) fn note<T>(&self, what: WriteKind, done: &Result<T, StoreError>) {
        self.last()[what as usize] = done.as_ref().err().cloned();
    }

    /// Why, where something was not written.
    pub(super) fn why(&self) -> Option<StoreError> {
        self.last().iter().flatten().next().cloned()
    }

    fn last(&self) -> MutexGuard<'_, [Option<StoreError>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
