//! Fetches and caches what clients publish: their key sets and their metadata documents. Each host has at most
//! one fetch at a time, on a thread of its own, and few requests may wait for it: a slow host delays only
//! requests that need it. Fetches of an address are rate limited, and so are new addresses of a host.

use crate::clock::Timestamp;
use crate::issuer::FetchError;
use crate::jose::keyset::KeySet;
use crate::registry::Client;
use crate::registry::token_buckets::{Rate, TokenBuckets};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The shortest time between fetches of an address, in seconds. Forged `kid` values cannot trigger more.
const PAUSE: i64 = 10;
/// The longest backoff of an address that fails, in seconds. Backoff keeps strangers from filling the fetch
/// slots with addresses that never answer.
const LONGEST_PAUSE: i64 = 80;
/// The time limit of a fetch.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// The time a request waits: one fetch, and a little for a free slot.
const WAIT: Duration = Duration::from_secs(6);
/// The time a request waits if an older value can be used instead.
const GRACE: Duration = Duration::from_secs(1);
/// The number of concurrent fetches, each on its own thread.
const MAX_FETCHES: usize = 32;
/// The number of requests that wait for one host. It bounds the threads that a silent host can block.
pub(super) const MAX_WAITING: usize = 8;
/// The number of cached values. The one that was fetched longest ago is evicted first.
pub(super) const MAX_KNOWN: usize = 10_000;
/// The number of values of one host in its clients' own words. A host cannot evict those of others.
const MAX_OF_HOST: usize = 1_000;
/// The number of addresses that are remembered as failing. They never evict a value.
const MAX_FAILED: usize = 1_000;
/// New addresses of one host that are fetched in a minute, if strangers may choose them.
const NEW_ADDRESSES: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// The largest difference between the `now` of two concurrent requests, in seconds.
const APART: i64 = 60;

/// An address, and whose word it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct FetchSource {
    pub(super) kind: FetchKind,
    pub(super) url: String,
    /// Whether addresses that are not public may be used.
    pub(super) allows_private: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum FetchKind {
    /// The `jwks_uri` of a registered client.
    Keys,
    /// A client's document.
    Document,
    /// The `jwks_uri` that the document at this URL names.
    KeysOfDocument(String),
    /// The `jwks_uri` in the metadata of the issuer at this URL.
    KeysOfIssuer,
}

/// A document that is fetched.
#[derive(Clone, Debug)]
pub(super) enum Published {
    Keys(Arc<KeySet>),
    Client(Arc<Client>),
}

/// How long a value is used, in seconds since its fetch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Freshness {
    /// Then it is refreshed in the background. It is used meanwhile.
    pub(super) renew: i64,
    /// It is used without a refresh for this time. The first request after that waits briefly for a newer
    /// value ([`GRACE`]).
    pub(super) fresh: i64,
    /// It is never used for longer than this, even if its address fails.
    pub(super) stale: i64,
}

/// Fetches an address.
type Fetch = dyn Fn(&FetchSource, Timestamp) -> Result<(Published, Freshness), FetchError> + Send + Sync;
/// Whether a value has what the request needs.
pub(super) type Fits<'a> = &'a dyn Fn(&Published) -> bool;
type FetchAnswer = Result<Published, FetchError>;

/// Values by address.
#[derive(Clone)]
pub(super) struct Fetches(Arc<FetchShared>);

struct FetchShared {
    fetch: Box<Fetch>,
    state: Mutex<FetchState>,
    /// Notified when a fetch ends.
    ended: Condvar,
    /// Limits the new addresses of a host.
    news: TokenBuckets<String>,
}

#[derive(Default)]
struct FetchState {
    known: HashMap<FetchSource, FetchEntry>,
    hosts: HashMap<String, HostUse>,
    /// The number of fetches in flight.
    fetches: usize,
}

/// The use of a host at present.
#[derive(Clone, Copy, Default)]
struct HostUse {
    is_asked: bool,
    waiting: usize,
}

/// The cached state of an address.
#[derive(Default)]
struct FetchEntry {
    value: Option<(Published, Freshness)>,
    /// The time at which the fetch of `value` began.
    fetched: Option<Timestamp>,
    /// The time of the last fetch.
    asked: Option<Timestamp>,
    /// The number of failures since the last success.
    failures: u32,
    why_not: Option<FetchError>,
    is_asked: bool,
    waiting: usize,
}

/// Whether `moment` was less than `seconds` ago. False for a moment far ahead: the clock was set back.
fn is_within(seconds: i64, moment: Option<Timestamp>, now: Timestamp) -> bool {
    moment.is_some_and(|at| (-APART..seconds).contains(&now.unix().saturating_sub(at.unix())))
}

/// The host and port of a URL, which share a slot.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_ascii_lowercase()
}

impl FetchSource {
    /// The hosts whose slots it takes: its own, and that of the document which names it. So a host gets no
    /// more fetches by naming others.
    fn hosts(&self) -> Vec<String> {
        let mut hosts = vec![host(&self.url)];
        if let FetchKind::KeysOfDocument(document) = &self.kind {
            hosts.push(host(document));
        }
        hosts.dedup();
        hosts
    }

