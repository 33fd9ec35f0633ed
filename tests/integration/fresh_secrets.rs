//! What `heistctl client` has just printed or changed holds at once, on whatever node, and whoever guesses
//! meanwhile.

use crate::registry::Store;
use crate::support::postgres::{self, PASSWORD, Postgres};
use crate::support::{Reply, Server, folder, heistctl};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];

fn ask(server: &Server, id: &str, secret: &str, more: &str) -> Reply {
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}{more}");
    server.request("POST", "/oauth/token", &FORM, &body)
}

#[track_caller]
fn granted(reply: &Reply) {
    assert_eq!(reply.status, 200, "{reply:?}");
}

/// A secret of heistctl's form that no client has, to guess with: nothing brakes that.
fn stray() -> String {
    Store::new().add("stray", &[])
}

/// Shows a wrong secret for that client again and again until it is told to end. Gives how often.
fn guess(server: &Server, id: &str, secret: &str, ended: &AtomicBool) -> u32 {
    let mut tried = 0;
    while !ended.load(Ordering::Relaxed) {
        let status = ask(server, id, secret, "").status;
        assert!([401, 503].contains(&status), "{status}");
        tried += 1;
    }
    tried
}

#[test]
fn a_secret_works_at_once_on_sqlite_fifty_times_and_is_no_strike() {
    let store = Store::new();
    let secret = store.add("a", &["--scope", "x"]);
    let server = store.serve();
    granted(&ask(&server, "a", &secret, ""));
    for _ in 0..50 {
        let made = store.json(&["rotate", "a"]);
        granted(&ask(&server, "a", made["client_secret"].as_str().unwrap(), ""));
    }
    // One that a person made up goes through the brake, which must not count it.
    for round in 0..15 {
        let secret = format!("correct horse battery staple {round}");
        store.client(&["rotate", "a", "--secret-stdin", "--now"]).stdin(secret.clone()).run().exits(0);
        granted(&ask(&server, "a", &secret.replace(' ', "+"), ""));
    }
}

#[test]
fn a_client_works_at_once_though_its_id_was_asked_for_before() {
    let store = Store::new();
    let server = store.serve();
    for round in 0..20 {
        let id = format!("c{round}");
        assert_eq!(ask(&server, &id, "x", "").status, 401);
        let secret = store.add(&id, &["--scope", "x"]);
        granted(&ask(&server, &id, &secret, ""));
        assert_eq!(ask(&server, &id, &secret, "&scope=y").status, 400);
        store.client(&["set", &id, "--scope", "x y"]).run().exits(0);
        granted(&ask(&server, &id, &secret, "&scope=y"));
        store.client(&["disable", &id]).run().exits(0);
        store.client(&["enable", &id]).run().exits(0);
        granted(&ask(&server, &id, &secret, ""));
    }
}

#[test]
fn who_guesses_at_a_client_takes_no_fresh_secret_from_its_owner() {
    let store = Store::new();
    let secret = store.add("a", &["--scope", "x"]);
    let (server, wrong, ended, tried) = (store.serve(), stray(), AtomicBool::new(false), AtomicU32::new(0));
    granted(&ask(&server, "a", &secret, ""));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| tried.fetch_add(guess(&server, "a", &wrong, &ended), Ordering::Relaxed));
        }
        let rotated = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..20 {
                let made = store.json(&["rotate", "a"]);
                granted(&ask(&server, "a", made["client_secret"].as_str().unwrap(), ""));
            }
        }));
        ended.store(true, Ordering::Relaxed);
        rotated.unwrap();
    });
    assert!(tried.load(Ordering::Relaxed) > 20, "nobody has guessed");
}

/// How often the database was asked what has changed.
fn questions(database: &postgres::Database<'_>) -> u64 {
    let calls = "SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0)::bigint FROM pg_stat_user_tables
                 WHERE relname = 'change'";
    database
        .sql(&format!("SELECT pg_stat_clear_snapshot(); {calls}"))
        .lines()
        .last()
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn a_secret_works_at_once_on_each_of_three_nodes() {
    let Some(database) = postgres::shared().map(Postgres::database) else { return };
    let key = crate::support::keys::Key::for_alg("ES256").private_pem();
    let toml = "issuer = 'https://as.example.com'\n[signing]\nkey_file = 'key.pem'\n";
    let folder = folder(&[("heist.toml", toml), ("key.pem", &key)]);
    let run = |args: &[&str]| {
        let run = heistctl(args).env("HEISTCTL_STORE", database.url()).env("PGPASSWORD", PASSWORD);
        run.in_folder(folder.path())
    };
    let made = |args: &[&str]| {
        let made: Value = run(args).run().exits(0).json();
        made["client_secret"].as_str().unwrap().to_owned()
    };
    let nodes: [Server; 3] = std::array::from_fn(|_| run(&["serve", "--listen", "127.0.0.1:0"]).serve());
    let (wrong, ended) = (stray(), AtomicBool::new(false));
    for node in &nodes {
        assert_eq!(ask(node, "a", "x", "").status, 401);
    }
    let secret = made(&["client", "add", "a", "--scope", "x", "--json"]);
    nodes.iter().for_each(|node| granted(&ask(node, "a", &secret, "")));
    let tried = AtomicU32::new(0);
    let before = (questions(&database), std::time::Instant::now());
    std::thread::scope(|scope| {
        for node in &nodes {
            let (wrong, ended, tried) = (&wrong, &ended, &tried);
            scope.spawn(move || tried.fetch_add(guess(node, "a", wrong, ended), Ordering::Relaxed));
        }
        let rotated = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for round in 0..40 {
                let secret = made(&["client", "rotate", "a", "--json"]);
                // Another node each time, and on all of them in the end.
                granted(&ask(&nodes[(round * 7 + round / 3) % 3], "a", &secret, ""));
            }
        }));
        ended.store(true, Ordering::Relaxed);
        rotated.unwrap();
    });
    assert!(tried.load(Ordering::Relaxed) > 40, "nobody has guessed");
    // Each node asks at most once in 5 ms, by two or three statements with a scan each.
    let asked = questions(&database) - before.0;
    let most = 3 * 4 * (before.1.elapsed().as_millis() as u64 / 5 + 100);
    assert!(asked <= most, "{asked} of {most}");
    assert_eq!(json!(nodes.map(|node| node.stop().0)), json!([0, 0, 0]));
}
