//! A server whose store is a file that fails under it: a disk that is full, a file that is not the one that
//! it has open. What a database does that is away, the tests of nodes show.

use crate::support::process::wait_until;
use crate::support::{Heistctl, Reply, Server, folder, heistctl};
use heistctl::clock::Timestamp;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];

/// A folder with a store in it, and a server's configuration.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new(settings: &str) -> Self {
        let toml = format!("issuer = 'https://as.example.com'\n{settings}\nstore = 'sqlite:heistctl.db'\n");
        Self { folder: folder(&[("heist.toml", &toml)]) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Heistctl {
        let store = format!("sqlite:{}", self.path("heistctl.db").display());
        heistctl(args).env("HEISTCTL_STORE", store).in_folder(self.folder.path())
    }

    fn client(&self, id: &str) -> String {
        let made = self.run(&["client", "add", id, "--scope", "x", "--json"]).run().exits(0).json();
        made["client_secret"].as_str().unwrap().to_owned()
    }

    fn serve(&self) -> Server {
        heistctl(["serve", "--listen", "127.0.0.1:0"]).in_folder(self.folder.path()).serve()
    }

    fn sql(&self, statements: &str) {
        let file = rusqlite::Connection::open(self.path("heistctl.db")).unwrap();
        file.busy_timeout(Duration::from_secs(5)).unwrap();
        file.execute_batch(statements).unwrap();
    }
}

fn ask(server: &Server, id: &str, secret: &str) -> Reply {
    let body = format!("client_id={id}&client_secret={secret}&grant_type=client_credentials");
    server.request("POST", "/oauth/token", &FORM, &body)
}

#[test]
fn a_disk_that_is_full_is_told_of_once_and_stops_nobody() {
    let site = Site::new("store_outage = '1s'");
    let secret = site.client("a");
    let other = site.client("b");
    let mut server = site.serve();
    let mut said = server.says();
    site.sql(
        "CREATE TRIGGER full BEFORE INSERT ON use BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    );
    // Longer than store_outage, after which a store that counts as away would refuse: nothing is to happen.
    let full = Instant::now();
    while full.elapsed() < Duration::from_secs(3) {
        assert_eq!(ask(&server, "a", &secret).status, 200);
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(ask(&server, "b", &other).status, 200, "it was never asked for before");
    assert_eq!(server.request("GET", "/health", &[], "").status, 200);
    let line = said.until("database or disk is full");
    assert!(line.contains("a full disk"), "{line}");
    site.sql("DROP TRIGGER full");
    let used = || site.run(&["client", "show", "a", "--json"]).run().exits(0).json();
    wait_until("uses are noted", || used()["secrets"][0]["last_used"].is_string());
    let line = said.until("the store is writable again");
    assert!(line.starts_with("note: store: "), "{line}");
    assert_eq!(server.stop().0, 0);
    let all = said.all();
    let count = |part| all.matches(part).count();
    assert_eq!((count("disk is full"), count("writable again")), (1, 1), "{all}");
    assert!(!all.contains("the store is unavailable"), "{all}");
}

/// An answer of that status, while the file is locked.
#[track_caller]
fn answered(status: u16, reply: Reply) -> Reply {
    assert_eq!(reply.status, status, "{reply:?}");
    reply
}

#[test]
fn who_has_the_file_locked_stops_nobody_and_what_was_revoked_meanwhile_is_revoked() {
    let site = Site::new("store_outage = '1s'");
    let secret = site.client("a");
    let others = ["b", "c", "d"].map(|id| (id, site.client(id)));
    let mut server = site.serve();
    let mut said = server.says();
    let tokens: [String; 8] = std::array::from_fn(|_| {
        ask(&server, "a", &secret).json()["access_token"].as_str().unwrap().to_owned()
    });
    let file = rusqlite::Connection::open(site.path("heistctl.db")).unwrap();
    file.busy_timeout(Duration::from_secs(5)).unwrap();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        for token in &tokens {
            let body = format!("client_id=a&client_secret={secret}&token={token}");
            let server = &server;
            scope.spawn(move || {
                let reply = answered(503, server.request("POST", "/oauth/revoke", &FORM, &body));
                assert!(reply.body.contains("cannot be written to now"), "{reply:?}");
                assert!(reply.header("Retry-After").is_some(), "{reply:?}");
            });
        }
        answered(200, ask(&server, "a", &secret));
    });
    let line = said.until("database is locked");
    assert!(line.contains("check for a lock by another process"), "{line}");
    for (id, other) in &others {
        answered(200, ask(&server, id, other));
    }
    answered(200, server.request("GET", "/health", &[], ""));
    file.execute_batch("COMMIT").unwrap();
    let count = "SELECT count(*) FROM id WHERE kind = 0";
    wait_until("all are revoked", || file.query_row(count, [], |row| row.get(0)) == Ok(8));
    said.until("the store is writable again");
    assert_eq!(server.stop().0, 0);
    let all = said.all();
    assert!(!all.contains("the store is unavailable"), "{all}");
}

