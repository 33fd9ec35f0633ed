//! IDs that are relevant until a deadline: revoked tokens, and IDs that must not be seen twice. The table is
//! bounded. A full table refuses a new ID and never evicts a live one. Each owner (a client) has its own
//! share:
//!
//! - At most [`OWNERS_SHARE`] IDs: 1,000 assertions a second, each valid for a minute and the leeway.
//! - At most as many as there is room left. Of several owners that fill their shares, each gets less than the
//!   one before, so none can take all.
//! - [`ALWAYS`] IDs in any case, however full the table is.
//!
//! An ID takes about 80 bytes (at most 110), so a full table of a million takes 80 MB.

use crate::clock::Timestamp;
use crate::jose::digest::sha256;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Limit of live IDs for one owner.
pub const OWNERS_SHARE: usize = 100_000;
/// Live IDs that an owner may have even if the table is full. A client that reuses its tokens needs few.
const ALWAYS: usize = 100;
/// Number of expired IDs removed with each insertion. Two are enough to keep up.
const LEAVING: usize = 4;

/// The digest of an ID: a fixed-size key for a text of any length.
pub type IdDigest = [u8; 32];

#[derive(Debug)]
pub struct ExpiringSet {
    max: usize,
    share: usize,
    /// Number of members, so that an empty set is checked without a lock.
    count: AtomicUsize,
    inner: Mutex<ExpiringMembers>,
}

#[derive(Debug, Default)]
struct ExpiringMembers {
    members: HashMap<HalfDigest, Member>,
    /// Number of members of each owner.
    owned: HashMap<u64, usize>,
    ends: Ends<HalfDigest>,
}

/// Half of a digest: 128 bits are enough against second preimages.
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

/// Items in the order of their expiry.
#[derive(Debug)]
pub(super) struct Ends<T>(BTreeMap<Timestamp, Vec<T>>);

impl<T> Default for Ends<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Ends<T> {
    pub(super) fn push(&mut self, until: Timestamp, what: T) {
        self.0.entry(until).or_default().push(what);
    }

    /// Removes and returns an expired item and its deadline.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<(Timestamp, T)> {
        let mut first = self.0.first_entry().filter(|first| *first.key() <= now)?;
        let (until, what) = (*first.key(), first.get_mut().pop());
        if first.get().is_empty() {
            first.remove();
        }
        what.map(|what| (until, what))
    }
}

/// There is no room for an ID that must be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetFull {
    /// The owner's share is full.
    #[error(
        "the client has {OWNERS_SHARE} ids in use, which is its limit: reuse tokens until they expire, \
         or make assertions that expire sooner"
    )]
    Share,
    /// The table is full, and the owner has more than [`ALWAYS`] IDs.
    #[error("the table of used ids is full, and the client has more than {ALWAYS} ids in it")]
    Table,
}

impl ExpiringSet {
    /// A set for about `max` live IDs, of which one owner may have [`OWNERS_SHARE`].
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self::with_share(max, OWNERS_SHARE)
    }

    fn with_share(max: usize, share: usize) -> Self {
        Self { max, share, count: AtomicUsize::new(0), inner: Mutex::new(ExpiringMembers::default()) }
    }

    /// Inserts an ID of `owner` until the deadline. Returns false if it was already there.
    ///
    /// # Errors
    /// [`SetFull`] if there is no room for that owner; the ID was not added.
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

    /// Inserts an ID that is already in a store, which other nodes fill, too. It is never refused: a token
    /// revoked in the store must not be valid here.
    pub fn admit(&self, id: IdDigest, owner: &str, until: Timestamp, now: Timestamp) {
        let (id, owner) = (key(&id), owner_number(owner));
        let mut inner = self.lock();
        inner.forget(now, LEAVING);
        if !inner.is_known(id, until, now) {
            inner.add(id, Member { until, owner });
        }
        self.count.store(inner.members.len(), Ordering::Release);
    }

    /// Removes an inserted ID that could not be stored, so that it counts as unused.
    pub fn take_back(&self, id: &IdDigest) {
        let mut inner = self.lock();
        inner.remove(key(id));
        self.count.store(inner.members.len(), Ordering::Release);
    }

    /// Number of members, and the most that one owner has. Both include expired members that are not removed
    /// yet.
    #[must_use]
    pub fn fill(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.members.len(), inner.owned.values().copied().max().unwrap_or(0))
    }

    /// Whether the ID is present and not expired. An empty set costs one atomic read.
    #[must_use]
    pub fn contains(&self, id: &IdDigest, now: Timestamp) -> bool {
        self.count.load(Ordering::Acquire) > 0
            && self.lock().members.get(&key(id)).is_some_and(|member| member.until > now)
    }

    /// A panic elsewhere leaves the maps usable: a count may be one too high.
    fn lock(&self) -> MutexGuard<'_, ExpiringMembers> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ExpiringMembers {
    /// Removes up to `most` expired members.
    fn forget(&mut self, now: Timestamp, most: usize) {
        for _ in 0..most {
            let Some((until, id)) = self.ends.pop(now) else { return };
            // A removed member is already absent. A prolonged one has a later entry of its own.
            if self.members.get(&id).is_some_and(|member| member.until <= until) {
                self.remove(id);
            }
        }
    }

    /// Whether the ID is present. If so, it stays until the later of both deadlines.
    fn is_known(&mut self, id: HalfDigest, until: Timestamp, now: Timestamp) -> bool {
        let Some(known) = self.members.get_mut(&id).filter(|known| known.until > now) else { return false };
        if until > known.until {
            known.until = until;
            self.ends.push(until, id);
        }
        true
    }

    fn add(&mut self, id: HalfDigest, member: Member) {
        // Remove an expired member with the same ID first.
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

/// The digest of several texts. Length prefixes keep their boundaries.
#[must_use]
pub fn digest(parts: &[&str]) -> IdDigest {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    sha256(&bytes)
}

/// Hashes an owner to a number. Two owners with the same number share a share; the chance is below one in a
/// billion.
fn owner_number(owner: &str) -> u64 {
    let digest = digest(&[owner]);
    u64::from_be_bytes(*digest.first_chunk().unwrap_or(&[0; 8]))
}

#[cfg(test)]
#[path = "expiring_set_tests.rs"]
mod tests;
