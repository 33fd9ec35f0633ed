//! Ids that matter until a moment and not after: revoked tokens, and ids that must not be seen
//! twice. Bounded: a full table refuses a new id rather than forget a live one.

use crate::clock::Timestamp;
use crate::jose::digest::sha256;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Seconds between two clearings of what has expired.
const PURGE_EVERY: i64 = 60;

/// The digest of an id: texts of any length become keys of one.
pub type IdDigest = [u8; 32];

/// A bounded set whose members expire.
#[derive(Debug)]
pub struct ExpiringSet {
    max: usize,
    /// Members now, for callers who need no lock where there is none.
    count: AtomicUsize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    until: HashMap<IdDigest, Timestamp>,
    purged: Option<Timestamp>,
}

/// The set is full of ids that have not expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table of ids is full")]
pub struct Full;

impl ExpiringSet {
    /// A set of at most `max` live ids.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { max, count: AtomicUsize::new(0), inner: Mutex::new(Inner::default()) }
    }

    /// Adds an id until that moment. True where it was not there.
    ///
    /// # Errors
    /// [`Full`] where there is no room; the id was not added.
    pub fn insert(&self, id: IdDigest, until: Timestamp, now: Timestamp) -> Result<bool, Full> {
        let mut inner = self.lock();
        let due = inner.purged.is_none_or(|at| now.unix().saturating_sub(at.unix()) >= PURGE_EVERY);
        if due || inner.until.len() >= self.max {
            inner.until.retain(|_, until| *until > now);
            inner.purged = Some(now);
        }
        if let Some(known) = inner.until.get(&id).filter(|known| **known > now) {
            let until = until.max(*known);
            inner.until.insert(id, until);
            return Ok(false);
        }
        if inner.until.len() >= self.max {
            return Err(Full);
        }
        inner.until.insert(id, until);
        self.count.store(inner.until.len(), Ordering::Release);
        Ok(true)
    }

    /// True where the id is there and has not expired. Costs one atomic read while there is none.
    #[must_use]
    pub fn contains(&self, id: &IdDigest, now: Timestamp) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.lock().until.get(id).is_some_and(|until| *until > now)
    }

    /// A panic elsewhere leaves the map whole: each change is one call.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key of an id that is made of several texts; their lengths keep them apart.
#[must_use]
pub fn digest(parts: &[&str]) -> IdDigest {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    sha256(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds)
    }

    #[test]
    fn an_id_is_new_once_until_it_expires() {
        let set = ExpiringSet::new(10);
        let id = digest(&["a"]);
        assert!(!set.contains(&id, at(0)));
        assert_eq!(set.insert(id, at(10), at(0)), Ok(true));
        assert_eq!(set.insert(id, at(10), at(9)), Ok(false));
        assert!(set.contains(&id, at(9)) && !set.contains(&id, at(10)));
        assert_eq!(set.insert(id, at(20), at(10)), Ok(true));
    }

    #[test]
    fn a_full_set_refuses_and_forgets_only_what_has_expired() {
        let set = ExpiringSet::new(2);
        assert_eq!(set.insert(digest(&["a"]), at(10), at(0)), Ok(true));
        assert_eq!(set.insert(digest(&["b"]), at(20), at(0)), Ok(true));
        assert_eq!(set.insert(digest(&["c"]), at(20), at(9)), Err(Full));
        assert!(set.contains(&digest(&["a"]), at(9)));
        assert_eq!(set.insert(digest(&["c"]), at(20), at(10)), Ok(true));
    }

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }
}
