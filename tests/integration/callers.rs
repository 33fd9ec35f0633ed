//! Where callers of `heistctl serve` come from: networks, addresses that proxies name, limits and the brake,
//! by address, through the gate.

use crate::support::process::{json_lines, needs_address};
use crate::support::{Server, folder, heistctl};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const HERE: [u8; 4] = [127, 0, 0, 1];
const THERE: [u8; 4] = [127, 0, 0, 2];
const GUESS: &str = "grant_type=client_credentials&client_id=a&client_secret=wrong";
const RIGHT: &str = "grant_type=client_credentials&client_id=a&client_secret=hunter2";

fn serve(toml: &str) -> (TempDir, Server) {
    let head = format!("listen = '127.0.0.1:0'\naudit_log = 'audit.log'\n{toml}\n");
    let clients =
        "[[client]]\nid = 'a'\nsecret_file = 'secret'\n[[client]]\nid = 'b'\nsecret_file = 'secret'\n";
    let folder = folder(&[("secret", "hunter2"), ("heist.toml", &[&head, clients].concat())]);
    let args = ["serve", "--metrics-listen", "127.0.0.1:0"];
    let server = heistctl(args).in_folder(folder.path()).serve();
    (folder, server)
}

fn ask(server: &Server, from: [u8; 4], headers: &[(&str, &str)], body: &str) -> crate::support::Reply {
    let headers = [&[FORM], headers].concat();
    server.request_from(from, "POST", "/oauth/token", &headers, body)
}

/// The addresses that log and audit log name, in their order.
fn addresses(folder: &TempDir, server: Server, count: usize) -> [Vec<Value>; 2] {
    let audited = json_lines(&folder.path().join("audit.log"), count);
    let (_, log) = server.stop();
    let logged = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let address = |mut line: Value| line["client_addr"].take();
    [audited.into_iter().map(address).collect(), logged.map(address).collect()]
}

#[test]
fn only_listed_networks_may_ask_and_metrics_may_be_collected_all_the_same() {
    if !needs_address(THERE) {
        return;
    }
    let (folder, server) = serve("allow_from = ['127.0.0.2', '192.0.2.0/24']");
    assert_eq!(ask(&server, THERE, &[], RIGHT).status, 200);
    let forged = [("X-Forwarded-For", "192.0.2.7")];
    for refused in [
        ask(&server, HERE, &[], RIGHT),
        ask(&server, HERE, &forged, RIGHT),
        server.request_from(HERE, "GET", "/health", &[], ""),
        server.request_from(HERE, "GET", "/nowhere", &[], ""),
    ] {
        assert_eq!((refused.status, &refused.json()["error"]), (403, &json!("access_denied")));
        assert!(refused.body.contains("requests from 127.0.0.1 are not allowed"), "{refused:?}");
    }
    let metrics = server.metrics();
    assert!(metrics.contains("heistctl_limit_hits_total{limit=\"allow_from\"} 4\n"), "{metrics}");
    let audited = json_lines(&folder.path().join("audit.log"), 3);
    assert_eq!((&audited[1]["status"], &audited[1]["client_addr"]), (&json!(403), &json!("127.0.0.1")));
}

#[test]
fn an_address_asks_no_more_often_than_its_limit() {
    if !needs_address(THERE) {
        return;
    }
    let (_folder, server) = serve("[limits]\nper_address = '3/h'");
    let statuses: Vec<u16> = [RIGHT, GUESS, RIGHT].map(|body| ask(&server, HERE, &[], body).status).to_vec();
    assert_eq!(statuses, [200, 401, 200]);
    let refused = ask(&server, HERE, &[("X-Forwarded-For", "192.0.2.7")], RIGHT);
    assert_eq!((refused.status, &refused.json()["error"]), (429, &json!("too_many_requests")));
    let wait: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
    assert!((1100..=1200).contains(&wait), "{wait}");
    assert_eq!(server.request_from(HERE, "GET", "/health", &[], "").status, 429);
    assert_eq!(ask(&server, THERE, &[], RIGHT).status, 200);
    let metrics = server.metrics();
    assert!(metrics.contains("heistctl_limit_hits_total{limit=\"per_address\"} 2\n"), "{metrics}");
}

