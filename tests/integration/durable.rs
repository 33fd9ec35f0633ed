//! What was acknowledged is there after a SIGKILL: rotations through the store itself, revocations and lines
//! of the audit log through a server. The process that is killed is this test binary, told by its environment to write, or `serve`.

use crate::support::postgres::{self, Postgres};
use crate::support::process::wait_until;
use crate::support::wire::Wire;
use crate::support::{Reply, Server, folder, heistctl, request_text};
use heistctl::clock::Timestamp;
use heistctl::registry::record::ClientRecord;
use heistctl::registry::store::Store;
use heistctl::registry::store::postgres::Postgres as PostgresStore;
use heistctl::registry::store::postgres::address::PostgresAddress;
use heistctl::registry::store::sqlite::Sqlite;
use serde_json::Value;
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

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
        None => Box::new(PostgresStore::open(PostgresAddress::parse(url).unwrap(), None).unwrap()),
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
    loop {
        thread::park();
    }
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

fn post(server: &Server, path: &str, secret: &str, more: &str) -> Reply {
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
    let request = request_text("POST", "/oauth/revoke", &FORM, &body);
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

/// Kills a server while several clients ask, and gives the answers that they had.
fn killed(server: Server, token: &str) -> (Vec<Reply>, String) {
    const ANSWERS: usize = 150;
    let answers = Mutex::new(Vec::new());
    let client = "client_id=a&client_secret=hunter2-secret";
    let requests = [
        request_text("POST", "/oauth/token", &FORM, &format!("{client}&grant_type=client_credentials")),
        request_text("POST", "/oauth/introspect", &FORM, &format!("{client}&token={token}")),
        request_text("POST", "/oauth/revoke", &FORM, &format!("{client}&token={token}")),
        request_text("POST", "/oauth/token", &FORM, "client_id=nobody&client_secret=x"),
        request_text("GET", "/protected-resource", &[("Authorization", "Bearer nonsense")], ""),
    ]
    .map(|request| request.replace("Connection: close\r\n", ""));
    let address = server.address();
    let log = thread::scope(|scope| {
        for worker in 0..8 {
            let (answers, requests) = (&answers, &requests);
            scope.spawn(move || {
                let mut wire = Wire::to(address);
                for request in requests.iter().cycle().skip(worker) {
                    if wire.try_send(request).is_err() {
                        return;
                    }
                    let Ok(reply) = wire.try_reply(true) else { return };
                    answers.lock().unwrap().push(reply);
                }
            });
        }
        let pid = server.ready["pid"].to_string();
        // Somebody reads its stdout, or it could put nothing on record there.
        let log = scope.spawn(|| server.end().1);
        wait_until("they are answered", || answers.lock().unwrap().len() >= ANSWERS);
        assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
        log.join().unwrap()
    });
    (answers.into_inner().unwrap(), log)
}

#[test]
fn whatever_was_answered_is_on_record_after_a_kill() {
    for target in ["audit.log", "stdout", "audit.log"] {
        let toml = format!(
            "audit_log = '{target}'\nlisten = '127.0.0.1:0'\n\
             [[client]]\nid = 'a'\nsecret_file = 'secret'\nscopes = ['x']\nintrospect = true\n"
        );
        let folder = folder(&[("heist.toml", &toml), ("secret", "hunter2-secret\n")]);
        let server = heistctl(["serve"]).in_folder(folder.path()).serve();
        let issued = post(&server, "/oauth/token", "hunter2-secret", "grant_type=client_credentials").json();
        let (answers, log) = killed(server, issued["access_token"].as_str().unwrap());
        let text = std::fs::read_to_string(folder.path().join("audit.log")).unwrap_or(log);
        // The kill may have torn the last line.
        let whole = text.rsplit_once('\n').unwrap().0;
        let ids: HashSet<String> = whole
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("torn: {line}")))
            // The log of requests is on stdout, too.
            .filter(|line| line["event"] != "request")
            .filter_map(|line| line["request_id"].as_str().map(str::to_owned))
            .collect();
        assert!(answers.len() >= 150);
        for reply in &answers {
            let id = reply.header("X-Request-Id").unwrap();
            assert!(
                ids.contains(id),
                "{target}: {} answers, {id} is not on record: {reply:?}",
                answers.len()
            );
        }
        let statuses: HashSet<u16> = answers.iter().map(|reply| reply.status).collect();
        assert!([200, 401].iter().all(|status| statuses.contains(status)), "{statuses:?}");
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
