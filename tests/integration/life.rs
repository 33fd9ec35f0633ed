//! The life of `heistctl serve` as a process: what a reload changes and what outlives it, and how it ends.

use crate::support::keys::Key;
use crate::support::process::{json_lines, needs_program, wait_until};
use crate::support::{Reply, Server, binary, folder, heistctl, program};
use heistctl::clock::Timestamp;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const HEAD: &str = "listen = '127.0.0.1:0'\nissuer = 'https://as.example.com'\naudit_log = 'audit.log'\n";

fn entry(id: &str) -> String {
    format!("[[client]]\nid = '{id}'\nsecret_file = 'secret'\nscopes = ['a']\nintrospect = true\n")
}

fn write(folder: &Path, toml: &str) {
    std::fs::write(folder.join("heist.toml"), toml).unwrap();
}

/// A request of a client with that secret.
fn post(server: &Server, path: &str, client: &str, more: &str) -> Reply {
    let body = format!("client_id={client}&client_secret=hunter2&{more}");
    server.request("POST", path, &[FORM], &body)
}

fn ask(server: &Server, client: &str) -> Reply {
    post(server, "/oauth/token", client, "grant_type=client_credentials")
}

fn token(server: &Server, client: &str) -> String {
    ask(server, client).json()["access_token"].as_str().expect("a token").to_owned()
}

fn resource(server: &Server, token: &str) -> Reply {
    server.request("GET", "/protected-resource", &[("Authorization", &format!("Bearer {token}"))], "")
}

#[test]
fn a_reload_takes_clients_and_goes_and_forgets_nothing() {
    let key = Key::for_alg("ES256");
    let asserting = "[[client]]\nid = 'asserting'\nscopes = ['a']\njwks = 'keys.json'\n";
    let keys = json!({"keys": [key.jwk()]}).to_string();
    let before = [HEAD, &entry("stays"), &entry("leaves"), asserting].concat();
    let folder = folder(&[("secret", "hunter2"), ("keys.json", &keys), ("heist.toml", &before)]);
    let args = ["serve", "--metrics-listen", "127.0.0.1:0"];
    let mut server = heistctl(args).in_folder(folder.path()).serve();
    let mut said = server.says();
    let [good, revoked] = [token(&server, "stays"), token(&server, "stays")];
    let of_leaver = token(&server, "leaves");
    assert_eq!(post(&server, "/oauth/revoke", "stays", &format!("token={revoked}")).status, 200);
    let claims = json!({"iss": "asserting", "sub": "asserting", "aud": "https://as.example.com", "jti": "once",
                        "exp": Timestamp::now().unix() + 60});
    let assertion = key.sign("ES256", None, &claims);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let body =
        format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}");
    let assert = || server.request("POST", "/oauth/token", &[FORM], &body).status;
    assert_eq!([assert(), assert()], [200, 401]);
    let published = server.request("GET", "/.well-known/jwks.json", &[], "").json();
    let decisions = json_lines(&folder.path().join("audit.log"), 6).len();

    std::fs::rename(folder.path().join("audit.log"), folder.path().join("audit.log.1")).unwrap();
    write(folder.path(), &[HEAD, &entry("stays"), &entry("comes"), asserting].concat());
    server.signal("-HUP");
    said.until("note: serve: the configuration was reloaded");

    assert_eq!([ask(&server, "comes").status, ask(&server, "leaves").status], [200, 401]);
    assert_eq!(server.request("GET", "/.well-known/jwks.json", &[], "").json(), published);
    assert!(server.metrics().contains("\nheistctl_signing_key_age_seconds "), "the key is the same");
    assert_eq!(resource(&server, &good).status, 200);
    for (bad, why) in [(&revoked, "revoked"), (&of_leaver, "not registered (any more)")] {
        let reply = resource(&server, bad);
        assert!(reply.status == 401 && reply.body.contains(why), "{reply:?}");
    }
    assert_eq!(assert(), 401, "it has been used before");
    let after = json_lines(&folder.path().join("audit.log"), 6);
    let reason = after[5]["reason"].as_str().unwrap();
    assert!(reason.contains("used before"), "{after:?}");
    assert_eq!((decisions, after.len()), (6, 6), "each in the file that was open");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_wrong_configuration_is_refused_aloud_and_the_old_one_stays() {
    let good = [HEAD, &entry("stays")].concat();
    let folder = folder(&[("secret", "hunter2"), ("heist.toml", &good)]);
    let mut server = heistctl(["serve"]).in_folder(folder.path()).serve();
    let mut said = server.says();
    let token = token(&server, "stays");
    let tls = format!("{good}[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n");
    for (toml, why) in [
        (format!("{good}secert_file = 'x'\n"), "heist.toml:9: unknown key \"secert_file\"; did you mean"),
        (good.replace("'secret'", "'missing'"), "client \"stays\": secret_file: cannot read ./missing"),
        (tls.clone(), "cert_file: cannot read ./cert.pem"),
        (tls, "key_file: cannot read ./key.pem"),
        ("nonsense".to_owned(), "nonsense has no value"),
    ] {
        write(folder.path(), &toml);
        server.signal("-HUP");
        let line = said.until(why);
        assert!(line.starts_with("error: serve: the configuration is unchanged: "), "{line}");
        assert_eq!(resource(&server, &token).status, 200);
        assert_eq!(ask(&server, "stays").status, 200);
    }
    std::fs::remove_file(folder.path().join("heist.toml")).unwrap();
    server.signal("-HUP");
    said.until("the configuration is unchanged: there is no heist.toml here; ");
    assert_eq!(ask(&server, "stays").status, 200);
}

