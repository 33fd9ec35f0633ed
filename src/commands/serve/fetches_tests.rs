//! Tests that each host has one fetch at a time, and that requests wait only for unknown values.

use super::super::remote_keys::{FetchedKeys, KEYS};
use super::*;
use crate::issuer::RemoteKeys;
use crate::registry::KeysUrl;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

fn later(seconds: u64) -> Timestamp {
    NOW.after(Duration::from_secs(seconds))
}

/// A set with one key of this `kid`.
fn set(kid: &str) -> KeySet {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let text = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"{kid}"}}]}}"#);
    KeySet::read(text.as_bytes(), "test").unwrap()
}

fn kids(answer: &Result<Arc<KeySet>, FetchError>) -> Vec<&str> {
    let keys = answer.as_ref().unwrap();
    keys.keys.iter().filter_map(|key| key.kid.as_deref()).collect()
}

/// The keys that an operator registered.
struct Keys(FetchedKeys);

impl Keys {
    fn by(fetch: impl Fn(&str) -> Result<KeySet, String> + Send + Sync + 'static) -> Self {
        let keys = move |source: &FetchSource, _| {
            let keys = fetch(&source.url)?;
            Ok((Published::Keys(Arc::new(keys)), KEYS))
        };
        Self(FetchedKeys(Fetches::by(keys)))
    }

    fn keys(&self, uri: &str, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, FetchError> {
        self.0.keys(&KeysUrl::registered(uri), kid, now)
    }

    fn known(&self, uri: &str, kid: Option<&str>, now: Timestamp) -> Option<Result<Arc<KeySet>, FetchError>> {
        self.0.known(&KeysUrl::registered(uri), kid, now)
    }

    fn shared(&self) -> &FetchShared {
        &self.0.0.0
    }

    fn waiting(&self, host: &str) -> usize {
        self.shared().lock().hosts.get(host).map_or(0, |used| used.waiting)
    }
}

fn source(url: &str) -> FetchSource {
    FetchSource { kind: FetchKind::Keys, url: url.to_owned(), allows_private: true }
}

/// Addresses whose fetches are reported to the test and wait for its answer.
struct Addresses {
    keys: Keys,
    asked: Receiver<(String, Sender<Result<KeySet, String>>)>,
}

impl Addresses {
    fn new() -> Self {
        let (tell, asked) = channel();
        let tell = Mutex::new(tell);
        let keys = Keys::by(move |uri| {
            let (answer, answered) = channel();
            tell.lock().unwrap().send((uri.to_owned(), answer)).unwrap();
            answered.recv().unwrap()
        });
        Self { keys, asked }
    }

    /// The next fetch.
    fn next(&self) -> (String, Sender<Result<KeySet, String>>) {
        self.asked.recv_timeout(Duration::from_secs(30)).unwrap()
    }

    fn nothing_is_asked(&self) -> bool {
        self.keys.shared().lock().fetches == 0 && self.asked.try_recv().is_err()
    }

    /// Fetches an address at `now` with this answer.
    fn fetched(&self, uri: &str, answer: Result<KeySet, String>, now: Timestamp) {
        let keys = &self.keys;
        std::thread::scope(|scope| {
            let waiting = scope.spawn(move || keys.keys(uri, None, now));
            let (asked, sender) = self.next();
            assert_eq!(asked, uri);
            sender.send(answer).unwrap();
            let _ = waiting.join().unwrap();
        });
    }

    /// Waits until a fetch that nobody waits for has ended.
    fn settle(&self) {
        let mut state = self.keys.shared().lock();
        while state.fetches > 0 {
            state = self.keys.shared().ended.wait(state).unwrap();
        }
    }
}

#[test]
fn a_slow_address_holds_up_nobody_who_needs_another() {
    let addresses = Addresses::new();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| addresses.keys.keys("slow", None, NOW));
        let (asked, slow_answer) = addresses.next();
        assert_eq!(asked, "slow");
        addresses.fetched("good", Ok(set("a")), NOW);
        assert_eq!(kids(&addresses.keys.known("good", Some("a"), NOW).unwrap()), ["a"]);
        assert_eq!(addresses.keys.known("slow", None, NOW).map(|_| ()), None, "it would have to wait");
        slow_answer.send(Err("no route".to_owned())).unwrap();
        let failed = slow.join().unwrap().unwrap_err();
        assert_eq!(failed, FetchError::Failed("no route".to_owned()));
    });
}

