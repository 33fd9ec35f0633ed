//! Starts while the store is away: with clients and a key of the configuration, without them, and where
//! waiting cures nothing.

use crate::support::keys::Key;
use crate::support::postgres::{self, PASSWORD, Postgres};
use crate::support::process::wait_until;
use crate::support::wire::Wire;
use crate::support::{Heistctl, Reply, Server, folder, heistctl, request_text};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
const STORE_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
pub(crate) const ISSUER: &str = "issuer = 'https://as.example.com'\n";
pub(crate) const OWN: &str = "issuer = 'https://as.example.com'
[signing]
key_file = 'key.pem'
[[client]]
id = 'declared'
scopes = ['x']
secret_file = 'secret'
introspect = true
";

/// A configuration and the store that it is used with.
pub(crate) struct Site {
    folder: tempfile::TempDir,
    store: String,
}

impl Site {
    pub(crate) fn new(store: &str, toml: &str) -> Self {
        let key = Key::for_alg("ES256").private_pem();
        let files = [("heist.toml", toml), ("key.pem", &key), ("secret", "a secret of the client")];
        Self { folder: folder(&files), store: store.to_owned() }
    }

    pub(crate) fn run(&self, args: &[&str]) -> Heistctl {
        let run = heistctl(args).env("HEISTCTL_STORE", &self.store).env("PGPASSWORD", PASSWORD);
        run.env("HEISTCTL_STORE_KEY", STORE_KEY).in_folder(self.folder.path())
    }

    pub(crate) fn client(&self, id: &str) -> String {
        let made = self.run(&["client", "add", id, "--scope", "x", "--json"]).run().exits(0).json();
        made["client_secret"].as_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn post(server: &Server, path: &str, (id, secret): (&str, &str), more: &str) -> Reply {
    server.request("POST", path, &FORM, &format!("client_id={id}&client_secret={secret}&{more}"))
}

pub(crate) fn ask(server: &Server, client: (&str, &str)) -> Reply {
    post(server, "/oauth/token", client, "grant_type=client_credentials")
}

pub(crate) fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).unwrap()
}

/// The answer to a GET, once somebody listens there.
pub(crate) fn get(address: SocketAddr, path: &str) -> Reply {
    wait_until("somebody listens", || std::net::TcpStream::connect(address).is_ok());
    Wire::to(address).send(request_text("GET", path, &[], "")).reply()
}

