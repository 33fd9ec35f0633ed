//! The writes of the thread that keeps up with a store, and whether the store takes them.

use super::ClientCache;
use crate::clock::Timestamp;
use crate::registry::expiring_set::digest;
use crate::registry::store::{Id, IdKind, StoreError};
use crate::registry::write_backoff::WriteKind;
use std::time::Instant;

impl ClientCache {
    /// Writes what waits for that. It is apart from [`ClientCache::keep_up`]: where a disk is
    /// full, all that is to be known is known nevertheless.
    ///
    /// # Errors
    /// Where it cannot be written; it is kept for the next time.
    pub fn write(&self, now: Timestamp) -> Result<(), StoreError> {
        let written = self.pending.write(self.store.as_ref(), now);
        // That there was nothing to write shows nothing.
        if !matches!(written, Ok(false)) {
            self.refused.note(&written, Instant::now());
        }
        self.unwritten.note(WriteKind::Pending, &written);
        written.map(drop)
    }

    /// Has the store forget what is over as of `now`, and writes something there that is over at once: where
    /// nothing is to be forgotten, that shows whether it can be written to.
    ///
    /// # Errors
    /// Where it cannot.
    pub fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        let over = Id { kind: IdKind::Proof, digest: digest(&["over"]), owner: String::new(), until: now };
        let purged = self.store.purge(now).and_then(|()| self.store.remember(&over, now).map(drop));
        self.refused.note(&purged, Instant::now());
        self.unwritten.note(WriteKind::Purge, &purged);
        purged
    }

    /// Why the store does not take what is written to it, as of the last try of whatever it was; `None` where
    /// it does.
    #[must_use]
    pub fn unwritable(&self) -> Option<StoreError> {
        self.refused.last_one().or_else(|| self.unwritten.why())
    }

    /// How many uses and revocations wait to be written.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.count()
    }
}