#[test]
fn a_file_that_is_not_the_one_that_is_open_is_a_store_that_is_away() {
    let site = Site::new("");
    let secret = site.client("a");
    let mut server = site.serve();
    let mut said = server.says();
    let health = |server: &Server| server.request("GET", "/health", &[], "").status;
    assert_eq!(ask(&server, "a", &secret).status, 200);
    let (file, aside) = (site.path("heistctl.db"), site.path("aside.db"));
    std::fs::rename(&file, &aside).unwrap();
    wait_until("it is noticed that it is gone", || health(&server) == 503);
    let line = said.until("was removed or renamed");
    assert!(line.contains("put it back") && line.contains("heistctl.db"), "{line}");
    assert_eq!(ask(&server, "a", &secret).status, 200, "it is known");
    assert_eq!(ask(&server, "nobody", &secret).status, 503);
    std::fs::rename(&aside, &file).unwrap();
    said.until("the store is back");
    assert_eq!((health(&server), ask(&server, "nobody", &secret).status), (200, 401));
    // As somebody who brings a backup back under it.
    std::fs::copy(&file, &aside).unwrap();
    std::fs::rename(&aside, &file).unwrap();
    wait_until("it is noticed that it is another", || health(&server) == 503);
    let line = said.until("is not the file that was opened");
    assert!(line.contains("heistctl.db-wal") && line.contains("start the server again"), "{line}");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn keys_of_a_store_are_good_as_long_as_what_else_is_known_of_it_and_those_of_the_configuration_for_ever() {
    let declared =
        "[[client]]\nid = 'declared'\nscopes = ['x']\nsecret_file = 'secret'\n[[guard]]\nname = 'g'\n";
    let of_file = "[signing]\nsecret_file = 'signing'\n";
    for (signing, lost) in [("", 503), (of_file, 200)] {
        let site = Site::new("store_outage = '1s'");
        let toml = std::fs::read_to_string(site.path("heist.toml")).unwrap();
        std::fs::write(site.path("heist.toml"), format!("{toml}{declared}{signing}")).unwrap();
        std::fs::write(site.path("secret"), "a secret of the client").unwrap();
        std::fs::write(site.path("signing"), "0123456789abcdef0123456789abcdef").unwrap();
        let known = site.client("known");
        let mut server = site.serve();
        let mut said = server.says();
        assert_eq!(ask(&server, "known", &known).status, 200);
        let asked = || ask(&server, "declared", "a+secret+of+the+client");
        let token = asked().json()["access_token"].as_str().unwrap().to_owned();
        let bearer = [("Authorization", format!("Bearer {token}"))];
        let bearer = bearer.each_ref().map(|(name, value)| (*name, value.as_str()));
        let shown = || server.request("GET", "/protected-resource", &bearer, "").status;
        // A guard remembers the token, and still forgets nothing of this.
        let guarded = || server.request("GET", "/guard/g", &bearer, "").status;
        assert_eq!((guarded(), guarded()), (200, 200));
        std::fs::rename(site.path("heistctl.db"), site.path("aside.db")).unwrap();
        said.until("the store is unavailable");
        wait_until("the outage is over", || ask(&server, "known", &known).status == 503);
        assert_eq!(
            (asked().status, shown(), guarded()),
            (lost, lost, lost),
            "another may have replaced the keys by now"
        );
        std::fs::rename(site.path("aside.db"), site.path("heistctl.db")).unwrap();
        wait_until("all is well again", || (asked().status, shown(), guarded()) == (200, 200, 200));
    }
}

#[test]
fn what_was_used_just_before_the_end_is_noted() {
    let site = Site::new("");
    let secret = site.client("a");
    for round in 0..3 {
        let server = site.serve();
        let before = Timestamp::now();
        assert_eq!(ask(&server, "a", &secret).status, 200);
        assert_eq!(server.stop().0, 0);
        let shown = site.run(&["client", "show", "a", "--json"]).run().exits(0).json();
        let used = shown["secrets"][0]["last_used"].as_str().map(|at| at.parse::<Timestamp>().unwrap());
        assert!(used >= Some(before), "round {round}: {shown}");
        // The next use is told from this one.
        wait_until("the second is over", || Timestamp::now() > before);
    }
}
