//! Tests of the cache while its store is unavailable, hangs or refuses writes.

use super::*;
use crate::registry::cached_clients::MAX_ABSENT;
use crate::registry::client_cache::federated::MAX_FEDERATED;
use crate::registry::expiring_set::digest;
use crate::registry::federated::FederatedRule;
use crate::registry::keys::ring::RotationPolicy;
use crate::registry::record::ClientRecord;
use crate::registry::store::Position;
use crate::registry::store::faulty::Faulty;
use crate::registry::store::sqlite::Sqlite;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::channel;

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

/// A store file whose tables can be renamed to simulate an outage.
struct Failing {
    folder: tempfile::TempDir,
    store: Arc<Sqlite>,
}

impl Failing {
    fn new() -> (Self, ClientCache) {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("heistctl.db")).unwrap().store;
        let record = |id: &str| ClientRecord { id: id.to_owned(), ..ClientRecord::default() };
        store.add(&["a", "b"].map(|id| (record(id), None))).unwrap();
        let store = Arc::new(store);
        (Self { folder, store: store.clone() }, ClientCache::new(store, NOW).unwrap())
    }

    fn sql(&self, statements: &str) {
        let file = rusqlite::Connection::open(self.folder.path().join("heistctl.db")).unwrap();
        file.execute_batch(statements).unwrap();
        // Closely spaced lookups share a snapshot until another query ends it.
        let _ = self.store.last_change();
    }

    fn take_away(&self) {
        self.sql("ALTER TABLE client RENAME TO gone; ALTER TABLE id RENAME TO gone_too");
    }

    fn bring_back(&self) {
        self.sql("ALTER TABLE gone RENAME TO client; ALTER TABLE gone_too RENAME TO id");
    }
}

fn proof(name: &str) -> Id {
    let until = NOW.after(Duration::from_secs(60));
    Id { kind: IdKind::Proof, digest: digest(&[name]), owner: "a".to_owned(), until }
}

#[test]
fn what_is_kept_is_good_while_the_store_is_away_and_nobody_waits_for_the_rest() {
    let (store, registered) = Failing::new();
    assert!(registered.get("a").unwrap().is_some() && registered.get("nobody").unwrap().is_none());
    store.take_away();
    assert_eq!(registered.reach(), Reachability::Well, "nobody has noticed");
    assert!(registered.get("b").is_err());
    assert_eq!(registered.reach(), Reachability::Away);
    assert!(registered.get("a").unwrap().is_some());
    assert!(registered.get("nobody").is_err(), "it may have been added in the meantime");
    store.bring_back();
    // The store is not queried until the sync thread has reached it.
    let error = registered.get("b").unwrap_err().to_string();
    assert!(error.contains("2026-11-23T08:00:00Z") && error.contains("no such table"), "{error}");
    assert!(registered.remember(&proof("x"), NOW).is_err());
    registered.keep_up().unwrap();
    registered.reached(NOW);
    assert!(registered.get("b").unwrap().is_some());
    assert_eq!(registered.remember(&proof("x"), NOW), Ok(true), "it was not put down before");
}

#[test]
fn after_its_time_nothing_is_good_any_more_until_the_store_is_back() {
    let (store, mut registered) = Failing::new();
    let long_ago = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
    registered.contact = StoreHealth::new(NOW, long_ago);
    assert!(registered.get("a").unwrap().is_some());
    registered.set_outage(Duration::ZERO);
    store.take_away();
    assert!(registered.get("a").unwrap().is_some(), "nobody has noticed");
    assert!(registered.get("b").is_err());
    let error = registered.get("a").unwrap_err().to_string();
    assert!(error.contains("store_outage"), "{error}");
    store.bring_back();
    registered.keep_up().unwrap();
    registered.reached(NOW);
    assert!(registered.get("a").unwrap().is_some());
}

