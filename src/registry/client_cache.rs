//! Caches the clients of a store for a server. A change in the store invalidates its entry. While the store
//! is unavailable, cached clients remain valid for a limited time, and requests for other clients fail at
//! once.

mod disabled;
mod federated;
mod records;
mod writing;

use super::Client;
use super::cached_clients::{CacheSize, CachedClients};
use super::federated_clients::FederatedClients;
use super::keys::persistence::KeysError;
use super::keys::ring::SigningKeys;
use super::known_traits::KnownTraits;
use super::rollback::RollbackDetector;
use super::single_flight::SingleFlight;
use super::store::{Id, IdKind, Store, StoreError};
use super::store_health::{Reachability, StoreHealth};
pub use super::store_latency::ANSWERS;
use super::store_latency::StoreLatency;
use super::wait::{Wait, WaitPolicy, WouldWait};
use super::wakeup::Wakeup;
use super::write_backoff::{FailedWrites, WriteBackoff};
use super::write_behind::WriteBehind;
use crate::clock::Timestamp;
use crate::jose::sealing::SealingKey;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub struct ClientCache {
    store: Arc<dyn Store>,
    kept: Mutex<CachedClients>,
    federated: FederatedClients,
    /// Detects that the store was restored to an earlier state.
    seen: RollbackDetector,
    pending: WriteBehind,
    known: KnownTraits,
    /// Opens the secrets that clients sign with.
    sealing: Option<SealingKey>,
    contact: StoreHealth,
    /// One request at a time fetches changes, on behalf of all.
    changes: SingleFlight,
    /// Duration of the store's answers.
    pace: StoreLatency,
    /// Whether the store has just refused a write.
    refused: WriteBackoff,
    /// Why the last background write failed.
    unwritten: FailedWrites,
    /// Held by the one request that writes a longer token lifetime to the store.
    covering: Mutex<()>,
    /// Wakes the sync thread to query the store at once.
    bell: Arc<Wakeup>,
    /// Whether the store rings the bell.
    watched: AtomicBool,
}

impl fmt::Debug for ClientCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registered")
    }
}

impl ClientCache {
    /// Queries the store, as of `now`.
    ///
    /// # Errors
    /// If the store is unavailable.
    pub fn new(store: Arc<dyn Store>, now: Timestamp) -> Result<Self, StoreError> {
        let seen = RollbackDetector::new(store.last_change()?, store.losses());
        let known = KnownTraits::default();
        known.read(store.as_ref())?;
        Ok(Self { known, ..Self::asking(store, seen, StoreHealth::new(now, Instant::now())) })
    }

    /// A cache for a store that is unavailable since the start, as of `now`.
    #[must_use]
    pub fn away(store: Arc<dyn Store>, now: Timestamp) -> Self {
        let away = Self::asking(store, RollbackDetector::default(), StoreHealth::never(now, Instant::now()));
        away.forget_revocations();
        away
    }

    fn asking(store: Arc<dyn Store>, seen: RollbackDetector, contact: StoreHealth) -> Self {
        Self {
            store,
            kept: Mutex::default(),
            federated: FederatedClients::default(),
            seen,
            pending: WriteBehind::default(),
            known: KnownTraits::default(),
            sealing: None,
            contact,
            changes: SingleFlight::default(),
            pace: StoreLatency::default(),
            refused: WriteBackoff::default(),
            unwritten: FailedWrites::default(),
            covering: Mutex::default(),
            bell: Arc::default(),
            watched: AtomicBool::new(false),
        }
    }

    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Looks up a client. `None` if it is unknown or disabled. A cached client is valid while the store is
    /// unavailable; a cached "unknown" is not.
    ///
    /// # Errors
    /// If the store is unavailable or its record is damaged.
    pub fn get(&self, id: &str) -> Result<Option<Arc<Client>>, StoreError> {
        self.find(id, WaitPolicy::ALL)
    }

