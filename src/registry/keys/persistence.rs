//! Stores the keys as one text that is replaced as a whole. If two nodes rotate at the same time, one of them
//! succeeds.

use super::{ChangeError, KeyRecord, KeyRecordError, StoreKeys};
use crate::jose::sealing::SealError;
use crate::registry::store::{Store, StoreError};

/// The name of the text in the store.
const NAME: &str = "signing_keys";
/// Number of tries if other nodes change the keys meanwhile.
const ATTEMPTS: usize = 20;

/// Why the keys of a store cannot be read or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The store is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key cannot be generated or read.
    #[error(transparent)]
    Key(#[from] KeyRecordError),
    /// The secret of a client that signs with it cannot be read or written.
    #[error("the secret of client {0:?}: {1}")]
    ClientSecret(String, SealError),
    /// The change is refused.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// Other nodes kept changing the keys.
    #[error("other nodes keep changing the signing keys; nothing was changed")]
    Busy,
}

/// The keys and their version.
///
/// # Errors
/// [`KeysError::Store`], [`KeysError::Key`]
pub fn load(store: &dyn Store) -> Result<(i64, StoreKeys), KeysError> {
    let found = store.text(NAME)?;
    Ok((found.version, StoreKeys::read(&found.text)?))
}

/// Copies the keys to a store without keys. Later changes there do not affect `from`.
///
/// # Errors
/// [`KeysError::Store`]
pub fn copy(from: &dyn Store, to: &dyn Store) -> Result<(), KeysError> {
    let found = from.text(NAME)?;
    to.put_text(NAME, 0, &found.text)?;
    Ok(())
}

/// Changes the keys. `change` may be called more than once, each time with the current keys. Nothing is
/// written if it changes nothing.
///
/// # Errors
/// [`KeysError`]
pub fn change<T>(
    store: &dyn Store,
    mut change: impl FnMut(&mut StoreKeys) -> Result<T, KeysError>,
) -> Result<T, KeysError> {
    for _ in 0..ATTEMPTS {
        let (version, before) = load(store)?;
        let mut keys = before.clone();
        let done = change(&mut keys)?;
        if keys == before {
            return Ok(done);
        }
        let text = keys.text()?;
        let text = text.expose_str().map_err(|_| KeyRecordError::Unreadable)?;
        if store.put_text_noting(NAME, version, text, &told(&before, &keys))? {
            return Ok(done);
        }
    }
    Err(KeysError::Busy)
}

/// Adds an entry to the history of the keys and leaves them as they are.
///
/// # Errors
/// [`KeysError::Store`], [`KeysError::Busy`]
pub fn note(store: &dyn Store, detail: &str) -> Result<(), KeysError> {
    for _ in 0..ATTEMPTS {
        let found = store.text(NAME)?;
        if store.put_text_noting(NAME, found.version, &found.text, detail)? {
            return Ok(());
        }
    }
    Err(KeysError::Busy)
}

/// Describes the change for the store's history. Empty if it is not worth an entry.
fn told(before: &StoreKeys, after: &StoreKeys) -> String {
    let find = |keys: &'_ StoreKeys, kid: &str| keys.0.iter().find(|key| key.kid == kid).cloned();
    let fate = |key: &KeyRecord| match find(before, &key.kid) {
        None => Some("made"),
        Some(old) if old.private != key.private => Some("sealed"),
        Some(old) if old.ends != key.ends => Some("ended"),
        Some(old) if old.signs_from != key.signs_from => Some("rotated"),
        Some(_) => None,
    };
    let changed = after.0.iter().filter_map(|key| fate(key).map(|fate| format!("{fate} {}", key.kid)));
    let gone = before.0.iter().filter(|key| find(after, &key.kid).is_none());
    changed.chain(gone.map(|key| format!("removed {}", key.kid))).collect::<Vec<_>>().join(", ")
}
