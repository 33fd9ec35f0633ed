//! `client list` and `client show`: clients, and when their secrets were last used.

use super::{Found, MEND, about, failed, one};
use crate::exit::Failure;
use crate::registry::record::Stored;
use crate::registry::store::{Store, StoreError, Use};
use std::collections::HashMap;

/// Clients that are read at a time.
const PAGE: usize = 1000;

/// A client, and when its secrets were last used.
pub struct Shown {
    /// The client and its secrets.
    pub stored: Stored,
    /// The last use of each secret that was ever used, where that is asked for.
    pub uses: Vec<Use>,
}

/// A client that a server refuses.
pub struct Damaged {
    /// Its id.
    pub id: String,
    /// Why, with the id.
    pub why: String,
}

/// A client as it stands there, where a server takes it. One that is disabled may be enabled.
fn fit(stored: Stored) -> Result<Stored, StoreError> {
    match stored.clone().made() {
        Ok(_) => Ok(stored),
        Err(why) => Err(why.damaged(&stored.record.id)),
    }
}

/// How many clients are registered, and why some of them are none. Holds no more than a page of them.
///
/// # Errors
/// Where the store cannot be asked.
pub(in crate::commands) fn checked(store: &dyn Store) -> Result<(usize, Vec<String>), StoreError> {
    let (mut count, mut damaged, mut after) = (0, Vec::new(), String::new());
    loop {
        let page = store.clients(&after, PAGE)?;
        let Some(last) = page.last() else { return Ok((count, damaged)) };
        after.clone_from(&last.id);
        count += page.len();
        let faults = page.into_iter().filter_map(|listed| listed.stored.and_then(fit).err());
        damaged.extend(faults.map(|error| error.cause()));
    }
}

/// The client of that id.
pub(super) fn shown(store: &dyn Store, id: &str) -> Result<Shown, Failure> {
    let stored = fit(one(store, id)?).map_err(|error| failed(&error).hint(MEND))?;
    let uses = store.uses(&[id]).map_err(|error| about(id, &error))?;
    Ok(Shown { stored, uses })
}

/// All clients; with the uses of their secrets, where those are told.
pub(super) fn all(store: &dyn Store, with_uses: bool) -> Result<Found, Failure> {
    let (mut clients, mut damaged, mut after) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = store.clients(&after, PAGE).map_err(|error| failed(&error))?;
        let Some(last) = page.last() else { return Ok(Found::Clients { clients, damaged }) };
        after.clone_from(&last.id);
        let ids: Vec<&str> = page.iter().map(|listed| listed.id.as_str()).filter(|_| with_uses).collect();
        let mut uses = uses_of(store, &ids)?;
        for listed in page {
            match listed.stored.and_then(fit) {
                Ok(stored) => {
                    clients.push(Shown { stored, uses: uses.remove(&listed.id).unwrap_or_default() });
                }
                Err(error) => damaged.push(Damaged { id: listed.id, why: error.to_string() }),
            }
        }
    }
}

/// The uses of their secrets, by client.
fn uses_of(store: &dyn Store, ids: &[&str]) -> Result<HashMap<String, Vec<Use>>, Failure> {
    let mut uses: HashMap<String, Vec<Use>> = HashMap::new();
    if !ids.is_empty() {
        for used in store.uses(ids).map_err(|error| failed(&error))? {
            uses.entry(used.client.clone()).or_default().push(used);
        }
    }
    Ok(uses)
}
