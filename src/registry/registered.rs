//! The clients of a store, as a server asks for them: those that were asked for lately are kept, and a
//! change in the store makes the next question go there again.

use super::Client;
use super::store::{Id, Store, StoreError, Use};
use crate::clock::Timestamp;
use lru::LruCache;
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many clients are kept, and so many ids that there are not; what was asked for longest ago leaves.
const MAX_KEPT: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
/// So many uses of secrets wait to be noted; of more, only the secret's latest is kept anyway.
const MAX_USES: usize = 10_000;

/// Clients of a store.
pub struct Registered {
    store: Arc<dyn Store>,
    kept: Mutex<LruCache<String, Option<Arc<Client>>>>,
    /// The last change that is known.
    seen: AtomicI64,
    /// The last revocation that is known.
    seen_revocation: AtomicI64,
    /// The latest use of each secret that has not been noted yet.
    uses: Mutex<HashMap<(String, i64), Use>>,
    /// Whether any client may exchange tokens.
    any_exchange: AtomicBool,
    /// Whether the store was at hand when it was last asked for changes.
    well: AtomicBool,
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registered")
    }
}

impl Registered {
    /// Asks a store.
    ///
    /// # Errors
    /// Where it cannot be asked now.
    pub fn new(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let seen = store.last_change()?;
        let any_exchange = store.any_exchange()?;
        Ok(Self {
            store,
            kept: Mutex::new(LruCache::sparse(MAX_KEPT)),
            seen: AtomicI64::new(seen),
            seen_revocation: AtomicI64::new(0),
            uses: Mutex::default(),
            any_exchange: AtomicBool::new(any_exchange),
            well: AtomicBool::new(true),
        })
    }

    /// The store itself.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The client of that id; `None` where there is none, or it is disabled.
    ///
    /// # Errors
    /// Where the store cannot be asked, or has something else there.
    pub fn get(&self, id: &str) -> Result<Option<Arc<Client>>, StoreError> {
        if let Some(kept) = self.kept().get(id) {
            return Ok(kept.clone());
        }
        let before = self.seen.load(Ordering::Acquire);
        let stored = self.store.client(id)?;
        let client = stored.map(|stored| stored.client()).transpose().map_err(StoreError::Damaged)?;
        let client = client.flatten().map(Arc::new);
        let mut kept = self.kept();
        // A change that came in the meantime may be of this one.
        if self.seen.load(Ordering::Acquire) == before {
            kept.put(id.to_owned(), client.clone());
        }
        Ok(client)
    }

    /// Whether any client may exchange tokens, as far as is known.
    #[must_use]
    pub fn any_exchange(&self) -> bool {
        self.any_exchange.load(Ordering::Relaxed)
    }

    /// Notes a use of a secret, to be written with others.
    pub(super) fn note_use(&self, client: &str, number: i64, from: Option<IpAddr>, at: Timestamp) {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (client.to_owned(), number);
        if uses.len() < MAX_USES || uses.contains_key(&key) {
            uses.insert(key, Use { client: client.to_owned(), number, at, from });
        }
    }

    /// The tokens that were revoked since this was last asked, by whomever.
    ///
    /// # Errors
    /// Where the store cannot be asked.
    pub fn new_revocations(&self, now: Timestamp) -> Result<Vec<Id>, StoreError> {
        let found = self.store.revocations(self.seen_revocation.load(Ordering::Acquire), now)?;
        self.seen_revocation.store(found.upto, Ordering::Release);
        Ok(found.ids)
    }

    /// Takes what has changed in the store, and writes the uses that were noted.
    ///
    /// # Errors
    /// Where the store cannot be asked; the uses are kept for the next time.
    pub fn keep_up(&self) -> Result<(), StoreError> {
        let outcome = self.take_changes();
        self.well.store(outcome.is_ok(), Ordering::Relaxed);
        outcome
    }

    /// Whether the store was at hand when it was last asked for changes.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.well.load(Ordering::Relaxed)
    }

    fn take_changes(&self) -> Result<(), StoreError> {
        let seen = self.seen.load(Ordering::Acquire);
        let changes = self.store.changes(seen)?;
        if changes.upto != seen {
            let mut kept = self.kept();
            self.seen.store(changes.upto, Ordering::Release);
            match &changes.clients {
                Some(clients) => clients.iter().for_each(|id| drop(kept.pop(id))),
                None => kept.clear(),
            }
            drop(kept);
            self.any_exchange.store(self.store.any_exchange()?, Ordering::Relaxed);
        }
        let uses = std::mem::take(&mut *self.uses.lock().unwrap_or_else(PoisonError::into_inner));
        if uses.is_empty() {
            return Ok(());
        }
        let list: Vec<Use> = uses.values().cloned().collect();
        self.store.note_uses(&list).inspect_err(|_| {
            let mut waiting = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
            for (secret, used) in uses {
                waiting.entry(secret).or_insert(used);
            }
        })
    }

    fn kept(&self) -> MutexGuard<'_, LruCache<String, Option<Arc<Client>>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
