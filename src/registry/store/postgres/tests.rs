//! Tests of PostgreSQL alone: several nodes at once, lost connections, notifications.

use super::super::tests::server::{self, Database, PASSWORD};
use super::*;
use crate::registry::client_cache::ClientCache;
use crate::registry::expiring_set::digest;
use crate::registry::record::ClientRecord;
use crate::registry::store_health::Reachability;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

fn open(url: &str) -> Result<Postgres, StoreError> {
    crate::jose::install_provider();
    Postgres::open(PostgresAddress::parse(url).unwrap(), None)
}

fn client(id: &str) -> (ClientRecord, Option<String>) {
    (ClientRecord { id: id.to_owned(), ..ClientRecord::default() }, None)
}

fn revoked(name: &str) -> Id {
    let until = NOW.after(Duration::from_secs(60));
    Id { kind: IdKind::Revoked, digest: digest(&[name]), owner: "a".to_owned(), until }
}

/// Runs a test on a fresh database, if a server is available.
fn with_database(test: impl FnOnce(&Database<'_>)) {
    if let Some(server) = server::shared() {
        test(&server.database());
    }
}

#[test]
fn nodes_that_start_at_once_make_the_tables_once() {
    with_database(|database| {
        let url = database.url();
        thread::scope(|scope| {
            let nodes: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&url).map(drop))).collect();
            for node in nodes {
                assert_eq!(node.join().unwrap(), Ok(()));
            }
        });
        assert_eq!(database.sql("SELECT count(*), max(version) FROM heistctl_schema"), "5|5");
    });
}

#[test]
fn tables_of_a_newer_program_are_left_alone() {
    with_database(|database| {
        drop(open(&database.url()).unwrap());
        database.sql("INSERT INTO heistctl_schema (version) VALUES (99)");
        let error = open(&database.url()).unwrap_err().to_string();
        assert!(error.contains("newer heistctl") && error.contains("schema 99"), "{error}");
    });
}

#[test]
fn a_user_who_may_make_no_tables_can_use_those_that_are_there() {
    with_database(|database| {
        drop(open(&database.url()).unwrap());
        let role = format!("{}_app", database.name);
        database.sql(&format!(
            "CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
        ));
        let store = open(&database.url().replace("heist@", &format!("{role}@"))).unwrap();
        store.add(&[client("a")]).unwrap();
        assert!(store.client("a").unwrap().is_some());
    });
}

/// Writers add and revoke while a reader polls: it misses no change.
#[test]
fn a_reader_misses_no_change_of_writers_that_overlap() {
    const EACH: usize = 150;
    with_database(|database| {
        let url = database.url();
        let reader = open(&url).unwrap();
        let (mut seen, mut revocations) = (Vec::new(), 0);
        thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|writer| {
                    let url = &url;
                    scope.spawn(move || {
                        let store = open(url).unwrap();
                        for n in 0..EACH {
                            store.add(&[client(&format!("{writer}-{n}"))]).unwrap();
                            store.remember(&revoked(&format!("{writer}-{n}")), NOW).unwrap();
                        }
                    })
                })
                .collect();
            let (mut upto, mut upto_revoked) = (Position::default(), Position::default());
            loop {
                let done = writers.iter().all(thread::ScopedJoinHandle::is_finished);
                let changes = reader.changes(upto).unwrap();
                upto = changes.upto;
                seen.extend(changes.clients.unwrap());
                let found = reader.revocations(upto_revoked, NOW).unwrap();
                upto_revoked = found.upto;
                revocations += found.ids.len();
                if done {
                    return;
                }
            }
        });
        seen.sort();
        seen.dedup();
        assert_eq!((seen.len(), revocations), (4 * EACH, 4 * EACH));
    });
}

#[test]
fn nodes_that_note_uses_of_the_same_secrets_do_not_block_one_another() {
    with_database(|database| {
        let url = database.url();
        let store = open(&url).unwrap();
        let hash = || Some("sha256:00".to_owned());
        let clients: Vec<_> = (0..50).map(|n| (client(&format!("c{n}")).0, hash())).collect();
        store.add(&clients).unwrap();
        let used = |n| Use { client: format!("c{n}"), number: 1, at: NOW, from: None };
        thread::scope(|scope| {
            for reversed in [false, true] {
                let url = &url;
                scope.spawn(move || {
                    let store = open(url).unwrap();
                    let mut uses: Vec<Use> = (0..50).map(used).collect();
                    if reversed {
                        uses.reverse();
                    }
                    for _ in 0..50 {
                        store.note_uses(&uses).unwrap();
                    }
                });
            }
        });
        let earlier = Use { at: Timestamp::from_unix(1), ..used(0) };
        store.note_uses(&[earlier]).unwrap();
        assert_eq!(store.uses(&["c0"]).unwrap(), [used(0)], "the latest use stays");
    });
}

