//! Backs off from a store that refused a write: for a moment all writes get the same refusal, and then one request
//! tries again. So requests do not wait for the store in turn. Moments are arguments.

use super::store::StoreError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a refusal stands, longer than a request waits before it is refused.
const STANDS: Duration = Duration::from_secs(3);

/// The last refusal, where nothing was written since.
#[derive(Debug, Default)]
pub(super) struct WriteBackoff(Mutex<Option<(Instant, StoreError)>>);

impl WriteBackoff {
    /// Checks that a write may be tried.
    ///
    /// # Errors
    /// The refusal that stands.
    pub(super) fn may_try(&self, now: Instant) -> Result<(), StoreError> {
        match &mut *self.last() {
            Some((at, error)) if now.saturating_duration_since(*at) < STANDS => Err(error.clone()),
            // This one tries, and the refusal stands for all others meanwhile.
            Some((at, _)) => {
                *at = now;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Takes the result of a write.
    pub(super) fn note<T>(&self, done: &Result<T, StoreError>, now: Instant) {
        match done {
            Ok(_) => *self.last() = None,
            Err(error @ StoreError::Unwritable(_)) => *self.last() = Some((now, error.clone())),
            Err(_) => {}
        }
    }

    /// The last refusal, until something is written.
    pub(super) fn last_one(&self) -> Option<StoreError> {
        self.last().as_ref().map(|(_, error)| error.clone())
    }

    fn last(&self) -> MutexGuard<'_, Option<(Instant, StoreError)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes that happen now and then, apart from any request.
#[derive(Clone, Copy, Debug)]
pub(super) enum WriteKind {
    /// Uses of secrets, and revocations that the store has refused before.
    Pending,
    /// The purge of ids that have expired.
    Purge,
}

/// Why each kind of these writes failed the last time. Requests are not told: what they want to write may be
/// possible.
#[derive(Debug, Default)]
pub(super) struct FailedWrites(Mutex<[Option<StoreError>; 2]>);

impl FailedWrites {
    /// Takes the result of a write of that kind.
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
