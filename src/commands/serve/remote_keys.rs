//! The keys that clients publish themselves (`jwks_uri`): fetched with limits of size, time and
//! redirects, kept for a while, and fetched again early for a `kid` that is not among them.

use crate::client::agent::Agent;
use crate::client::discovery::prepare;
use crate::client::endpoint::Endpoint;
use crate::clock::Timestamp;
use crate::issuer::{RemoteKeys, RemoteKeysError};
use crate::jose::keyset::KeySet;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// A set is taken as it is for so long, in seconds.
const FRESH: i64 = 300;
/// And no longer than this while its address does not answer: what was withdrawn must end.
const STALE: i64 = 3600;
/// An address is asked no more often than this, in seconds, whatever a stranger's `kid` says.
const PAUSE: i64 = 10;
/// For the keys of a client.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);

/// Keys by address. Only addresses of the configuration are ever asked, so that it cannot grow.
#[derive(Debug)]
pub(super) struct FetchedKeys {
    agent: Agent,
    known: Mutex<HashMap<String, Entry>>,
    /// Held while an address is asked: one at a time, so that slow ones take one worker at most.
    asking: Mutex<()>,
}

#[derive(Debug)]
struct Entry {
    keys: Option<Arc<KeySet>>,
    /// When the keys came.
    fetched: Timestamp,
    /// When the address was asked last.
    asked: Timestamp,
    why_not: String,
}

impl Entry {
    fn answer(&self, now: Timestamp) -> Result<Arc<KeySet>, RemoteKeysError> {
        let stale = now.unix().saturating_sub(self.fetched.unix()) >= STALE;
        let keys = self.keys.clone().filter(|_| !stale);
        keys.ok_or_else(|| RemoteKeysError::Failed(self.why_not.clone()))
    }
}

impl RemoteKeys for FetchedKeys {
    fn keys(&self, uri: &str, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, RemoteKeysError> {
        if let Some(answer) = self.settled(uri, kid, now) {
            return answer;
        }
        let asking = match self.asking.try_lock() {
            Ok(asking) => asking,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(RemoteKeysError::Busy),
        };
        let fetched = fetch(&self.agent, uri);
        drop(asking);
        let mut known = self.lock();
        let entry = known.entry(uri.to_owned()).or_insert(Entry {
            keys: None,
            fetched: now,
            asked: now,
            why_not: String::new(),
        });
        entry.asked = now;
        match fetched {
            Ok(keys) => (entry.keys, entry.fetched) = (Some(Arc::new(keys)), now),
            Err(why) => entry.why_not = why,
        }
        // Where the address does not answer now, what it said before still stands for a while.
        entry.answer(now)
    }

    fn known(
        &self,
        uri: &str,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Arc<KeySet>, RemoteKeysError>> {
        self.settled(uri, kid, now)
    }
}

impl FetchedKeys {
    pub(super) fn new(agent: Agent) -> Self {
        Self { agent, known: Mutex::default(), asking: Mutex::default() }
    }

    /// What is known, where nothing must be asked.
    fn settled(
        &self,
        uri: &str,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Arc<KeySet>, RemoteKeysError>> {
        let known = self.lock();
        let entry = known.get(uri)?;
        let has_kid =
            |keys: &Arc<KeySet>| kid.is_none() || keys.keys.iter().any(|key| key.kid.as_deref() == kid);
        let age = now.unix().saturating_sub(entry.fetched.unix());
        let fresh = age < FRESH && entry.keys.as_ref().is_some_and(has_kid);
        let asked_lately = now.unix().saturating_sub(entry.asked.unix()) < PAUSE;
        (fresh || asked_lately).then(|| entry.answer(now))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fetch(agent: &Agent, uri: &str) -> Result<KeySet, String> {
    let endpoint = Endpoint::parse(uri, false).map_err(|error| error.to_string())?;
    let answer = agent.fetch(&prepare(&endpoint)).map_err(|error| error.to_string())?;
    if answer.status != 200 {
        return Err(format!("answered {} instead of keys", answer.status));
    }
    KeySet::read(&answer.body, uri).map(KeySet::of_a_client).map_err(|error| error.to_string())
}
