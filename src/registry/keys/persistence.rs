//! The keys in a store: one text that changes as a whole, so that of two nodes that rotate at once, one
//! does.

use super::{ChangeError, KeyRecord, KeyRecordError, StoreKeys};
use crate::registry::store::{Store, StoreError};

/// The name of that text.
const NAME: &str = "signing_keys";
/// Others may change it in the meantime, and so often one tries again.
const ATTEMPTS: usize = 20;

/// Why the keys of a store are not to be had, or not to be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key cannot be made or read.
    #[error(transparent)]
    Key(#[from] KeyRecordError),
    /// The change makes no sense.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// Others change them all the time.
    #[error("the signing keys change all the time; nothing was done")]
    Busy,
}

/// The keys, and the version that they are of.
///
/// # Errors
/// [`KeysError::Store`], [`KeysError::Key`]
pub fn load(store: &dyn Store) -> Result<(i64, StoreKeys), KeysError> {
    let found = store.text(NAME)?;
    Ok((found.version, StoreKeys::read(&found.text)?))
}

/// Copies the keys to a store that has none: what is done to them there leaves no trace here.
///
/// # Errors
/// [`KeysError::Store`]
pub fn copy(from: &dyn Store, to: &dyn Store) -> Result<(), KeysError> {
    let found = from.text(NAME)?;
    to.put_text(NAME, 0, &found.text)?;
    Ok(())
}

/// Changes the keys; `change` may be called more than once, each time with what is there by then. Where
/// it changes nothing, nothing is written.
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

/// What became of which key, for the store's history; empty where nothing of that is worth an entry.
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
