//! Writes the secrets that clients sign with to a store, and seals them with another store key.

use super::keys::persistence::{self, KeysError};
use super::record::{SecretRecord, StoredClient};
use super::shared_secrets::{is_kept, opened, text};
use super::store::Store;
use crate::jose::sealing::{SealError, SealingKey};

/// Clients per read.
const PAGE: usize = 1_000;

/// The key to seal secrets with. They are sealed like the existing signing keys, so that every server that can
/// sign can open them.
///
/// # Errors
/// [`KeysError`] if the signing keys do not open with `given`, or the store fails.
pub fn key_for_secrets(
    store: &dyn Store,
    given: Option<&SealingKey>,
) -> Result<Option<SealingKey>, KeysError> {
    let (_, keys) = persistence::load(store)?;
    keys.fit(given)?;
    Ok(given.map(|given| keys.like_others(given)))
}

fn about(client: &str) -> impl FnOnce(SealError) -> KeysError {
    |error| KeysError::ClientSecret(client.to_owned(), error)
}

/// Seals the secrets of all clients with another key, or unseals them if there is none. Returns their number.
/// May be repeated after an interruption if `from` also opens what `to` has sealed.
///
/// # Errors
/// [`KeysError`] if the store fails, or a secret does not open.
pub fn reseal(
    store: &dyn Store,
    from: Option<&SealingKey>,
    to: Option<&SealingKey>,
) -> Result<usize, KeysError> {
    let (mut count, mut after) = (0, String::new());
    loop {
        let page = store.clients(&after, PAGE)?;
        let Some(last) = page.last() else { return Ok(count) };
        after.clone_from(&last.id);
        for id in page.into_iter().filter(|listed| listed.stored.as_ref().is_ok_and(has_secrets)) {
            count += usize::from(reseal_client(store, &id.id, from, to)?);
        }
    }
}

fn has_secrets(stored: &StoredClient) -> bool {
    stored.secrets.iter().any(|secret| is_kept(&secret.hash))
}

fn reseal_client(
    store: &dyn Store,
    id: &str,
    from: Option<&SealingKey>,
    to: Option<&SealingKey>,
) -> Result<bool, KeysError> {
    let mut failed = None;
    let mut reseal = |secret: &SecretRecord| -> Result<SecretRecord, KeysError> {
        if !is_kept(&secret.hash) {
            return Ok(secret.clone());
        }
        let clear = opened(id, &secret.hash, from).map_err(about(id))?;
        Ok(SecretRecord { hash: text(id, &clear, to).map_err(about(id))?, ..secret.clone() })
    };
    let changed = store.change_client(id, &mut |there| {
        let secrets = there.secrets.iter().map(&mut reseal).collect::<Result<Vec<_>, _>>();
        let secrets = secrets.map_err(|error| failed = Some(error)).ok()?;
        Some(StoredClient { secrets, ..there.clone() })
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(changed?),
    }
}
