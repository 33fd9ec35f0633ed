//! The keys that clients publish themselves (`jwks_uri`): fetched with limits of size, time and redirects,
//! kept for a while, and fetched again early for a `kid` that is not among them. Each address is asked on
//! its own: at most once at a time and only so often, by a thread of its own. Whoever knows a key that is
//! kept never waits, and a slow address holds up only those who need its keys.

use crate::client::agent::Agent;
use crate::client::discovery::{prepare, read_keys};
use crate::client::endpoint::EndpointUrl;
use crate::clock::Timestamp;
use crate::issuer::{RemoteKeys, RemoteKeysError};
use crate::jose::key::{RSA_MIN_BITS, VerifyingKey};
use crate::jose::keyset::KeySet;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A set is renewed after so long, in seconds, while it goes on to answer.
const RENEW: i64 = 240;
/// A set is taken as it is for so long, in seconds. Whoever comes first after that waits for a newer one, but
/// not for long.
const FRESH: i64 = 300;
/// And no longer than this while its address does not answer: what was withdrawn must end.
const STALE: i64 = 3600;
/// An address is asked no more often than this, in seconds, whatever a stranger's `kid` says.
const PAUSE: i64 = 10;
/// One that fails is asked less and less often, down to this: strangers must not keep the fetches busy with
/// addresses that never answer.
const LONGEST_PAUSE: i64 = 80;
/// For the keys of a client.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for keys: a fetch, and a little for others' fetches before it.
const WAIT: Duration = Duration::from_secs(6);
/// The same where there are keys that can answer instead.
const GRACE: Duration = Duration::from_secs(1);
/// Fetches at a time, each on a thread of its own.
const MAX_FETCHES: usize = 16;
/// Requests that wait for one address at a time. A stranger's forged `kid` cannot have more of them wait.
const MAX_WAITING: usize = 4;
/// Addresses that are known at a time. The one that was asked longest ago is forgotten first.
const MAX_KNOWN: usize = 10_000;

/// Asks an address for its keys.
type Fetch = dyn Fn(&str) -> Result<KeySet, String> + Send + Sync;

/// Keys by address. Only addresses of registered clients are ever asked.
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
    /// Fetches that go on.
    fetches: usize,
}

/// What is known of an address.
#[derive(Default)]
struct CachedKeySet {
    keys: Option<Arc<KeySet>>,
    /// When the keys were asked for that are there.
    fetched: Option<Timestamp>,
    /// When the address was asked last.
    asked: Option<Timestamp>,
    /// Fetches that have failed since the last that did not.
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

/// Requests are answered as of moments that differ by so many seconds at most.
const APART: i64 = 60;

/// Whether that was less than so many seconds ago. What is far ahead was not: the clock was set back.
fn is_within(seconds: i64, moment: Option<Timestamp>, now: Timestamp) -> bool {
    moment.is_some_and(|at| (-APART..seconds).contains(&now.unix().saturating_sub(at.unix())))
}

impl CachedKeySet {
    /// The keys, unless they are too old to be believed.
    fn usable(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        self.keys.clone().filter(|_| is_within(STALE, self.fetched, now))
    }

    /// The same where that key is among them.
    fn usable_with(&self, kid: Option<&str>, now: Timestamp) -> Option<Arc<KeySet>> {
        let has_kid = |keys: &KeySet| kid.is_none() || keys.keys.iter().any(|key| key.kid.as_deref() == kid);
        self.usable(now).filter(|keys| has_kid(keys))
    }

    fn may_be_asked(&self, now: Timestamp) -> bool {
        let pause = (PAUSE << self.failures.saturating_sub(1).min(3)).min(LONGEST_PAUSE);
        !self.is_asked && !is_within(pause, self.asked, now)
    }

    /// What can be said without waiting: the keys, where that one is among them, also while newer ones are
    /// fetched; and where the address was asked a moment ago, what came of it.
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
            // For those who come later; this one goes on with what is there.
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

/// Where it is told that a client publishes a key that can be used and should be replaced.
pub(super) type Tell = Box<dyn Fn(&str) + Send + Sync>;

impl FetchedKeys {
    /// Fetches by that agent. What is weak about a key is told once.
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

    fn by(fetch: impl Fn(&str) -> Result<KeySet, String> + Send + Sync + 'static) -> Self {
        let (fetch, state, ended) = (Box::new(fetch), Mutex::default(), Condvar::new());
        Self(Arc::new(FetchShared { fetch, state, ended }))
    }
}

impl FetchState {
    /// What is known of an address; it is remembered from now on.
    fn entry(&mut self, uri: &str) -> &mut CachedKeySet {
        if self.known.len() >= MAX_KNOWN && !self.known.contains_key(uri) {
            let idle = self.known.iter().filter(|(_, entry)| !entry.is_asked && entry.waiting == 0);
            let oldest = idle.min_by_key(|(_, entry)| entry.asked).map(|(uri, _)| uri.clone());
            oldest.and_then(|uri| self.known.remove(&uri));
        }
        self.known.entry(uri.to_owned()).or_default()
    }

    /// Takes what became of a fetch that began at `now`. Where it failed, the keys from before still stand
    /// for a while.
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

    /// Has a thread ask an address, unless one does so or too many others are being asked. Then whoever
    /// waits tries again when one of these ends.
    fn start(self: &Arc<Self>, state: &mut FetchState, uri: &str, now: Timestamp) {
        if state.fetches >= MAX_FETCHES || state.entry(uri).is_asked {
            return;
        }
        let (shared, asked) = (self.clone(), uri.to_owned());
        let thread = std::thread::Builder::new().name("jwks".to_owned());
        let started = thread.spawn(move || {
            // A panic has told its story on stderr; whoever waits must be told as well.
            let fetched = catch_unwind(AssertUnwindSafe(|| (shared.fetch)(&asked)));
            shared.end(&asked, fetched.unwrap_or_else(|_| Err("the fetch has failed".to_owned())), now);
        });
        state.entry(uri).is_asked = true;
        state.fetches += 1;
        if let Err(error) = started {
            state.end(uri, Err(format!("no thread can be started: {error}")), now);
        }
    }

    fn end(&self, uri: &str, fetched: Result<KeySet, String>, now: Timestamp) {
        self.lock().end(uri, fetched, now);
        self.ended.notify_all();
    }
}

fn fetch(agent: &Agent, uri: &str) -> Result<KeySet, String> {
    let endpoint = EndpointUrl::parse(uri, false).map_err(|error| error.to_string())?;
    let answer = agent.fetch(&prepare(&endpoint)).map_err(|error| error.to_string())?;
    read_keys(&answer, uri).map_err(|error| error.to_string())
}

/// What an operator should tell those who publish the keys.
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
