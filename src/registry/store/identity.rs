//! A store's random ID. It is created once and copied with the store. A server that finds another ID knows
//! that the store was replaced, not merely changed.

use super::{Store, StoreError};
use crate::jose::digest::{hex, random};

/// The name of the text in the store.
const NAME: &str = "store_id";

/// The ID of a store. Creates it if it is missing.
///
/// # Errors
/// If the store is unavailable, or has no ID and refuses the write.
pub fn of(store: &dyn Store) -> Result<String, StoreError> {
    if let Some(id) = peek(store)? {
        return Ok(id);
    }
    let made = hex(&random::<8>().map_err(|error| StoreError::Unavailable(error.to_string()))?);
    // If two callers do so at once, one succeeds.
    store.put_text(NAME, 0, &made)?;
    Ok(peek(store)?.unwrap_or(made))
}

/// The ID of a store, if it has one.
///
/// # Errors
/// If the store is unavailable.
pub fn peek(store: &dyn Store) -> Result<Option<String>, StoreError> {
    Ok(Some(store.text(NAME)?.text).filter(|id| !id.is_empty()))
}