    /// Like [`Self::get`], but waits for the store only if `patience` allows it.
    pub(super) fn find(&self, id: &str, patience: WaitPolicy) -> Result<Option<Arc<Client>>, StoreError> {
        let reach = self.reach();
        if reach != Reachability::Lost {
            let mut kept = self.kept();
            if let Some(client) = kept.get(id, reach) {
                return Ok(Some(client));
            }
            if reach == Reachability::Well && kept.is_absent(id) {
                return Ok(None);
            }
        }
        self.at_hand()?;
        self.may_wait(Wait::Lookup, patience)?;
        let before = self.kept().version;
        let stored = match self.asked(self.pace.timed(|| self.store.client(id))) {
            Err(StoreError::Away { since, why }) => {
                // The outage was not noticed before: entries read earlier remain valid during it.
                let kept = Some(self.reach()).filter(|reach| *reach == Reachability::Away);
                let kept = kept.and_then(|reach| self.kept().get(id, reach));
                return kept.map(Some).ok_or(StoreError::Away { since, why });
            }
            stored => stored?,
        };
        let is_disabled = stored.as_ref().is_some_and(|stored| stored.record.disabled);
        let client = stored.map(|stored| self.made(stored)).transpose()?;
        let client = client.flatten().map(Arc::new);
        let mut kept = self.kept();
        // A change seen in the meantime may concern this client.
        if kept.version == before {
            kept.put(id, client.clone());
            is_disabled.then(|| kept.disable(id));
        }
        Ok(client)
    }

    /// Stores an ID. Returns false if it was already stored.
    ///
    /// # Errors
    /// If the store is unavailable or refuses the write; at once, if that is already known. A failed
    /// revocation is retried later, whether or not the client repeats it (RFC 7009 section 2.2.1 leaves that
    /// to the client).
    pub fn remember(&self, id: &Id, now: Timestamp) -> Result<bool, StoreError> {
        let remember = || self.written(self.pace.timed(|| self.store.remember(id, now)));
        let remembered = self.may_write().and_then(|()| remember());
        match (id.kind, &remembered) {
            (IdKind::Revoked, Ok(_)) => self.seen.note(id),
            (IdKind::Revoked, Err(_)) => self.pending.revoke(id),
            _ => {}
        }
        remembered
    }

    /// Writes a longer token lifetime to the store before the first such token is signed. One request at a
    /// time does so; those that waited for it find the work done or the store unavailable.
    ///
    /// # Errors
    /// If the store must be updated and cannot; at once, if that is already known.
    pub fn cover(&self, keys: &SigningKeys, lifetime: Duration, now: Timestamp) -> Result<(), KeysError> {
        let _turn = self.covering.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.ring().covers(lifetime) {
            return Ok(());
        }
        self.may_write()?;
        match keys.cover(lifetime, now) {
            Err(KeysError::Store(error)) => Ok(self.written(Err(error))?),
            Ok(()) => Ok(self.written(Ok(()))?),
            other => other,
        }
    }

    /// Checks that this run may wait for the store, or need not wait: the store answers immediately or is
    /// known to be unavailable.
    ///
    /// # Errors
    /// [`WouldWait`]
    pub fn may_wait(&self, wait: Wait, patience: WaitPolicy) -> Result<(), WouldWait> {
        let waits = !self.store.is_immediate() && self.at_hand().is_ok();
        if waits { patience.allow(wait) } else { Ok(()) }
    }

    /// The median duration of the store's answers, if known.
    #[must_use]
    pub fn median(&self) -> Option<Duration> {
        self.pace.median()
    }

    /// Checks that a write may be tried.
    fn may_write(&self) -> Result<(), StoreError> {
        self.at_hand()?;
        self.refused.may_try(Instant::now())
    }

