//! Tests of the file: its owner, access by others, and remains of deleted keys.

use super::*;
use crate::registry::record::ClientRecord;
use rusqlite::Connection;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn client(id: &str) -> (ClientRecord, Option<String>) {
    (ClientRecord { id: id.to_owned(), ..ClientRecord::default() }, None)
}

/// A file of the first schema version, with client `a`.
fn of_version_one(path: &Path) -> rusqlite::Connection {
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute_batch(schema::VERSION_ONE).unwrap();
    let add = "INSERT INTO client VALUES ('a', '{\"id\":\"a\",\"scopes\":\"x\"}', '[]', 0);
        INSERT INTO client VALUES (x'ff', 7, '[]', 0);
        INSERT INTO change (client) VALUES ('a');
        INSERT INTO id (kind, digest, owner, until) VALUES (0, zeroblob(32), 'a', 60);
        INSERT INTO text VALUES ('keys', 3, 'text')";
    file.execute_batch(add).unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
    file.pragma_update(None, "application_id", 0x6865_6973).unwrap();
    file
}

/// A folder, and the path of a file in it that does not exist yet.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heistctl.db");
    (folder, path)
}

#[test]
fn those_who_open_a_file_at_once_make_the_tables_once() {
    for _ in 0..10 {
        let (_folder, path) = place();
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..6).map(|_| scope.spawn(|| Sqlite::open(&path).map(drop))).collect();
            for one in all {
                assert_eq!(one.join().unwrap(), Ok(()));
            }
        });
    }
}

#[test]
fn a_file_of_a_newer_program_is_left_alone() {
    let (folder, path) = place();
    drop(Sqlite::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Sqlite::open(&path).unwrap_err().to_string();
    assert!(error.contains("newer heistctl") && error.contains("99"), "{error}");
    std::fs::write(&path, "no database, however long it is; it has many letters").unwrap();
    assert!(Sqlite::open(&path).is_err());
    assert!(Sqlite::open(folder.path()).is_err());
}

#[test]
fn the_database_of_another_program_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (n, sql) in [
        "CREATE TABLE client (name TEXT)",
        "CREATE TABLE client (name TEXT); PRAGMA user_version = 1",
        "CREATE TABLE notes (name TEXT); PRAGMA user_version = 1; PRAGMA application_id = 7",
        "PRAGMA application_id = 7",
    ]
    .iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{n}.db"));
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = Sqlite::open(&path).unwrap_err().to_string();
        assert!(error.contains("another program"), "{error}");
        assert!(std::fs::read(&path).unwrap() == before, "{sql}: it was changed");
    }
}

#[test]
fn a_file_from_before_files_were_marked_is_known_and_marked() {
    let (_folder, path) = place();
    let file = of_version_one(&path);
    file.pragma_update(None, "application_id", 0).unwrap();
    assert!(Sqlite::open(&path).unwrap().store.client("a").unwrap().is_some());
    let mark: i64 = file.pragma_query_value(None, "application_id", |row| row.get(0)).unwrap();
    assert_eq!(mark.to_be_bytes()[4..], *b"heis");
    assert_eq!(Sqlite::open(&path).unwrap().store.history(Of::Clients, 0, 9), Ok(Vec::new()));
}

#[test]
fn a_file_that_others_may_read_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    drop(Sqlite::open(&path).unwrap());
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let allow = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    allow(&path, 0o644);
    assert!(Sqlite::open(&path).unwrap().warnings[0].contains("chmod 600"));
    allow(&path, 0o600);
    for (mode, warnings) in [(0o777, 1), (0o1777, 0), (0o755, 0), (0o700, 0)] {
        allow(folder.path(), mode);
        assert_eq!(Sqlite::open(&path).unwrap().warnings.len(), warnings, "{mode:o}");
    }
}

