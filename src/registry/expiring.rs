//! Ids that matter until a moment and not after: revoked tokens, and ids that must not be seen
//! twice. Bounded: a full table refuses a new id rather than forget a live one.

use crate::clock::Timestamp;
use crate::jose::digest::sha256;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One owner may have so small a part of the whole: a quarter.
const OWNERS_SHARE: usize = 4;
/// Seconds between two clearings of what has expired.
const PURGE_EVERY: i64 = 60;

/// The digest of an id: texts of any length become keys of one.
pub type IdDigest = [u8; 32];

/// A bounded set whose members expire. Each owner (a client) has a share of it, so that none can fill
/// it for the others.
#[derive(Debug)]
pub struct ExpiringSet {
    max: usize,
    /// Members now, for callers who need no lock where there is none.
    count: AtomicUsize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    members: HashMap<IdDigest, Member>,
    /// Members of each owner.
    owned: HashMap<IdDigest, usize>,
    purged: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct Member {
    until: Timestamp,
    owner: IdDigest,
}

/// There is no room for an id that must be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table of ids is full")]
pub struct Full;

impl ExpiringSet {
    /// A set of at most `max` live ids, of which one owner may have a quarter.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { max, count: AtomicUsize::new(0), inner: Mutex::new(Inner::default()) }
    }

    /// Adds an id of that owner until that moment. True where it was not there.
    ///
    /// # Errors
    /// [`Full`] where there is no room, for anybody or for that owner; the id was not added.
    pub fn insert(&self, id: IdDigest, owner: &str, until: Timestamp, now: Timestamp) -> Result<bool, Full> {
        let owner = digest(&[owner]);
        let mut inner = self.lock();
        let share = self.max.div_ceil(OWNERS_SHARE);
        let full =
            inner.members.len() >= self.max || inner.owned.get(&owner).is_some_and(|count| *count >= share);
        inner.purge(now, full);
        self.count.store(inner.members.len(), Ordering::Release);
        if inner.is_known(&id, until, now) {
            return Ok(false);
        }
        let owned = inner.owned.get(&owner).copied().unwrap_or(0);
        if inner.members.len() >= self.max || owned >= share {
            return Err(Full);
        }
        inner.add(id, Member { until, owner });
        self.count.store(inner.members.len(), Ordering::Release);
        Ok(true)
    }

    /// Adds an id that has found room elsewhere: in a store, which other nodes fill, too. It is never
    /// refused, lest a token that was revoked there be good here.
    pub fn admit(&self, id: IdDigest, owner: &str, until: Timestamp, now: Timestamp) {
        let owner = digest(&[owner]);
        let mut inner = self.lock();
        inner.purge(now, false);
        if !inner.is_known(&id, until, now) {
            inner.add(id, Member { until, owner });
        }
        self.count.store(inner.members.len(), Ordering::Release);
    }

    /// Takes an id back that was inserted and could not be put on record: nobody has used it.
    pub fn take_back(&self, id: &IdDigest) {
        let mut inner = self.lock();
        inner.remove(id);
        self.count.store(inner.members.len(), Ordering::Release);
    }

    /// True where the id is there and has not expired. Costs one atomic read while there is none.
    #[must_use]
    pub fn contains(&self, id: &IdDigest, now: Timestamp) -> bool {
        self.count.load(Ordering::Acquire) > 0
            && self.lock().members.get(id).is_some_and(|member| member.until > now)
    }

    /// A panic elsewhere leaves the maps whole enough: a count may be one too high until the next purge.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Clears what has expired, once a minute; where there is no room, once a second.
    fn purge(&mut self, now: Timestamp, full: bool) {
        let pause = if full { 1 } else { PURGE_EVERY };
        if self.purged.is_some_and(|at| now.unix().saturating_sub(at.unix()) < pause) {
            return;
        }
        self.members.retain(|_, member| member.until > now);
        self.owned.clear();
        for member in self.members.values() {
            *self.owned.entry(member.owner).or_insert(0) += 1;
        }
        self.purged = Some(now);
    }

    /// Whether it is there; then it stays until the later of both moments.
    fn is_known(&mut self, id: &IdDigest, until: Timestamp, now: Timestamp) -> bool {
        let known = self.members.get_mut(id).filter(|known| known.until > now);
        known.map(|known| known.until = known.until.max(until)).is_some()
    }

    fn add(&mut self, id: IdDigest, member: Member) {
        // An expired member of the same id leaves first.
        self.remove(&id);
        *self.owned.entry(member.owner).or_insert(0) += 1;
        self.members.insert(id, member);
    }

    fn remove(&mut self, id: &IdDigest) {
        if let Some(member) = self.members.remove(id)
            && let Some(count) = self.owned.get_mut(&member.owner)
        {
            *count = count.saturating_sub(1);
        }
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
        assert_eq!(set.insert(id, "o", at(10), at(0)), Ok(true));
        assert_eq!(set.insert(id, "o", at(10), at(9)), Ok(false));
        assert!(set.contains(&id, at(9)) && !set.contains(&id, at(10)));
        assert_eq!(set.insert(id, "o", at(20), at(10)), Ok(true));
    }

    #[test]
    fn a_full_set_refuses_and_forgets_only_what_has_expired() {
        let set = ExpiringSet::new(2);
        assert_eq!(set.insert(digest(&["a"]), "o", at(10), at(0)), Ok(true));
        assert_eq!(set.insert(digest(&["b"]), "p", at(20), at(0)), Ok(true));
        assert_eq!(set.insert(digest(&["c"]), "q", at(20), at(9)), Err(Full));
        assert!(set.contains(&digest(&["a"]), at(9)));
        assert_eq!(set.insert(digest(&["c"]), "q", at(20), at(10)), Ok(true));
    }

    #[test]
    fn one_owner_cannot_fill_it_for_another() {
        let set = ExpiringSet::new(8);
        let add =
            |owner: &str, n: i32, now| set.insert(digest(&[owner, &n.to_string()]), owner, at(10), at(now));
        assert_eq!([0, 1, 2].map(|n| add("greedy", n, 0)), [Ok(true), Ok(true), Err(Full)]);
        assert_eq!(add("other", 0, 0), Ok(true));
        assert_eq!(add("greedy", 3, 10), Ok(true), "its share is free again");
    }

    #[test]
    fn what_a_store_has_is_admitted_beyond_every_bound() {
        let set = ExpiringSet::new(4);
        let id = |n: i32| digest(&[&n.to_string()]);
        (0..9).for_each(|n| set.admit(id(n), "o", at(10), at(0)));
        assert!((0..9).all(|n| set.contains(&id(n), at(9))));
        assert_eq!(set.insert(id(9), "p", at(10), at(0)), Err(Full));
        set.admit(id(0), "o", at(20), at(0));
        assert!(set.contains(&id(0), at(19)) && !set.contains(&id(1), at(19)));
    }

    #[test]
    fn what_is_taken_back_may_be_inserted_again() {
        let set = ExpiringSet::new(4);
        assert_eq!(set.insert(digest(&["a"]), "o", at(10), at(0)), Ok(true));
        set.take_back(&digest(&["a"]));
        assert!(!set.contains(&digest(&["a"]), at(0)));
        assert_eq!(set.insert(digest(&["a"]), "o", at(10), at(0)), Ok(true));
    }

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }
}
