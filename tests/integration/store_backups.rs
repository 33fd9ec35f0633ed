//! Backups under load: everything that was acknowledged before a backup began is in it, and a server of the restored
//! store issues and verifies with the same keys, clients and revocations.

use crate::support::postgres::shared;
use crate::support::{Heistctl, Reply, Server, folder, heistctl};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
const STORE_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const ISSUER: &str = "https://as.example.com";

struct Site {
    folder: tempfile::TempDir,
    store: String,
}

impl Site {
    fn new(store: &str) -> Self {
        Self { folder: folder(&[]), store: store.to_owned() }
    }

    fn on(&self, store: &str, args: &[&str]) -> Heistctl {
        let run = heistctl(args).env("HEISTCTL_STORE", store).env("HEISTCTL_STORE_KEY", STORE_KEY);
        run.in_folder(self.folder.path())
    }

    fn run(&self, args: &[&str]) -> Heistctl {
        self.on(&self.store, args)
    }

    fn serve(&self, store: &str) -> Server {
        self.on(store, &["serve", "--listen", "127.0.0.1:0", "--issuer", ISSUER]).serve()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn add(&self, id: &str) -> String {
        let args = ["client", "add", id, "--scope", "x", "--introspect", "--json"];
        self.run(&args).run().exits(0).json()["client_secret"].as_str().unwrap().to_owned()
    }
}

fn post(server: &Server, path: &str, (id, secret): (&str, &str), more: &str) -> Reply {
    server.request("POST", path, &FORM, &format!("client_id={id}&client_secret={secret}&{more}"))
}

fn token(server: &Server, client: (&str, &str)) -> String {
    let reply = post(server, "/oauth/token", client, "grant_type=client_credentials");
    reply.json()["access_token"].as_str().unwrap_or_else(|| panic!("{reply:?}")).to_owned()
}

fn revoke(server: &Server, client: (&str, &str), token: &str) {
    assert_eq!(post(server, "/oauth/revoke", client, &format!("token={token}")).status, 200);
}

fn is_active(server: &Server, client: (&str, &str), token: &str) -> bool {
    post(server, "/oauth/introspect", client, &format!("token={token}")).json()["active"] == true
}

fn keys(server: &Server) -> Value {
    server.request("GET", "/.well-known/jwks.json", &[], "").json()
}

/// What was acknowledged so far.
#[derive(Default)]
struct Acknowledged {
    /// Clients with their secrets.
    clients: Vec<(String, String)>,
    /// Revoked tokens, each with the client that revoked it.
    revoked: Vec<String>,
    live: Vec<String>,
}

/// Registers clients, and gets and revokes tokens, until it is told to end.
fn load(site: &Site, server: &Server, told: &Mutex<Acknowledged>, ends: &AtomicBool, name: &str) {
    let first = site.add(name);
    let mut number = 0;
    while !ends.load(Ordering::Relaxed) {
        number += 1;
        let id = format!("{name}-{number}");
        let secret = site.add(&id);
        told.lock().unwrap().clients.push((id, secret));
        let (live, revoked) = (token(server, (name, &first)), token(server, (name, &first)));
        revoke(server, (name, &first), &revoked);
        let mut told = told.lock().unwrap();
        (told.live.push(live), told.revoked.push(revoked)).0
    }
}

/// One backup under load, restored into an empty store, and what is in it.
fn round(
    site: &Site,
    server: &Server,
    told: &Mutex<Acknowledged>,
    (number, to): (usize, &str),
    serves: bool,
) {
    let (clients, live, revoked) = {
        let told = told.lock().unwrap();
        (told.clients.clone(), told.live.clone(), told.revoked.clone())
    };
    let file = format!("{number}.db");
    site.run(&["store", "backup", &file]).run().exits(0);
    site.on(to, &["store", "restore", &file, "--replace"]).run().exits(0);
    let checked = site.on(to, &["store", "check", "--json"]).run().exits(0).json();
    assert_eq!(
        (&checked["ok"], &checked["keys"], &checked["sealed_keys"]),
        (&true.into(), &1.into(), &1.into())
    );
    let listed = site.on(to, &["-q", "client", "list"]).run().exits(0).stdout;
    for (id, _) in &clients {
        assert!(
            listed.lines().any(|line| line.split(' ').next() == Some(id)),
            "{id} is missing in round {number}"
        );
    }
    if !serves {
        return;
    }
    let other = site.serve(to);
    assert_eq!(keys(&other), keys(server));
    let Some((id, secret)) = clients.last() else { return };
    let asker = (id.as_str(), secret.as_str());
    assert!(is_active(server, asker, &token(&other, asker)), "one issues, the other verifies");
    assert!(live.iter().rev().take(20).all(|token| is_active(&other, asker, token)));
    assert!(revoked.iter().rev().take(20).all(|token| !is_active(&other, asker, token)), "round {number}");
    clients.iter().rev().take(20).for_each(|(id, secret)| drop(token(&other, (id, secret))));
    other.stop();
}

/// Backups of a store under load. `to` names the store to restore into.
fn survives_load(site: &Site, to: &str, rounds: usize) {
    let server = site.serve(&site.store);
    let (told, ends) = (Mutex::new(Acknowledged::default()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let ended = Ended(&ends);
        for name in ["one", "two"] {
            let (told, ends, server) = (&told, &ends, &server);
            scope.spawn(move || load(site, server, told, ends, name));
        }
        while told.lock().unwrap().revoked.len() < 3 {
            std::thread::yield_now();
        }
        for number in 0..rounds {
            round(site, &server, &told, (number, to), number % 10 == 0 || number + 1 == rounds);
        }
        drop(ended);
    });
    assert!(told.lock().unwrap().clients.len() > 3, "there was a load");
}

/// Ends the load, also when a round fails.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_backup_of_sqlite_under_load_has_all_that_was_acknowledged() {
    survives_load(&Site::new("sqlite:heistctl.db"), "sqlite:restored.db", 50);
}

