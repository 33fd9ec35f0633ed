//! Writes of the sync thread, and whether the store accepts them.

use super::ClientCache;
use crate::clock::Timestamp;
use crate::registry::expiring_set::digest;
use crate::registry::store::{Id, IdKind, StoreError};
use crate::registry::write_backoff::WriteKind;
use std::time::Instant;

impl ClientCache {
    /// Writes the queue. Separate from [`ClientCache::keep_up`], so that a full disk does not stop reading
    /// changes.
    ///
    /// # Errors
    /// If a write fails; the queue is kept for the next try.
    pub fn write(&self, now: Timestamp) -> Result<(), StoreError> {
        let written = self.pending.write(self.store.as_ref(), now);
        // An empty queue says nothing about the store.
        if !matches!(written, Ok(false)) {
            self.refused.note(&written, Instant::now());
        }
        self.unwritten.note(WriteKind::Pending, &written);
        written.map(drop)
    }

    /// Deletes expired entries from the store, as of `now`. Also writes an entry that expires at once, so
    /// that a failure is noticed even if nothing is deleted.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        let over = Id { kind: IdKind::Proof, digest: digest(&["over"]), owner: String::new(), until: now };
        let purged = self.store.purge(now).and_then(|()| self.store.remember(&over, now).map(drop));
        self.refused.note(&purged, Instant::now());
        self.unwritten.note(WriteKind::Purge, &purged);
        purged
    }

    /// Why the last write of any kind failed. `None` if it succeeded.
    #[must_use]
    pub fn unwritable(&self) -> Option<StoreError> {
        self.refused.last_one().or_else(|| self.unwritten.why())
    }

    /// Number of queued uses and revocations.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.count()
    }
}