#[test]
fn a_connection_takes_the_next_question_before_it_has_answered_the_last() {
    with_database(|database| {
        let store = open(&database.url()).unwrap();
        store.set_connections(1);
        let all = std::sync::Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let asked = store.pool.ask(SHORT, async |client: &Client| {
                        // No query is answered before all have arrived.
                        all.wait();
                        Ok(client.query_typed_one("SELECT 1", &[]).await?.try_get::<_, i32>(0)?)
                    });
                    assert_eq!(asked, Ok(1));
                });
            }
        });
        // The limit is one, and transactions have additional ones.
        let sessions = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'heistctl'";
        assert!(["1", "2"].contains(&database.sql(sessions).as_str()), "{}", database.sql(sessions));
    });
}

#[test]
fn a_transaction_shares_its_connection_with_nobody_and_waits_for_no_pause() {
    with_database(|database| {
        let store = open(&database.url()).unwrap();
        store.set_connections(1);
        store.add(&[client("a")]).unwrap();
        let within = store.pool.ask(CHANGE.alone(), async |client: &Client| {
            client.batch_execute("BEGIN; DELETE FROM client").await?;
            // Others query meanwhile and see none of it.
            let other = thread::scope(|scope| scope.spawn(|| store.client("a")).join().unwrap());
            assert!(other.unwrap().is_some());
            thread::scope(|scope| scope.spawn(|| store.add(&[self::client("b")])).join().unwrap())?;
            Ok(client.batch_execute("ROLLBACK").await?)
        });
        assert_eq!(within, Ok(()));
        assert!(store.client("a").unwrap().is_some() && store.client("b").unwrap().is_some());
    });
}

#[test]
fn connections_that_were_ended_are_replaced() {
    with_database(|database| {
        let store = open(&database.url()).unwrap();
        store.add(&[client("a")]).unwrap();
        for round in 0..3 {
            database.cut();
            let proof = Id { kind: IdKind::Proof, ..revoked(&round.to_string()) };
            // A query that must not be repeated is not: the ended connection is detected first.
            assert_eq!(store.remember(&proof, NOW), Ok(true));
            database.cut();
            assert!(store.client("a").unwrap().is_some());
        }
    });
}

fn heard(store: &Postgres) -> Receiver<()> {
    let (sender, heard) = channel();
    store.watch(Box::new(move || {
        let _ = sender.send(());
    }));
    // The first notification means that it listens.
    heard.recv_timeout(Duration::from_secs(10)).expect("it listens");
    heard
}

#[test]
fn every_change_is_told_to_who_watches_until_the_store_is_dropped() {
    with_database(|database| {
        let (store, other) = (open(&database.url()).unwrap(), open(&database.url()).unwrap());
        let told = heard(&store);
        let expect = |what: &str| told.recv_timeout(Duration::from_secs(10)).expect(what);
        other.add(&[(client("a").0, Some("sha256:00".to_owned()))]).unwrap();
        expect("a client was added");
        other.change("a", &mut |there| Some(ClientRecord { disabled: true, ..there.clone() })).unwrap();
        expect("a client was changed");
        other.rotate("a", "sha256:01", NOW, NOW).unwrap();
        expect("a secret was added");
        other.remember(&revoked("t"), NOW).unwrap();
        expect("a token was revoked");
        other.put_text("x", 0, "y").unwrap();
        expect("a text was put");
        other.remove("a").unwrap();
        expect("a client was removed");
        database.cut();
        expect("it is back after it was cut");
        drop(store);
        let gone = Instant::now() + Duration::from_secs(10);
        while told.recv_timeout(Duration::from_millis(100))
            != Err(std::sync::mpsc::RecvTimeoutError::Disconnected)
        {
            assert!(Instant::now() < gone, "the thread outlives its store");
        }
    });
}

#[test]
fn a_password_comes_from_elsewhere_and_a_wrong_one_is_not_shown() {
    with_database(|database| {
        let address = || PostgresAddress::parse(&database.tcp_url()).unwrap();
        crate::jose::install_provider();
        let with = |password: &str| {
            Postgres::open(address().with_password(Some(&crate::secret::Secret::new(password))), None)
        };
        assert!(with(PASSWORD).is_ok());
        for error in [with("swordfish").unwrap_err(), Postgres::open(address(), None).unwrap_err()] {
            let error = error.to_string();
            assert!(error.contains("password") && error.contains(&database.name), "{error}");
            assert!(!error.contains("swordfish"), "{error}");
        }
    });
}