#[test]
fn a_backup_of_postgresql_under_load_has_all_that_was_acknowledged() {
    let Some(database) = shared() else { return };
    let (from, to) = (database.database(), database.database());
    let site = Site::new(&from.url());
    survives_load(&site, &to.url(), 6);
    // From one kind of database into the other, and back.
    let second = folder(&[]);
    let at = |file: &str| second.path().join(file).display().to_string();
    let all = |store: &str| site.on(store, &["store", "export"]).run().exits(0).stdout;
    site.run(&["store", "backup", &at("a.db")]).run().exits(0);
    site.run(&["store", "restore", &at("a.db"), "--store", "sqlite:b.db"]).run().exits(0);
    assert_eq!(all("sqlite:b.db"), all(&site.store));
    site.on("sqlite:b.db", &["store", "backup", &at("c.db")]).run().exits(0);
    site.on(&to.url(), &["store", "restore", &at("c.db"), "--replace"]).run().exits(0);
    assert_eq!(all(&to.url()), all(&site.store));
    for history in [&["client", "history"][..], &["key", "history"]] {
        let of = |store: &str| site.on(store, history).run().exits(0).stdout;
        assert!(of(&to.url()).starts_with(of(&site.store).trim_end()), "the history is there, too");
    }
    site.on(&to.url(), &["client", "add", "after"]).run().exits(0);
    site.on(&to.url(), &["key", "rotate"]).run().exits(0);
    let parts = ["is not empty", "--replace"];
    site.on(&to.url(), &["store", "restore", &at("c.db")]).run().fails(2, &parts);
    // In PostgreSQL keys are sealed.
    let plain = |args: &[&str]| heistctl(args).in_folder(second.path());
    plain(&["key", "generate", "--store", "sqlite:plain.db"]).run().exits(0);
    let restore = ["store", "restore", "plain.db", "--replace", "--store", &to.url()];
    let parts = ["the signing keys in plain.db are not sealed", "heistctl key reseal"];
    plain(&restore).run().fails(2, &parts);
}

#[test]
fn a_restore_under_a_running_server_takes_effect_and_revocations_stay() {
    let site = Site::new("sqlite:heistctl.db");
    let server = site.serve(&site.store);
    let (kept, gone) = (site.add("kept"), site.add("gone"));
    let (kept, gone) = (("kept", kept.as_str()), ("gone", gone.as_str()));
    let revoked = token(&server, kept);
    site.run(&["store", "backup", "before.db"]).run().exits(0);
    revoke(&server, kept, &revoked);
    let later = site.add("later");
    site.run(&["client", "remove", "gone"]).run().exits(0);
    token(&server, ("later", &later));
    site.run(&["store", "restore", "before.db", "--replace"]).run().exits(0);
    crate::support::process::wait_until("the removed client is back", || {
        post(&server, "/oauth/token", gone, "grant_type=client_credentials").status == 200
    });
    crate::support::process::wait_until("the later client is gone", || {
        post(&server, "/oauth/token", ("later", &later), "grant_type=client_credentials").status != 200
    });
    assert!(!is_active(&server, kept, &revoked), "a revocation is not undone");
    let history = site.run(&["-q", "key", "history"]).run().exits(0).stdout;
    assert!(history.contains("store restore") && history.contains("restored from before.db"), "{history}");
}

