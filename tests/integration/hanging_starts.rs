//! Starts whose store accepts and says nothing: the server lives meanwhile, hears signals, and serves what it
//! can.

use crate::starts::{ISSUER, OWN, Site, ask, free_port, get};
use crate::support::postgres;
use crate::support::postgres::Postgres;
use crate::support::proxy::Proxy;
use std::net::TcpListener;
use std::process::Command;

#[test]
fn while_the_first_try_hangs_signals_are_heard_and_the_server_tells_that_it_lives() {
    // The system accepts for it, and nobody ever answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = silent.local_addr().unwrap();
    let site = Site::new(&format!("postgres://heist@{place}/heist?sslmode=disable"), ISSUER);
    let args = ["serve", "--listen", "127.0.0.1:0", "--wait-for-store", "1s"];
    let late = format!("the store is unavailable: {place}/heist: no answer within 1s");
    site.run(&args).run().fails(1, &[&late]);
    drop(silent.accept().unwrap());

    let mut running = site.run(&args[..3]).start();
    let mut said = running.says();
    let first = silent.accept().unwrap();
    let id = running.id().to_string();
    let signal = |signal: &str| Command::new("kill").args([signal, &*id]).status().unwrap();
    signal("-HUP");
    // Signals that are pending together come in any order.
    said.until("the configuration is not reloaded before the store is reachable");
    signal("-TERM");
    running.ended().exits(0);
    drop(first);

    // One that may not wait has no other time in which it could answer.
    std::fs::write(site.path("ready"), "stale").unwrap();
    let address = free_port().to_string();
    let args = ["serve", "--listen", &address, "--wait-for-store", "0s", "--ready-file", "ready"];
    let running = site.run(&args).start();
    let alive = get(address.parse().unwrap(), "/livez");
    assert_eq!((alive.status, alive.json()["status"].as_str()), (200, Some("healthy")));
    assert!(!site.path("ready").exists(), "it is not ready");
    running.ended().fails(1, &[&format!("the store is unavailable: {place}/heist: no answer in time")]);
}

#[test]
fn a_start_goes_on_with_its_own_clients_and_takes_the_store_when_it_answers() {
    let Some(database) = postgres::shared().map(Postgres::database) else { return };
    let proxy = Proxy::to(database.port());
    let url = format!("postgres://heist@127.0.0.1:{}/{}", proxy.port(), database.name);
    let secret = Site::new(&database.tcp_url(), OWN).client("registered");
    proxy.hold(true);
    let mut server = Site::new(&url, OWN).run(&["serve", "--listen", "127.0.0.1:0"]).serve();
    let mut said = server.says();
    let line = said.until("clients of heist.toml get tokens");
    assert!(line.contains(&format!("unavailable: 127.0.0.1:{}/{}: ", proxy.port(), database.name)), "{line}");
    assert_eq!(ask(&server, ("declared", "a+secret+of+the+client")).status, 200);
    assert_eq!(ask(&server, ("registered", &secret)).status, 503);
    proxy.hold(false);
    said.until("the store is back");
    assert_eq!(ask(&server, ("registered", &secret)).status, 200);
    assert_eq!(server.stop().0, 0);
    let all = said.all();
    assert_eq!(all.matches("the store is unavailable").count(), 1, "{all}");
}

#[test]
fn a_store_that_answers_the_first_try_late_is_said_to_have_come_only_where_it_was_said_to_be_away() {
    let Some(database) = postgres::shared().map(Postgres::database) else { return };
    let proxy = Proxy::to(database.port());
    let url = format!("postgres://heist@127.0.0.1:{}/{}", proxy.port(), database.name);
    let site = Site::new(&url, ISSUER);
    proxy.hold(true);
    let address = free_port();
    let run = site.run(&["serve", "--listen", &address.to_string()]);
    let starting = std::thread::spawn(move || run.serve());
    assert_eq!((get(address, "/livez").status, get(address, "/readyz").status), (200, 503));
    proxy.hold(false);
    let mut server = starting.join().unwrap();
    let said = server.says();
    assert_eq!(server.request("GET", "/readyz", &[], "").json()["status"], "healthy");
    assert_eq!(server.stop().0, 0);
    let all = said.all();
    assert_eq!(all.contains("the store is unavailable"), all.contains("the store is reachable now"), "{all}");
}
