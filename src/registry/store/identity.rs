//! A store's own id: random, made once, and copied with the store. A server that finds another one knows that
//! it is another store, and not the same one with other contents.

use super::{Store, StoreError};
use crate::jose::digest::{hex, random};

/// The name of the text that has it.
const NAME: &str = "store_id";

/// The id of a store, which gets one where it has none.
///
/// # Errors
/// Where the store cannot be asked, or has no id and takes none.
pub fn of(store: &dyn Store) -> Result<String, StoreError> {
    if let Some(id) = peek(store)? {
        return Ok(id);
    }
    let made = hex(&random::<8>().map_err(|error| StoreError::Unavailable(error.to_string()))?);
    // Of two who do so at once, one does.
    store.put_text(NAME, 0, &made)?;
    Ok(peek(store)?.unwrap_or(made))
}

/// The id of a store, where it has one.
///
/// # Errors
/// Where the store cannot be asked.
pub fn peek(store: &dyn Store) -> Result<Option<String>, StoreError> {
    Ok(Some(store.text(NAME)?.text).filter(|id| !id.is_empty()))
}
