//! Tests the sync thread and the server while the store fails in various ways.

use super::*;
use crate::commands::inspect::report::InspectReport;
use crate::commands::serve::Banner;
use crate::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings};
use crate::registry::Registry;
use crate::registry::keys::ring::{RotationPolicy, SigningKeys};
use crate::registry::networks::Networks;
use crate::registry::store::faulty::Faulty;
use crate::server::HttpExchange;
use crate::server::capacity::Capacity;
use crate::server::rate_limits::RateLimits;
use std::collections::HashMap;
use std::io::Write;
use std::time::Instant;

/// Collects the messages to the operator.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn count(&self, part: &str) -> usize {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| line.contains(part)).count()
    }

    #[track_caller]
    fn wait_for(&self, part: &str) {
        until(|| self.count(part) > 0, || format!("{part:?} was not said, but {:?}", self.0));
    }
}

#[track_caller]
fn until(is_so: impl Fn() -> bool, otherwise: impl FnOnce() -> String) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        if Instant::now() >= deadline {
            panic!("{}", otherwise());
        }
        thread::sleep(Duration::from_millis(10));
    }
}

impl Console for Told {
    fn ready(&self, _: &Banner) {}
    fn exchange(&self, _: Box<HttpExchange>) {}
    fn dropped(&self) -> u64 {
        0
    }
    fn alarm(&self, phase: &str, what: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{phase}: {what}"));
    }
    fn hint(&self, _: &str, _: &str) {}
    fn notice(&self, phase: &str, what: &str) {
        self.alarm(phase, what);
    }
    fn banner(&self, _: &Banner) -> String {
        String::new()
    }
    fn inspected(&self, _: &InspectReport) -> String {
        String::new()
    }
    fn lines(&self) -> Box<dyn Write + Send> {
        Box::new(io::sink())
    }
    fn finish(&self) {}
}

/// A sync thread with a store that runs the test's function before each operation.
struct Kept {
    told: Arc<Told>,
    registered: Arc<ClientCache>,
    keeper: StoreSync,
    /// How often each operation was begun.
    begun: Arc<Mutex<HashMap<String, usize>>>,
}

impl Kept {
    fn with(before: impl Fn(&str) -> Result<(), StoreError> + Send + Sync + 'static) -> Self {
        let begun = Arc::new(Mutex::new(HashMap::new()));
        let counted = begun.clone();
        let counting = move |what: &str| {
            *counted.lock().unwrap_or_else(PoisonError::into_inner).entry(what.to_owned()).or_default() += 1;
            before(what)
        };
        let (store, now) = (Arc::new(Faulty::new(counting)), Timestamp::now());
        let signing = SigningKeys::stored(RotationPolicy::as_it_is(store.clone()), now).unwrap();
        let registered = Arc::new(ClientCache::new(store, now).unwrap());
        let registry = Registry::default().with_store(registered.clone());
        let identity = IssuerIdentity { issuer: "i".to_owned(), public_url: "http://127.0.0.1".to_owned() };
        let service =
            Service::new(identity, registry, signing, ServiceSettings::default(), Arc::new(NoRemoteKeys));
        let current = Arc::new(Current::new(Serving {
            admission: RateLimits::new(Networks::default(), None),
            service,
            waiting: false,
            config_size: Capacity { name: "config_bytes", used: 0, limit: 1 },
            bench: None,
            page: None,
        }));
        let told = Arc::new(Told::default());
        let console: Arc<dyn Console> = told.clone();
        let watching = Observers::open(None, &console).unwrap();
        let keeper = StoreSync::start(&current, &console, &watching, &Arc::default()).unwrap();
        Self { told, registered, keeper, begun }
    }

    fn begun(&self, what: &str) -> usize {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).get(what).copied().unwrap_or_default()
    }

    /// Wakes the thread until it has begun that operation once more.
    #[track_caller]
    fn once_more(&self, what: &str) {
        let before = self.begun(what);
        let is_so = || {
            self.registered.wake();
            self.begun(what) > before
        };
        until(is_so, || format!("{what} was not tried again"));
    }
}

