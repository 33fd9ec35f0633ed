//! The clients of a store, as a server asks for them: those that were asked for lately are kept, and a
//! change in the store makes the next question go there again. While the store is away, what is kept is
//! good for a time, and nobody waits for the rest.

mod writing;

use super::Client;
use super::cached_clients::{CacheSize, CachedClients};
use super::keys::persistence::KeysError;
use super::keys::ring::SigningKeys;
use super::record::StoredClient;
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
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Clients of a store.
pub struct ClientCache {
    store: Arc<dyn Store>,
    kept: Mutex<CachedClients>,
    /// Notices that the store went back to an earlier state.
    seen: RollbackDetector,
    pending: WriteBehind,
    /// Whether any client may exchange tokens.
    any_exchange: AtomicBool,
    contact: StoreHealth,
    /// Changes are asked for by one request at a time, on behalf of all.
    changes: SingleFlight,
    /// How long its answers take.
    pace: StoreLatency,
    /// Whether it has refused to be written to just now.
    refused: WriteBackoff,
    /// Why what is written now and then was not, the last time.
    unwritten: FailedWrites,
    /// Held by the one request that tells the store of a longer lifetime.
    covering: Mutex<()>,
    /// Rung where the store should be asked at once.
    bell: Arc<Wakeup>,
    /// Whether the store rings it.
    watched: AtomicBool,
}

impl fmt::Debug for ClientCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registered")
    }
}

impl ClientCache {
    /// Asks a store, as of `now`.
    ///
    /// # Errors
    /// Where it cannot be asked now.
    pub fn new(store: Arc<dyn Store>, now: Timestamp) -> Result<Self, StoreError> {
        let seen = RollbackDetector::new(store.last_change()?, store.losses());
        let any_exchange = store.any_exchange()?;
        Ok(Self::asking(store, seen, any_exchange, StoreHealth::new(now, Instant::now())))
    }

    /// The same for a store that is away since the start, as of `now`: nothing is known of it.
    #[must_use]
    pub fn away(store: Arc<dyn Store>, now: Timestamp) -> Self {
        let away =
            Self::asking(store, RollbackDetector::default(), false, StoreHealth::never(now, Instant::now()));
        away.forget_revocations();
        away
    }

