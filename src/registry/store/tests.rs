//! Tests that are the same for every engine, and those of single engines.

mod federated;
mod history;
#[path = "../../../tests/integration/support/needs.rs"]
mod needs;
#[path = "../../../tests/integration/support/postgres.rs"]
#[allow(dead_code, reason = "integration tests use the rest of it")]
pub(super) mod server;

use super::history::{Author, Of};
use super::memory::MemoryStore;
use super::postgres::Postgres;
use super::postgres::address::PostgresAddress;
use super::sqlite::Sqlite;
use super::*;
use crate::clock::Timestamp;
use crate::registry::client_cache::ClientCache;
use crate::registry::expiring_set::digest;
use crate::registry::record::{ClientRecord, StoredClient};
use std::sync::Arc;

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

fn record(id: &str) -> ClientRecord {
    ClientRecord {
        id: id.to_owned(),
        scopes: "a b".parse().unwrap(),
        created: NOW.unix(),
        ..ClientRecord::default()
    }
}

fn hash(secret: &str) -> String {
    crate::registry::secret_hash::SecretHash::of(&crate::secret::Secret::new(secret)).text()
}

fn connected(url: &str) -> Postgres {
    crate::jose::install_provider();
    Postgres::open(PostgresAddress::parse(url).unwrap(), None).unwrap()
}

/// The client as the sync thread sees it: changes by others are known by then.
fn seen(store: &dyn Store, id: &str) -> Option<StoredClient> {
    store.last_change().unwrap();
    store.client(id).unwrap()
}

/// Runs a test on each engine. If it has a file or a server, the test gets a second handle to it.
fn each(test: impl Fn(&dyn Store, &dyn Store)) {
    let memory = MemoryStore::default();
    test(&memory, &memory);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sub/heistctl.db");
    let open = || Sqlite::open(&path).unwrap();
    let (one, other) = (open(), open());
    assert_eq!((one.warnings.len(), other.warnings.len()), (0, 0));
    test(&one.store, &other.store);
    if let Some(server) = server::shared() {
        let url = server.database().url();
        test(&connected(&url), &connected(&url));
    }
}

#[test]
fn what_the_whole_server_must_know_of_clients_follows_them() {
    each(|store, other| {
        store.add(&[(record("a"), None)]).unwrap();
        for (one, method) in
            [(ClientTrait::SecretJwt, "client_secret_jwt"), (ClientTrait::Certificate, "tls_client_auth")]
        {
            let of = |id: &str| ClientRecord { auth_method: Some(method.to_owned()), ..record(id) };
            assert!(!other.any(one).unwrap(), "{method}");
            assert_eq!(store.change("a", &mut |_| Some(of("a"))), Ok(true));
            assert!(other.any(one).unwrap(), "{method}");
            assert_eq!(store.change("a", &mut |_| Some(record("a"))), Ok(true));
            assert!(!other.any(one).unwrap(), "{method}");
            store.add(&[(of("m"), None)]).unwrap();
            assert!(other.any(one).unwrap(), "{method}");
            store.remove("m").unwrap();
        }
    });
}

#[test]
fn secrets_change_with_a_client_as_a_whole() {
    each(|store, other| {
        store.add(&[(record("b"), Some(hash("s")))]).unwrap();
        let sealed = |there: &StoredClient| {
            let mut there = there.clone();
            there.secrets[0].hash = "secret:AA".to_owned();
            Some(there)
        };
        let kept = |store: &dyn Store| seen(store, "b").unwrap().secrets[0].hash.clone();
        let before = kept(other);
        assert_eq!(store.change_client("b", &mut { sealed }), Ok(true));
        assert_eq!(
            (store.change_client("b", &mut { sealed }), kept(other)),
            (Ok(false), "secret:AA".to_owned())
        );
        assert_ne!(before, kept(other));
    });
}

