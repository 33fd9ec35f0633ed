//! Tests for restored stores and altered rows.

use super::*;

/// A server has seen changes and revocations that a backup lacks and that others have passed since.
fn notices_a_restore(open: &dyn Fn() -> Arc<dyn Store>, back_up: &dyn Fn(), restore: &dyn Fn()) {
    let until = NOW.after(std::time::Duration::from_secs(600));
    let revoked =
        |name: &str| Id { kind: IdKind::Revoked, digest: digest(&[name]), owner: "a".to_owned(), until };
    let before = open();
    before.add(&[(record("a"), None)]).unwrap();
    before.remember(&revoked("before"), NOW).unwrap();
    drop(before);
    back_up();
    let store = open();
    store.add(&[(record("b"), None)]).unwrap();
    store.remember(&revoked("lost"), NOW).unwrap();
    let changes = store.changes(Position::default()).unwrap().upto;
    let found = store.revocations(Position::default(), NOW).unwrap();
    assert_eq!((found.ids.len(), store.changes(changes).unwrap().went_back), (2, false));
    drop(store);
    restore();
    let store = open();
    assert!(store.changes(changes).unwrap().went_back, "it is behind");
    assert!(store.revocations(found.upto, NOW).unwrap().anew);
    store.add(&[(record("c"), None), (record("d"), None)]).unwrap();
    for name in ["other", "and another"] {
        store.remember(&revoked(name), NOW).unwrap();
    }
    let passed = store.changes(changes).unwrap();
    assert_eq!((passed.went_back, passed.clients), (true, None), "it has passed the number");
    let again = store.revocations(found.upto, NOW).unwrap();
    assert_eq!((again.anew, again.ids.len()), (true, 3));
    assert!(!store.revocations(again.upto, NOW).unwrap().anew);
    assert!(!store.changes(passed.upto).unwrap().went_back);
}

#[test]
fn a_store_that_went_back_is_noticed_even_where_it_has_passed_the_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let copy = |from: &str, to: &str| {
        std::fs::copy(path(from), path(to)).unwrap();
    };
    let open = || Arc::new(Sqlite::open(&path("heistctl.db")).unwrap().store) as Arc<dyn Store>;
    notices_a_restore(&open, &|| copy("heistctl.db", "backup"), &|| copy("backup", "heistctl.db"));
    let Some(server) = server::shared() else { return };
    let database = server.database();
    let keep = ["change", "id", "client"].map(|table| format!("CREATE TABLE {table}_kept AS TABLE {table}"));
    let restored = "TRUNCATE change, id, client CASCADE;
        INSERT INTO client TABLE client_kept;
        INSERT INTO change OVERRIDING SYSTEM VALUE TABLE change_kept;
        INSERT INTO id OVERRIDING SYSTEM VALUE TABLE id_kept;
        SELECT setval('change_number_seq', 1), setval('id_number_seq', 1)";
    let open = || Arc::new(connected(&database.url())) as Arc<dyn Store>;
    let back_up = || keep.iter().for_each(|sql| drop(database.sql(sql)));
    notices_a_restore(&open, &back_up, &|| drop(database.sql(restored)));
}

#[test]
fn a_store_has_an_id_of_its_own_that_stays() {
    each(|store, other| {
        assert_eq!(identity::peek(store), Ok(None));
        let id = identity::of(store).unwrap();
        assert_eq!((id.len(), identity::of(other)), (16, Ok(id.clone())));
        assert_eq!(identity::peek(other), Ok(Some(id)));
    });
}

#[test]
fn one_letter_that_was_altered_makes_a_record_no_client_and_a_text_no_text() {
    each_with_sql(|store, sql| {
        store.add(&["a", "b", "c"].map(|id| (record(id), Some(hash("1"))))).unwrap();
        store.put_text("keys", 0, "text").unwrap();
        sql("UPDATE client SET record = replace(record, 'a b', 'a c') WHERE id = 'a'");
        sql("UPDATE client SET secrets = replace(secrets, 'sha256:', 'sha256:0') WHERE id = 'b'");
        sql("UPDATE text SET text = 'test'");
        for id in ["a", "b"] {
            let error = store.client(id).unwrap_err();
            assert!(
                matches!(&error, StoreError::Damaged(what) if what.contains(id) && what.contains("altered"))
            );
        }
        let fine = |listed: &Listed| listed.stored.is_ok();
        assert_eq!(store.clients("", 9).unwrap().iter().map(fine).collect::<Vec<_>>(), [false, false, true]);
        assert!(matches!(store.text("keys"), Err(StoreError::Damaged(what)) if what.contains("keys")));
        // A manual edit sets it to NULL.
        sql("UPDATE client SET digest = NULL; UPDATE text SET digest = NULL");
        assert!(store.client("a").unwrap().is_some());
        assert_eq!(store.text("keys").unwrap().text, "test");
        store.change("a", &mut |there| Some(ClientRecord { introspect: true, ..there.clone() })).unwrap();
        sql("UPDATE client SET record = replace(record, 'true', 'false') WHERE id = 'a'");
        assert!(store.client("a").is_err(), "it has a digest again");
    });
}