#[test]
fn requests_for_one_address_share_a_fetch_and_only_some_may_wait() {
    let addresses = Addresses::new();
    std::thread::scope(|scope| {
        let all: Vec<_> =
            (0..MAX_WAITING).map(|_| scope.spawn(|| addresses.keys.keys("a", Some("k"), NOW))).collect();
        let (_, answer) = addresses.next();
        while addresses.keys.waiting("a") < MAX_WAITING {
            std::thread::yield_now();
        }
        assert_eq!(addresses.keys.keys("a", Some("k"), NOW).unwrap_err(), FetchError::Busy);
        answer.send(Ok(set("k"))).unwrap();
        for one in all {
            assert_eq!(kids(&one.join().unwrap()), ["k"]);
        }
    });
    assert!(addresses.nothing_is_asked());
    assert_eq!(addresses.keys.waiting("a"), 0);
}

#[test]
fn a_forged_kid_delays_nobody_whose_key_is_known_and_has_an_address_asked_rarely() {
    let addresses = Addresses::new();
    addresses.fetched("a", Ok(set("k")), NOW);
    let forged = addresses.keys.known("a", Some("forged"), later(1)).unwrap();
    assert_eq!(kids(&forged), ["k"], "asked a moment ago: the judge will not find its key");
    std::thread::scope(|scope| {
        let forger = scope.spawn(|| addresses.keys.keys("a", Some("forged"), later(20)));
        let (_, answer) = addresses.next();
        assert_eq!(kids(&addresses.keys.known("a", Some("k"), later(20)).unwrap()), ["k"]);
        assert_eq!(kids(&addresses.keys.known("a", None, later(20)).unwrap()), ["k"]);
        answer.send(Ok(set("new"))).unwrap();
        assert_eq!(kids(&forger.join().unwrap()), ["new"]);
    });
    assert_eq!(kids(&addresses.keys.known("a", Some("forged"), later(29)).unwrap()), ["new"]);
    assert!(addresses.nothing_is_asked());
}

#[test]
fn a_key_that_the_old_set_lacks_is_unavailable_while_its_address_fails() {
    let addresses = Addresses::new();
    let gone = || FetchError::Failed("gone".to_owned());
    addresses.fetched("a", Ok(set("old")), NOW);
    let keys = &addresses.keys;
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || keys.keys("a", Some("new"), later(20)));
        addresses.next().1.send(Err("gone".to_owned())).unwrap();
        assert_eq!(waiting.join().unwrap().unwrap_err(), gone());
    });
    assert_eq!(keys.known("a", Some("new"), later(21)).unwrap().unwrap_err(), gone());
    assert_eq!(kids(&keys.known("a", Some("old"), later(21)).unwrap()), ["old"]);
}

#[test]
fn old_keys_answer_while_newer_ones_are_fetched_and_not_for_ever() {
    let addresses = Addresses::new();
    addresses.fetched("a", Ok(set("old")), NOW);
    assert!(addresses.keys.known("a", Some("old"), later(239)).is_some() && addresses.nothing_is_asked());
    let answer = addresses.keys.known("a", Some("old"), later(299)).unwrap();
    assert_eq!(kids(&answer), ["old"]);
    let (_, sender) = addresses.next();
    // Old keys answer even if the refresh outlasts their freshness.
    assert_eq!(kids(&addresses.keys.known("a", Some("old"), later(301)).unwrap()), ["old"]);
    sender.send(Ok(set("new"))).unwrap();
    addresses.settle();
    assert_eq!(kids(&addresses.keys.known("a", Some("new"), later(302)).unwrap()), ["new"]);
    // While the address fails, its old keys are used for an hour.
    addresses.fetched("a", Err("gone".to_owned()), later(3890));
    assert_eq!(kids(&addresses.keys.known("a", None, later(3898)).unwrap()), ["new"]);
    let failed = addresses.keys.known("a", None, later(3900));
    assert!(failed.is_none(), "too old, and to be asked for anew");
    addresses.fetched("a", Err("gone".to_owned()), later(3900));
    let failed = addresses.keys.known("a", None, later(3901)).unwrap().unwrap_err();
    assert_eq!(failed, FetchError::Failed("gone".to_owned()));
}