#[test]
fn clients_and_a_key_of_the_configuration_are_served_at_once_and_the_store_when_it_comes() {
    let Some(postgres) = Postgres::start() else { return };
    let (database, port) = (postgres.database(), postgres.database().port());
    let site = Site::new(&database.tcp_url(), OWN);
    let secret = site.client("registered");
    postgres.stop();
    let mut server = site.run(&["serve", "--listen", "127.0.0.1:0"]).serve();
    let mut said = server.says();
    let line = said.until("the store is unavailable");
    let place = format!("unavailable: 127.0.0.1:{port}/");
    assert!(line.contains(&place), "{line}");
    assert!(
        line.contains("clients of heist.toml get tokens") && line.contains("is the server running"),
        "{line}"
    );
    let own = ("declared", "a+secret+of+the+client");
    let granted = ask(&server, own);
    assert_eq!(granted.status, 200, "{granted:?}");
    assert_eq!(server.request("GET", "/.well-known/jwks.json", &[], "").status, 200);
    let ready = server.request("GET", "/readyz", &[], "");
    assert_eq!((ready.status, &ready.json()["status"]), (200, &"degraded".into()), "{ready:?}");
    assert!(ready.body.contains("it has not been reached since the start at 20"), "{ready:?}");
    let token = format!("token={}", granted.json()["access_token"].as_str().unwrap());
    for refused in [
        ask(&server, ("registered", &secret)),
        ask(&server, ("nobody", "x")),
        post(&server, "/oauth/introspect", own, &token),
    ] {
        assert_eq!(refused.status, 503, "what is revoked, and who is registered, nobody knows: {refused:?}");
    }
    assert_eq!(site.path("heist.toml").metadata().unwrap().len(), OWN.len() as u64);
    server.signal("-HUP");
    said.until("the configuration was reloaded");
    postgres.resume();
    said.until("the store is back");
    assert_eq!(server.request("GET", "/readyz", &[], "").json()["status"], "healthy");
    assert_eq!(ask(&server, ("registered", &secret)).status, 200);
    assert_eq!(ask(&server, ("nobody", "x")).status, 401);
    assert_eq!(post(&server, "/oauth/introspect", own, &token).json()["active"], true);
    // What changes from now on is seen, too.
    site.client("late");
    assert_eq!(post(&server, "/oauth/revoke", own, &token).status, 200);
    // The log says where the store is that is away again, and callers are not told.
    postgres.stop();
    let line = said.until("the store is unavailable");
    assert!(line.contains(&place), "{line}");
    let refused = ask(&server, ("nobody", "x"));
    let ready = server.request("GET", "/health", &[], "");
    for reply in [&refused, &ready] {
        assert!(reply.status == 503 && !reply.body.contains(&port.to_string()), "{reply:?}");
        assert!(!reply.body.contains("127.0.0.1"), "{reply:?}");
    }
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_client_that_is_declared_and_registered_is_told_of_when_the_store_comes() {
    let Some(postgres) = Postgres::start() else { return };
    let site = Site::new(&postgres.database().url(), OWN);
    site.client("declared");
    site.run(&["serve", "--listen", "127.0.0.1:0"])
        .run()
        .fails(2, &["declared in heist.toml and registered"]);
    postgres.stop();
    let mut server = site.run(&["serve", "--listen", "127.0.0.1:0"]).serve();
    let mut said = server.says();
    postgres.resume();
    let line = said.until("is declared in heist.toml and registered in the store");
    assert!(line.contains("heistctl client remove declared"), "{line}");
    assert_eq!(ask(&server, ("declared", "a+secret+of+the+client")).status, 200);
}

#[test]
fn a_store_that_is_made_when_it_comes_is_told_of_and_none_is_made_where_it_must_exist() {
    let Some(postgres) = Postgres::start() else { return };
    let database = postgres.database();
    let site = Site::new(&database.url(), OWN);
    postgres.stop();
    let mut required = site.run(&["serve", "--listen", "127.0.0.1:0", "--must-exist"]).serve();
    let mut said = required.says();
    postgres.resume();
    let line = said.until("there is no store at");
    assert!(line.contains("without --must-exist one is made"), "{line}");
    assert_eq!(database.sql("SELECT to_regclass('client') IS NULL"), "t");
    postgres.stop();
    let mut maker = site.run(&["serve", "--listen", "127.0.0.1:0"]).serve();
    let mut told = maker.says();
    postgres.resume();
    told.until("is new: it was just created");
    said.until("the store is back");
}

#[test]
fn without_clients_of_its_own_a_start_waits_for_the_store_and_says_that_it_lives() {
    let Some(postgres) = Postgres::start() else { return };
    let site = Site::new(&postgres.database().url(), ISSUER);
    let secret = site.client("registered");
    postgres.stop();
    let (manager, address) = (UnixDatagram::bind(site.path("notify")).unwrap(), free_port());
    manager.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let told = || {
        let mut message = [0; 1024];
        let length = manager.recv(&mut message).expect("it says something");
        String::from_utf8(message[..length].to_vec()).unwrap()
    };
    let listen = address.to_string();
    let (figures, ready) = (free_port(), ["--ready-file", "ready", "--metrics-listen"]);
    let of_figures = figures.to_string();
    let args = [&["serve", "--listen", &listen][..], &ready, &[&of_figures]].concat();
    let run = site.run(&args);
    let run = run.env("NOTIFY_SOCKET", site.path("notify"));
    let starting = std::thread::spawn(move || run.serve());
    let waits = told();
    assert!(waits.contains("STATUS=waiting for the store: ") && !waits.contains("READY"), "{waits}");
    assert!(waits.contains("EXTEND_TIMEOUT_USEC="), "{waits}");
    let alive = get(address, "/livez");
    assert_eq!((alive.status, &*alive.body), (200, "{\"status\":\"healthy\",\"service\":\"oauth\"}\n"));
    for path in ["/readyz", "/health", "/.well-known/jwks.json", "/oauth/token", "/nowhere"] {
        let reply = get(address, path);
        assert_eq!((reply.status, &reply.json()["status"]), (503, &"unhealthy".into()), "{path}: {reply:?}");
        assert!(reply.header("Retry-After").is_some() && reply.body.contains("waits for its store"));
    }
    assert!(get(figures, "/metrics").body.contains("heistctl_store_up 0\n"));
    assert!(!site.path("ready").exists() && !starting.is_finished());
    postgres.resume();
    let server = starting.join().unwrap();
    assert_eq!(server.ready["event"], "ready", "the first line of the log");
    assert!(site.path("ready").exists());
    wait_until("the manager is told", || told().contains("READY=1"));
    assert_eq!(ask(&server, ("registered", &secret)).status, 200);
    assert_eq!(server.request("GET", "/readyz", &[], "").json()["status"], "healthy");
    let (code, log) = server.stop();
    assert_eq!(code, 0);
    assert!(!log.contains("/livez"), "what was asked before is no news: {log}");
}

#[test]
fn a_wait_ends_with_its_time_or_with_a_signal_and_no_command_has_begun() {
    let site = Site::new("postgres://heist@127.0.0.1:1/heist", ISSUER);
    for wait in ["0s", "1s"] {
        let begun = Instant::now();
        let args = ["serve", "--listen", "127.0.0.1:0", "--wait-for-store", wait];
        let parts = ["the store is unavailable: 127.0.0.1:1/heist: ", "refused", "is the server"];
        let ran = site.run(&args).run().fails(1, &parts);
        assert!(begun.elapsed() >= Duration::from_secs(u64::from(wait == "1s")), "{ran}");
    }
    let ran = site.run(&["serve", "--listen", "127.0.0.1:0"]).env("HEISTCTL_STORE_KEY", "short").run();
    ran.fails(2, &["the store key from HEISTCTL_STORE_KEY"]);
    for (signal, command, code) in [
        ("-INT", &[][..], 0),
        ("-TERM", &[], 0),
        ("-INT", &["--", "touch", "begun"], 130),
        ("-TERM", &["--", "touch", "begun"], 143),
    ] {
        let address = free_port().to_string();
        let args: Vec<&str> = ["serve", "--listen", &address].iter().chain(command).copied().collect();
        let running = site.run(&args).start();
        assert_eq!(get(address.parse().unwrap(), "/livez").status, 200);
        // A wait that went on would end with 1.
        Command::new("kill").args([signal, &running.id().to_string()]).status().unwrap();
        let ran = running.ended().exits(code);
        assert!(ran.stdout.is_empty() && !site.path("begun").exists(), "{ran}");
    }
}

#[test]
fn commands_wait_for_a_store_where_they_are_told_to() {
    let Some(postgres) = Postgres::start() else { return };
    let site = Site::new(&postgres.database().url(), ISSUER);
    site.client("registered");
    postgres.stop();
    for command in ["client", "key"] {
        site.run(&[command, "list"]).run().fails(1, &["the store is unavailable"]);
        site.run(&[command, "list", "--wait-for-store", "1s"]).run().fails(1, &["the store is unavailable"]);
    }
    let waiting = site.run(&["client", "list", "--wait-for-store", "50s"]).start();
    postgres.resume();
    assert!(waiting.ended().exits(0).stdout.contains("registered"));
}

/// What answers each connection to a database by one refusal.
struct Refusing {
    port: u16,
    for_good: Arc<AtomicBool>,
}

impl Refusing {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, for_good) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let seen = for_good.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (code, said) = if seen.load(Ordering::Acquire) {
                    ("28P01", "password authentication failed")
                } else {
                    ("57P03", "the database system is starting up")
                };
                let fields = format!("SFATAL\0VFATAL\0C{code}\0M{said}\0\0");
                let _ = stream.read(&mut [0; 1024]);
                let length = u32::try_from(fields.len() + 4).unwrap();
                let message = [b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat();
                let _ = stream.write_all(&message);
            }
        });
        Self { port, for_good }
    }
}

