//! The mark of a store that belongs to a test: its keys may sign anything.

use super::{Store, StoreError};

/// The name of the text in the store.
const NAME: &str = "test_store";

/// Marks a store as a test's.
///
/// # Errors
/// If the store is unavailable.
pub fn mark(store: &dyn Store) -> Result<(), StoreError> {
    let found = store.text(NAME)?;
    store.put_text(NAME, found.version, "yes").map(|_| ())
}

/// Whether the store is a test's.
///
/// # Errors
/// If the store is unavailable.
pub fn is_marked(store: &dyn Store) -> Result<bool, StoreError> {
    Ok(!store.text(NAME)?.text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::store::memory::MemoryStore;

    #[test]
    fn a_store_is_a_tests_once_it_is_marked() {
        let store = MemoryStore::default();
        assert_eq!(is_marked(&store), Ok(false));
        mark(&store).unwrap();
        mark(&store).unwrap();
        assert_eq!(is_marked(&store), Ok(true));
    }
}
