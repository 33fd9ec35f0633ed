//! A queue for writes on which no answer depends: uses of secrets, and revocations that the store refused
//! while it was unavailable. They are kept until they are written.

use super::expiring_set::IdDigest;
use super::store::{Id, Store, StoreError, Use};
use crate::clock::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Limit of clients with queued secret uses. Only the latest use of a secret is kept.
pub const MAX_USES: usize = 10_000;
/// Limit of queued revocations. Clients were told to retry, so one that does not fit is not lost.
pub const MAX_REVOKED: usize = 10_000;
/// Revocations written per batch: each waits for the disk, and changes must be read in between.
const REVOKED_AT_A_TIME: usize = 200;

#[derive(Default)]
pub(super) struct WriteBehind {
    /// The latest use of each secret, by client.
    uses: Mutex<HashMap<String, Vec<Use>>>,
    /// Tokens that are revoked only on this server.
    revoked: Mutex<HashMap<IdDigest, Id>>,
    /// Held by the writer. A second one returns when the first has finished.
    writing: Mutex<()>,
}

impl WriteBehind {
    /// Queues a use of a secret.
    pub(super) fn note_use(&self, client: &str, number: i64, from: Option<IpAddr>, at: Timestamp) {
        let mut uses = self.uses();
        // On the path of every token: allocates only for the first use in a while.
        if let Some(of_client) = uses.get_mut(client) {
            match of_client.iter_mut().find(|used| used.number == number) {
                Some(used) => (used.at, used.from) = (at, from),
                None => of_client.push(Use { client: client.to_owned(), number, at, from }),
            }
        } else if uses.len() < MAX_USES {
            uses.insert(client.to_owned(), vec![Use { client: client.to_owned(), number, at, from }]);
        }
    }

    /// Queues a revocation that the store did not take.
    pub(super) fn revoke(&self, id: &Id) {
        let mut revoked = self.revoked();
        if revoked.len() < MAX_REVOKED {
            revoked.insert(id.digest, id.clone());
        }
    }

    /// Writes the queue, without entries expired as of `now`. Returns false if there was nothing to write.
    ///
    /// # Errors
    /// If a write fails; the queue is kept.
    pub(super) fn write(&self, store: &dyn Store, now: Timestamp) -> Result<bool, StoreError> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let revoked = self.write_revoked(store, now)?;
        Ok(self.write_uses(store)? || revoked)
    }

    fn write_revoked(&self, store: &dyn Store, now: Timestamp) -> Result<bool, StoreError> {
        let next: Vec<Id> = self.revoked().values().take(REVOKED_AT_A_TIME).cloned().collect();
        let mut any = false;
        for id in next {
            if id.until > now {
                store.remember(&id, now)?;
                any = true;
            }
            self.revoked().remove(&id.digest);
        }
        Ok(any)
    }

    fn write_uses(&self, store: &dyn Store) -> Result<bool, StoreError> {
        let uses = std::mem::take(&mut *self.uses());
        if uses.is_empty() {
            return Ok(false);
        }
        let list: Vec<Use> = uses.into_values().flatten().collect();
        let noted = store.note_uses(&list);
        if noted.is_err() {
            self.wait_again(list);
        }
        noted.map(|()| true)
    }

    /// Requeues uses that could not be written. Later ones take precedence.
    fn wait_again(&self, list: Vec<Use>) {
        let mut uses = self.uses();
        for used in list {
            let of_client = uses.entry(used.client.clone()).or_default();
            if of_client.iter().all(|later| later.number != used.number) {
                of_client.push(used);
            }
        }
    }

    /// Number of queued entries.
    pub(super) fn count(&self) -> usize {
        self.uses().values().map(Vec::len).sum::<usize>() + self.revoked().len()
    }

    /// The numbers of clients with queued secret uses and of queued revocations.
    pub(super) fn waiting(&self) -> (usize, usize) {
        (self.uses().len(), self.revoked().len())
    }

    fn revoked(&self) -> MutexGuard<'_, HashMap<IdDigest, Id>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn uses(&self) -> MutexGuard<'_, HashMap<String, Vec<Use>>> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