#[test]
fn of_a_text_that_was_replaced_nothing_is_left_in_any_file() {
    let (folder, path) = place();
    let open = || Sqlite::open(&path).unwrap().store;
    let (store, other) = (open(), open());
    let clear = "clear-private-key-".repeat(400);
    assert_eq!(store.put_text("keys", 0, &clear), Ok(true));
    assert_eq!(other.text("keys").unwrap().text, clear);
    assert_eq!(store.put_text("keys", 1, "sealed"), Ok(true));
    assert_eq!(other.text("keys").unwrap().text, "sealed");
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap().path();
        let bytes = std::fs::read(&entry).unwrap();
        assert!(!bytes.windows(18).any(|part| part == b"clear-private-key-"), "{}", entry.display());
    }
}

#[test]
fn what_a_reader_keeps_in_the_log_leaves_it_later() {
    let (folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    assert_eq!(store.put_text("keys", 0, "clear-private-key"), Ok(true));
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM text").unwrap();
    assert_eq!(store.put_text("keys", 1, "sealed"), Ok(true), "nobody waits for the reader");
    reader.execute_batch("COMMIT").unwrap();
    store.purge(Timestamp::from_unix(0)).unwrap();
    for name in ["heistctl.db", "heistctl.db-wal"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        assert!(!bytes.windows(17).any(|part| part == b"clear-private-key"), "{name}");
    }
}

#[test]
fn lookups_that_share_a_transaction_see_their_own_stores_changes_at_once_and_others_soon() {
    let (_folder, path) = place();
    let (store, other) = (Sqlite::open(&path).unwrap().store, Sqlite::open(&path).unwrap().store);
    for round in 0..20 {
        let (mine, others) = (format!("mine {round}"), format!("other's {round}"));
        assert!(store.client(&mine).unwrap().is_none());
        store.add(&[client(&mine)]).unwrap();
        assert!(store.client(&mine).unwrap().is_some());
        other.add(&[client(&others)]).unwrap();
        if round % 2 == 0 {
            assert!(!store.changes(Position::default()).unwrap().clients.unwrap().is_empty());
            assert!(store.client(&others).unwrap().is_some(), "a change that was told is there");
        } else {
            let begun = Instant::now();
            while store.client(&others).unwrap().is_none() {
                assert!(begun.elapsed() < Duration::from_secs(5));
            }
        }
    }
}

#[test]
fn however_many_ids_are_over_all_of_them_are_forgotten_and_no_other() {
    let (_folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    let file = rusqlite::Connection::open(&path).unwrap();
    let count = 2 * PIECE + 1;
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO id (kind, digest, owner, until) SELECT 1, cast(i AS BLOB), 'a', 60 FROM n";
    assert_eq!(file.execute(fill, [count]).unwrap(), count as usize);
    store.remember(&Id { until: Timestamp::from_unix(61), ..revoked("x") }, Timestamp::from_unix(0)).unwrap();
    store.purge(Timestamp::from_unix(60)).unwrap();
    let left: i64 = file.query_row("SELECT count(*) FROM id", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
}

fn revoked(name: &str) -> Id {
    let digest = crate::registry::expiring_set::digest(&[name]);
    Id { kind: IdKind::Revoked, digest, owner: "a".to_owned(), until: Timestamp::from_unix(60) }
}

#[test]
fn while_somebody_else_has_it_locked_a_server_waits_a_second_in_all_and_a_command_longer() {
    const NOW: Timestamp = Timestamp::from_unix(0);
    let (_folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let locked = |done: Result<(), StoreError>| {
        assert_eq!(done, Err(StoreError::Unwritable("database is locked".to_owned())));
    };
    std::thread::scope(|scope| {
        for n in 0..8 {
            let store = &store;
            scope.spawn(move || locked(store.remember(&revoked(&n.to_string()), NOW).map(drop)));
        }
        scope.spawn(|| locked(store.put_text("keys", 0, "text").map(drop)));
        scope.spawn(|| locked(store.purge(NOW)));
        scope.spawn(|| locked(store.note_uses(&[])));
        assert_eq!(store.client("a"), Ok(None), "who reads does not wait");
    });
    std::thread::scope(|scope| {
        let added = scope.spawn(|| store.add(&[client("a")]));
        // Longer than a request would wait: nothing is to happen.
        std::thread::sleep(Duration::from_millis(1500));
        assert!(!added.is_finished());
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(added.join().unwrap(), Ok(()));
    });
    assert_eq!(store.remember(&revoked("x"), NOW), Ok(true));
}

#[test]
fn a_file_that_is_full_or_read_only_is_there_nevertheless() {
    let (_folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    store.add(&[client("a")]).unwrap();
    let set = |pragma: &str| {
        let set = |connection: &mut Connection| Ok(connection.execute_batch(pragma)?);
        store.writer.write(SHORT, set).unwrap();
    };
    let revoke_many = || {
        let all = (0..2000).map(|n| store.remember(&revoked(&n.to_string()), Timestamp::from_unix(0)));
        all.collect::<Result<Vec<bool>, _>>().unwrap_err()
    };
    set("PRAGMA query_only = 1");
    assert!(matches!(revoke_many(), StoreError::Unwritable(why) if why.contains("readonly")));
    set("PRAGMA query_only = 0; PRAGMA max_page_count = 14");
    assert!(matches!(revoke_many(), StoreError::Unwritable(why) if why.contains("disk is full")));
    assert!(store.client("a").unwrap().is_some());
}

#[test]
fn a_row_of_another_type_is_damaged_and_hides_no_other() {
    let (_folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    store.add(&["a", "b", "c", "d"].map(client)).unwrap();
    let sql = "UPDATE client SET record = x'ff00' WHERE id = 'b';
        UPDATE client SET secrets = 7.5 WHERE id = 'c';
        UPDATE client SET id = CAST(x'61ff' AS TEXT) WHERE id = 'd';
        INSERT INTO client (id, record, secrets, exchange)
            SELECT x'ff', record, secrets, 0 FROM client WHERE id = 'a'";
    rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    for limit in 1..=4 {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = store.clients(&after, limit).unwrap();
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            found.extend(page.into_iter().map(|listed| (listed.id, listed.stored.is_ok())));
            assert!(found.len() < 9, "it goes round in circles");
        }
        found.sort();
        let expected = [("a", true), ("a\u{FFFD}", false), ("b", false), ("c", false), ("\u{FFFD}", false)];
        assert_eq!(found, expected.map(|(id, is_fine)| (id.to_owned(), is_fine)), "{limit}");
    }
    for id in ["b", "c"] {
        let error = store.client(id).unwrap_err();
        assert!(matches!(&error, StoreError::Damaged(what) if what.contains(id)), "{error}");
    }
}

#[test]
fn what_is_of_another_type_elsewhere_does_not_make_a_store_away() {
    let (_folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    store.put_text("keys", 0, "x").unwrap();
    let (kind, owner, until) = (IdKind::Revoked, "a".to_owned(), Timestamp::from_unix(9));
    let ids = [1, 2, 3].map(|digest| Id { kind, digest: [digest; 32], owner: owner.clone(), until });
    for id in &ids {
        store.remember(id, Timestamp::from_unix(1)).unwrap();
    }
    let sql = "INSERT INTO change (client) VALUES ('a'), (x'ff');
        UPDATE text SET text = x'ff';
        UPDATE id SET digest = 'x' WHERE number = 2";
    rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    assert!(matches!(store.text("keys"), Err(StoreError::Damaged(_))));
    let changes = |after| store.changes(after).map(|found| (found.upto.number, found.clients));
    assert_eq!(changes(Position::default()), Ok((2, None)), "it may be anybody's");
    assert_eq!(changes(Position { number: 2, mark: 0 }), Ok((2, Some(Vec::new()))));
    let revoked = store.revocations(Position::default(), Timestamp::from_unix(1)).unwrap();
    assert_eq!((revoked.upto.number, revoked.ids), (3, vec![ids[0].clone(), ids[2].clone()]));
}

#[test]
fn where_no_id_can_be_read_the_list_ends() {
    let (_folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    store.add(&[client("a")]).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("UPDATE client SET id = x'61'").unwrap();
    let first = store.clients("", 9).unwrap();
    assert_eq!((first.len(), store.clients(&first[0].id, 9).unwrap()), (1, Vec::new()));
}

#[path = "file_tests.rs"]
mod file_tests;
