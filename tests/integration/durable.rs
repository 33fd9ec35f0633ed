//! What was acknowledged is there after a SIGKILL: rotations through the store itself, revocations through a
//! server. The process that is killed is this test binary, told by its environment to write, or `serve`.

use crate::support::postgres::{self, Postgres};
use crate::support::process::wait_until;
use crate::support::{Server, folder, heistctl};
use heistctl::clock::Timestamp;
use heistctl::registry::record::ClientRecord;
use heistctl::registry::store::Store;
use heistctl::registry::store::postgres::Postgres as PostgresStore;
use heistctl::registry::store::postgres::address::Address;
use heistctl::registry::store::sqlite::Sqlite;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// In the environment of who is to be killed: the store to write to.
const VICTIM: &str = "HEISTCTL_TEST_VICTIM";
/// Rotations that it is good for; it is killed before.
const ROTATIONS: usize = 1000;
const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];

fn open(url: &str) -> Box<dyn Store> {
    heistctl::jose::install_provider();
    match url.strip_prefix("sqlite:") {
        Some(path) => Box::new(Sqlite::open(Path::new(path)).unwrap().store),
        None => Box::new(PostgresStore::open(Address::parse(url).unwrap(), None).unwrap()),
    }
}

/// A hash that names the rotation that it is of.
fn hash(number: usize) -> String {
    format!("sha256:{number:064x}")
}

/// Only in a process that is to be killed does this do anything: it rotates, and says each number once that
/// is acknowledged.
#[test]
fn a_victim_rotates_until_it_is_killed() {
    let Ok(url) = std::env::var(VICTIM) else { return };
    let (store, mut out) = (open(&url), std::io::stdout());
    for number in 0..ROTATIONS {
        store.rotate("a", &hash(number), NOW, NOW).unwrap();
        // Past the harness, and at once.
        writeln!(out, "acknowledged {number}").unwrap();
        out.flush().unwrap();
    }
    thread::sleep(Duration::from_secs(60));
}

/// Lets a process rotate, kills it at about that rotation, and looks what is there.
fn rotations_outlive_a_kill(url: &str, kill_at: usize) {
    let store = open(url);
    store.add(&[(ClientRecord { id: "a".to_owned(), ..ClientRecord::default() }, None)]).unwrap();
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["durable::a_victim_rotates_until_it_is_killed", "--exact", "--nocapture", "--test-threads=1"])
        .env(VICTIM, url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let number = |line: String| line.rsplit_once("acknowledged ").and_then(|(_, n)| n.parse::<usize>().ok());
    let seen = lines.by_ref().map_while(Result::ok).filter_map(number).find(|number| *number >= kill_at);
    assert_eq!(seen, Some(kill_at), "it rotates");
    // Wherever it is just now.
    victim.kill().unwrap();
    victim.wait().unwrap();
    let last = lines.map_while(Result::ok).filter_map(number).last().unwrap_or(kill_at);
    assert!(last + 1 < ROTATIONS, "it was killed too late to show anything");
    let there: Vec<String> =
        open(url).client("a").unwrap().unwrap().secrets.into_iter().map(|secret| secret.hash).collect();
    // All that were acknowledged, and at most the one that was about to be.
    assert!([last + 1, last + 2].contains(&there.len()), "{last} and {} are there", there.len());
    assert!(there.iter().enumerate().all(|(number, found)| *found == hash(number)));
}

#[test]
fn rotations_that_were_acknowledged_outlive_a_kill() {
    let folder = folder(&[]);
    for (round, kill_at) in [137, 400, 711].into_iter().enumerate() {
        let url = format!("sqlite:{}", folder.path().join(format!("{round}.db")).display());
        rotations_outlive_a_kill(&url, kill_at);
        if let Some(server) = postgres::shared() {
            rotations_outlive_a_kill(&server.database().url(), kill_at);
        }
    }
}

/// A server on a store, with a key that outlives it.
fn serve(folder: &Path, store: &str) -> Server {
    heistctl(["serve", "--listen", "127.0.0.1:0"]).env("HEISTCTL_STORE", store).in_folder(folder).serve()
}

