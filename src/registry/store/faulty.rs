//! A store in memory, for tests of what becomes of a store that refuses, hangs or breaks: before each
//! question the test is told its name, and may do all of that.

use super::delegated::delegated;
use super::history::Author;
use super::memory::MemoryStore;
use super::{Store, StoreError};
use std::fmt;

/// What happens before a question.
type BeforeQuestion = dyn Fn(&str) -> Result<(), StoreError> + Send + Sync;

/// The store.
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