#[test]
fn what_was_read_before_a_connection_was_lost_is_read_anew_and_good_while_the_store_is_away() {
    let (store, registered) = Failing::new();
    assert!(registered.get("a").unwrap().is_some());
    // Without a change entry, as after a restore.
    store.sql("UPDATE client SET record = '{\"id\":\"a\",\"disabled\":true}', digest = NULL WHERE id = 'a'");
    assert!(registered.get("a").unwrap().is_some(), "it is kept");
    registered.missed(&StoreError::Unavailable("cut".to_owned()));
    registered.keep_up().unwrap();
    registered.reached(NOW);
    store.take_away();
    assert!(registered.get("a").unwrap().is_some(), "nobody knows better");
    assert!(registered.get("a").unwrap().is_some() && registered.get("b").is_err());
    store.bring_back();
    registered.keep_up().unwrap();
    registered.reached(NOW);
    assert!(registered.get("a").unwrap().is_none());
}

#[test]
fn who_asks_for_nobody_again_and_again_drives_out_no_client() {
    let (store, registered) = Failing::new();
    assert!(registered.get("a").unwrap().is_some());
    for n in 0..=MAX_ABSENT.get() {
        assert!(registered.get(&format!("nobody-{n}")).unwrap().is_none());
    }
    store.take_away();
    assert!(registered.get("nobody-5").unwrap().is_none(), "that there is none is kept, too");
    assert!(registered.get("a").unwrap().is_some());
    assert!(registered.get("b").is_err());
}

#[test]
fn all_that_were_asked_for_go_on_without_the_store_as_far_as_memory_reaches() {
    const MANY: usize = 12_000;
    let (store, registered) = Failing::new();
    let record = |n: usize| ClientRecord { id: format!("c{n}"), ..ClientRecord::default() };
    let many: Vec<_> = (0..MANY).map(|n| (record(n), None)).collect();
    registered.store().add(&many).unwrap();
    (0..MANY).for_each(|n| assert!(registered.get(&format!("c{n}")).unwrap().is_some()));
    registered.keep_up().unwrap();
    (0..MANY).for_each(|n| assert!(registered.get(&format!("c{n}")).unwrap().is_some()));
    store.take_away();
    assert!(registered.get("b").is_err());
    assert_eq!((registered.reach(), registered.fill().clients), (Reachability::Away, MANY));
    (0..MANY).for_each(|n| assert!(registered.get(&format!("c{n}")).unwrap().is_some(), "{n}"));
}

#[test]
fn a_request_that_fails_wakes_the_thread_that_keeps_up() {
    let (store, registered) = Failing::new();
    store.take_away();
    std::thread::scope(|scope| {
        let woken = scope.spawn(|| registered.wait(Duration::from_secs(60)));
        assert!(registered.get("b").is_err());
        assert!(woken.join().unwrap());
    });
    registered.wake();
    registered.wake();
    assert!(registered.wait(Duration::ZERO));
    assert!(!registered.wait(Duration::ZERO), "two rings are heard once");
}

/// A store whose signing keys cannot be written while the test fails it, and the number of attempts.
fn failing_keys(fails: StoreError) -> (Arc<dyn Store>, Arc<AtomicBool>, Arc<AtomicUsize>) {
    let (is_failing, tries) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (failing, tried) = (is_failing.clone(), tries.clone());
    let store = Faulty::new(move |asked| {
        if asked != "put_text_noting" || !failing.load(Ordering::Acquire) {
            return Ok(());
        }
        tried.fetch_add(1, Ordering::AcqRel);
        Err(fails.clone())
    });
    (Arc::new(store), is_failing, tries)
}

#[test]
fn of_those_with_a_longer_lifetime_one_asks_a_silent_store() {
    let (store, is_silent, tries) = failing_keys(StoreError::Unavailable("no answer in time".to_owned()));
    let keys = SigningKeys::stored(RotationPolicy::as_it_is(store.clone()), NOW).unwrap();
    let registered = ClientCache::new(store, NOW).unwrap();
    registered.cover(&keys, Duration::from_secs(3600), NOW).unwrap();
    is_silent.store(true, Ordering::Release);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert!(registered.cover(&keys, Duration::from_secs(7200), NOW).is_err()));
        }
    });
    assert_eq!(tries.load(Ordering::Acquire), 1, "the others are told what that one was told");
    assert!(registered.wait(Duration::ZERO), "the thread that keeps up is woken");
    assert_eq!(registered.reach(), Reachability::Away);
}

