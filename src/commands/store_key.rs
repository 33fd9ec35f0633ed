//! The key that seals the signing keys of a store, and what is said of keys that are not to be had.

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
const RESTORE: &str =
    "put a backup of the store in its place; without one, its clients have to move to a new store";
/// Holds the key that seals the signing keys of a store.
pub const STORE_KEY: &str = "HEISTCTL_STORE_KEY";
/// Names the file with the key that seals the signing keys of a store.
pub const STORE_KEY_FILE: &str = "HEISTCTL_STORE_KEY_FILE";
/// Holds the key that is to seal them from now on.
pub const NEW_STORE_KEY: &str = "HEISTCTL_STORE_NEW_KEY";
/// Names the file with the key that is to seal them from now on.
pub const NEW_STORE_KEY_FILE: &str = "HEISTCTL_STORE_NEW_KEY_FILE";

/// The key that private keys in that store are sealed with: of `HEISTCTL_STORE_KEY`, or in the file that
/// `HEISTCTL_STORE_KEY_FILE` names; beside it the one that is to take its place, where that is given. A database,
/// which others look after, has none that lie open.
///
/// # Errors
/// Exit 2 for a value that is not valid, or where one is required.
pub fn sealing_key(url: &StoreUrl) -> Result<Option<SealingKey>, Failure> {
    match (present_sealing_key()?, new_sealing_key(None)?) {
        (None, None) if matches!(url, StoreUrl::Postgres { .. }) => {
            let what = "signing keys in PostgreSQL are sealed, and there is no key to seal them with";
            Err(Failure::new(Exit::Usage, PHASE, what)
                .hint(format!("{MAKE_STORE_KEY}; {STORE_KEY} or {STORE_KEY_FILE} has it on every node")))
        }
        (Some(present), Some(new)) => Ok(Some(new.beside(present))),
        (present, new) => Ok(new.or(present)),
    }
}

/// The one that they are sealed with until another takes its place.
///
/// # Errors
/// Exit 2 for what is none.
pub fn present_sealing_key() -> Result<Option<SealingKey>, Failure> {
    given(STORE_KEY, STORE_KEY_FILE)
}

/// The key that is to take that one's place: in the file that a flag names, or of `HEISTCTL_STORE_NEW_KEY`.
///
/// # Errors
/// Exit 2 for what is none.
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

/// `variable` is the one that takes the key itself.
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

/// Signing keys in a store that are not to be had, or not to be changed.
#[must_use]
pub fn keys_failed(error: &KeysError) -> Failure {
    let usage = || Failure::new(Exit::Usage, "signing", error.to_string());
    match error {
        KeysError::Store(error @ StoreError::Damaged(_)) => failed(error).hint(RESTORE),
        KeysError::Store(error) => failed(error),
        KeysError::Key(KeyRecordError::Sealed(_, SealError::NoKey)) => {
            usage().hint(format!("{STORE_KEY}, or {STORE_KEY_FILE}, has the key that it was sealed with"))
        }
        KeysError::Key(KeyRecordError::Sealed(_, SealError::WrongKey)) => usage().hint(format!(
            "{STORE_KEY} is another than the one that it was sealed with (heistctl key reseal changes it); where \
             that one is lost, heistctl key rotate --now --lost-store-key puts a new key in the place of all"
        )),
        KeysError::Key(KeyRecordError::Resealed(_)) => usage().hint(format!(
            "start the server again with the new {STORE_KEY}; until then it can take no other key from the store"
        )),
        KeysError::Key(KeyRecordError::Open(_)) => usage().hint(format!(
            "heistctl key reseal --new-key-file FILE seals all keys, and so does a server with {STORE_KEY}; or unset \
             it for this command"
        )),
        KeysError::Key(KeyRecordError::Unreadable) => {
            Failure::new(Exit::Local, "signing", error.to_string()).hint(RESTORE)
        }
        KeysError::Change(ChangeError::UnderWay { kid, .. }) => usage().hint(format!(
            "heistctl key list tells when; heistctl key retire {kid} takes it back; heistctl key rotate --now \
             replaces all keys at once"
        )),
        KeysError::Change(ChangeError::Signs(_)) => {
            usage().hint("heistctl key rotate publishes a successor; the key retires by itself then")
        }
        KeysError::Change(ChangeError::Missing(_)) => usage().hint("heistctl key list shows ids"),
        KeysError::Key(_) | KeysError::Busy => Failure::new(Exit::Local, "signing", error.to_string()),
    }
}