#[test]
fn keys_that_nobody_asked_for_in_a_while_are_looked_up_first_but_not_for_long() {
    let addresses = Addresses::new();
    addresses.fetched("a", Ok(set("withdrawn")), NOW);
    let first = later(1000);
    assert!(addresses.keys.known("a", Some("withdrawn"), first).is_none());
    let keys = &addresses.keys;
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || keys.keys("a", Some("withdrawn"), first));
        addresses.next().1.send(Ok(set("new"))).unwrap();
        assert_eq!(kids(&waiting.join().unwrap()), ["new"]);
    });
    // The address hangs, so its old keys are used.
    let second = later(2000);
    assert_eq!(kids(&keys.keys("a", Some("new"), second)), ["new"]);
    let (_, hanging) = addresses.next();
    assert_eq!(kids(&keys.known("a", Some("new"), second).unwrap()), ["new"]);
    hanging.send(Err("late".to_owned())).unwrap();
    addresses.settle();
    assert_eq!(kids(&keys.known("a", Some("new"), second).unwrap()), ["new"]);
}

#[test]
fn an_address_that_fails_is_asked_less_and_less_often() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let keys = Keys::by(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Err("no route".to_owned())
    });
    // A stranger asks each second for ten minutes.
    for second in 0..600 {
        assert!(matches!(keys.keys("a", None, later(second)), Err(FetchError::Failed(_))));
    }
    // At 0, 10, 30 and 70 seconds, then every 80 seconds.
    assert_eq!(asked.load(Ordering::Relaxed), 10);
}

#[test]
fn fetches_are_bounded_and_the_next_begins_when_one_ends() {
    let addresses = Addresses::new();
    std::thread::scope(|scope| {
        let keys = &addresses.keys;
        for n in 0..MAX_FETCHES {
            scope.spawn(move || keys.keys(&format!("slow{n}"), None, NOW));
        }
        let mut slow: Vec<_> = (0..MAX_FETCHES).map(|_| addresses.next().1).collect();
        let last = scope.spawn(|| keys.keys("last", None, NOW));
        while keys.waiting("last") == 0 {
            std::thread::yield_now();
        }
        assert!(addresses.asked.try_recv().is_err(), "all places are taken");
        slow.pop().unwrap().send(Err("late".to_owned())).unwrap();
        let (asked, answer) = addresses.next();
        assert_eq!(asked, "last");
        answer.send(Ok(set("k"))).unwrap();
        assert_eq!(kids(&last.join().unwrap()), ["k"]);
        slow.iter().for_each(|sender| sender.send(Err("late".to_owned())).unwrap());
    });
    addresses.settle();
    assert_eq!(addresses.keys.shared().lock().fetches, 0);
}

#[test]
fn a_fetch_that_panics_is_one_that_has_failed() {
    let keys = Keys::by(|_| panic!("as a library does"));
    assert!(matches!(keys.keys("a", None, NOW), Err(FetchError::Away(_))));
    assert_eq!(keys.shared().lock().fetches, 0);
}

#[test]
fn a_clock_that_was_set_back_keeps_no_keys_for_ever() {
    let addresses = Addresses::new();
    addresses.fetched("a", Ok(set("k")), later(7200));
    assert!(addresses.keys.known("a", Some("k"), NOW).is_none());
}

/// A host of which the address is asked for, each time by this source.
fn value() -> (Published, Freshness) {
    (Published::Keys(Arc::new(KeySet::none())), KEYS)
}

fn document(url: &str) -> FetchSource {
    FetchSource { kind: FetchKind::Document, url: url.to_owned(), allows_private: false }
}

fn filled(state: &mut FetchState, source: FetchSource, second: u64) {
    state.fetches += 1;
    state.end(&source, Ok(value()), later(second));
}

