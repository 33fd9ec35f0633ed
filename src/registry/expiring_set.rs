//! Ids that matter until a moment and not after: revoked tokens, and ids that must not be seen twice.
//! Bounded, and a table that is full refuses a new id rather than forget a live one. Each owner (a client)
//! has a share that it alone can fill:
//!
//! - at most [`OWNERS_SHARE`] ids: 1,000 assertions a second, each good for a minute and the leeway;
//! - no more than there is room left: of owners that fill their shares each gets less than the one before, and
//!   none can take all;
//! - [`ALWAYS`] ids in any case, however full the table is.
//!
//! An id takes about 80 bytes (at most 110): 80 MB for a full table of a million.

use crate::clock::Timestamp;
use crate::jose::digest::sha256;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Live ids of one owner.
pub const OWNERS_SHARE: usize = 100_000;
/// Live ids that an owner may have however full the table is: a client that keeps its tokens needs few.
const ALWAYS: usize = 100;
/// Ids that are over leave with each one that comes: two are enough to keep up.
const LEAVING: usize = 4;

/// The digest of an id: texts of any length become keys of one.
pub type IdDigest = [u8; 32];

/// A bounded set whose members expire.
#[derive(Debug)]
pub struct ExpiringSet {
    max: usize,
    share: usize,
    /// Members now, for callers who need no lock where there is none.
    count: AtomicUsize,
    inner: Mutex<ExpiringMembers>,
}

#[derive(Debug, Default)]
struct ExpiringMembers {
    members: HashMap<HalfDigest, Member>,
    /// Members of each owner that has any.
    owned: HashMap<u64, usize>,
    ends: Ends<HalfDigest>,
}

/// Half of a digest: nobody finds another id with these 128 bits.
type HalfDigest = u128;

fn key(id: &IdDigest) -> HalfDigest {
    let (half, _) = id.split_first_chunk().unwrap_or((&[0; 16], &[]));
    HalfDigest::from_be_bytes(*half)
}

#[derive(Clone, Copy, Debug)]
struct Member {
    until: Timestamp,
    owner: u64,
}

/// When things end, the next first.
#[derive(Debug)]
pub(super) struct Ends<T>(BTreeMap<Timestamp, Vec<T>>);

impl<T> Default for Ends<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Ends<T> {
    /// Notes that a thing ends at that moment.
    pub(super) fn push(&mut self, until: Timestamp, what: T) {
        self.0.entry(until).or_default().push(what);
    }

    /// One that has ended, with its moment.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<(Timestamp, T)> {
        let mut first = self.0.first_entry().filter(|first| *first.key() <= now)?;
        let (until, what) = (*first.key(), first.get_mut().pop());
        if first.get().is_empty() {
            first.remove();
        }
        what.map(|what| (until, what))
    }
}

/// There is no room for an id that must be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetFull {
    /// The owner has its share.
    #[error(
        "the client has {OWNERS_SHARE} ids in use, which is its share: keep tokens while they last, \
         or make assertions that end sooner"
    )]
    Share,
    /// There is room for none but those who have few.
    #[error("the table of used ids is full, and the client has more than a few there")]
    Table,
}