#[test]
fn no_other_work_waits_for_a_store_that_is_asked_to_cover_a_lifetime() {
    let (inside, entered) = channel();
    let (release, released) = channel::<()>();
    let released = Mutex::new(released);
    let is_silent = Arc::new(AtomicBool::new(false));
    let falls = is_silent.clone();
    let store: Arc<dyn Store> = Arc::new(Faulty::new(move |_| {
        if is_silent.load(Ordering::Acquire) {
            inside.send(()).unwrap();
            // Times out if the other work waits for this one.
            let waited = released.lock().unwrap().recv_timeout(Duration::from_secs(60));
            return waited.map_err(|_| StoreError::Missing);
        }
        Ok(())
    }));
    let keys = SigningKeys::stored(RotationPolicy::as_it_is(store), NOW).unwrap();
    falls.store(true, Ordering::Release);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| keys.cover(Duration::from_secs(7200), NOW));
        entered.recv().unwrap();
        keys.step(NOW);
        assert!(!asking.is_finished(), "the keys have waited for the store");
        falls.store(false, Ordering::Release);
        release.send(()).unwrap();
        asking.join().unwrap().unwrap();
    });
}

#[test]
fn what_cannot_be_written_waits_and_all_that_has_changed_is_known() {
    let (store, registered) = Failing::new();
    store.sql("ALTER TABLE use RENAME TO gone_three");
    registered.note_use("a", 1, None, NOW);
    registered.keep_up().unwrap();
    assert!(registered.write(NOW).is_err());
    registered.note_use("a", 1, None, NOW.after(Duration::from_secs(5)));
    registered.note_use("b", 1, None, NOW);
    store.sql("ALTER TABLE gone_three RENAME TO use");
    registered.write(NOW).unwrap();
    let at = |id: &str| registered.store().uses(&[id]).unwrap()[0].at;
    assert_eq!((at("a"), at("b")), (NOW.after(Duration::from_secs(5)), NOW), "the later one stays");
}

#[test]
fn a_revocation_that_was_refused_is_written_when_the_store_is_back() {
    let (store, registered) = Failing::new();
    let revoked = |name: &str, after| {
        let until = NOW.after(Duration::from_secs(after));
        Id { kind: IdKind::Revoked, until, ..proof(name) }
    };
    store.take_away();
    for id in [revoked("t", 60), revoked("t", 60), revoked("u", 60), revoked("over", 1), proof("x")] {
        assert!(registered.remember(&id, NOW).is_err());
    }
    assert!(registered.write(NOW).is_err());
    store.bring_back();
    let later = NOW.after(Duration::from_secs(2));
    registered.write(later).unwrap();
    let mut there = registered.store().revocations(Position::default(), NOW).unwrap().ids;
    there.sort_by_key(|id| id.digest != digest(&["t"]));
    assert_eq!(there, [revoked("t", 60), revoked("u", 60)]);
    assert_eq!(registered.store().remember(&proof("x"), later), Ok(true), "a proof may be shown again");
    registered.write(later).unwrap();
    assert_eq!(registered.store().revocations(Position::default(), NOW).unwrap().ids.len(), 2);
}

fn revoked(name: &str) -> Id {
    Id { kind: IdKind::Revoked, ..proof(name) }
}