#[test]
fn what_a_reload_cannot_change_is_said_as_often_as_it_is_tried() {
    let good = [HEAD, &entry("stays")].concat();
    let folder = folder(&[("secret", "hunter2"), ("heist.toml", &good)]);
    let mut server = heistctl(["serve"]).in_folder(folder.path()).serve();
    let mut said = server.says();
    let changed = good.replace("127.0.0.1:0", "127.0.0.2:0").replace("audit.log", "other.log");
    write(folder.path(), &changed);
    for _ in 0..2 {
        server.signal("-HUP");
        said.until("note: serve: a new listen address takes effect after a restart");
        said.until("note: serve: a new audit_log takes effect after a restart");
        said.until("the configuration was reloaded");
    }
    assert_eq!(ask(&server, "stays").status, 200);
    let audited = json_lines(&folder.path().join("audit.log"), 1);
    assert!(audited[0]["token_fingerprint"].is_string(), "{audited:?}");
    assert!(!folder.path().join("other.log").exists());
    write(folder.path(), &good);
    server.signal("-HUP");
    said.until("the configuration was reloaded");
    server.signal("-TERM");
    let said = said.all();
    assert_eq!(said.matches("a new listen address").count(), 2, "{said}");
}

/// A request of which the last byte is missing.
fn half(server: &Server) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r").unwrap();
    // One that is answered shows that the half has arrived.
    assert_eq!(server.request("GET", "/health", &[], "").status, 200);
    stream
}

/// A connection that has had its answer and waits.
fn idle(server: &Server) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = [0; 1024];
    let count = stream.read(&mut answer).unwrap();
    assert!(answer[..count].starts_with(b"HTTP/1.1 200 "));
    stream
}

#[test]
fn a_stop_closes_the_idle_refuses_the_new_and_answers_what_has_begun() {
    let server = crate::support::demo();
    let (mut begun, mut idle) = (half(&server), idle(&server));
    server.signal("-TERM");
    // The stop waits for the other one: this one is closed before that.
    assert_eq!(idle.read(&mut [0; 16]).expect("a clean end"), 0);
    wait_until("nobody new gets in", || TcpStream::connect(server.address()).is_err());
    begun.write_all(b"\n").unwrap();
    let mut answer = String::new();
    begun.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\r\nConnection: close\r\n"), "{answer}");
    assert_eq!(server.wait(), 0);
}

#[test]
fn who_asks_twice_does_not_wait() {
    let server = crate::support::demo();
    let (begun, mut idle) = (half(&server), idle(&server));
    server.signal("-TERM");
    assert_eq!(idle.read(&mut [0; 16]).unwrap(), 0);
    server.signal("-TERM");
    assert_eq!(server.wait(), 130);
    drop(begun);
}

#[test]
fn a_terminal_that_is_closed_ends_the_server_and_a_signal_from_it_reloads() {
    if !needs_program("python3") {
        return;
    }
    // The server leads a session on a terminal, is told to reload, and then loses the terminal.
    const TERMINAL: &str = "
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
signal.alarm(20)
seen = b''
def until(part):
    global seen
    while part not in seen:
        seen += os.read(terminal, 4096)
until(b'Requests:')
os.kill(pid, signal.SIGHUP)
until(b'the configuration was reloaded')
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";
    let server = ["serve", "--demo", "--listen", "127.0.0.1:0"].map(AsRef::as_ref);
    let args = ["-c", TERMINAL].map(AsRef::as_ref).into_iter().chain([binary().as_os_str()]).chain(server);
    assert_eq!(program("python3", args).run().exits(0).stdout, "0\n");
}

#[test]
fn quiet_is_quiet_but_for_errors() {
    let folder = folder(&[("secret", "hunter2"), ("heist.toml", &[HEAD, &entry("a")].concat())]);
    let mut server = heistctl(["-q", "serve"]).in_folder(folder.path()).serve();
    let mut said = server.says();
    server.signal("-HUP");
    write(folder.path(), "nonsense");
    server.signal("-HUP");
    let line = said.until("the configuration is unchanged");
    assert!(line.starts_with("error: "));
    let (code, log) = server.stop();
    assert_eq!((code, said.all().contains("note: ")), (0, false));
    let events: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.is_empty(), "nobody asked: {events:?}");
}

#[test]
fn no_folder_for_temporary_files_is_needed() {
    let server =
        heistctl(["serve", "--demo", "--listen", "127.0.0.1:0"]).env("TMPDIR", "/dev/null/x").serve();
    assert!(server.token().contains('.'));
    assert_eq!(server.stop().0, 0);
}
