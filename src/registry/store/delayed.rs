//! A store that was unavailable when the server started. Until it is opened, every query fails at once, as in
//! an outage. [`Store::in_place`], which only the sync thread calls, opens it.

use super::delegated::delegated;
use super::history::Author;
use super::{Store, StoreError};
use crate::clock::Moment;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Opens the store.
type OpenStoreFn = dyn Fn() -> Result<ArrivedStore, StoreError> + Send + Sync;

/// An opened store, and a message about it.
pub type ArrivedStore = (Arc<dyn Store>, Option<String>);

pub struct DelayedStore {
    open: Box<OpenStoreFn>,
    cure: &'static str,
    store: OnceLock<Arc<dyn Store>>,
    wanted: Mutex<PendingSetup>,
}

/// Settings to apply when the store is opened.
#[derive(Default)]
struct PendingSetup {
    watchers: Vec<Box<dyn Fn() + Send>>,
    connections: Option<usize>,
    author: Option<Author>,
    /// A message that the operator has not seen yet.
    news: Option<String>,
}

impl DelayedStore {
    /// A store that `open` opens later; `cure` is the hint until then.
    pub fn new(
        open: impl Fn() -> Result<ArrivedStore, StoreError> + Send + Sync + 'static,
        cure: &'static str,
    ) -> Self {
        Self { open: Box::new(open), cure, store: OnceLock::new(), wanted: Mutex::default() }
    }

    fn come(&self, _question: &str) -> Result<&Arc<dyn Store>, StoreError> {
        self.store.get().ok_or_else(|| StoreError::Unavailable("it has not been reached yet".to_owned()))
    }

    fn wanted(&self) -> MutexGuard<'_, PendingSetup> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for DelayedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Coming").field(&self.store.get()).finish()
    }
}

impl Store for DelayedStore {
    delegated!(come);

    fn set_connections(&self, most: usize) {
        let mut wanted = self.wanted();
        match self.store.get() {
            Some(store) => store.set_connections(most),
            None => wanted.connections = Some(most),
        }
    }

    fn sign(&self, author: Author) {
        let mut wanted = self.wanted();
        match self.store.get() {
            Some(store) => store.sign(author),
            None => wanted.author = Some(author),
        }
    }

    fn in_place(&self) -> Result<(), StoreError> {
        if let Some(store) = self.store.get() {
            return store.in_place();
        }
        let (store, news) = (self.open)()?;
        let mut wanted = self.wanted();
        wanted.news = news;
        wanted.connections.take().into_iter().for_each(|most| store.set_connections(most));
        wanted.author.take().into_iter().for_each(|author| store.sign(author));
        wanted.watchers.drain(..).for_each(|told| store.watch(told));
        let _ = self.store.set(store);
        Ok(())
    }

    fn cure(&self) -> String {
        self.store.get().map_or_else(|| self.cure.to_owned(), |store| store.cure())
    }

    fn clock(&self) -> Result<Option<Moment>, StoreError> {
        self.come("clock")?.clock()
    }

    fn losses(&self) -> u64 {
        self.store.get().map_or(0, |store| store.losses())
    }

    fn news(&self) -> Vec<String> {
        self.wanted().news.take().into_iter().collect()
    }

    fn faults(&self) -> Result<Vec<String>, StoreError> {
        self.come("faults")?.faults()
    }

    fn close(&self) {
        if let Some(store) = self.store.get() {
            store.close();
        }
    }

    fn watch(&self, told: Box<dyn Fn() + Send>) {
        let mut wanted = self.wanted();
        match self.store.get() {
            Some(store) => store.watch(told),
            None => wanted.watchers.push(told),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::store::memory::MemoryStore;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn it_refuses_at_once_until_it_has_come_and_only_who_keeps_up_opens_it() {
        let is_there = Arc::new(AtomicBool::new(false));
        let seen = is_there.clone();
        let away = || StoreError::Unavailable("refused".to_owned());
        let coming = DelayedStore::new(
            move || {
                if seen.load(Ordering::Relaxed) {
                    Ok((Arc::new(MemoryStore::default()), Some("new".to_owned())))
                } else {
                    Err(away())
                }
            },
            "is it there?",
        );
        coming.set_connections(3);
        coming.watch(Box::new(|| {}));
        assert_eq!(coming.in_place(), Err(away()));
        is_there.store(true, Ordering::Relaxed);
        assert!(coming.client("a").is_err(), "a question opens nothing");
        assert_eq!(coming.cure(), "is it there?");
        assert!(coming.news().is_empty());
        assert_eq!((coming.in_place(), coming.client("a")), (Ok(()), Ok(None)));
        assert_eq!((coming.news().len(), coming.news().len()), (1, 0), "it is said once");
        assert!(coming.wanted().watchers.is_empty() && coming.wanted().connections.is_none());
        is_there.store(false, Ordering::Relaxed);
        assert_eq!(coming.in_place(), Ok(()), "it is opened once");
    }
}