#[test]
fn the_value_that_was_fetched_longest_ago_is_forgotten_first() {
    let mut state = FetchState::default();
    for n in 0..MAX_KNOWN {
        let entry = state.known.entry(source(&n.to_string())).or_default();
        (entry.value, entry.asked) = (Some(value()), Some(later(n as u64)));
    }
    state.wait(&source("0"), 1);
    filled(&mut state, source("new"), 20_000);
    assert_eq!(state.known.len(), MAX_KNOWN);
    assert!(state.known.contains_key(&source("0")) && !state.known.contains_key(&source("1")));
}

#[test]
fn invented_addresses_evict_no_value_and_a_host_evicts_only_its_own() {
    let mut state = FetchState::default();
    filled(&mut state, document("https://honest/a"), 0);
    filled(&mut state, source("registered"), 0);
    for n in 0..2 * MAX_FAILED {
        state.fetches += 1;
        state.end(&document(&format!("https://evil/{n}")), Err("404".to_owned().into()), later(1 + n as u64));
    }
    assert_eq!(state.known.len(), MAX_FAILED + 2);
    for n in 0..2 * MAX_OF_HOST {
        filled(&mut state, document(&format!("https://evil/real{n}")), 5000 + n as u64);
    }
    let of = |host: &str| {
        state
            .known
            .iter()
            .filter(|(source, entry)| entry.value.is_some() && source.url.contains(host))
            .count()
    };
    assert_eq!((of("evil"), of("honest"), of("registered")), (MAX_OF_HOST, 1, 1));
}

/// Many addresses of one host that never answers take one slot, and the requests for them few places.
#[test]
fn a_silent_host_with_many_addresses_holds_up_no_other_host() {
    let addresses = Addresses::new();
    std::thread::scope(|scope| {
        let keys = &addresses.keys;
        let silent: Vec<_> = (0..3 * MAX_FETCHES)
            .map(|n| scope.spawn(move || keys.keys(&format!("https://silent/{n}"), None, NOW)))
            .collect();
        let (asked, answer) = addresses.next();
        assert!(asked.starts_with("https://silent/"));
        while keys.waiting("silent") < MAX_WAITING {
            std::thread::yield_now();
        }
        assert!(addresses.asked.try_recv().is_err(), "the host has one fetch at a time");
        addresses.fetched("https://honest/keys", Ok(set("k")), NOW);
        assert_eq!(kids(&keys.known("https://honest/keys", Some("k"), NOW).unwrap()), ["k"]);
        answer.send(Err("late".to_owned())).unwrap();
        // The requests that still wait have their address fetched in turn.
        for _ in 1..MAX_WAITING {
            addresses.next().1.send(Ok(set("k"))).unwrap();
        }
        let busy = silent.into_iter().map(|one| one.join().unwrap());
        let busy = busy.filter(|one| one.as_ref().is_err_and(|error| *error == FetchError::Busy)).count();
        assert_eq!(busy, 3 * MAX_FETCHES - MAX_WAITING);
    });
}

#[test]
fn a_document_takes_the_slot_of_its_own_host_for_the_keys_that_it_names() {
    let of = |document: &str, uri: &str| {
        let kind = FetchKind::KeysOfDocument(document.to_owned());
        FetchSource { kind, url: uri.to_owned(), allows_private: false }.hosts()
    };
    assert_eq!(of("https://A.example:8443/c", "https://b.example/k"), ["b.example", "a.example:8443"]);
    assert_eq!(of("https://a.example/c", "https://a.example/k"), ["a.example"]);
}

#[test]
fn a_host_gets_few_fetches_for_new_addresses_and_known_ones_are_refreshed() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let fetches = Fetches::by(move |source, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        if source.url.contains("good") { Ok(value()) } else { Err("404".to_owned().into()) }
    });
    let wait = |url: &str, now| fetches.wait(&document(url), &|_| true, now);
    assert!(wait("https://shared/good", NOW).is_ok());
    let invented = (0..1000).map(|n| wait(&format!("https://shared/{n}"), NOW));
    let busy = invented.filter(|answer| matches!(answer, Err(FetchError::Busy))).count();
    let limit = usize::try_from(NEW_ADDRESSES.get()).unwrap();
    assert_eq!((asked.load(Ordering::Relaxed), busy), (limit, 1000 - (limit - 1)));
    assert!(wait("https://shared/good", later(301)).is_ok() && wait("https://other/good", NOW).is_ok());
}