    fn asking(
        store: Arc<dyn Store>,
        seen: RollbackDetector,
        any_exchange: bool,
        contact: StoreHealth,
    ) -> Self {
        Self {
            store,
            kept: Mutex::default(),
            seen,
            pending: WriteBehind::default(),
            any_exchange: AtomicBool::new(any_exchange),
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

    /// The store itself.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The client of that id; `None` where there is none, or it is disabled. One that is kept is good while
    /// the store is away; that there is none is known only while it is not.
    ///
    /// # Errors
    /// Where the store cannot be asked, or has something else there.
    pub fn get(&self, id: &str) -> Result<Option<Arc<Client>>, StoreError> {
        self.find(id, WaitPolicy::ALL)
    }

    /// The same, which waits for the store only where that is allowed.
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
                // It was away already, and nobody had noticed: what was read before is good meanwhile.
                let kept = Some(self.reach()).filter(|reach| *reach == Reachability::Away);
                let kept = kept.and_then(|reach| self.kept().get(id, reach));
                return kept.map(Some).ok_or(StoreError::Away { since, why });
            }
            stored => stored?,
        };
        let client = stored.map(StoredClient::client).transpose().map_err(|why| why.damaged(id))?;
        let client = client.flatten().map(Arc::new);
        let mut kept = self.kept();
        // A change that came in the meantime may be of this one.
        if kept.version == before {
            kept.put(id, client.clone());
        }
        Ok(client)
    }

    /// Remembers an id in the store. True where it was not remembered yet.
    ///
    /// # Errors
    /// Where the store cannot be asked, or written to: at once, where that is known already. A revocation is
    /// tried again when it can, whether or not its client does so, which RFC 7009 section 2.2.1 leaves to it.
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

    /// Tells the store of tokens with a longer lifetime before the first is signed. One request
    /// at a time asks it; those that have waited for that one find it done, or the store away.
    ///
    /// # Errors
    /// Where the store must be told and cannot: at once, where that is known already.
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

    /// Checks that a run may wait for the store, or need not: it answers at once, or
    /// is known to be away.
    ///
    /// # Errors
    /// [`WouldWait`]
    pub fn may_wait(&self, wait: Wait, patience: WaitPolicy) -> Result<(), WouldWait> {
        let waits = !self.store.is_immediate() && self.at_hand().is_ok();
        if waits { patience.allow(wait) } else { Ok(()) }
    }

    /// How long the store's answers take, where that is known.
    #[must_use]
    pub fn median(&self) -> Option<Duration> {
        self.pace.median()
    }

    /// Nothing, where the store may be asked to take something.
    fn may_write(&self) -> Result<(), StoreError> {
        self.at_hand()?;
        self.refused.may_try(Instant::now())
    }

    /// Takes the result of a write. A store that refuses writes can still be read.
    fn written<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        self.refused.note(&done, Instant::now());
        self.asked(done)
    }

    /// Nothing, where the store may be asked.
    ///
    /// # Errors
    /// Where it is known that it cannot: why, and since when.
    pub fn at_hand(&self) -> Result<(), StoreError> {
        self.contact.trouble(Instant::now()).map_or(Ok(()), Err)
    }

    /// An answer of the store to a request. After one that failed the next request does not wait for
    /// another, and who keeps up looks at once whether that is right.
    fn asked<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        answer.map_err(|error| {
            if !error.is_unanswered() {
                return error;
            }
            self.contact.missed(&error);
            self.bell.ring();
            // Unless somebody has reached it meanwhile.
            self.at_hand().err().unwrap_or(error)
        })
    }

    /// Whether any client may exchange tokens, as far as is known.
    #[must_use]
    pub fn any_exchange(&self) -> bool {
        self.any_exchange.load(Ordering::Relaxed)
    }

    /// Notes a use of a secret, to be written with others.
    pub(crate) fn note_use(&self, client: &str, number: i64, from: Option<IpAddr>, at: Timestamp) {
        self.pending.note_use(client, number, from, at);
    }

    /// The tokens that were revoked since this was last asked, by whomever. Those that the store has lost are
    /// written there again.
    ///
    /// # Errors
    /// Where the store cannot be asked.
    pub fn new_revocations(&self, now: Timestamp) -> Result<Vec<Id>, StoreError> {
        let asked = self.seen.asked();
        let found = self.store.revocations(asked.after, now)?;
        self.seen.take_revocations(asked, &found, now).iter().for_each(|lost| self.pending.revoke(lost));
        Ok(found.ids)
    }

    /// Says that nothing is known of what is revoked there: a store that has just come could not be asked.
    pub fn forget_revocations(&self) {
        self.seen.forget_revocations();
    }

    /// # Errors
    /// Where it is not known what is revoked, as after a start without the store.
    pub fn knows_revocations(&self) -> Result<(), StoreError> {
        if self.seen.knows_revocations() {
            return Ok(());
        }
        self.at_hand()?;
        Err(StoreError::Unavailable("it has not been asked what is revoked".to_owned()))
    }

    /// Looks which store it is; one that has no id gets one. Nothing depends on it: a store that takes none now is
    /// asked again.
    pub fn identify(&self) {
        let _ = self.seen.identify(self.store.as_ref());
    }

    /// News of the store for an operator, once: it went back, is another one, or was made
    /// when it came.
    pub fn news(&self) -> Vec<String> {
        [self.store.news(), self.seen.news()].concat()
    }

    /// Has the store wake who waits for a change, where it can; once.
    pub fn listen(&self) {
        if !self.watched.swap(true, Ordering::Relaxed) {
            let bell = self.bell.clone();
            self.store.watch(Box::new(move || bell.ring()));
        }
    }

    /// Waits, at most for that long, until the store should be asked for changes: it says so, or a request has found
    /// it away. False where the time is over.
    pub fn wait(&self, most: Duration) -> bool {
        self.bell.wait(most)
    }

    /// Wakes who waits.
    pub fn wake(&self) {
        self.bell.ring();
    }

    /// Takes what has changed in the store. After a connection was lost, or where the store went back, all is
    /// read anew: another state of it may answer.
    ///
    /// # Errors
    /// Where the store cannot be asked.
    pub fn keep_up(&self) -> Result<(), StoreError> {
        self.changes.ask(|| self.take_changes())
    }

    /// The same on behalf of a request that what is known would refuse: what was printed before it came, as
    /// a fresh secret, is known after this. A store that is away, or goes away now, is not waited for; then
    /// the refusal rests on what is known.
    pub fn catch_up(&self) {
        if !self.store.is_immediate() && self.at_hand().is_ok() {
            // That it is away is noted.
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
            self.any_exchange.store(self.store.any_exchange()?, Ordering::Relaxed);
            // Last, so that it is all taken again where the store has failed meanwhile.
            self.seen.take(&changes, anew);
        }
        Ok(())
    }

    /// Says that the store was reached as of `now`, and that all is known that has changed there.
    pub fn reached(&self, now: Timestamp) {
        self.contact.reached(now, Instant::now());
    }

    /// Says that it was not, and why.
    pub fn missed(&self, error: &StoreError) {
        self.contact.missed(error);
    }

    /// Whether the store is at hand, as far as is known.
    #[must_use]
    pub fn reach(&self) -> Reachability {
        self.contact.reach(Instant::now())
    }

    /// Goes up with every change of a client in the store that is known here.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.kept().version
    }

    /// How full the cache of its clients is.
    #[must_use]
    pub fn fill(&self) -> CacheSize {
        self.kept().fill()
    }

    /// Uses of secrets and revocations that wait to be written.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        self.pending.waiting()
    }

    /// For how long clients that are kept stay good while the store is away.
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