#[test]
fn clients_are_added_once_changed_listed_and_removed() {
    each(|store, other| {
        store.add(&[(record("b"), Some(hash("s"))), (record("a"), None)]).unwrap();
        assert_eq!(
            store.add(&[(record("c"), None), (record("a"), None)]),
            Err(StoreError::Exists("a".to_owned()))
        );
        let twice = [(record("d"), None), (record("e"), None), (record("d"), None)];
        assert_eq!(store.add(&twice), Err(StoreError::Exists("d".to_owned())));
        assert_eq!(seen(other, "c"), None, "all or none");
        let stored = seen(other, "b").unwrap();
        assert_eq!((stored.record.clone(), stored.secrets.len()), (record("b"), 1));
        for strange in ["b\0", "", "\u{1F980}", "' OR 1=1 --"] {
            assert_eq!(seen(other, strange), None, "{strange:?}");
        }
        let changed = ClientRecord { disabled: true, token_exchange: true, ..record("a") };
        assert!(!other.any(ClientTrait::Exchange).unwrap());
        assert_eq!(store.change("a", &mut |_| Some(changed.clone())), Ok(true));
        assert!(other.any(ClientTrait::Exchange).unwrap());
        assert_eq!(store.change("x", &mut |_| panic!("there is none")), Err(StoreError::Missing));
        let ids = |after: &str, limit| -> Vec<String> {
            other
                .clients(after, limit)
                .unwrap()
                .into_iter()
                .map(|listed| listed.stored.unwrap().record.id)
                .collect()
        };
        assert_eq!(
            (ids("", 10), ids("", 1), ids("a", 10)),
            (vec!["a".to_owned(), "b".to_owned()], vec!["a".to_owned()], vec!["b".to_owned()])
        );
        store.remove("a").unwrap();
        assert_eq!((store.remove("a"), seen(other, "a")), (Err(StoreError::Missing), None));
    });
}

/// Runs a test on each engine that can be changed by SQL.
fn each_with_sql(test: impl Fn(&dyn Store, &dyn Fn(&str))) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heistctl.db");
    let store = Sqlite::open(&path).unwrap().store;
    test(&store, &|sql| rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap());
    if let Some(server) = server::shared() {
        let database = server.database();
        test(&connected(&database.url()), &|sql| drop(database.sql(sql)));
    }
}

#[test]
fn a_row_that_somebody_else_has_written_hides_no_other_and_can_be_removed() {
    each_with_sql(|store, sql| {
        let clients = ["a", "b", "c", "d", "e"].map(|id| (record(id), Some(hash("1"))));
        store.add(&clients).unwrap();
        sql("UPDATE client SET record = '{\"id\":\"a\"}' WHERE id = 'b'");
        sql("UPDATE client SET secrets = 'x' WHERE id = 'c'");
        sql("UPDATE client SET record = '{}' WHERE id = 'e'");
        let page = |after: &str| store.clients(after, 2).unwrap();
        let mut found = Vec::new();
        while let Some(last) = page(found.last().map_or("", |listed: &Listed| &listed.id)).pop() {
            assert!(found.len() < 10, "it goes round in circles");
            found.extend(page(found.last().map_or("", |listed| &listed.id)));
            assert_eq!(found.last(), Some(&last));
        }
        let fine: Vec<(&str, bool)> =
            found.iter().map(|listed| (listed.id.as_str(), listed.stored.is_ok())).collect();
        assert_eq!(fine, [("a", true), ("b", false), ("c", false), ("d", true), ("e", false)]);
        for id in ["b", "c", "e"] {
            let errors = [
                store.client(id).unwrap_err(),
                store.change(id, &mut |_| None).unwrap_err(),
                store.rotate(id, &hash("2"), NOW, NOW).unwrap_err(),
            ];
            for error in errors {
                assert!(matches!(&error, StoreError::Damaged(what) if what.contains(id)), "{error}");
            }
            assert_eq!((store.remove(id), store.client(id)), (Ok(()), Ok(None)));
        }
    });
}

#[test]
fn what_is_shown_of_a_store_has_neither_hashes_nor_texts() {
    each(|store, _| {
        store.add(&[(record("a"), Some("sha256:hunter2".to_owned()))]).unwrap();
        store.put_text("keys", 0, "hunter2").unwrap();
        let (stored, listed) = (store.client("a").unwrap(), store.clients("", 9).unwrap());
        let shown = format!("{store:?} {stored:?} {listed:?} {:?}", store.text("keys").unwrap());
        assert!(shown.contains("SecretRecord") && !shown.contains("hunter2"), "{shown}");
    });
}

#[test]
fn what_changes_nothing_is_not_written() {
    each(|store, other| {
        store.add(&[(record("a"), Some(hash("1")))]).unwrap();
        let before = other.last_change().unwrap();
        assert_eq!(store.change("a", &mut |_| None), Ok(false));
        assert_eq!(store.change("a", &mut |there| Some(there.clone())), Ok(false));
        assert_eq!(
            store.change("a", &mut |there| Some(ClientRecord { id: "b".to_owned(), ..there.clone() })),
            Ok(false)
        );
        assert_eq!((other.last_change().unwrap(), seen(other, "b")), (before, None));
        let disabled = |there: &ClientRecord| Some(ClientRecord { disabled: true, ..there.clone() });
        assert_eq!(store.change("a", &mut { disabled }), Ok(true));
        assert_eq!(store.change("a", &mut { disabled }), Ok(false));
        assert_eq!(seen(other, "a").unwrap().secrets.len(), 1, "secrets stay");
    });
}