    /// The host that answers for it, if strangers may choose the address.
    fn owner(&self) -> Option<String> {
        match &self.kind {
            FetchKind::Keys | FetchKind::KeysOfIssuer => None,
            FetchKind::Document => Some(host(&self.url)),
            FetchKind::KeysOfDocument(document) => Some(host(document)),
        }
    }
}

impl FetchEntry {
    fn lasts(&self, of: impl Fn(&Freshness) -> i64, now: Timestamp) -> bool {
        self.value.as_ref().is_some_and(|(_, freshness)| is_within(of(freshness), self.fetched, now))
    }

    /// Returns the value unless it is stale.
    fn usable(&self, now: Timestamp) -> Option<Published> {
        let is_usable = self.lasts(|freshness| freshness.stale, now);
        self.value.as_ref().filter(|_| is_usable).map(|(value, _)| value.clone())
    }

    fn may_be_asked(&self, now: Timestamp) -> bool {
        let pause = (PAUSE << self.failures.saturating_sub(1).min(3)).min(LONGEST_PAUSE);
        !self.is_asked && !is_within(pause, self.asked, now)
    }

    /// Returns the answer that needs no wait: a value that fits, even while a newer one is fetched, or the
    /// result of a fetch that ended a moment ago.
    fn settled(&self, fits: Fits<'_>, now: Timestamp) -> Option<FetchAnswer> {
        let may_be_asked = self.may_be_asked(now);
        match self.usable(now).filter(|value| fits(value)) {
            Some(value) if !may_be_asked || self.lasts(|freshness| freshness.fresh, now) => Some(Ok(value)),
            None if !may_be_asked && !self.is_asked => {
                // The missing key may be in the version that could not be fetched.
                let old = self.usable(now).filter(|_| self.failures == 0);
                Some(old.ok_or_else(|| self.why_not.clone().unwrap_or(FetchError::Busy)))
            }
            _ => None,
        }
    }
}

impl Fetches {
    pub(super) fn by(
        fetch: impl Fn(&FetchSource, Timestamp) -> Result<(Published, Freshness), FetchError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let news = TokenBuckets::new(Rate::per_minute(NEW_ADDRESSES));
        let (fetch, state, ended) = (Box::new(fetch), Mutex::default(), Condvar::new());
        Self(Arc::new(FetchShared { fetch, state, ended, news }))
    }

    /// The cached value that fits, or why there is none; `None` if it must be fetched first. Never waits: a
    /// refresh runs in the background.
    pub(super) fn known(&self, source: &FetchSource, fits: Fits<'_>, now: Timestamp) -> Option<FetchAnswer> {
        let mut state = self.0.lock();
        let entry = state.known.get(source)?;
        let settled = entry.settled(fits, now)?;
        if !entry.lasts(|freshness| freshness.renew, now) && entry.may_be_asked(now) {
            // Refresh for later requests. This one uses the cached value.
            self.0.start(&mut state, source, now);
        }
        Some(settled)
    }

    /// The value, fetched if necessary. Waits a few seconds at most.
    ///
    /// # Errors
    /// If it is unavailable, or did not arrive in time.
    pub(super) fn wait(&self, source: &FetchSource, fits: Fits<'_>, now: Timestamp) -> FetchAnswer {
        if let Some(answer) = self.known(source, fits, now) {
            return answer;
        }
        let mut state = self.0.lock();
        let meanwhile =
            state.known.get(source).and_then(|entry| entry.usable(now)).filter(|value| fits(value));
        if state.is_crowded(source) {
            return meanwhile.ok_or(FetchError::Busy);
        }
        state.wait(source, 1);
        let deadline = Instant::now() + if meanwhile.is_some() { GRACE } else { WAIT };
        let answer = loop {
            let entry = state.entry(source);
            if let Some(answer) = entry.settled(fits, now).filter(|_| !entry.is_asked) {
                break answer;
            }
            if !self.0.start(&mut state, source, now) {
                break meanwhile.ok_or(FetchError::Busy);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break meanwhile.ok_or(FetchError::Busy);
            }
            state = self.0.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        state.wait(source, -1);
        answer
    }

    /// The number of cached documents.
    pub(super) fn documents(&self) -> usize {
        let state = self.0.lock();
        let is_document = |(source, entry): &(&FetchSource, &FetchEntry)| {
            source.kind == FetchKind::Document && entry.value.is_some()
        };
        state.known.iter().filter(is_document).count()
    }
}

impl FetchState {
    /// Whether as many requests wait for one of its hosts as may.
    fn is_crowded(&self, source: &FetchSource) -> bool {
        let waiting = |host: &String| self.hosts.get(host).map_or(0, |used| used.waiting);
        source.hosts().iter().any(|host| waiting(host) >= MAX_WAITING)
    }