#[test]
fn a_database_that_starts_is_waited_for_until_it_says_that_waiting_cures_nothing() {
    let database = Refusing::start();
    let store = format!("postgres://heist@127.0.0.1:{}/heist?sslmode=disable", database.port);
    let site = Site::new(&store, ISSUER);
    let address = free_port().to_string();
    let running = site.run(&["serve", "--listen", &address]).start();
    assert_eq!(get(address.parse().unwrap(), "/livez").status, 200);
    database.for_good.store(true, Ordering::Release);
    let ran = running.ended().fails(1, &["is starting up", "password authentication failed"]);
    let last = ran.stderr.lines().last().unwrap();
    assert!(last.starts_with("hint: may this user use the database? PGPASSWORD"), "{ran}");
}

#[test]
fn what_waiting_does_not_cure_fails_at_once_with_its_cure() {
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let place = folder(&[
        ("foreign.db", ""),
        ("newer.db", ""),
        ("text.db", "no database, and long enough to be seen as none"),
    ]);
    let path = |name: &str| place.path().join(name);
    let sqlite = |name: &str| rusqlite::Connection::open(path(name)).unwrap();
    sqlite("foreign.db").execute_batch("CREATE TABLE notes (name TEXT)").unwrap();
    let newer = "PRAGMA application_id = 0x68656973; PRAGMA user_version = 99; CREATE TABLE client (id TEXT)";
    sqlite("newer.db").execute_batch(newer).unwrap();
    let run_newer = "hint: use the newer heistctl";
    for (name, cause, cure) in [
        ("foreign.db", "the database of another program", "hint: --store must name a file of its own"),
        ("newer.db", "written by a newer heistctl (schema 99", run_newer),
        ("text.db", "text.db is not a SQLite database", "--store must name a store, or a path for a new one"),
        ("text.db/x.db", "text.db is not a folder", "hint: is the path right"),
    ] {
        for toml in [ISSUER, OWN] {
            let site = Site::new(&format!("sqlite:{}", path(name).display()), toml);
            let ran = site.run(&serve).run().fails(1, &[cause, cure]);
            assert_eq!(ran.stderr.contains("may you write there"), cure.contains("the path"), "{ran}");
            site.run(&["client", "list", "--wait-for-store", "40s"]).run().fails(1, &[cause, cure]);
        }
    }
    let Some(database) = postgres::shared().map(Postgres::database) else { return };
    let tcp = database.tcp_url();
    for toml in [ISSUER, OWN] {
        for (store, password, cause, cure) in [
            (tcp.clone(), "wrong", "password authentication failed", "PGPASSWORD"),
            (tcp.clone(), "", "password", "PGPASSWORD"),
            (tcp.replace(&database.name, "none"), PASSWORD, "\"none\" does not exist", "createdb"),
        ] {
            let site = Site::new(&store, toml);
            let ran = site.run(&serve).env("PGPASSWORD", password).run().fails(1, &[cause, cure]);
            assert!(!ran.stderr.contains("is the server running"), "{ran}");
        }
        for mode in ["require", "verify-ca", "verify-full"] {
            let site = Site::new(&format!("{tcp}?sslmode={mode}"), toml);
            let place = format!("127.0.0.1:{}/{}: ", database.port(), database.name);
            let ran = site
                .run(&serve)
                .run()
                .fails(1, &[&place, "the server does not offer TLS", "hint: the sslmode requires TLS"]);
            assert!(
                ran.stderr.contains("sslmode=disable") && !ran.stderr.contains("is the server running"),
                "{ran}"
            );
        }
    }
    let role = format!("{}_app", database.name);
    database.sql(&format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN"));
    let site = Site::new(&database.url().replace("heist@", &format!("{role}@")), ISSUER);
    site.run(&serve).run().fails(1, &["permission denied", "hint: this user may not create the tables"]);
    let owner = Site::new(&tcp, ISSUER);
    owner.client("a");
    // The tables are there now, and its rights to use them are not.
    let ran =
        site.run(&serve).run().fails(1, &["permission denied for table", "hint: this user may not use"]);
    let cure = ran.stderr.split("GRANT ").skip(1).map(|grant| format!("GRANT {grant}"));
    let cure: Vec<String> = cure.map(|grant| grant.split(" TO it").next().unwrap().to_owned()).collect();
    assert_eq!(cure.len(), 2, "{ran}");
    cure.iter().for_each(|grant| drop(database.sql(&format!("{grant} TO {role}"))));
    let secret = site.client("b");
    let server = site.run(&serve).serve();
    assert_eq!(ask(&server, ("b", &secret)).status, 200);
    assert_eq!(server.stop().0, 0);
    database.sql("DELETE FROM heistctl_schema WHERE version > 1");
    site.run(&serve).run().fails(1, &["hint: this user may not change the tables: start this heistctl once"]);
    let site = Site::new(&tcp, ISSUER);
    database.sql("INSERT INTO heistctl_schema (version) VALUES (99)");
    let ran = site.run(&serve).run().fails(1, &["newer heistctl (schema 99", run_newer]);
    assert!(!ran.stderr.contains("may this user"), "{ran}");
}