#[test]
fn a_round_that_panics_is_told_of_once_and_the_next_one_comes() {
    let breaks = Arc::new(AtomicBool::new(false));
    let broken = breaks.clone();
    let kept = Kept::with(move |what| {
        assert!(what != "changes" || !broken.load(Ordering::Acquire), "the clock strikes thirteen");
        Ok(())
    });
    breaks.store(true, Ordering::Release);
    kept.told.wait_for("the clock strikes thirteen");
    (0..3).for_each(|_| kept.once_more("changes"));
    assert!(kept.registered.at_hand().is_err(), "what has changed is not known");
    breaks.store(false, Ordering::Release);
    kept.told.wait_for("the store is back");
    assert_eq!(kept.told.count("thirteen"), 1);
    assert_eq!(kept.registered.at_hand(), Ok(()));
    drop(kept.keeper);
}

#[test]
fn what_breaks_while_it_is_written_does_not_end_who_keeps_up_either() {
    let breaks = Arc::new(AtomicBool::new(true));
    let broken = breaks.clone();
    let kept = Kept::with(move |what| {
        assert!(what != "note_uses" || !broken.load(Ordering::Acquire), "no ink");
        Ok(())
    });
    kept.registered.note_use("a", 1, None, Timestamp::now());
    kept.registered.wake();
    kept.told.wait_for("no ink");
    for _ in 0..3 {
        kept.registered.note_use("a", 1, None, Timestamp::now());
        kept.once_more("note_uses");
    }
    let (told, tried) = (kept.told.count("no ink"), kept.begun("note_uses"));
    assert!(told <= tried, "told {told} times of {tried}: {:?}", kept.told.0);
    breaks.store(false, Ordering::Release);
    until(|| kept.registered.pending() == 0, || format!("nothing is written: {:?}", kept.told.0));
    kept.told.wait_for("the store is back");
}

#[test]
fn a_store_that_hangs_does_not_hold_up_the_end() {
    let kept = Kept::with(move |what| {
        if what == "note_uses" {
            loop {
                thread::park();
            }
        }
        Ok(())
    });
    kept.registered.note_use("a", 1, None, Timestamp::now());
    let begun = Instant::now();
    let error = kept.keeper.finish().unwrap_err();
    assert!(begun.elapsed() >= LAST, "{:?}", begun.elapsed());
    assert!(error.to_string().contains("no answer in time"), "{error}");
    kept.registered.missed(&error);
    assert_eq!(kept.keeper.finish(), Ok(()), "it is known to be away");
}

#[test]
fn a_store_that_takes_no_writes_is_known_for_it_until_it_does_although_nobody_writes() {
    let refuses = Arc::new(AtomicBool::new(true));
    let refused = refuses.clone();
    let kept = Kept::with(move |what| match what {
        "remember" | "note_uses" if refused.load(Ordering::Acquire) => {
            Err(StoreError::Unwritable("disk full".to_owned()))
        }
        _ => Ok(()),
    });
    kept.told.wait_for("cannot remove expired records: disk full");
    let full = StoreError::Unwritable("disk full".to_owned());
    assert_eq!((kept.registered.unwritable(), kept.registered.at_hand()), (Some(full), Ok(())));
    kept.registered.note_use("a", 1, None, Timestamp::now());
    kept.told.wait_for("cannot write pending uses of secrets");
    assert_eq!(kept.registered.pending(), 1);
    refuses.store(false, Ordering::Release);
    let is_written = || kept.registered.unwritable().is_none() && kept.registered.pending() == 0;
    until(is_written, || format!("{:?}", kept.registered.unwritable()));
    kept.told.wait_for("the store is writable again: pending");
    kept.told.wait_for("expired records are removed again");
    (0..3).for_each(|_| kept.once_more("changes"));
    for (part, times) in [("disk full", 2), ("is writable again", 1), ("removed again", 1)] {
        assert_eq!(kept.told.count(part), times, "each is told once: {:?}", kept.told.0);
    }
    drop(kept.keeper);
}

#[test]
fn the_end_of_a_trouble_is_told_once_and_only_after_one() {
    let told = Told::default();
    let mut trouble = SyncTrouble::ending("it is over");
    trouble.is(None, &told, "store");
    for cause in [Some("one"), Some("one"), Some("two"), None, None, Some("two"), None] {
        trouble.is(cause.map(str::to_owned), &told, "store");
    }
    let lines = ["one", "two", "it is over", "two", "it is over"].map(|what| format!("store: {what}"));
    assert_eq!(*told.0.lock().unwrap(), lines);
}