fn post(server: &Server, path: &str, secret: &str, more: &str) -> crate::support::Reply {
    server.request("POST", path, &FORM, &format!("client_id=a&client_secret={secret}&{more}"))
}

/// Revokes tokens one after another until the server is killed, and gives those that were acknowledged.
fn revoke_until_killed(server: &Server, secret: &str, tokens: &[String], kill_at: usize) -> usize {
    let mut acknowledged = 0;
    thread::scope(|scope| {
        let (reached, kill) = std::sync::mpsc::channel();
        scope.spawn(move || {
            if kill.recv().is_ok() {
                server.signal("-KILL");
            }
        });
        for token in tokens {
            if acknowledged == kill_at {
                reached.send(()).unwrap();
            }
            // From here on it may die at any moment of it.
            match post_while_it_lives(server, secret, token) {
                Some(200) => acknowledged += 1,
                _ => return,
            }
        }
    });
    acknowledged
}

/// The status of a revocation; `None` where no answer came.
fn post_while_it_lives(server: &Server, secret: &str, token: &str) -> Option<u16> {
    use std::io::Read;
    let mut stream = std::net::TcpStream::connect(server.address()).ok()?;
    let body = format!("client_id=a&client_secret={secret}&token={token}");
    let request = crate::support::request_text("POST", "/oauth/revoke", &FORM, &body);
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

fn revocations_outlive_a_kill(store: &str, kill_at: usize) {
    let key = crate::support::keys::Key::for_alg("ES256").private_pem();
    let toml = "issuer = 'https://as.example.com'\n[signing]\nkey_file = 'key.pem'\n";
    let folder = folder(&[("heist.toml", toml), ("key.pem", &key)]);
    let add = ["client", "add", "a", "--scope", "x", "--introspect", "--json"];
    let made = heistctl(add).env("HEISTCTL_STORE", store).run().exits(0).json();
    let secret = made["client_secret"].as_str().unwrap();
    let server = serve(folder.path(), store);
    let tokens: Vec<String> = (0..kill_at + 200)
        .map(|_| post(&server, "/oauth/token", secret, "grant_type=client_credentials").json())
        .map(|answer| answer["access_token"].as_str().unwrap().to_owned())
        .collect();
    let acknowledged = revoke_until_killed(&server, secret, &tokens, kill_at);
    assert!((kill_at..tokens.len()).contains(&acknowledged), "{acknowledged}");
    drop(server);
    let server = serve(folder.path(), store);
    let active = |token: &String| {
        post(&server, "/oauth/introspect", secret, &format!("token={token}")).json()["active"] == true
    };
    let lost = tokens[..acknowledged].iter().filter(|token| active(token)).count();
    assert_eq!(lost, 0, "of {acknowledged} that were acknowledged");
    // The one on the way may be there or not; those after it were never sent.
    assert!(tokens[acknowledged + 1..].iter().all(active));
}

#[test]
fn revocations_that_were_acknowledged_outlive_a_kill() {
    let folder = folder(&[]);
    revocations_outlive_a_kill(&format!("sqlite:{}", folder.path().join("heistctl.db").display()), 250);
    if let Some(server) = postgres::shared() {
        revocations_outlive_a_kill(&server.database().url(), 250);
    }
}

/// The database itself is killed, too: what it has acknowledged, it has written down.
#[test]
fn rotations_outlive_a_database_that_is_killed() {
    let Some(server) = Postgres::start() else { return };
    let url = server.database().url();
    let store = open(&url);
    store.add(&[(ClientRecord { id: "a".to_owned(), ..ClientRecord::default() }, None)]).unwrap();
    for number in 0..50 {
        store.rotate("a", &hash(number), NOW, NOW).unwrap();
    }
    server.crash();
    assert!(store.rotate("a", &hash(50), NOW, NOW).is_err());
    server.resume();
    wait_until("it answers again", || store.client("a").is_ok());
    let there = store.client("a").unwrap().unwrap().secrets;
    assert_eq!(
        there.iter().map(|secret| secret.hash.clone()).collect::<Vec<_>>(),
        (0..50).map(hash).collect::<Vec<_>>()
    );
}
