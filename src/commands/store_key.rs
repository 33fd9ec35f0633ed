//! The store key, which seals the signing keys, and the errors about sealed keys.

mod mistyped;

use super::environment::{Sourced, secret_var, unshown_file, var};
use super::store::{StoreUrl, failed};
use crate::exit::{Exit, Failure};
use crate::jose::sealing::{SealError, SealingKey};
use crate::registry::keys::persistence::KeysError;
use crate::registry::keys::{ChangeError, KeyRecordError};
use crate::registry::store::StoreError;
use crate::secret::Secret;
use std::path::{Path, PathBuf};

const PHASE: &str = "store";
const MAKE_STORE_KEY: &str = "openssl rand -base64 32 makes one";
const RESTORE: &str = "restore a backup of the store; without one, move its clients to a new store";
/// Holds the store key.
pub const STORE_KEY: &str = "HEISTCTL_STORE_KEY";
/// Names the file with the store key.
pub const STORE_KEY_FILE: &str = "HEISTCTL_STORE_KEY_FILE";
/// Holds the new store key.
pub const NEW_STORE_KEY: &str = "HEISTCTL_STORE_NEW_KEY";
/// Names the file with the new store key.
pub const NEW_STORE_KEY_FILE: &str = "HEISTCTL_STORE_NEW_KEY_FILE";

/// The store key from `HEISTCTL_STORE_KEY` or `HEISTCTL_STORE_KEY_FILE`, and the new one, if it is set. Keys
/// in PostgreSQL are always sealed, because others administer the database.
///
/// # Errors
/// Exit 2 for an invalid key, or if a required one is missing.
pub fn sealing_key(url: &StoreUrl) -> Result<Option<SealingKey>, Failure> {
    let given = given_sealing_key()?;
    if given.is_none() && matches!(url, StoreUrl::Postgres { .. }) {
        let what = "signing keys in PostgreSQL are sealed, and there is no key to seal them with";
        return Err(Failure::new(Exit::Usage, PHASE, what)
            .hint(format!("{MAKE_STORE_KEY}; {STORE_KEY} or {STORE_KEY_FILE} has it on every node")));
    }
    Ok(given)
}

/// The store key and the new one, as far as they are set.
///
/// # Errors
/// Exit 2 for an invalid key.
pub fn given_sealing_key() -> Result<Option<SealingKey>, Failure> {
    Ok(match (present_sealing_key()?, new_sealing_key(None)?) {
        (Some(present), Some(new)) => Some(new.beside(present)),
        (present, new) => new.or(present),
    })
}

/// The current store key.
///
/// # Errors
/// Exit 2 for an invalid key.
pub fn present_sealing_key() -> Result<Option<SealingKey>, Failure> {
    given(STORE_KEY, STORE_KEY_FILE)
}

/// The new store key, from the flag's file or from `HEISTCTL_STORE_NEW_KEY`.
///
/// # Errors
/// Exit 2 for an invalid key.
pub fn new_sealing_key(flag: Option<&Path>) -> Result<Option<SealingKey>, Failure> {
    match flag {
        Some(path) => from_file(&Sourced::new(path.to_owned(), "--new-key-file"), NEW_STORE_KEY).map(Some),
        None => given(NEW_STORE_KEY, NEW_STORE_KEY_FILE),
    }
}

fn given(variable: &str, file_variable: &str) -> Result<Option<SealingKey>, Failure> {
    let path = var(file_variable)?.map(|path| Sourced::new(PathBuf::from(path.value), path.origin));
    match (secret_var(variable), path) {
        (Some(_), Some(_)) => {
            let what = format!("{variable} and {file_variable} are both set");
            Err(Failure::new(Exit::Usage, PHASE, what).hint("unset one of the two"))
        }
        (Some(text), None) => read(&text).map(Some),
        (None, Some(path)) => from_file(&path, variable).map(Some),
        (None, None) => Ok(None),
    }
}

/// `variable` holds the key itself.
fn from_file(path: &Sourced<PathBuf>, variable: &str) -> Result<SealingKey, Failure> {
    let instead = format!("the key itself goes into {variable}");
    let Sourced { value, origin } = unshown_file(path, PHASE, &instead)?;
    read(&Sourced::new(Secret::from_file_content(value.expose()), origin))
}

fn read(text: &Sourced<Secret>) -> Result<SealingKey, Failure> {
    SealingKey::read(&text.value).map_err(|_| {
        let (why, cure) = mistyped::explain(text.value.expose(), &text.origin);
        Failure::new(Exit::Usage, PHASE, format!("the store key from {} {why}", text.origin)).hint(cure)
    })
}

/// The failure for signing keys that cannot be read or changed.
#[must_use]
pub fn keys_failed(error: &KeysError) -> Failure {
    let usage = || Failure::new(Exit::Usage, "signing", error.to_string());
    match error {
        KeysError::Store(error @ StoreError::Damaged(_)) => failed(error).hint(RESTORE),
        KeysError::Store(error) => failed(error),
        KeysError::ClientSecret(..) => usage().hint(format!(
            "{STORE_KEY} has the key that it was sealed with; if that is lost, heistctl client rotate ID --now \
             makes a new secret"
        )),
        KeysError::Key(KeyRecordError::Sealed(_, SealError::NoKey)) => {
            usage().hint(format!("{STORE_KEY}, or {STORE_KEY_FILE}, has the key that it was sealed with"))
        }
        KeysError::Key(KeyRecordError::Sealed(_, SealError::WrongKey)) => usage().hint(format!(
            "{STORE_KEY} differs from the key that it was sealed with (heistctl key reseal changes it); if that key \
             is lost, heistctl key rotate --now --lost-store-key replaces all keys"
        )),
        KeysError::Key(KeyRecordError::Resealed(_)) => usage().hint(format!(
            "start the server again with the new {STORE_KEY}; until then it cannot load other keys from the store"
        )),
        KeysError::Key(KeyRecordError::Open(_)) => usage().hint(format!(
            "heistctl key reseal --new-key-file FILE seals all keys, and so does a server with {STORE_KEY}; or unset \
             it for this command"
        )),
        KeysError::Key(KeyRecordError::Unreadable) => {
            Failure::new(Exit::Local, "signing", error.to_string()).hint(RESTORE)
        }
        KeysError::Change(ChangeError::UnderWay { kid, .. }) => usage().hint(format!(
            "heistctl key list shows when; heistctl key retire {kid} removes it; heistctl key rotate --now \
             replaces all keys at once"
        )),
        KeysError::Change(ChangeError::Signs(_)) => {
            usage().hint("heistctl key rotate publishes a successor; the key then retires by itself")
        }
        KeysError::Change(ChangeError::Missing(_)) => usage().hint("heistctl key list shows ids"),
        KeysError::Key(_) | KeysError::Busy => Failure::new(Exit::Local, "signing", error.to_string()),
    }
}
