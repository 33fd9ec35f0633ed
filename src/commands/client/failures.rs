//! Failures that several subcommands of `client` use.

use crate::commands::store::failed;
use crate::exit::{Exit, Failure};
use crate::registry::record::StoredClient;
use crate::registry::store::{Store, StoreError};
use crate::text::shell_word;

pub(super) const PHASE: &str = "client";
const TAKE_OUT: &str = "heistctl client remove ID removes it from the store";
/// The hint for a client that can be read but breaks a rule.
pub(super) const MEND: &str =
    "heistctl client set ID changes what is readable, heistctl client remove ID removes it";

/// The failure for a store error about one client.
pub(super) fn about(id: &str, error: &StoreError) -> Failure {
    match error {
        StoreError::Exists(_) => {
            let id = shell_word(id);
            Failure::new(Exit::Usage, PHASE, error.to_string()).hint(format!(
                "heistctl client set {id} changes it, heistctl client rotate {id} gives it a new secret"
            ))
        }
        StoreError::Missing => {
            Failure::new(Exit::Usage, PHASE, format!("there is no client {id:?} in the store"))
                .hint("heistctl client list shows ids")
        }
        StoreError::Damaged(_) => failed(error).hint(TAKE_OUT),
        StoreError::Unavailable(_)
        | StoreError::Unusable { .. }
        | StoreError::Unwritable(_)
        | StoreError::NoStore
        | StoreError::Older { .. }
        | StoreError::Away { .. }
        | StoreError::WouldWait(_) => failed(error),
    }
}

/// Finds the client with this id, or fails.
pub(super) fn one(store: &dyn Store, id: &str) -> Result<StoredClient, Failure> {
    store.client(id).map_err(|error| about(id, &error))?.ok_or_else(|| about(id, &StoreError::Missing))
}
