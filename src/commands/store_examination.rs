//! Reads a whole store: every client with its digest, the engine's file, and the signing keys.

use super::client::list;
use super::store::failed;
use super::store_key::given_sealing_key;
use crate::exit::{Exit, Failure};
use crate::registry::keys::{KeyRecord, persistence};
use crate::registry::store::{Store, StoreError, identity};

const RESTORE: &str =
    "restore a backup; or replace a damaged client with heistctl client remove ID and client add";
/// The number of faults that a message names.
const NAMED: usize = 10;

/// The clients of a store and what is damaged in it.
pub(super) struct RecordFindings {
    pub(super) clients: usize,
    pub(super) id: Option<String>,
    /// One sentence each.
    pub(super) faults: Vec<String>,
}

/// The signing keys of a store and what is wrong with them.
pub(super) struct KeyFindings {
    pub(super) count: usize,
    pub(super) sealed: usize,
    /// One sentence each.
    pub(super) faults: Vec<String>,
}

/// Reads all clients, verifies their digests, and checks the engine's file.
///
/// # Errors
/// Exit 1 if the store cannot be read.
pub(super) fn records(store: &dyn Store) -> Result<RecordFindings, Failure> {
    let unread = |error: StoreError| failed(&error).hint(RESTORE);
    let (clients, mut faults) = list::checked(store).map_err(unread)?;
    let id = identity::peek(store).map_err(unread)?;
    faults.extend(store.faults().map_err(unread)?);
    Ok(RecordFindings { clients, id, faults })
}

/// Reads the signing keys. With `opens`, each must open with the store key and fit its record.
///
/// # Errors
/// Exit 2 for an invalid store key.
pub(super) fn keys(store: &dyn Store, opens: bool) -> Result<KeyFindings, Failure> {
    let keys = match persistence::load(store) {
        Ok((_, keys)) => keys.0,
        Err(error) => return Ok(KeyFindings { count: 0, sealed: 0, faults: vec![error.to_string()] }),
    };
    let sealing = if opens { given_sealing_key()? } else { None };
    let fault = |key: &KeyRecord| Some(key.signer(sealing.as_ref()).err()?.to_string());
    let faults = keys.iter().filter(|_| opens).filter_map(fault).collect();
    let sealed = keys.iter().filter(|key| key.private.is_sealed()).count();
    Ok(KeyFindings { count: keys.len(), sealed, faults })
}

/// The failure for a damaged store, if it is damaged.
pub(super) fn damage(name: &str, faults: &[String]) -> Option<Failure> {
    let named = faults.get(..NAMED).unwrap_or(faults).join("; ");
    let more = match faults.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} others"),
    };
    let what = format!("the store {name} is damaged: {named}{more}");
    (!faults.is_empty()).then(|| Failure::new(Exit::Local, "store", what).hint(RESTORE))
}
