//! A store in memory, for tests of what becomes of a store that refuses, hangs or breaks: before each
//! question the test is told its name, and may do all of that.

use super::memory::Memory;
use super::{Change, Changes, Id, Listed, Revocations, Store, StoreError, Use, Versioned};
use crate::clock::Timestamp;
use crate::registry::record::{ClientRecord, SecretRecord, Stored};
use std::fmt;

/// What happens before a question.
type Before = dyn Fn(&str) -> Result<(), StoreError> + Send + Sync;

/// The store.
pub(crate) struct Faulty {
    store: Memory,
    before: Box<Before>,
}

impl Faulty {
    pub(crate) fn new(before: impl Fn(&str) -> Result<(), StoreError> + Send + Sync + 'static) -> Self {
        Self { store: Memory::default(), before: Box::new(before) }
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

macro_rules! asked {
    ($($name:ident($($value:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($value: $kind),*) -> Result<$answer, StoreError> {
            (self.before)(stringify!($name))?;
            self.store.$name($($value),*)
        })*
    };
}

impl Store for Faulty {
    asked! {
        client(id: &str) -> Option<Stored>;
        clients(after: &str, limit: usize) -> Vec<Listed>;
        add(clients: &[(ClientRecord, Option<String>)]) -> ();
        change(id: &str, change: Change<'_>) -> bool;
        remove(id: &str) -> ();
        rotate(id: &str, hash: &str, now: Timestamp, old_end: Timestamp) -> SecretRecord;
        uses(ids: &[&str]) -> Vec<Use>;
        note_uses(uses: &[Use]) -> ();
        last_change() -> i64;
        changes(after: i64) -> Changes;
        remember(id: &Id, now: Timestamp) -> bool;
        revocations(after: i64, now: Timestamp) -> Revocations;
        text(name: &str) -> Versioned;
        put_text(name: &str, since: i64, text: &str) -> bool;
        purge(now: Timestamp) -> ();
        any_exchange() -> bool;
    }
}