impl ExpiringSet {
    /// A set of about `max` live ids, of which one owner may have [`OWNERS_SHARE`].
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self::with_share(max, OWNERS_SHARE)
    }

    fn with_share(max: usize, share: usize) -> Self {
        Self { max, share, count: AtomicUsize::new(0), inner: Mutex::new(ExpiringMembers::default()) }
    }

    /// Adds an id of that owner until that moment. True where it was not there.
    ///
    /// # Errors
    /// [`SetFull`] where there is no room for that owner; the id was not added.
    pub fn insert(
        &self,
        id: IdDigest,
        owner: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, SetFull> {
        let (id, owner) = (key(&id), owner_number(owner));
        let mut inner = self.lock();
        inner.forget(now, LEAVING);
        if self.room(&inner, owner).is_err() {
            inner.forget(now, usize::MAX);
        }
        let added = if inner.is_known(id, until, now) {
            Ok(false)
        } else {
            self.room(&inner, owner).map(|()| {
                inner.add(id, Member { until, owner });
                true
            })
        };
        self.count.store(inner.members.len(), Ordering::Release);
        added
    }

    fn room(&self, inner: &ExpiringMembers, owner: u64) -> Result<(), SetFull> {
        let owned = inner.owned.get(&owner).copied().unwrap_or(0);
        let left = self.max.saturating_sub(inner.members.len());
        match owned {
            _ if owned >= self.share => Err(SetFull::Share),
            _ if owned < left || owned < ALWAYS => Ok(()),
            _ => Err(SetFull::Table),
        }
    }

    /// Adds an id that has found room elsewhere: in a store, which other nodes fill, too. It is never
    /// refused, lest a token that was revoked there be good here.
    pub fn admit(&self, id: IdDigest, owner: &str, until: Timestamp, now: Timestamp) {
        let (id, owner) = (key(&id), owner_number(owner));
        let mut inner = self.lock();
        inner.forget(now, LEAVING);
        if !inner.is_known(id, until, now) {
            inner.add(id, Member { until, owner });
        }
        self.count.store(inner.members.len(), Ordering::Release);
    }

    /// Takes an id back that was inserted and could not be put on record: nobody has used it.
    pub fn take_back(&self, id: &IdDigest) {
        let mut inner = self.lock();
        inner.remove(key(id));
        self.count.store(inner.members.len(), Ordering::Release);
    }

    /// Members, and the most that one owner has, those among them that are over and have not left yet.
    #[must_use]
    pub fn fill(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.members.len(), inner.owned.values().copied().max().unwrap_or(0))
    }

    /// True where the id is there and has not expired. Costs one atomic read while there is none.
    #[must_use]
    pub fn contains(&self, id: &IdDigest, now: Timestamp) -> bool {
        self.count.load(Ordering::Acquire) > 0
            && self.lock().members.get(&key(id)).is_some_and(|member| member.until > now)
    }

    /// A panic elsewhere leaves the maps whole enough: a count may be one too high.
    fn lock(&self) -> MutexGuard<'_, ExpiringMembers> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ExpiringMembers {
    /// Clears what has expired, up to `most` of it.
    fn forget(&mut self, now: Timestamp, most: usize) {
        for _ in 0..most {
            let Some((until, id)) = self.ends.pop(now) else { return };
            // One that was taken back is gone already; one that was prolonged stands there again, later.
            if self.members.get(&id).is_some_and(|member| member.until <= until) {
                self.remove(id);
            }
        }
    }

    /// Whether it is there; then it stays until the later of both moments.
    fn is_known(&mut self, id: HalfDigest, until: Timestamp, now: Timestamp) -> bool {
        let Some(known) = self.members.get_mut(&id).filter(|known| known.until > now) else { return false };
        if until > known.until {
            known.until = until;
            self.ends.push(until, id);
        }
        true
    }

    fn add(&mut self, id: HalfDigest, member: Member) {
        // An expired member of the same id leaves first.
        self.remove(id);
        *self.owned.entry(member.owner).or_insert(0) += 1;
        self.ends.push(member.until, id);
        self.members.insert(id, member);
    }

    fn remove(&mut self, id: HalfDigest) {
        let Some(member) = self.members.remove(&id) else { return };
        match self.owned.get_mut(&member.owner) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.owned.remove(&member.owner)),
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

/// An owner as a number: two that share one, of which there are none among a billion, share a share.
fn owner_number(owner: &str) -> u64 {
    let digest = digest(&[owner]);
    u64::from_be_bytes(*digest.first_chunk().unwrap_or(&[0; 8]))
}

#[cfg(test)]
#[path = "expiring_set_tests.rs"]
mod tests;