    /// Notes the result of a write. A store that refuses writes can still be read.
    fn written<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        self.refused.note(&done, Instant::now());
        self.asked(done)
    }

    /// Checks that the store may be queried.
    ///
    /// # Errors
    /// If it is known to be unavailable: why, and since when.
    pub fn at_hand(&self) -> Result<(), StoreError> {
        self.contact.trouble(Instant::now()).map_or(Ok(()), Err)
    }

    /// Notes the store's answer to a request. After a failure, later requests do not wait for another one,
    /// and the sync thread checks the store at once.
    fn asked<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        answer.map_err(|error| {
            if !error.is_unanswered() {
                return error;
            }
            self.contact.missed(&error);
            self.bell.ring();
            // Unless another thread has reached it meanwhile.
            self.at_hand().err().unwrap_or(error)
        })
    }

    /// Queues a use of a secret for the next batch write.
    pub(crate) fn note_use(&self, client: &str, number: i64, from: Option<IpAddr>, at: Timestamp) {
        self.pending.note_use(client, number, from, at);
    }

    /// The tokens revoked since the last call, on any node. Writes revocations that the store has lost again.
    ///
    /// # Errors
    /// If the store is unavailable.
    pub fn new_revocations(&self, now: Timestamp) -> Result<Vec<Id>, StoreError> {
        let asked = self.seen.asked();
        let found = self.store.revocations(asked.after, now)?;
        self.seen.take_revocations(asked, &found, now).iter().for_each(|lost| self.pending.revoke(lost));
        Ok(found.ids)
    }

    /// Marks the store's revocations as unknown, because a store that has just become available could not be
    /// queried.
    pub fn forget_revocations(&self) {
        self.seen.forget_revocations();
    }

    /// Checks that the revocations are known.
    ///
    /// # Errors
    /// If they are not, as after a start without the store.
    pub fn knows_revocations(&self) -> Result<(), StoreError> {
        if self.seen.knows_revocations() {
            return Ok(());
        }
        self.at_hand()?;
        Err(StoreError::Unavailable("its revocations were not read yet".to_owned()))
    }

    /// Reads the store's ID, or creates it. Nothing depends on the ID, so a store that refuses to save one is
    /// tried again later.
    pub fn identify(&self) {
        let _ = self.seen.identify(self.store.as_ref());
    }

    /// Messages for the operator, each returned once: the store was restored, replaced or created.
    pub fn news(&self) -> Vec<String> {
        [self.store.news(), self.seen.news()].concat()
    }

    /// Asks the store to wake the sync thread on changes, if it can. Later calls do nothing.
    pub fn listen(&self) {
        if !self.watched.swap(true, Ordering::Relaxed) {
            let bell = self.bell.clone();
            self.store.watch(Box::new(move || bell.ring()));
        }
    }

    /// Waits up to `most` until the store should be queried for changes: the store notified us, or a request
    /// found it unavailable. Returns false on timeout.
    pub fn wait(&self, most: Duration) -> bool {
        self.bell.wait(most)
    }

    /// Wakes the sync thread.
    pub fn wake(&self) {
        self.bell.ring();
    }

    /// Fetches changes from the store. After a lost connection or a restore, everything is read again,
    /// because the state may differ.
    ///
    /// # Errors
    /// If the store is unavailable.
    pub fn keep_up(&self) -> Result<(), StoreError> {
        self.changes.ask(|| self.take_changes())
    }

    /// Fetches changes on behalf of a request that the cached data would refuse. Data written before the
    /// request, such as a fresh secret, is known afterwards. An unavailable store is not waited for; the
    /// refusal then rests on the cached data.
    pub fn catch_up(&self) {
        if !self.store.is_immediate() && self.at_hand().is_ok() {
            // A failure is noted by `asked`.
            let _ = self.asked(self.keep_up());
        }
    }

    fn take_changes(&self) -> Result<(), StoreError> {
        self.store.in_place()?;
        let seen = self.seen.change();
        let changes = self.pace.timed(|| self.store.changes(seen))?;
        let was_away = self.reach() != Reachability::Well;
        let anew = self.seen.is_reconnected(self.store.losses()) || was_away || changes.went_back;
        if anew || self.seen.is_unidentified() {
            self.identify();
        }
        if changes.upto != seen || anew {
            let mut kept = self.kept();
            kept.version += 1;
            match &changes.clients {
                _ if anew => kept.doubt(),
                Some(clients) => clients.iter().for_each(|id| kept.forget(id)),
                None => kept.clear(),
            }
            drop(kept);
            self.known.read(self.store.as_ref())?;
            // Last, so that everything is fetched again if the store has failed meanwhile.
            self.seen.take(&changes, anew);
        }
        Ok(())
    }

    /// Notes that the store was reached as of `now` and all its changes are known.
    pub fn reached(&self, now: Timestamp) {
        self.contact.reached(now, Instant::now());
    }

    /// Notes that the store was not reached.
    pub fn missed(&self, error: &StoreError) {
        self.contact.missed(error);
    }

    /// Whether the store is available, as far as known.
    #[must_use]
    pub fn reach(&self) -> Reachability {
        self.contact.reach(Instant::now())
    }

    /// Incremented with every known change of a client in the store.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.kept().version
    }

    /// Current size of the client cache.
    #[must_use]
    pub fn fill(&self) -> CacheSize {
        self.kept().fill()
    }

    /// The numbers of queued secret uses and queued revocations.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        self.pending.waiting()
    }

    /// Sets how long cached clients remain valid while the store is unavailable.
    pub fn set_outage(&self, outage: Duration) {
        self.contact.set_outage(outage);
    }

    fn kept(&self) -> MutexGuard<'_, CachedClients> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "client_cache_tests.rs"]
mod tests;