#[test]
fn of_changes_at_once_none_is_lost() {
    const EACH: usize = 20;
    each(|store, other| {
        store.add(&[(record("a"), None)]).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..EACH {
                    let change = &mut |there: &ClientRecord| {
                        let mut new = there.clone();
                        new.audiences.push(n.to_string());
                        Some(new)
                    };
                    store.change("a", change).unwrap();
                }
            });
            for n in 0..EACH {
                let change = &mut |there: &ClientRecord| {
                    let mut new = there.clone();
                    new.allow_from.push(n.to_string());
                    Some(new)
                };
                other.change("a", change).unwrap();
                other.rotate("a", &hash("s"), NOW, NOW).unwrap();
            }
        });
        let stored = store.client("a").unwrap().unwrap();
        let counts = (stored.record.audiences.len(), stored.record.allow_from.len(), stored.secrets.len());
        assert_eq!(counts, (EACH, EACH, EACH));
    });
}

#[test]
fn a_rotation_adds_a_secret_and_never_puts_an_end_off() {
    each(|store, other| {
        store.add(&[(record("a"), Some(hash("1")))]).unwrap();
        let at = |seconds: i64| Timestamp::from_unix(NOW.unix() + seconds);
        store.rotate("a", &hash("2"), NOW, at(100)).unwrap();
        let third = store.rotate("a", &hash("3"), NOW, at(500)).unwrap();
        let secrets = seen(other, "a").unwrap().secrets;
        let ends: Vec<Option<i64>> = secrets.iter().map(|secret| secret.ends).collect();
        assert_eq!(ends, [Some(at(100).unix()), Some(at(500).unix()), None]);
        assert_eq!(secrets[2], third);
        assert_eq!(store.rotate("x", &hash("1"), NOW, NOW), Err(StoreError::Missing));
        let last = store.rotate("a", &hash("4"), at(31 * 86_400), at(31 * 86_400)).unwrap();
        let numbers: Vec<i64> =
            seen(other, "a").unwrap().secrets.iter().map(|secret| secret.number).collect();
        assert_eq!(numbers, [third.number, last.number], "of those that ended long ago nothing is told");
        store.remove("a").unwrap();
        store.add(&[(record("a"), None)]).unwrap();
        assert!(seen(other, "a").unwrap().secrets.is_empty(), "secrets go with their client");
    });
}

#[test]
fn the_last_use_of_a_secret_is_kept_as_long_as_its_client() {
    each(|store, other| {
        store.add(&[(record("a"), Some(hash("1")))]).unwrap();
        let used = |client: &str, at, last| Use {
            client: client.to_owned(),
            number: 1,
            at: Timestamp::from_unix(at),
            from: Some([10, 0, 0, last].into()),
        };
        store.note_uses(&[used("a", 7, 1), used("gone", 7, 1)]).unwrap();
        store.note_uses(&[used("a", 8, 2)]).unwrap();
        assert_eq!(other.uses(&["a"]).unwrap(), [used("a", 8, 2)]);
        assert!(other.uses(&["gone"]).unwrap().is_empty() && other.uses(&[]).unwrap().is_empty());
        store.add(&[(record("b\"'"), Some(hash("1"))), (record("c"), Some(hash("1")))]).unwrap();
        store.note_uses(&[used("c", 9, 3), used("b\"'", 9, 4)]).unwrap();
        let both = [used("a", 8, 2), used("b\"'", 9, 4)];
        assert_eq!(other.uses(&["b\"'", "gone", "a"]).unwrap(), both);
        store.remove("a").unwrap();
        store.add(&[(record("a"), Some(hash("1")))]).unwrap();
        assert!(other.uses(&["a"]).unwrap().is_empty());
    });
}

