//! The store of `serve --test`, which no other server uses.

use super::problems::wrong;
use crate::commands::store;
use crate::exit::Failure;
use crate::registry::keys::persistence::{self, KeysError};
use crate::registry::store::{Store, test_store};

/// Marks the store as a test's, whose keys may sign anything.
///
/// # Errors
/// Exit 2 if its keys were made by a server that no test controls.
pub(super) fn take(store: &dyn Store, name: &str, is_check: bool) -> Result<(), Failure> {
    let failed = |error| store::failed(&error);
    if test_store::is_marked(store).map_err(failed)? {
        return Ok(());
    }
    let has_keys = match persistence::load(store) {
        Ok((_, keys)) => !keys.0.is_empty(),
        Err(KeysError::Store(error)) => return Err(failed(error)),
        Err(_) => true,
    };
    if has_keys {
        let what = format!("the keys in {name} were not made by a test: APIs may trust what they sign");
        return Err(wrong(what).hint("--store memory:, or another file: --store sqlite:test.db"));
    }
    if is_check { Ok(()) } else { test_store::mark(store).map_err(failed) }
}
