//! Fetches and caches the key sets that clients publish (`jwks_uri`). An unknown `kid` triggers an early
//! refresh. Each address has at most one fetch at a time, rate limited, on a thread of its own. A request
//! whose key is cached never waits, and a slow address delays only requests that need its keys.

use crate::client::agent::Agent;
use crate::client::discovery::{prepare, read_keys};
use crate::client::endpoint::EndpointUrl;
use crate::clock::Timestamp;
use crate::issuer::{RemoteKeys, RemoteKeysError};
use crate::jose::key::{RSA_MIN_BITS, VerifyingKey};
use crate::jose::keyset::KeySet;
use crate::os_error::plain;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A set older than this is refreshed in the background, in seconds. It is used meanwhile.
const RENEW: i64 = 240;
/// A set is used without a refresh for this time, in seconds. The first request after that waits briefly for
/// a newer set ([`GRACE`]).
const FRESH: i64 = 300;
/// A set is never used for longer than this, in seconds, even if its address fails: withdrawn keys must end.
const STALE: i64 = 3600;
/// The shortest time between fetches of an address, in seconds. Forged `kid` values cannot trigger more.
const PAUSE: i64 = 10;
/// The longest backoff of an address that fails, in seconds. Backoff keeps strangers from filling the fetch
/// slots with addresses that never answer.
const LONGEST_PAUSE: i64 = 80;
/// The time limit of a fetch.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// The time a request waits for keys: one fetch, and a little for a free slot.
const WAIT: Duration = Duration::from_secs(6);
/// The time a request waits if older keys can be used instead.
const GRACE: Duration = Duration::from_secs(1);
/// The number of concurrent fetches, each on its own thread.
const MAX_FETCHES: usize = 16;
/// The number of requests that wait for one address. It bounds the threads that forged `kid` values can
/// block.
const MAX_WAITING: usize = 4;
/// The number of cached addresses. The least recently fetched one is evicted first.
const MAX_KNOWN: usize = 10_000;

/// Fetches the key set of an address.
type Fetch = dyn Fn(&str) -> Result<KeySet, String> + Send + Sync;

/// Key sets by address. Only addresses of registered clients are fetched.
pub(super) struct FetchedKeys(Arc<FetchShared>);

struct FetchShared {
    fetch: Box<Fetch>,
    state: Mutex<FetchState>,
    /// Notified when a fetch ends.
    ended: Condvar,
}

#[derive(Default)]
struct FetchState {
    known: HashMap<String, CachedKeySet>,
    /// The number of fetches in flight.
    fetches: usize,
}

/// The cached state of an address.
#[derive(Default)]
struct CachedKeySet {
    keys: Option<Arc<KeySet>>,
    /// The time at which the fetch of `keys` began.
    fetched: Option<Timestamp>,
    /// The time of the last fetch.
    asked: Option<Timestamp>,
    /// The number of failures since the last success.
    failures: u32,
    why_not: String,
    is_asked: bool,
    waiting: usize,
}

impl std::fmt::Debug for FetchedKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FetchedKeys")
    }
}

/// The largest difference between the `now` of two concurrent requests, in seconds.
const APART: i64 = 60;

/// Whether `moment` was less than `seconds` ago. False for a moment far ahead: the clock was set back.
fn is_within(seconds: i64, moment: Option<Timestamp>, now: Timestamp) -> bool {
    moment.is_some_and(|at| (-APART..seconds).contains(&now.unix().saturating_sub(at.unix())))
}

impl CachedKeySet {
    /// Returns the keys unless they are stale.
    fn usable(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        self.keys.clone().filter(|_| is_within(STALE, self.fetched, now))
    }

    /// Returns the keys if they are not stale and contain `kid`.
    fn usable_with(&self, kid: Option<&str>, now: Timestamp) -> Option<Arc<KeySet>> {
        let has_kid = |keys: &KeySet| kid.is_none() || keys.keys.iter().any(|key| key.kid.as_deref() == kid);
        self.usable(now).filter(|keys| has_kid(keys))
    }

    fn may_be_asked(&self, now: Timestamp) -> bool {
        let pause = (PAUSE << self.failures.saturating_sub(1).min(3)).min(LONGEST_PAUSE);
        !self.is_asked && !is_within(pause, self.asked, now)
    }

    /// Returns the answer that needs no wait: keys that contain `kid`, even while newer ones are fetched, or
    /// the result of a fetch that ended a moment ago.
    fn settled(&self, kid: Option<&str>, now: Timestamp) -> Option<Result<Arc<KeySet>, RemoteKeysError>> {
        let may_be_asked = self.may_be_asked(now);
        match self.usable_with(kid, now) {
            Some(keys) if !may_be_asked || is_within(FRESH, self.fetched, now) => Some(Ok(keys)),
            None if !may_be_asked && !self.is_asked => {
                Some(self.usable(now).ok_or_else(|| RemoteKeysError::Failed(self.why_not.clone())))
            }
            _ => None,
        }
    }
}

