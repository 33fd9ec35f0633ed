//! Three nodes on one database behind HAProxy, which asks `/readyz`: while the database is away for ten
//! seconds, no client that is known goes without a token, and nobody without the keys.

use crate::support::haproxy::HaProxy;
use crate::support::keys::Key;
use crate::support::postgres::{PASSWORD, Postgres};
use crate::support::process::wait_until;
use crate::support::proxy::Proxy;
use crate::support::{Heistctl, Server, folder, heistctl};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
/// How long the database is away: no event could show that nothing fails while a balancer has time to take
/// nodes out.
const CUT: Duration = Duration::from_secs(10);
const TOML: &str = "issuer = 'https://as.example.com'
[signing]
key_file = 'key.pem'
[[client]]
id = 'declared'
secret_file = 'secret'
scopes = ['x']
";

/// What is asked for behind the proxy: tokens of two clients, and the keys.
fn answers(proxy: &HaProxy, registered: &str) -> Vec<u16> {
    let token = |id: &str, secret: &str| {
        let body = format!("client_id={id}&client_secret={secret}&grant_type=client_credentials");
        proxy.request("POST", "/oauth/token", &FORM, &body).status
    };
    let declared = token("declared", "a+secret+of+the+client");
    vec![
        token("registered", registered),
        declared,
        proxy.request("GET", "/.well-known/jwks.json", &[], "").status,
    ]
}

/// Sets a flag when it is dropped, also by a panic.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Answers that are awaited before the cut, and after it.
const ENOUGH: usize = 30;

/// Asks again and again while `cut` runs, which gets the number of answers so far, and gives how many of how
/// many answers were not 200.
fn failures(proxy: &HaProxy, registered: &str, cut: impl FnOnce(&AtomicUsize)) -> (usize, usize) {
    let (is_over, failed, all) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Acquire) {
                    let statuses = answers(proxy, registered);
                    all.fetch_add(statuses.len(), Ordering::Relaxed);
                    let bad = statuses.iter().filter(|status| **status != 200).count();
                    failed.fetch_add(bad, Ordering::Relaxed);
                    // Others need the processor, too.
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
        let _over = Over(&is_over);
        cut(&all);
    });
    (failed.into_inner(), all.into_inner())
}

fn nothing_is_lost(cut: impl FnOnce(&Postgres, &Proxy)) {
    let Some(postgres) = Postgres::start() else { return };
    let database = postgres.database();
    let way = Proxy::to(database.port());
    let store = database.tcp_url().replace(&database.port().to_string(), &way.port().to_string());
    let key = Key::for_alg("ES256").private_pem();
    let site = folder(&[("heist.toml", TOML), ("key.pem", &key), ("secret", "a secret of the client")]);
    let run = |args: &[&str]| -> Heistctl {
        heistctl(args).env("HEISTCTL_STORE", &store).env("PGPASSWORD", PASSWORD).in_folder(site.path())
    };
    let made = run(&["client", "add", "registered", "--scope", "x", "--json"]).run().exits(0).json();
    let secret = made["client_secret"].as_str().unwrap();
    let nodes: [Server; 3] = std::array::from_fn(|_| run(&["serve", "--listen", "127.0.0.1:0"]).serve());
    // Known is a client that a node was asked for before.
    for node in &nodes {
        let body = format!("client_id=registered&client_secret={secret}&grant_type=client_credentials");
        assert_eq!(node.request("POST", "/oauth/token", &FORM, &body).status, 200);
    }
    let Some(proxy) = HaProxy::before(&nodes.each_ref()) else { return };
    let (failed, all) = failures(&proxy, secret, |all| {
        let more = || {
            let before = all.load(Ordering::Relaxed);
            wait_until("it is asked", || all.load(Ordering::Relaxed) >= before + ENOUGH);
        };
        more();
        cut(&postgres, &way);
        for node in &nodes {
            let ready = node.request("GET", "/readyz", &[], "");
            assert_eq!((ready.status, &ready.json()["status"]), (200, &"degraded".into()), "{ready:?}");
            assert_eq!(node.request("GET", "/health", &[], "").status, 503);
        }
        way.silence(false);
        postgres.resume();
        for node in &nodes {
            wait_until("all is well", || node.request("GET", "/health", &[], "").status == 200);
        }
        more();
    });
    assert_eq!(failed, 0, "of {all}");
}

#[test]
fn a_database_that_is_stopped_for_ten_seconds_costs_no_token_and_no_key() {
    nothing_is_lost(|postgres, _| {
        postgres.stop();
        thread::sleep(CUT);
    });
}

#[test]
fn a_database_that_falls_silent_for_ten_seconds_costs_no_token_and_no_key() {
    nothing_is_lost(|_, way| {
        way.silence(true);
        thread::sleep(CUT);
    });
}