#[test]
fn changes_name_whose_they_are_to_whoever_asks_next() {
    each(|store, other| {
        let before = other.last_change().unwrap();
        store.add(&[(record("a"), Some(hash("1"))), (record("b"), None)]).unwrap();
        store.rotate("a", &hash("2"), NOW, NOW).unwrap();
        let changes = other.changes(before).unwrap();
        assert_eq!(
            (changes.clients, changes.upto),
            (Some(vec!["a".to_owned(), "b".to_owned(), "a".to_owned()]), other.last_change().unwrap())
        );
        let none = Changes { upto: changes.upto, clients: Some(Vec::new()), went_back: false };
        assert_eq!(other.changes(changes.upto).unwrap(), none);
    });
}

#[test]
fn of_too_many_changes_it_is_only_said_that_they_are_many() {
    each(|store, other| {
        let before = other.last_change().unwrap();
        let many: Vec<_> = (0..=MAX_CHANGES).map(|n| (record(&format!("c{n}")), None)).collect();
        store.add(&many).unwrap();
        let changes = other.changes(before).unwrap();
        let any = Changes { upto: other.last_change().unwrap(), clients: None, went_back: false };
        assert_eq!(changes, any);
        store.purge(NOW).unwrap();
        assert_eq!(other.changes(before).unwrap(), changes, "the oldest is forgotten");
        store.add(&[(record("one more"), None)]).unwrap();
        assert_eq!(other.changes(changes.upto).unwrap().clients.map(|ids| ids.len()), Some(1));
    });
}

#[test]
fn of_two_who_change_a_text_at_once_one_does() {
    each(|store, other| {
        assert_eq!(store.text("x").unwrap(), Versioned::default());
        assert_eq!((store.put_text("x", 1, "no"), store.put_text("x", 0, "a")), (Ok(false), Ok(true)));
        assert_eq!((other.put_text("x", 0, "b"), other.put_text("x", 1, "c")), (Ok(false), Ok(true)));
        assert_eq!(store.text("x").unwrap(), Versioned { version: 2, text: "c".to_owned() });
        assert_eq!(store.text("y").unwrap(), Versioned::default());
    });
}

#[test]
fn an_id_is_remembered_until_its_moment() {
    each(|store, other| {
        let at = |seconds: i64| Timestamp::from_unix(NOW.unix() + seconds);
        let id = |kind, name: &str, until| Id {
            kind,
            digest: digest(&[name]),
            owner: "a".to_owned(),
            until: at(until),
        };
        let assertion = id(IdKind::Assertion, "x", 10);
        assert_eq!(
            (store.remember(&assertion, NOW), other.remember(&assertion, at(9))),
            (Ok(true), Ok(false))
        );
        assert_eq!(other.remember(&id(IdKind::Proof, "x", 10), NOW), Ok(true), "kinds are kept apart");
        assert_eq!(store.remember(&id(IdKind::Assertion, "x", 30), at(10)), Ok(true), "its moment is over");
        let revoked = id(IdKind::Revoked, "t", 20);
        store.remember(&revoked, NOW).unwrap();
        let found = other.revocations(Position::default(), NOW).unwrap();
        assert_eq!(found.ids, [revoked]);
        assert!(other.revocations(found.upto, NOW).unwrap().ids.is_empty());
        assert!(other.revocations(Position::default(), at(20)).unwrap().ids.is_empty());
        store.purge(at(20)).unwrap();
        assert_eq!(
            other.remember(&id(IdKind::Assertion, "x", 40), at(21)),
            Ok(false),
            "what matters still stays"
        );
    });
}

fn keeps_up(store: Arc<dyn Store>, command: &dyn Store) {
    let server = ClientCache::new(store, NOW).unwrap();
    assert!(server.get("a").unwrap().is_none());
    command.add(&[(record("a"), Some(hash("1")))]).unwrap();
    assert!(server.get("a").unwrap().is_none(), "what was asked for lately is kept");
    server.keep_up().unwrap();
    assert!(server.get("a").unwrap().is_some());
    command.change("a", &mut |there| Some(ClientRecord { disabled: true, ..there.clone() })).unwrap();
    server.keep_up().unwrap();
    assert!(server.get("a").unwrap().is_none());
}

#[test]
fn a_server_keeps_up_with_what_others_change() {
    let memory = Arc::new(MemoryStore::default());
    keeps_up(memory.clone(), memory.as_ref());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heistctl.db");
    let open = || Sqlite::open(&path).unwrap().store;
    keeps_up(Arc::new(open()), &open());
    if let Some(server) = server::shared() {
        let url = server.database().url();
        keeps_up(Arc::new(connected(&url)), &connected(&url));
    }
}

#[path = "restored_tests.rs"]
mod restored;
