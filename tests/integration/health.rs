//! What `/livez`, `/readyz`, `/health` and the metrics say while the store is there, away, lost, or not to be
//! written to.

use crate::support::keys::Key;
use crate::support::postgres::{self, PASSWORD, Postgres};
use crate::support::process::wait_until;
use crate::support::{Heistctl, Reply, Server, folder, heistctl};
use serde_json::json;

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
const DECLARED: &str = "[[client]]\nid = 'declared'\nscopes = ['x']\nsecret_file = 'secret'\n";

struct Site {
    folder: tempfile::TempDir,
    store: String,
}

impl Site {
    fn new(store: String, top: &str, clients: &str) -> Self {
        let toml =
            format!("issuer = 'https://as.example.com'\n{top}\n[signing]\nkey_file = 'key.pem'\n{clients}");
        let key = Key::for_alg("ES256").private_pem();
        let files = [("heist.toml", &*toml), ("key.pem", &key), ("secret", "a secret of the client")];
        Self { folder: folder(&files), store }
    }

    fn run(&self, args: &[&str]) -> Heistctl {
        let run = heistctl(args).env("HEISTCTL_STORE", &self.store).env("PGPASSWORD", PASSWORD);
        run.in_folder(self.folder.path())
    }

    fn client(&self, id: &str) -> String {
        let made = self.run(&["client", "add", id, "--scope", "x", "--json"]).run().exits(0).json();
        made["client_secret"].as_str().unwrap().to_owned()
    }

    fn serve(&self) -> Server {
        self.run(&["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]).serve()
    }
}

fn get(server: &Server, path: &str) -> Reply {
    server.request("GET", path, &[], "")
}

fn token(server: &Server, id: &str, secret: &str) -> u16 {
    let body = format!("client_id={id}&client_secret={secret}&grant_type=client_credentials");
    server.request("POST", "/oauth/token", &FORM, &body).status
}

fn metric(server: &Server, name: &str) -> Option<String> {
    let text = server.metrics();
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))
}

/// The statuses of the three, and that all that is well has the one body.
#[track_caller]
fn statuses(server: &Server) -> [u16; 3] {
    ["/livez", "/readyz", "/health"].map(|path| {
        let reply = get(server, path);
        let body = reply.json();
        assert_eq!(body["service"], "oauth", "{reply:?}");
        match (reply.status, body["status"].as_str().unwrap()) {
            (200, "healthy") => assert_eq!(reply.body, "{\"status\":\"healthy\",\"service\":\"oauth\"}\n"),
            (200, "degraded") => assert!(body["reason"].as_str().is_some_and(|why| !why.is_empty())),
            (503, "unhealthy") => {
                assert!(reply.header("Retry-After").is_some(), "{reply:?}");
                assert_eq!(body["error"], "temporarily_unavailable");
            }
            other => panic!("{other:?}: {reply:?}"),
        }
        reply.status
    })
}

#[test]
fn a_store_that_is_away_degrades_a_server_and_one_that_is_lost_ends_its_readiness() {
    let Some(postgres) = Postgres::start() else { return };
    let site = Site::new(postgres.database().url(), "store_outage = '4s'", "");
    let secret = site.client("known");
    let server = site.serve();
    assert_eq!((statuses(&server), token(&server, "known", &secret)), ([200; 3], 200));
    assert_eq!(get(&server, "/readyz").json(), json!({"status": "healthy", "service": "oauth"}));
    (0..25).for_each(|number| assert_eq!(token(&server, &format!("nobody{number}"), "x"), 401));
    wait_until("twenty answers have been timed", || {
        metric(&server, "heistctl_store_latency_seconds").is_some()
    });
    assert_eq!(metric(&server, "heistctl_store_up").as_deref(), Some("1"));
    postgres.stop();
    wait_until("it is noticed", || statuses(&server) == [200, 200, 503]);
    let ready = get(&server, "/readyz").json();
    let reason = ready["reason"].as_str().unwrap();
    assert!(ready["status"] == "degraded" && reason.contains("last reached at 20"), "{reason}");
    assert!(
        !reason.contains("heist") && !reason.contains('/'),
        "where it is, is nobody's business: {reason}"
    );
    assert_eq!(token(&server, "known", &secret), 200, "that is what it is ready for");
    assert_eq!(metric(&server, "heistctl_store_up").as_deref(), Some("0"));
    wait_until("its time is over", || statuses(&server) == [200, 503, 503]);
    assert_eq!(token(&server, "known", &secret), 503);
    postgres.resume();
    wait_until("it is back", || statuses(&server) == [200; 3]);
    assert_eq!(get(&server, "/readyz").json()["status"], "healthy");
    assert_eq!(metric(&server, "heistctl_store_up").as_deref(), Some("1"));
}