#[test]
fn what_asks_for_tls_does_not_go_without() {
    with_database(|database| {
        let error = open(&format!("{}?sslmode=require", database.tcp_url())).unwrap_err().to_string();
        assert!(error.contains("does not offer TLS"), "{error}");
    });
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let error = open(&format!("postgres://u@{}/d", silent.local_addr().unwrap())).unwrap_err();
    assert!(error.to_string().contains("in time"), "{error}");
}

/// Uses the password that is required on loopback.
fn open_with_password(url: &str) -> Result<Postgres, StoreError> {
    crate::jose::install_provider();
    let password = crate::secret::Secret::new(PASSWORD);
    Postgres::open(PostgresAddress::parse(url).unwrap().with_password(Some(&password)), None)
}

#[test]
fn of_several_hosts_one_that_accepts_and_says_nothing_leaves_time_for_the_next() {
    with_database(|database| {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let hosts = format!("@{},127.0.0.1", silent.local_addr().unwrap());
        let url = database.tcp_url().replace("@127.0.0.1", &hosts);
        let store = open_with_password(&url).unwrap();
        store.add(&[client("a")]).unwrap();
        let told = heard(&store);
        store.remove("a").unwrap();
        told.recv_timeout(Duration::from_secs(10)).expect("a client was removed");
    });
}

#[test]
fn of_several_hosts_the_one_is_taken_that_is_what_was_asked_for() {
    let (Some(standby), Some(primary)) = (server::Postgres::start(), server::Postgres::start()) else {
        return;
    };
    let (standby, primary) = (standby.database(), primary.database());
    assert_eq!(standby.name, primary.name);
    standby.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", standby.name));
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hosts = |silent: &str| format!("@{silent}127.0.0.1:{},127.0.0.1:{}", standby.port(), primary.port());
    let url =
        |silent: &str| primary.tcp_url().replace(&format!("@127.0.0.1:{}", primary.port()), &hosts(silent));
    let error = open_with_password(&url("")).unwrap_err().to_string();
    assert!(error.contains("read-only"), "the first, where nothing else is asked for: {error}");
    for before in [String::new(), format!("{},", silent.local_addr().unwrap())] {
        let url = format!("{}?target_session_attrs=read-write", url(&before));
        let store = open_with_password(&url).unwrap();
        let _ = store.remove("a");
        store.add(&[client("a")]).unwrap();
        assert_eq!(primary.sql("SELECT count(*) FROM client"), "1");
    }
}

#[test]
fn a_database_that_takes_nothing_is_there_nevertheless() {
    with_database(|database| {
        let store = Arc::new(open(&database.url()).unwrap());
        store.add(&[client("a"), client("b")]).unwrap();
        let registered = ClientCache::new(store.clone(), NOW).unwrap();
        let refused = |why: &str| {
            let error = registered.remember(&revoked("t"), NOW).unwrap_err();
            assert!(matches!(&error, StoreError::Unwritable(what) if what.contains(why)), "{error}");
            assert_eq!(registered.reach(), Reachability::Well);
        };
        database.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name));
        database.cut();
        refused("read-only");
        assert!(registered.get("a").unwrap().is_some());
        database.sql(&format!(
            "SET transaction_read_only = off; ALTER DATABASE {} RESET default_transaction_read_only",
            database.name
        ));
        database.cut();
        registered.write(NOW).unwrap();
        assert_eq!(store.revocations(Position::default(), NOW).unwrap().ids, [revoked("t")]);
        // For the duration of a long change.
        thread::scope(|scope| {
            database.sql("CREATE TABLE released (x int)");
            // Until it is released, or a minute has passed.
            let until = "DO $$ BEGIN FOR i IN 1..3000 LOOP EXIT WHEN EXISTS (SELECT FROM released); \
                         PERFORM pg_sleep(0.02); END LOOP; END $$";
            let sql = format!("BEGIN; {LOCK}; {until}; COMMIT");
            scope.spawn(move || database.sql(&sql));
            let held = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database \
                        WHERE locktype = 'advisory' AND granted AND datname = current_database()";
            let deadline = Instant::now() + Duration::from_secs(20);
            while database.sql(held) != "1" {
                assert!(Instant::now() < deadline, "it is not locked");
            }
            refused("lock timeout");
            assert!(registered.get("b").unwrap().is_some());
            database.sql("INSERT INTO released VALUES (1)");
        });
    });
}

#[test]
fn there_is_one_clock_for_all_machines() {
    with_database(|database| {
        let moment = || {
            database
                .sql("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint")
                .parse::<i64>()
                .unwrap()
        };
        let store = open(&database.url()).unwrap();
        let (before, asked, after) = (moment(), store.clock().unwrap().unwrap().millis(), moment());
        assert!((before..=after).contains(&asked), "{before} {asked} {after}");
    });
}

#[path = "schema_tests.rs"]
mod schema_tests;
