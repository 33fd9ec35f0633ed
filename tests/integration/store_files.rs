//! A store as files: one file after a clean stop, what is said of one that is new, empty, cut off or damaged,
//! and a backup that comes back under servers that run.

use crate::support::postgres;
use crate::support::process::wait_until;
use crate::support::{Heistctl, Reply, Server, folder, heistctl};
use std::path::{Path, PathBuf};

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
const STORE_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A folder, and commands that run in it on a store.
struct Site {
    folder: tempfile::TempDir,
    store: String,
}

impl Site {
    fn new() -> Self {
        Self { folder: folder(&[]), store: "sqlite:heistctl.db".to_owned() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Heistctl {
        let command = heistctl(args).env("HEISTCTL_STORE", &self.store).in_folder(self.folder.path());
        command.env("HEISTCTL_STORE_KEY", STORE_KEY)
    }

    fn client(&self, id: &str) -> String {
        let args = ["client", "add", id, "--scope", "x", "--introspect", "--json"];
        self.run(&args).run().exits(0).json()["client_secret"].as_str().unwrap().to_owned()
    }

    fn serve(&self) -> Server {
        self.run(&["serve", "--listen", "127.0.0.1:0", "--issuer", "https://as.example.com"]).serve()
    }

    /// What stands beside the store.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn post(server: &Server, path: &str, (id, secret): (&str, &str), more: &str) -> Reply {
    server.request("POST", path, &FORM, &format!("client_id={id}&client_secret={secret}&{more}"))
}

fn ask(server: &Server, client: (&str, &str)) -> Reply {
    post(server, "/oauth/token", client, "grant_type=client_credentials")
}

fn token(server: &Server, client: (&str, &str)) -> String {
    ask(server, client).json()["access_token"].as_str().unwrap().to_owned()
}

fn is_active(server: &Server, client: (&str, &str), token: &str) -> bool {
    post(server, "/oauth/introspect", client, &format!("token={token}")).json()["active"] == true
}

/// The clients of a file that was copied without what stands beside it.
fn clients_of_copy(site: &Site) -> usize {
    let copy = folder(&[]);
    std::fs::copy(site.path("heistctl.db"), copy.path().join("c.db")).unwrap();
    let list = heistctl(["client", "list", "--json", "--store", "sqlite:c.db"]).in_folder(copy.path());
    list.run().exits(0).json()["clients"].as_array().unwrap().len()
}

#[test]
fn a_clean_stop_leaves_one_file_with_everything_in_it() {
    let site = Site::new();
    let secret = site.client("first");
    assert_eq!(site.files(), ["heistctl.db"], "after a command");
    for signal in ["-TERM", "-INT"] {
        let server = site.serve();
        assert_eq!(ask(&server, ("first", &secret)).status, 200);
        for n in 0..10 {
            site.client(&format!("{}{n}", signal.trim_start_matches('-')));
        }
        server.signal(signal);
        assert_eq!(server.end().0, 0);
        assert_eq!(site.files(), ["heistctl.db"], "after {signal}");
    }
    assert_eq!(clients_of_copy(&site), 21);
    site.run(&["serve", "--", "true"]).run().exits(0);
    assert_eq!(site.files(), ["heistctl.db"], "after a server for a command");
    let server = site.serve();
    site.client("beside");
    assert_eq!(clients_of_copy(&site), 22, "after a command beside a server");
    assert_eq!(server.stop().0, 0);
    let used = site.run(&["client", "show", "first", "--json"]).run().exits(0).json();
    assert!(used["secrets"][0]["last_used"].is_string());
}

#[test]
fn a_store_that_is_new_or_empty_is_told_of_and_one_that_must_exist_is_not_made() {
    let site = Site::new();
    for args in [
        &["serve", "--must-exist", "--listen", "127.0.0.1:0"][..],
        &["serve", "--must-exist", "--check"],
        &["client", "add", "a", "--must-exist"],
        &["client", "list", "--must-exist"],
        &["key", "generate", "--must-exist"],
    ] {
        let parts = ["there is no store at heistctl.db", "without --must-exist one is made"];
        site.run(args).run().fails(2, &parts);
        assert!(site.files().is_empty());
    }
    std::fs::write(site.path("heistctl.db"), "").unwrap();
    site.run(&["client", "add", "a", "--must-exist"]).run().fails(2, &["there is no store at"]);
    let memory = ["serve", "--must-exist", "--store", "memory:"];
    site.run(&memory).run().fails(2, &["memory: is a new one each time"]);
    for (what, others) in [("is new: it was just created", ""), ("is empty", "DELETE FROM text")] {
        if !others.is_empty() {
            rusqlite::Connection::open(site.path("heistctl.db")).unwrap().execute_batch(others).unwrap();
        }
        let mut server = site.serve();
        let mut said = server.says();
        assert!(said.until(what).contains("heistctl.db"));
        assert!(said.until("had no signing key: key ").contains("heistctl.db"));
        server.signal("-HUP");
        said.until("the configuration was reloaded");
        assert_eq!(server.stop().0, 0);
        let all = said.all();
        assert_eq!((all.matches(what).count(), all.matches("had no signing key").count()), (1, 1), "{all}");
    }
    for (id, is_new) in [("b", true), ("c", false)] {
        let ran = site.run(&["client", "add", id, "--store", "sqlite:other.db"]).run().exits(0);
        assert_eq!(ran.stderr.contains("the store other.db is new: it was just created"), is_new, "{ran}");
    }
    site.client("a");
    let server = site.run(&["serve", "--must-exist", "--listen", "127.0.0.1:0"]).serve();
    assert_eq!(server.stop().0, 0);
    site.run(&["client", "list", "--must-exist"]).run().exits(0);
}

#[test]
fn a_database_that_must_have_tables_gets_none() {
    let Some(server) = postgres::shared() else { return };
    let database = server.database();
    let site = Site { store: database.url(), ..Site::new() };
    for args in [&["serve", "--must-exist"][..], &["client", "add", "a", "--must-exist"], &["key", "rotate"]]
    {
        site.run(args).run().fails(2, &["there is no store at", &database.name]);
    }
    let checked = site.run(&["serve", "--check", "--json"]).run().exits(0).json();
    assert!(checked["warnings"].to_string().contains("a start creates it"), "{checked}");
    site.run(&["client", "list"]).run().exits(0);
    assert_eq!(database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    let mut node = site.serve();
    let mut said = node.says();
    assert!(said.until("is new: it was just created").contains(&database.name));
    assert_eq!(node.stop().0, 0);
}

#[test]
fn a_file_that_is_not_whole_is_named_with_the_cure() {
    let site = Site::new();
    site.client("a");
    let whole = std::fs::read(site.path("heistctl.db")).unwrap();
    let serve: &[&str] = &["serve", "--listen", "127.0.0.1:0"];
    for args in [serve, &["serve", "--check"], &["client", "list"], &["key", "list"]] {
        std::fs::write(site.path("heistctl.db"), &whole[..whole.len() / 2]).unwrap();
        let parts = ["heistctl.db is truncated", "bytes are left", "restore a backup"];
        site.run(args).run().fails(1, &parts);
        std::fs::write(site.path("heistctl.db"), "[server]").unwrap();
        site.run(args).run().fails(1, &["heistctl.db is not a SQLite database", "--store"]);
        std::fs::write(site.path("heistctl.db"), "").unwrap();
        std::fs::write(site.path("heistctl.db-wal"), &whole[..4096]).unwrap();
        site.run(args).run().fails(1, &["heistctl.db is empty", "heistctl.db-wal has changes", "backup"]);
        std::fs::remove_file(site.path("heistctl.db-wal")).unwrap();
    }
}

/// Turns one letter of the file into another.
fn flip(path: &Path, from: &str, to: &str) {
    let mut bytes = std::fs::read(path).unwrap();
    let places = bytes.windows(from.len()).enumerate().filter(|(_, part)| *part == from.as_bytes());
    let places: Vec<usize> = places.map(|(at, _)| at).collect();
    assert!(!places.is_empty(), "{from}");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn one_bit_that_a_disk_has_flipped_makes_a_client_none_and_is_named() {
    let site = Site::new();
    let args = ["client", "add", "reader", "--scope", "orders:read", "--json"];
    let secret = site.run(&args).run().exits(0).json()["client_secret"].as_str().unwrap().to_owned();
    let other = site.client("other");
    let checked = site.run(&["serve", "--check", "--json"]).run().exits(0).json();
    let id = checked["store_id"].clone();
    assert_eq!((&checked["store_clients"], id.as_str().map(str::len)), (&2.into(), Some(16)), "{checked}");
    flip(&site.path("heistctl.db"), "orders:read", "orders:reae");
    let before = std::fs::read(site.path("heistctl.db")).unwrap();
    let parts =
        ["heistctl.db is damaged", "client \"reader\"", "digest does not match", "backup", "client remove"];
    site.run(&["serve", "--check"]).run().fails(1, &parts);
    assert!(std::fs::read(site.path("heistctl.db")).unwrap() == before);
    site.run(&["client", "show", "reader"]).run().fails(1, &["client \"reader\"", "digest does not match"]);
    let listed = site.run(&["client", "list"]).run().exits(1);
    assert!(listed.stdout.starts_with("other") && listed.stderr.contains("client \"reader\""), "{listed}");
    let server = site.serve();
    assert_eq!(ask(&server, ("reader", &secret)).status, 503);
    assert_eq!(ask(&server, ("other", &other)).status, 200);
    site.run(&["client", "remove", "reader"]).run().exits(0);
    let log = server.stop().1;
    assert!(log.contains("digest does not match"), "{log}");
    let checked = site.run(&["serve", "--check", "--json"]).run().exits(0).json();
    assert_eq!(checked["store_id"], id, "it is the same store");
    flip(&site.path("heistctl.db"), "a256gcm:", "a256gcn:");
    site.run(&["serve", "--check"]).run().fails(1, &["signing_keys", "digest does not match", "backup"]);
}

/// Waits until a server has read what is in its store by now: it hears of a later change.
fn has_caught_up(site: &Site, server: &Server) {
    let secret = site.client("marker");
    assert_eq!(ask(server, ("marker", &secret)).status, 200);
    site.run(&["client", "disable", "marker"]).run().exits(0);
    wait_until("it has read the changes", || ask(server, ("marker", &secret)).status == 401);
}

/// A backup comes back while a server runs, and changes pass the numbers that it has seen.
fn survives_a_restore(site: &Site, back_up: &dyn Fn(), restore: &dyn Fn()) {
    let (a, gone) = (site.client("a"), site.client("gone"));
    let mut server = site.serve();
    let mut said = server.says();
    let revoked = token(&server, ("a", &a));
    wait_until("what was used is noted", || {
        let used = site.run(&["client", "show", "a", "--json"]).run().exits(0).json();
        used["secrets"][0]["last_used"].is_string()
    });
    back_up();
    site.run(&["client", "disable", "gone"]).run().exits(0);
    wait_until("it is disabled", || ask(&server, ("gone", &gone)).status == 401);
    let kept = site.client("kept");
    wait_until("it is known", || ask(&server, ("kept", &kept)).status == 200);
    assert_eq!(post(&server, "/oauth/revoke", ("a", &a), &format!("token={revoked}")).status, 200);
    has_caught_up(site, &server);
    restore();
    let line = said.until("the store went back");
    assert!(line.contains("backup"), "{line}");
    said.until("revocations known to this server were missing in the store (1)");
    wait_until("clients are as in the backup", || {
        (ask(&server, ("gone", &gone)).status, ask(&server, ("kept", &kept)).status) == (200, 401)
    });
    assert!(!is_active(&server, ("a", &a), &revoked));
    // It is in the store again, for all nodes.
    wait_until("another node knows it", || {
        let other = site.serve();
        !is_active(&other, ("a", &a), &revoked)
    });
    assert_eq!(server.stop().0, 0);
    let all = said.all();
    assert_eq!((all.matches("went back").count(), all.matches("different store").count()), (1, 0), "{all}");
}

#[test]
fn a_backup_that_comes_back_under_a_server_is_noticed_and_revives_no_token() {
    let site = Site::new();
    let url = |name: &str| site.path(name);
    let back_up = || {
        let file = rusqlite::Connection::open(url("heistctl.db")).unwrap();
        file.execute("VACUUM INTO ?1", [url("backup.db").to_str().unwrap()]).unwrap();
    };
    // Within the file, as SQLite's own .restore does; and on, past the numbers.
    let restore = || {
        let file = rusqlite::Connection::open(url("heistctl.db")).unwrap();
        file.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        file.execute_batch(&restored_from(&url("backup.db"))).unwrap();
    };
    survives_a_restore(&site, &back_up, &restore);
}

/// Puts the rows of another file in the place of those that are there, and adds changes.
fn restored_from(backup: &Path) -> String {
    let tables = ["use", "client", "change", "id", "text"];
    let empty: String = tables.iter().map(|table| format!("DELETE FROM main.{table};")).collect();
    let fill: String = tables
        .iter()
        .rev()
        .map(|table| format!("INSERT INTO main.{table} SELECT * FROM backup.{table};"))
        .collect();
    format!(
        "ATTACH '{}' AS backup; BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = 1; {empty} {fill}
         DELETE FROM sqlite_sequence; INSERT INTO sqlite_sequence SELECT * FROM backup.sqlite_sequence;
         INSERT INTO change (client, mark) VALUES ('x', random()), ('y', random()), ('z', random()); COMMIT",
        backup.display()
    )
}

#[test]
fn a_database_that_went_back_is_noticed_and_revives_no_token() {
    let Some(server) = postgres::shared() else { return };
    let database = server.database();
    let site = Site { store: database.url(), ..Site::new() };
    let tables = ["client", "change", "id", "text"];
    let back_up = || {
        tables
            .iter()
            .for_each(|table| drop(database.sql(&format!("CREATE TABLE {table}_kept AS TABLE {table}"))))
    };
    let restore = || {
        let fill: String = tables
            .iter()
            .map(|table| format!("INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE {table}_kept;"))
            .collect();
        let lock = "SELECT pg_advisory_xact_lock(7522534697187112044)";
        database.sql(&format!(
            "BEGIN; {lock}; TRUNCATE client, change, id, text CASCADE; {fill}
             SELECT setval('change_number_seq', (SELECT max(number) FROM change));
             INSERT INTO change (client) VALUES ('x'), ('y'), ('z'); NOTIFY heistctl; COMMIT"
        ));
    };
    survives_a_restore(&site, &back_up, &restore);
}

#[test]
fn another_store_in_the_place_of_the_one_that_was_there_is_named() {
    let Some(server) = postgres::shared() else { return };
    let database = server.database();
    let site = Site { store: database.url(), ..Site::new() };
    let secret = site.client("a");
    let mut node = site.serve();
    let mut said = node.says();
    assert_eq!(ask(&node, ("a", &secret)).status, 200);
    wait_until("it has an id", || database.sql("SELECT count(*) FROM text WHERE name = 'store_id'") == "1");
    has_caught_up(&site, &node);
    database
        .sql("UPDATE text SET text = 'another', digest = NULL WHERE name = 'store_id'; DELETE FROM client");
    database.cut();
    // No change tells of it: after each reconnection everything is read anew.
    said.until("it is a different store: its id is another");
    wait_until("its clients are", || ask(&node, ("a", &secret)).status == 401);
    assert_eq!(node.stop().0, 0);
}