#[test]
fn a_store_that_somebody_else_has_locked_is_there_and_takes_all_that_was_revoked_later() {
    let (store, registered) = Failing::new();
    let file = rusqlite::Connection::open(store.folder.path().join("heistctl.db")).unwrap();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let registered = &registered;
            scope.spawn(move || {
                let error = registered.remember(&revoked(&n.to_string()), NOW).unwrap_err();
                assert_eq!(error.public_message(), "the store cannot be written to now");
                assert!(error.to_string().contains("database is locked"), "{error}");
            });
        }
    });
    assert!(registered.remember(&proof("x"), NOW).is_err());
    assert_eq!(registered.reach(), Reachability::Well);
    assert!(registered.get("b").unwrap().is_some());
    assert!(registered.write(NOW).is_err());
    registered.keep_up().unwrap();
    file.execute_batch("COMMIT").unwrap();
    registered.write(NOW).unwrap();
    assert_eq!(registered.store().revocations(Position::default(), NOW).unwrap().ids.len(), 8);
    assert_eq!(registered.remember(&proof("x"), NOW), Ok(true));
}

#[test]
fn a_write_that_was_refused_just_now_is_not_tried_again() {
    let tries = Arc::new(AtomicUsize::new(0));
    let tried = tries.clone();
    let store = Faulty::new(move |asked| {
        if asked != "remember" {
            return Ok(());
        }
        tried.fetch_add(1, Ordering::AcqRel);
        Err(StoreError::Unwritable("database is locked".to_owned()))
    });
    let registered = ClientCache::new(Arc::new(store), NOW).unwrap();
    (0..20).for_each(|n| assert!(registered.remember(&proof(&n.to_string()), NOW).is_err()));
    assert_eq!(tries.load(Ordering::Acquire), 1);
}

#[test]
fn of_those_with_a_longer_lifetime_one_asks_a_store_that_takes_nothing_and_it_is_not_away() {
    let (store, is_locked, tries) = failing_keys(StoreError::Unwritable("database is locked".to_owned()));
    let keys = SigningKeys::stored(RotationPolicy::as_it_is(store.clone()), NOW).unwrap();
    let registered = ClientCache::new(store, NOW).unwrap();
    is_locked.store(true, Ordering::Release);
    let cover = || registered.cover(&keys, Duration::from_secs(7200), NOW);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert!(matches!(cover(), Err(KeysError::Store(StoreError::Unwritable(_))))));
        }
    });
    assert_eq!(tries.load(Ordering::Acquire), 1, "the others are told what that one was told");
    assert_eq!((registered.reach(), registered.get("nobody").unwrap().is_none()), (Reachability::Well, true));
    is_locked.store(false, Ordering::Release);
    registered.write(NOW).unwrap();
    assert!(cover().is_err(), "a refusal stands for a moment, and nothing was written since");
    // A successful write of the sync thread shows that the store accepts writes again.
    registered.note_use("a", 1, None, NOW);
    registered.write(NOW).unwrap();
    cover().unwrap();
}

#[test]
fn too_many_clients_with_rules_are_counted_once_until_a_client_changes() {
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = reads.clone();
    let store = Arc::new(Faulty::new(move |what| {
        counted.fetch_add(usize::from(what == "clients_with"), Ordering::SeqCst);
        Ok(())
    }));
    let rule = |sub: &str| FederatedRule {
        trust: "t".to_owned(),
        sub: Some(sub.to_owned()),
        ..FederatedRule::default()
    };
    let known =
        |id: String| (ClientRecord { federated: vec![rule(&id)], id, ..ClientRecord::default() }, None);
    let all: Vec<_> = (0..=MAX_FEDERATED).map(|n| known(format!("c{n}"))).collect();
    store.add(&all).unwrap();
    let registered = ClientCache::new(store.clone(), NOW).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(registered.federated(WaitPolicy::ALL).unwrap().is_none()));
        }
    });
    assert_eq!(reads.load(Ordering::SeqCst), 1, "read more than once");
    store.remove("c7").unwrap();
    registered.keep_up().unwrap();
    assert!(registered.federated(WaitPolicy::ALL).unwrap().is_some());
    assert_eq!(reads.load(Ordering::SeqCst), 2);
}
