//! A memory store for tests of a store that refuses, hangs or breaks. Each query first calls the test with
//! its name, which may do any of these.

use super::delegated::delegated;
use super::history::Author;
use super::memory::MemoryStore;
use super::{Store, StoreError};
use std::fmt;

/// Called before each query.
type BeforeQuestion = dyn Fn(&str) -> Result<(), StoreError> + Send + Sync;

pub(crate) struct Faulty {
    store: MemoryStore,
    before: Box<BeforeQuestion>,
}

impl Faulty {
    pub(crate) fn new(before: impl Fn(&str) -> Result<(), StoreError> + Send + Sync + 'static) -> Self {
        Self { store: MemoryStore::default(), before: Box::new(before) }
    }

    fn before(&self, question: &str) -> Result<&MemoryStore, StoreError> {
        (self.before)(question).map(|()| &self.store)
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

impl Store for Faulty {
    delegated!(before);

    fn sign(&self, author: Author) {
        self.store.sign(author);
    }
}
