//! Backs off from a store that refused a write: for a moment all writes get the same error, then one request
//! tries again. So requests do not wait for the store one after the other. Times are arguments.

use super::store::StoreError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long an error is returned again; longer than a request waits for a write.
const STANDS: Duration = Duration::from_secs(3);

/// The last error, unless a later write succeeded.
#[derive(Debug, Default)]
pub(super) struct WriteBackoff(Mutex<Option<(Instant, StoreError)>>);

impl WriteBackoff {
    /// Checks that a write may be tried.
    ///
    /// # Errors
    /// The last error, during the back-off.
    pub(super) fn may_try(&self, now: Instant) -> Result<(), StoreError> {
        match &mut *self.last() {
            Some((at, error)) if now.saturating_duration_since(*at) < STANDS => Err(error.clone()),
            // This request tries again; the others keep getting the error meanwhile.
            Some((at, _)) => {
                *at = now;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Notes the result of a write.
    pub(super) fn note<T>(&self, done: &Result<T, StoreError>, now: Instant) {
        match done {
            Ok(_) => *self.last() = None,
            Err(error @ StoreError::Unwritable(_)) => *self.last() = Some((now, error.clone())),
            Err(_) => {}
        }
    }

    /// The last error, until a write succeeds.
    pub(super) fn last_one(&self) -> Option<StoreError> {
        self.last().as_ref().map(|(_, error)| error.clone())
    }

    fn last(&self) -> MutexGuard<'_, Option<(Instant, StoreError)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Background writes, apart from requests.
#[derive(Clone, Copy, Debug)]
pub(super) enum WriteKind {
    /// Uses of secrets, and revocations that the store refused before.
    Pending,
    /// Deletion of expired IDs.
    Purge,
}

/// The last error of each kind of background write. Requests do not get these errors: their own writes may
/// succeed.
#[derive(Debug, Default)]
pub(super) struct FailedWrites(Mutex<[Option<StoreError>; 2]>);

impl FailedWrites {
    /// Notes the result of a write of this kind.
    pub(super) fn note<T>(&self, what: WriteKind, done: &Result<T, StoreError>) {
        self.last()[what as usize] = done.as_ref().err().cloned();
    }

    /// The last error, if a background write failed.
    pub(super) fn why(&self) -> Option<StoreError> {
        self.last().iter().flatten().next().cloned()
    }

    fn last(&self) -> MutexGuard<'_, [Option<StoreError>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_stands_for_a_moment_and_then_one_request_tries_again() {
        let (backoff, start) = (WriteBackoff::default(), Instant::now());
        let refusal = StoreError::Unwritable("database is locked".to_owned());
        assert_eq!(backoff.may_try(start), Ok(()));
        backoff.note(&Err::<(), _>(StoreError::Missing), start);
        assert_eq!((backoff.may_try(start), backoff.last_one()), (Ok(()), None), "an answer is no refusal");
        backoff.note(&Err::<(), _>(refusal.clone()), start);
        let almost = start + STANDS - Duration::from_millis(1);
        assert_eq!(backoff.may_try(almost), Err(refusal.clone()));
        assert_eq!(backoff.may_try(start + STANDS), Ok(()), "one tries");
        assert_eq!(backoff.may_try(start + STANDS), Err(refusal.clone()), "the others wait for it");
        assert_eq!(backoff.may_try(start + 2 * STANDS), Ok(()), "it has not come back");
        assert_eq!(backoff.last_one(), Some(refusal));
        backoff.note(&Ok(()), start + 2 * STANDS);
        assert_eq!((backoff.may_try(start + 2 * STANDS), backoff.last_one()), (Ok(()), None));
    }
}