#[test]
fn a_backup_is_private_whole_and_replaces_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new("sqlite:heistctl.db");
    site.run(&["store", "backup", "a.db"]).run().fails(2, &["there is no store at heistctl.db"]);
    site.add("a");
    site.run(&["key", "generate"]).run().exits(0);
    site.run(&["store", "backup", "a.db"]).run().exits(0);
    let mode = std::fs::metadata(site.path("a.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    site.run(&["store", "backup", "a.db"]).run().fails(2, &["a.db exists already", "hint: "]);
    site.run(&["store", "backup", "heistctl.db"]).run().fails(2, &["heistctl.db exists already"]);
    site.run(&["store", "backup", "no/such.db"]).run().fails(1, &["cannot write no/such.db", "hint: "]);
    site.run(&["store", "restore", "heistctl.db", "--replace"]).run().fails(2, &["is the store itself"]);
    site.run(&["store", "restore", "none.db"]).run().fails(2, &["there is no store at none.db", "hint: "]);
    std::fs::write(site.path("text"), "some text that is not a database, and long enough to look like one")
        .unwrap();
    site.run(&["store", "restore", "text"]).run().fails(1, &["is not a SQLite database", "hint: "]);
    // Sealed keys stay sealed, and the check says whether they open.
    let unset = |args: &[&str]| site.run(args).env("HEISTCTL_STORE_KEY", "");
    let ran = unset(&["store", "check", "--store", "sqlite:a.db"]).run().exits(8);
    assert!(ran.stdout.contains("FAIL") && ran.stderr.contains("hint: HEISTCTL_STORE_KEY"), "{ran}");
    // A damaged record is found, and nothing damaged is backed up or restored.
    let copy = site.path("damaged.db");
    std::fs::copy(site.path("a.db"), &copy).unwrap();
    let database = rusqlite::Connection::open(&copy).unwrap();
    database.execute("UPDATE client SET record = replace(record, 'x', 'y')", []).unwrap();
    drop(database);
    let damaged = ["--store", "sqlite:damaged.db"];
    let ran = site.run(&[&["store", "check", "--json"], &damaged[..]].concat()).run().exits(8);
    assert!(ran.json()["damaged"][0].as_str().unwrap().contains("client \"a\""), "{ran}");
    site.run(&[&["store", "backup", "new.db"], &damaged[..]].concat())
        .run()
        .fails(1, &["is damaged", "client \"a\""]);
    site.run(&["store", "restore", "damaged.db", "--replace"]).run().fails(1, &["damaged.db is damaged"]);
    let left = std::fs::read_dir(site.folder.path()).unwrap();
    let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["a.db", "damaged.db", "heistctl.db", "text"], "nothing unfinished is left");
}

#[test]
fn exported_clients_keep_their_secrets() {
    let site = Site::new("sqlite:heistctl.db");
    let old = site.add("a");
    let rotate = ["client", "rotate", "a", "--overlap", "1h", "--json"];
    let new = site.run(&rotate).run().exits(0).json()["client_secret"].as_str().unwrap().to_owned();
    site.run(&["client", "add", "k", "--jwks-uri", "https://client.example.com/jwks.json"]).run().exits(0);
    site.run(&["client", "disable", "k"]).run().exits(0);
    let lines = site.run(&["store", "export"]).run().exits(0).stdout;
    assert_eq!(lines.lines().count(), 2);
    assert!(!lines.contains(&old) && !lines.contains(&new) && lines.contains("sha256:"), "{lines}");
    let import = |to: &str, command: &[&str], lines: &str| site.on(to, command).stdin(lines).run();
    import("sqlite:other.db", &["store", "import", "-"], &lines).exits(0);
    let ran = site.on("sqlite:other.db", &["store", "export"]).run().exits(0);
    assert_eq!(ran.stdout, lines, "all of it, with times and numbers");
    // Nothing is made, and nothing is lost, by the other import either.
    let ran = import("sqlite:third.db", &["client", "import", "-"], &lines).exits(0);
    assert!(ran.stdout.is_empty(), "{ran}");
    let server = site.serve("sqlite:third.db");
    for secret in [&old, &new] {
        token(&server, ("a", secret));
    }
    import("sqlite:other.db", &["store", "import", "-"], &lines).fails(2, &["is in the store already"]);
    for (line, part) in [
        ("{\"id\":\"b\",\"scopes\":\"x\"}", "not a line of heistctl store export"),
        (
            "{\"id\":\"b\",\"created\":\"2026-11-29T15:00:00Z\",\"secrets\":[{\"hash\":\"hunter2\"}]}",
            "an entry of secrets",
        ),
        (
            "{\"id\":\"b\",\"created\":\"2026-11-29T15:00:00Z\",\"secrets\":[{\"number\":1,\"hash\":\"hunter2\",\
             \"created\":\"2026-11-29T15:00:00Z\"}]}",
            "the hash of a secret",
        ),
        ("{\"id\":\"b\",\"created\":\"yesterday\",\"secrets\":[]}", "is not a time"),
    ] {
        let ran = import("sqlite:other.db", &["store", "import", "-"], line).fails(2, &["stdin:1: ", part]);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
}
