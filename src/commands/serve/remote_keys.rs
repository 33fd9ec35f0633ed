//! The keys that clients publish themselves (`jwks_uri`): fetched with limits of size, time and
//! redirects, kept for a while, and fetched again early for a `kid` that is not among them.

use crate::client::agent;
use crate::client::discovery::prepare;
use crate::client::endpoint::Endpoint;
use crate::clock::Timestamp;
use crate::issuer::RemoteKeys;
use crate::jose::keyset::KeySet;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A set is taken as it is for so long, in seconds.
const FRESH: i64 = 300;
/// An address is asked no more often than this, in seconds, whatever a stranger's `kid` says.
const PAUSE: i64 = 10;
const TIMEOUT: Duration = Duration::from_secs(5);

/// Keys by address. Only addresses of the configuration are ever asked, so that it cannot grow.
#[derive(Debug, Default)]
pub(super) struct FetchedKeys {
    known: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug)]
struct Entry {
    keys: Option<Arc<KeySet>>,
    asked: Timestamp,
    why_not: String,
}

impl RemoteKeys for FetchedKeys {
    fn keys(&self, uri: &str, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, String> {
        if let Some(answer) = self.settled(uri, kid, now) {
            return answer;
        }
        let fetched = fetch(uri);
        let mut known = self.lock();
        let entry =
            known.entry(uri.to_owned()).or_insert(Entry { keys: None, asked: now, why_not: String::new() });
        match fetched {
            Ok(keys) => entry.keys = Some(Arc::new(keys)),
            Err(why) => entry.why_not = why,
        }
        // Where the address does not answer now, what it said before still stands.
        entry.keys.clone().ok_or_else(|| entry.why_not.clone())
    }
}

impl FetchedKeys {
    /// What is known, where nothing must be asked; else marks the address as being asked.
    fn settled(&self, uri: &str, kid: Option<&str>, now: Timestamp) -> Option<Result<Arc<KeySet>, String>> {
        let mut known = self.lock();
        let entry = known.get_mut(uri)?;
        let age = now.unix().saturating_sub(entry.asked.unix());
        let has_kid =
            |keys: &Arc<KeySet>| kid.is_none() || keys.keys.iter().any(|key| key.kid.as_deref() == kid);
        let fresh = age < FRESH && entry.keys.as_ref().is_some_and(has_kid);
        if fresh || age < PAUSE {
            return Some(entry.keys.clone().ok_or_else(|| entry.why_not.clone()));
        }
        entry.asked = now;
        None
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fetch(uri: &str) -> Result<KeySet, String> {
    let endpoint = Endpoint::parse(uri, false).map_err(|error| error.to_string())?;
    let answer = agent::fetch(&prepare(&endpoint), TIMEOUT).map_err(|error| error.to_string())?;
    if answer.status != 200 {
        return Err(format!("answered {} instead of keys", answer.status));
    }
    KeySet::read(&answer.body, uri).map_err(|error| error.to_string())
}