#[test]
fn the_word_of_a_trusted_proxy_counts_and_no_others_does() {
    if !needs_address(THERE) {
        return;
    }
    let (folder, server) = serve("trusted_proxies = ['127.0.0.1', '10.0.0.0/8']");
    let through = |from, list: &str, id: &str| {
        let reply = ask(&server, from, &[("X-Forwarded-For", list), ("X-Request-Id", id)], RIGHT);
        assert_eq!(reply.status, 200);
        reply.header("X-Request-Id").unwrap() == id
    };
    assert!(through(HERE, "192.0.2.7", "trace-7"));
    assert!(through(HERE, "6.6.6.6, 192.0.2.7, 10.1.2.3", "trace-8"));
    assert!(through(HERE, "6.6.6.6, 2001:db8::7", "trace-9"));
    assert!(!through(THERE, "192.0.2.7", "trace-7"));
    let expected = ["192.0.2.7", "192.0.2.7", "2001:db8::7", "127.0.0.2"];
    assert_eq!(
        addresses(&folder, server, 4),
        [expected, expected].map(|list| list.map(Value::from).to_vec())
    );
    let (folder, server) = serve("");
    assert_eq!(ask(&server, HERE, &[("X-Forwarded-For", "192.0.2.7")], RIGHT).status, 200);
    assert_eq!(addresses(&folder, server, 1), [vec![json!("127.0.0.1")], vec![json!("127.0.0.1")]]);
}

#[test]
fn limits_are_for_whom_a_trusted_proxy_speaks() {
    let (_folder, server) = serve(
        "trusted_proxies = ['127.0.0.1']\nallow_from = ['192.0.2.0/24']\n[limits]\nper_address = '1/h'",
    );
    let from = |address: &str| ask(&server, HERE, &[("X-Forwarded-For", address)], RIGHT).status;
    assert_eq!(["192.0.2.7", "192.0.2.7", "192.0.2.8", "198.51.100.1"].map(from), [200, 429, 200, 403]);
    assert_eq!(ask(&server, HERE, &[], RIGHT).status, 403, "the proxy itself is not of the network");
}

#[test]
fn guesses_are_answered_late_then_not_at_all_and_strangers_lock_nobody_out() {
    if !needs_address(THERE) {
        return;
    }
    let (folder, server) = serve("");
    let timed = || {
        let began = Instant::now();
        (ask(&server, HERE, &[], GUESS).status, began.elapsed())
    };
    for _ in 0..10 {
        assert_eq!(timed().0, 401);
    }
    let (status, late) = timed();
    assert!(status == 401 && late >= Duration::from_millis(250), "{status} after {late:?}");
    // The rest of the twenty side by side, as each is held back longer than the one before.
    let request = crate::support::request_text("POST", "/oauth/token", &[FORM], GUESS);
    let mut held: Vec<_> = (0..9).map(|_| server.connect_from(HERE)).collect();
    for stream in &mut held {
        stream.write_all(request.as_bytes()).unwrap();
    }
    json_lines(&folder.path().join("audit.log"), 20);
    for body in [GUESS, RIGHT] {
        let refused = ask(&server, HERE, &[], body);
        assert_eq!((refused.status, &refused.json()["error"]), (429, &json!("too_many_requests")));
        let wait: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
        assert!((1..=10).contains(&wait), "{wait}");
    }
    assert_eq!(ask(&server, THERE, &[], RIGHT).status, 200, "the right secret from elsewhere");
    assert_eq!(ask(&server, HERE, &[], &RIGHT.replace("=a&", "=b&")).status, 200, "another client from here");
    // Who is held back is answered all the same, and nothing of how is to be seen.
    let mut answer = String::new();
    held[0].read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 ") && !answer.contains("Delay"), "{answer}");
    let metrics = server.metrics();
    assert!(metrics.contains("heistctl_limit_hits_total{limit=\"secret_throttle\"} "), "{metrics}");
}