impl RemoteKeys for FetchedKeys {
    fn known(
        &self,
        uri: &str,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Arc<KeySet>, RemoteKeysError>> {
        let mut state = self.0.lock();
        let entry = state.known.get(uri)?;
        let settled = entry.settled(kid, now)?;
        if !is_within(RENEW, entry.fetched, now) && entry.may_be_asked(now) {
            // Refresh for later requests. This one uses the cached keys.
            self.0.start(&mut state, uri, now);
        }
        Some(settled)
    }

    fn keys(&self, uri: &str, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, RemoteKeysError> {
        if let Some(answer) = self.known(uri, kid, now) {
            return answer;
        }
        let mut state = self.0.lock();
        let entry = state.entry(uri);
        let meanwhile = entry.usable_with(kid, now);
        if entry.waiting >= MAX_WAITING {
            return meanwhile.ok_or(RemoteKeysError::Busy);
        }
        entry.waiting += 1;
        let deadline = Instant::now() + if meanwhile.is_some() { GRACE } else { WAIT };
        let answer = loop {
            let entry = state.entry(uri);
            if let Some(answer) = entry.settled(kid, now).filter(|_| !entry.is_asked) {
                break answer;
            }
            self.0.start(&mut state, uri, now);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break meanwhile.ok_or(RemoteKeysError::Busy);
            }
            state = self.0.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        state.entry(uri).waiting -= 1;
        answer
    }
}

/// Receives warnings about weak keys that clients publish.
pub(super) type Tell = Box<dyn Fn(&str) + Send + Sync>;

impl FetchedKeys {
    /// Fetches with this agent. Each weakness of a key is reported once.
    pub(super) fn new(agent: Agent, tell: Tell) -> Self {
        let said = Mutex::new(HashSet::new());
        Self::by(move |uri| {
            let keys = fetch(&agent, uri)?;
            for what in weak(&keys, uri) {
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                if said.len() < MAX_KNOWN && said.insert(what.clone()) {
                    tell(&what);
                }
            }
            Ok(keys.fetched())
        })
    }

    /// Fetches with this function. Its argument is the address, or whatever else names a set.
    pub(super) fn by(fetch: impl Fn(&str) -> Result<KeySet, String> + Send + Sync + 'static) -> Self {
        let (fetch, state, ended) = (Box::new(fetch), Mutex::default(), Condvar::new());
        Self(Arc::new(FetchShared { fetch, state, ended }))
    }
}

impl FetchState {
    /// Returns the entry of an address and creates it if needed.
    fn entry(&mut self, uri: &str) -> &mut CachedKeySet {
        if self.known.len() >= MAX_KNOWN && !self.known.contains_key(uri) {
            let idle = self.known.iter().filter(|(_, entry)| !entry.is_asked && entry.waiting == 0);
            let oldest = idle.min_by_key(|(_, entry)| entry.asked).map(|(uri, _)| uri.clone());
            oldest.and_then(|uri| self.known.remove(&uri));
        }
        self.known.entry(uri.to_owned()).or_default()
    }

    /// Records the result of a fetch that began at `now`. After a failure the older keys stay usable until
    /// they are stale.
    fn end(&mut self, uri: &str, fetched: Result<KeySet, String>, now: Timestamp) {
        self.fetches -= 1;
        let entry = self.entry(uri);
        (entry.is_asked, entry.asked) = (false, Some(now));
        match fetched {
            Ok(keys) => {
                (entry.keys, entry.fetched, entry.failures) = (Some(Arc::new(keys)), Some(now), 0);
            }
            Err(why) => {
                (entry.why_not, entry.failures) = (why, entry.failures.saturating_add(1));
            }
        }
    }
}

impl FetchShared {
    fn lock(&self) -> MutexGuard<'_, FetchState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a fetch unless one is in flight or all slots are taken. Waiting requests try again when a fetch
    /// ends.
    fn start(self: &Arc<Self>, state: &mut FetchState, uri: &str, now: Timestamp) {
        if state.fetches >= MAX_FETCHES || state.entry(uri).is_asked {
            return;
        }
        let (shared, asked) = (self.clone(), uri.to_owned());
        let thread = std::thread::Builder::new().name("jwks".to_owned());
        let started = thread.spawn(move || {
            // stderr has the panic. Requests that wait need an answer as well.
            let fetched = catch_unwind(AssertUnwindSafe(|| (shared.fetch)(&asked)));
            shared.end(&asked, fetched.unwrap_or_else(|_| Err("the fetch has failed".to_owned())), now);
        });
        state.entry(uri).is_asked = true;
        state.fetches += 1;
        if let Err(error) = started {
            state.end(uri, Err(format!("no thread can be started: {}", plain(&error))), now);
        }
    }

    fn end(&self, uri: &str, fetched: Result<KeySet, String>, now: Timestamp) {
        self.lock().end(uri, fetched, now);
        self.ended.notify_all();
    }
}

pub(super) fn fetch(agent: &Agent, uri: &str) -> Result<KeySet, String> {
    let endpoint = EndpointUrl::parse(uri, false).map_err(|error| error.to_string())?;
    let answer = agent.fetch(&prepare(&endpoint)).map_err(|error| error.to_string())?;
    read_keys(&answer, uri).map_err(|error| error.to_string())
}

/// The weaknesses of published keys, for a warning to the operator.
fn weak(keys: &KeySet, uri: &str) -> Vec<String> {
    let too_short = |key: &VerifyingKey| {
        let is_short = (1..RSA_MIN_BITS).contains(&key.material.rsa_bits());
        is_short
            .then(|| format!("the {} is too weak and not used; {RSA_MIN_BITS} bits are needed", key.kind()))
    };
    let of_key = |key: &VerifyingKey| key.weaknesses().into_iter().chain(too_short(key)).collect::<Vec<_>>();
    keys.keys.iter().flat_map(of_key).map(|why| format!("jwks_uri {uri}: {why}")).collect()
}

#[cfg(test)]
#[path = "remote_keys_tests.rs"]
mod tests;
