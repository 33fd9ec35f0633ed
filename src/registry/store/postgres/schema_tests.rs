//! Tests with missing tables and tables of an older schema.

use super::*;
use crate::registry::record::ClientRecord;
use crate::registry::store::OpenMode;

#[test]
fn tables_of_the_first_version_are_brought_up_to_date_once_by_nodes_that_start_at_once() {
    with_database(|database| {
        let made = "CREATE TABLE heistctl_schema (version BIGINT PRIMARY KEY, made TIMESTAMPTZ NOT NULL DEFAULT now());
            INSERT INTO heistctl_schema (version) VALUES (1);
            INSERT INTO client VALUES ('ä', '{\"id\":\"ä\"}', '[]', false);
            INSERT INTO change (client) VALUES ('ä'), ('ä');
            INSERT INTO text VALUES ('keys', 3, 'text')";
        database.sql(&format!("{} {made}", schema::VERSION_ONE));
        crate::jose::install_provider();
        let url = database.url();
        let open_to = |opening| Postgres::open_to(PostgresAddress::parse(&url).unwrap(), None, opening);
        assert_eq!(open_to(OpenMode::Look).unwrap_err(), StoreError::Older { found: 1, known: 5 });
        thread::scope(|scope| {
            let nodes: Vec<_> = (0..8).map(|_| scope.spawn(|| open_to(OpenMode::Make).unwrap().1)).collect();
            assert!(nodes.into_iter().all(|node| !node.join().unwrap()), "they were there");
        });
        let (store, _) = open_to(OpenMode::Look).unwrap();
        assert!(store.client("ä").unwrap().is_some());
        assert_eq!(store.text("keys").unwrap().text, "text");
        let without = "SELECT (SELECT count(*) FROM client WHERE digest IS NULL)
            + (SELECT count(*) FROM text WHERE digest IS NULL), (SELECT count(DISTINCT mark) FROM change)";
        assert_eq!(database.sql(without), "0|2");
    });
}

#[test]
fn tables_of_the_second_version_get_a_history() {
    with_database(|database| {
        crate::jose::install_provider();
        let url = database.url();
        let open_to = |opening| Postgres::open_to(PostgresAddress::parse(&url).unwrap(), None, opening);
        drop(open_to(OpenMode::Make).unwrap());
        database.sql("DROP TABLE history; ALTER TABLE client DROP COLUMN secret_jwt, DROP COLUMN certificate, DROP COLUMN federated; DELETE FROM heistctl_schema WHERE version > 2");
        assert_eq!(open_to(OpenMode::Look).unwrap_err(), StoreError::Older { found: 2, known: 5 });
        let (store, made) = open_to(OpenMode::Make).unwrap();
        store.add(&[(ClientRecord { id: "a".to_owned(), ..ClientRecord::default() }, None)]).unwrap();
        assert_eq!((made, store.history(Of::Clients, 0, 9).unwrap().len()), (false, 1));
    });
}

#[test]
fn tables_that_must_be_there_are_not_made() {
    with_database(|database| {
        crate::jose::install_provider();
        for opening in [OpenMode::Existing, OpenMode::Look] {
            let opened = Postgres::open_to(PostgresAddress::parse(&database.url()).unwrap(), None, opening);
            assert_eq!(opened.map(|_| ()).unwrap_err(), StoreError::NoStore);
        }
        assert_eq!(database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    });
}