#[test]
fn clients_and_a_key_of_the_configuration_keep_a_server_ready_whatever_becomes_of_the_store() {
    let Some(postgres) = Postgres::start() else { return };
    let site = Site::new(postgres.database().url(), "store_outage = '1s'", DECLARED);
    let secret = site.client("registered");
    let server = site.serve();
    assert_eq!(token(&server, "registered", &secret), 200);
    postgres.stop();
    wait_until("the store is lost", || token(&server, "registered", &secret) == 503);
    assert_eq!(token(&server, "declared", "a+secret+of+the+client"), 200);
    assert_eq!(statuses(&server), [200, 200, 503]);
    let reason = get(&server, "/readyz").json()["reason"].to_string();
    assert!(reason.contains("longer ago than store_outage"), "{reason}");
}

#[test]
fn a_database_that_takes_no_changes_degrades_a_server_until_it_does_by_itself() {
    let Some(postgres) = postgres::shared() else { return };
    let database = postgres.database();
    let site = Site::new(database.url(), "", "");
    let secret = site.client("known");
    let server = site.serve();
    assert_eq!(token(&server, "known", &secret), 200);
    let writable = || metric(&server, "heistctl_store_writable");
    wait_until("it can be written to", || writable().as_deref() == Some("1"));
    let read_only = |is: &str| {
        let name = &database.name;
        postgres.sql("postgres", &format!("ALTER DATABASE {name} SET default_transaction_read_only = {is}"));
        postgres.sql(
            "postgres",
            &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
        );
    };
    read_only("on");
    // What was used is to be noted, and cannot be.
    wait_until("it is noticed", || {
        assert_eq!(token(&server, "known", &secret), 200);
        get(&server, "/readyz").json()["status"] == "degraded" && writable().as_deref() == Some("0")
    });
    let reason = get(&server, "/readyz").json()["reason"].to_string();
    assert!(reason.contains("cannot be written to now"), "{reason}");
    assert_eq!(statuses(&server), [200; 3], "clients get tokens, and the store is there");
    // A write that is being tried does not count as pending.
    wait_until("a write is pending", || {
        assert_eq!(token(&server, "known", &secret), 200);
        metric(&server, "heistctl_store_pending_writes").is_some_and(|pending| pending != "0")
    });
    read_only("off");
    wait_until("it is noticed, too", || get(&server, "/readyz").json()["status"] == "healthy");
    assert_eq!(writable().as_deref(), Some("1"));
    assert_eq!(metric(&server, "heistctl_store_pending_writes").as_deref(), Some("0"));
}

#[test]
fn a_file_that_takes_no_changes_degrades_a_server_that_was_asked_to_write_nothing() {
    let place = folder(&[]);
    let file = place.path().join("store.db");
    let site = Site::new(format!("sqlite:{}", file.display()), "", DECLARED);
    site.client("known");
    let other = rusqlite::Connection::open(&file).unwrap();
    let server = site.serve();
    other.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    // As a disk that takes nothing: the ids that are used are kept there.
    let full = "CREATE TRIGGER full BEFORE INSERT ON id BEGIN SELECT RAISE(ABORT, 'no room'); END";
    other.execute_batch(full).unwrap();
    let token_of = || {
        let body = "client_id=declared&client_secret=a+secret+of+the+client&grant_type=client_credentials";
        let reply = server.request("POST", "/oauth/token", &FORM, body).json();
        reply["access_token"].as_str().unwrap().to_owned()
    };
    let revoke = format!("client_id=declared&client_secret=a+secret+of+the+client&token={}", token_of());
    assert_eq!(server.request("POST", "/oauth/revoke", &FORM, &revoke).status, 503);
    wait_until("it is noticed", || get(&server, "/readyz").json()["status"] == "degraded");
    assert_eq!(metric(&server, "heistctl_bound_used{bound=\"revoked_tokens\"}").as_deref(), Some("1"));
    assert_eq!(metric(&server, "heistctl_bound_limit{bound=\"revoked_tokens\"}").as_deref(), Some("1000000"));
    other.execute_batch("DROP TRIGGER full").unwrap();
    wait_until("it is noticed, too", || get(&server, "/readyz").json()["status"] == "healthy");
}
