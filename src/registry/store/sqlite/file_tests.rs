//! Tests of the files that a store leaves, and of messages about incomplete files.

use super::*;
use crate::registry::federated::FederatedRule;
use crate::registry::store::OpenMode;

/// The sorted file names in a folder.
fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_store_that_was_closed_is_one_file_with_all_that_is_in_it() {
    let (folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    for n in 0..21 {
        store.add(&[client(&n.to_string())]).unwrap();
    }
    store.close();
    assert_eq!(names(&folder), ["heistctl.db"]);
    assert!(store.client("1").is_err(), "whoever asks it after that is refused");
    let other = Sqlite::open(&path).unwrap().store;
    assert_eq!(other.clients("", 99).unwrap().len(), 21);
    // A command merges its changes while a server runs, and the server continues.
    Sqlite::open(&path).unwrap().store.add(&[client("x")]).unwrap();
    let copy = folder.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    assert_eq!(Sqlite::open(&copy).unwrap().store.clients("", 99).unwrap().len(), 22);
    assert!(other.client("x").unwrap().is_some());
}

#[test]
fn a_reader_that_is_in_the_way_of_a_close_is_left_alone() {
    let (_folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM client").unwrap();
    store.add(&[client("a")]).unwrap();
    store.close();
    let count: i64 = reader.query_row("SELECT count(*) FROM client", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0);
    drop(reader);
    assert!(Sqlite::open(&path).unwrap().store.client("a").unwrap().is_some());
}

#[test]
fn a_file_of_the_second_version_gets_a_history() {
    let (_folder, path) = place();
    drop(Sqlite::open(&path).unwrap());
    let file = Connection::open(&path).unwrap();
    let older = "DROP TABLE history; DROP INDEX client_secret_jwt; DROP INDEX client_certificate; DROP INDEX client_federated;
        ALTER TABLE client DROP COLUMN secret_jwt; ALTER TABLE client DROP COLUMN certificate;
        ALTER TABLE client DROP COLUMN federated;
        PRAGMA user_version = 2";
    file.execute_batch(older).unwrap();
    let older = Sqlite::open_to(&path, OpenMode::Look).unwrap_err();
    assert_eq!(older, StoreError::Older { found: 2, known: 5 });
    let OpenedSqlite { store, made, .. } = Sqlite::open(&path).unwrap();
    store.add(&[client("a")]).unwrap();
    assert_eq!((made, store.history(Of::Clients, 0, 9).unwrap().len()), (false, 1));
}

#[test]
fn clients_of_a_file_of_the_fourth_version_can_get_rules() {
    let (_folder, path) = place();
    Sqlite::open(&path).unwrap().store.add(&[client("a")]).unwrap();
    let file = Connection::open(&path).unwrap();
    let older =
        "DROP INDEX client_federated; ALTER TABLE client DROP COLUMN federated; PRAGMA user_version = 4";
    file.execute_batch(older).unwrap();
    let store = Sqlite::open(&path).unwrap().store;
    let found = |store: &Sqlite| store.clients_with(ClientTrait::Federated, 9).unwrap();
    assert!(found(&store).is_empty() && !store.any(ClientTrait::Federated).unwrap());
    let rule = FederatedRule { trust: "t".to_owned(), sub: Some("a".to_owned()), ..FederatedRule::default() };
    let with_rule =
        |there: &ClientRecord| Some(ClientRecord { federated: vec![rule.clone()], ..there.clone() });
    assert_eq!(store.change("a", &mut { with_rule }), Ok(true));
    assert_eq!(found(&store)[0].stored.as_ref().unwrap().record.federated, [rule]);
}

#[test]
fn a_file_of_the_first_version_is_brought_up_to_date_once_by_those_who_open_it_at_once() {
    let (_folder, path) = place();
    drop(of_version_one(&path));
    let older = Sqlite::open_to(&path, OpenMode::Look).unwrap_err();
    assert_eq!(older, StoreError::Older { found: 1, known: 5 });
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..6).map(|_| scope.spawn(|| Sqlite::open(&path).unwrap().made)).collect();
        assert!(all.into_iter().all(|one| !one.join().unwrap()), "it was there");
    });
    let store = Sqlite::open_to(&path, OpenMode::Look).unwrap().store;
    assert_eq!(store.client("a").unwrap().unwrap().record.scopes.to_string(), "x");
    assert_eq!(store.text("keys").unwrap(), Versioned { version: 3, text: "text".to_owned() });
    assert_ne!(store.last_change().unwrap().mark, 0);
    let found = store.revocations(Position::default(), Timestamp::from_unix(0)).unwrap();
    assert!(found.ids.len() == 1 && found.upto.mark != 0);
    let file = Connection::open(&path).unwrap();
    let digests = "SELECT (SELECT count(*) FROM client WHERE digest IS NULL),
        (SELECT count(*) FROM text WHERE digest IS NULL)";
    let without = file.query_row(digests, [], |row| Ok((row.get(0)?, row.get(1)?)));
    assert_eq!(without, Ok((1, 0)), "only text has a digest there");
    file.execute_batch("UPDATE client SET record = replace(record, 'x', 'y') WHERE id = 'a'").unwrap();
    assert!(store.client("a").is_err());
}