    /// Counts a request that begins or ends to wait.
    fn wait(&mut self, source: &FetchSource, by: isize) {
        let entry = self.entry(source);
        entry.waiting = entry.waiting.saturating_add_signed(by);
        for host in source.hosts() {
            self.change(host, |used| used.waiting = used.waiting.saturating_add_signed(by));
        }
    }

    /// Changes the use of a host, and forgets it once it is not used.
    fn change(&mut self, host: String, change: impl FnOnce(&mut HostUse)) {
        let mut used = self.hosts.remove(&host).unwrap_or_default();
        change(&mut used);
        if used.is_asked || used.waiting > 0 {
            self.hosts.insert(host, used);
        }
    }

    /// Returns the entry of an address and creates it if needed.
    fn entry(&mut self, source: &FetchSource) -> &mut FetchEntry {
        if !self.known.contains_key(source) && self.known.len() >= MAX_FAILED {
            self.evict(MAX_FAILED, |_, entry| entry.value.is_none());
        }
        self.known.entry(source.clone()).or_default()
    }

    /// Makes room for one more of these entries, if there are as many as may be. Entries in use stay.
    fn evict(&mut self, most: usize, of: impl Fn(&FetchSource, &FetchEntry) -> bool) {
        let all = self.known.iter().filter(|(source, entry)| of(source, entry));
        if all.clone().count() < most {
            return;
        }
        let idle = all.filter(|(_, entry)| !entry.is_asked && entry.waiting == 0);
        let oldest = idle.min_by_key(|(_, entry)| entry.asked).map(|(source, _)| source.clone());
        oldest.and_then(|source| self.known.remove(&source));
    }

    /// Makes room for a value of this address.
    fn make_room(&mut self, source: &FetchSource) {
        if self.known.get(source).is_some_and(|entry| entry.value.is_some()) {
            return;
        }
        if let Some(owner) = source.owner() {
            let is_owners = |other: &FetchSource, entry: &FetchEntry| {
                entry.value.is_some() && other.owner().as_ref() == Some(&owner)
            };
            self.evict(MAX_OF_HOST, is_owners);
        }
        self.evict(MAX_KNOWN, |_, entry| entry.value.is_some());
    }

    /// Records the result of a fetch that began at `now`. After a failure the older value stays usable until
    /// it is stale.
    fn end(
        &mut self,
        source: &FetchSource,
        fetched: Result<(Published, Freshness), FetchError>,
        now: Timestamp,
    ) {
        self.fetches -= 1;
        for host in source.hosts() {
            self.change(host, |used| used.is_asked = false);
        }
        if fetched.is_ok() {
            self.make_room(source);
        }
        let entry = self.entry(source);
        (entry.is_asked, entry.asked) = (false, Some(now));
        match fetched {
            Ok(value) => (entry.value, entry.fetched, entry.failures) = (Some(value), Some(now), 0),
            Err(why) => (entry.why_not, entry.failures) = (Some(why), entry.failures.saturating_add(1)),
        }
    }
}

impl FetchShared {
    fn lock(&self) -> MutexGuard<'_, FetchState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a new address may be fetched: strangers can invent any number of them.
    fn may_be_new(&self, source: &FetchSource, now: Timestamp) -> bool {
        source.owner().is_none_or(|owner| self.news.take(&owner, now).is_ok())
    }

    /// Starts a fetch unless one is in flight for its host or all slots are taken. Waiting requests try again
    /// when a fetch ends. Returns false if it may not be fetched at all now.
    fn start(self: &Arc<Self>, state: &mut FetchState, source: &FetchSource, now: Timestamp) -> bool {
        let is_asked = |host: &String| state.hosts.get(host).is_some_and(|used| used.is_asked);
        if state.fetches >= MAX_FETCHES || source.hosts().iter().any(is_asked) {
            return true;
        }
        if state.entry(source).value.is_none() && !self.may_be_new(source, now) {
            return false;
        }
        let (shared, asked) = (self.clone(), source.clone());
        let thread = std::thread::Builder::new().name("fetch".to_owned());
        let started = thread.spawn(move || {
            // stderr has the panic. Requests that wait need an answer as well.
            let fetched = catch_unwind(AssertUnwindSafe(|| (shared.fetch)(&asked, now)));
            shared.end(
                &asked,
                fetched.unwrap_or_else(|_| Err(FetchError::Away("the fetch has failed".to_owned()))),
                now,
            );
        });
        state.entry(source).is_asked = true;
        for host in source.hosts() {
            state.change(host, |used| used.is_asked = true);
        }
        state.fetches += 1;
        if let Err(error) = started {
            state.end(source, Err(FetchError::Away(format!("no thread can be started: {error}"))), now);
        }
        true
    }

    fn end(&self, source: &FetchSource, fetched: Result<(Published, Freshness), FetchError>, now: Timestamp) {
        self.lock().end(source, fetched, now);
        self.ended.notify_all();
    }
}

#[cfg(test)]
#[path = "fetches_tests.rs"]
mod tests;