#[test]
fn a_store_that_must_be_there_is_not_made_and_one_that_is_looked_at_stays_as_it_is() {
    let (folder, path) = place();
    for opening in [OpenMode::Existing, OpenMode::Look] {
        assert_eq!(Sqlite::open_to(&path, opening).unwrap_err(), StoreError::NoStore);
        assert_eq!(names(&folder), [""; 0]);
    }
    std::fs::write(&path, "").unwrap();
    assert_eq!(Sqlite::open_to(&path, OpenMode::Existing).unwrap_err(), StoreError::NoStore);
    assert_eq!(std::fs::read(&path).unwrap(), b"");
    assert!(Sqlite::open(&path).unwrap().made);
    Sqlite::open_to(&path, OpenMode::Existing).unwrap().store.add(&[client("a")]).unwrap();
    let before = std::fs::read(&path).unwrap();
    let store = Sqlite::open_to(&path, OpenMode::Look).unwrap().store;
    assert!(store.client("a").unwrap().is_some() && store.add(&[client("b")]).is_err());
    drop(store);
    assert_eq!(
        (std::fs::read(&path).unwrap() == before, names(&folder)),
        (true, vec!["heistctl.db".to_owned()])
    );
}

#[track_caller]
fn is_damaged(path: &Path, parts: &[&str]) {
    for opening in [OpenMode::Make, OpenMode::Existing, OpenMode::Look] {
        let error = Sqlite::open_to(path, opening).unwrap_err();
        let StoreError::Damaged(what) = &error else { panic!("{error}") };
        assert!(parts.iter().all(|part| what.contains(part)) && what.contains("heistctl.db"), "{error}");
    }
}

#[test]
fn a_file_that_was_cut_off_or_is_another_thing_is_named_and_left_as_it_is() {
    let (_folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    store.add(&(0..200).map(|n| client(&n.to_string())).collect::<Vec<_>>()).unwrap();
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    for length in [whole.len() - 1, whole.len() - 4096, 5000, 4096, 150, 60, 9] {
        std::fs::write(&path, &whole[..length]).unwrap();
        is_damaged(&path, &["is truncated", &format!("{length} "), "backup"]);
        assert!(std::fs::read(&path).unwrap() == whole[..length]);
    }
    std::fs::write(&path, &whole).unwrap();
    assert!(Sqlite::open(&path).is_ok());
    std::fs::write(&path, "clients: none").unwrap();
    is_damaged(&path, &["is not a SQLite database"]);
}

#[test]
fn a_file_that_was_emptied_or_cut_off_beside_its_log_is_not_taken_for_a_new_store() {
    let (folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    store.add(&(0..200).map(|n| client(&n.to_string())).collect::<Vec<_>>()).unwrap();
    let merge = |connection: &mut Connection| {
        schema::empty_log(connection);
        Ok(())
    };
    store.writer.write(SHORT, merge).unwrap();
    store.add(&[client("x")]).unwrap();
    // As after a kill: the log remains.
    let aside = tempfile::tempdir().unwrap();
    for name in names(&folder) {
        std::fs::copy(folder.path().join(&name), aside.path().join(&name)).unwrap();
    }
    let path = aside.path().join("heistctl.db");
    let whole = std::fs::read(&path).unwrap();
    let log = std::fs::read(file::log_of(&path)).unwrap();
    assert!(!log.is_empty());
    std::fs::write(&path, &whole[..whole.len() - 8192]).unwrap();
    is_damaged(&path, &["is truncated"]);
    std::fs::write(&path, "").unwrap();
    is_damaged(&path, &["is empty", "heistctl.db-wal has changes", "move"]);
    std::fs::remove_file(&path).unwrap();
    is_damaged(&path, &["does not exist", "heistctl.db-wal has changes"]);
    assert!(!path.exists() && std::fs::read(file::log_of(&path)).unwrap() == log);
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(Sqlite::open(&path).unwrap().store.clients("", 999).unwrap().len(), 201);
}

#[test]
fn what_sqlite_finds_wrong_with_the_file_is_told() {
    let (_folder, path) = place();
    let store = Sqlite::open(&path).unwrap().store;
    store.remember(&revoked("x"), Timestamp::from_unix(0)).unwrap();
    assert_eq!(store.faults(), Ok(Vec::new()));
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let digest = revoked("x").digest;
    let at = bytes.windows(32).position(|part| part == digest).unwrap();
    bytes[at + 9] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let faults = Sqlite::open(&path).unwrap().store.faults().unwrap();
    assert!(!faults.is_empty(), "the index knows another digest");
}
