//! What is on record before it is answered, by servers whose audit log fills, hangs or is killed: nothing is
//! given that is not on record, and what needs no record is given all the same.

use crate::support::keys::{Key, part};
use crate::support::needs::needs;
use crate::support::process::wait_until;
use crate::support::wire::Wire;
use crate::support::{Reply, Server, binary, folder, heistctl, request_text};
use heistctl::clock::Timestamp;
use heistctl::jose::digest::random;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const ISSUER: &str = "https://as.example.com";
const CLIENT: &str = "client_id=c&client_secret=hunter2-secret";

/// A server in a folder of its own, which has a FIFO, too. Its client `k` has a key. Its store is in memory, because
/// the limit of file sizes would stop a store in a file as well.
fn serve(audit_log: &str, key: &Key) -> (tempfile::TempDir, Server) {
    let folder = prepare(audit_log, key);
    let server = heistctl(["serve", "--metrics-listen", "127.0.0.1:0", "--store", "memory:"]);
    let server = server.in_folder(folder.path()).serve();
    (folder, server)
}

fn prepare(audit_log: &str, key: &Key) -> tempfile::TempDir {
    let toml = format!(
        "audit_log = '{audit_log}'\nlisten = '127.0.0.1:0'\nissuer = '{ISSUER}'\n\
         [signing]\nsecret_file = 'key'\n\
         [[client]]\nid = 'c'\nsecret_file = 'secret'\nscopes = ['a']\nintrospect = true\n\
         [[client]]\nid = 'k'\njwks = 'jwks.json'\nscopes = ['a']\n"
    );
    let jwks = json!({"keys": [key.jwk()]}).to_string();
    let files = [("key", "0123456789abcdef0123456789abcdef\n"), ("secret", "hunter2-secret\n")];
    let folder = folder(&[&files[..], &[("heist.toml", &toml), ("jwks.json", &jwks)]].concat());
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
    folder
}

/// A server that has given a token, and whose log has room for nothing more.
fn without_room(key: &Key) -> (tempfile::TempDir, Server, String) {
    let (folder, server) = serve("audit.log", key);
    let token = token(&server);
    server.limit_files(Some(std::fs::metadata(folder.path().join("audit.log")).unwrap().len()));
    (folder, server, token)
}

/// The FIFO's end that is read.
fn reader(folder: &Path) -> std::fs::File {
    let mut options = OpenOptions::new();
    // With both ends it waits for nobody.
    options.read(true).write(true).custom_flags(i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap());
    options.open(folder.join("fifo")).unwrap()
}

/// All that is in it.
fn drain(mut reader: &std::fs::File) -> String {
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match reader.read(&mut buffer) {
            Ok(count) => text.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return String::from_utf8(text).unwrap(),
            Err(error) => panic!("{error}"),
        }
    }
}

fn post(server: &Server, path: &str, body: &str) -> Reply {
    server.request("POST", path, &[FORM], body)
}

fn ask(server: &Server) -> Reply {
    post(server, "/oauth/token", &format!("{CLIENT}&grant_type=client_credentials"))
}

fn token(server: &Server) -> String {
    let reply = ask(server);
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

fn revoke(server: &Server, token: &str) -> Reply {
    post(server, "/oauth/revoke", &format!("{CLIENT}&token={token}"))
}

fn is_active(server: &Server, token: &str) -> Value {
    post(server, "/oauth/introspect", &format!("{CLIENT}&token={token}")).json()["active"].clone()
}

fn assertion(key: &Key) -> String {
    let (exp, jti) = (Timestamp::now().unix() + 60, part(random::<12>().unwrap()));
    let claims = json!({"iss": "k", "sub": "k", "aud": ISSUER, "jti": jti, "exp": exp});
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    format!("client_assertion={}&client_assertion_type={kind}", key.sign("ES256", None, &claims))
}

/// Refused since nothing can be put on record, and nothing is told of why.
#[track_caller]
fn is_refused(reply: &Reply, folder: &Path) {
    assert_eq!((reply.status, &reply.json()["error"]), (503, &json!("temporarily_unavailable")), "{reply:?}");
    assert!(reply.header("Retry-After").is_some() && reply.header("X-Request-Id").is_some(), "{reply:?}");
    let description = reply.json()["error_description"].as_str().unwrap().to_owned();
    assert!(description.contains("the audit log cannot be written"), "{description}");
    for secret in [folder.to_str().unwrap(), "os error", "/dev/full"] {
        assert!(!reply.body.contains(secret), "{reply:?}");
    }
}

/// What needs no record is answered, each time on another connection and by all workers.
#[track_caller]
fn others_are_served(server: &Server) {
    for path in
        ["/livez", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/openapi.json"]
            .repeat(4)
    {
        assert_eq!(server.request("GET", path, &[], "").status, 200, "{path}");
    }
}

fn metric(server: &Server, name: &str) -> Option<u64> {
    let text = server.metrics();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map(|value| value.trim().parse().unwrap())
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("torn: {text}"))).collect()
}

fn file(folder: &Path) -> Vec<Value> {
    lines(&std::fs::read_to_string(folder.join("audit.log")).unwrap())
}

fn has(lines: &[Value], reply: &Reply) -> bool {
    lines.iter().any(|line| line["request_id"] == reply.header("X-Request-Id").unwrap())
}

#[test]
fn a_malformed_request_is_on_record_with_what_it_asked_for() {
    let (folder, server) = serve("audit.log", &Key::for_alg("ES256"));
    let long = "s".repeat(1000);
    for (more, scope, resources) in [
        ("scope=a%22%E2%80%AE&resource=no+uri&resource=b", "a\"\u{202e}", json!(["no uri", "b"])),
        (&format!("scope=a%0A{long}"), &format!("a\n{}…", &long[..254]), Value::Null),
    ] {
        let reply = post(&server, "/oauth/token", &format!("{CLIENT}&grant_type=client_credentials&{more}"));
        assert_eq!((reply.status, &reply.json()["error"]), (400, &json!("invalid_scope")), "{reply:?}");
        let text = std::fs::read_to_string(folder.path().join("audit.log")).unwrap();
        assert!(!text.contains('\u{202e}'), "{text}");
        let asked = lines(&text).pop().unwrap()["asked"].clone();
        assert_eq!((&asked["scope"], &asked["resource"]), (&json!(scope), &resources), "{asked}");
        assert_eq!(asked["grant"], "client_credentials");
    }
}

#[test]
fn on_a_full_disk_what_needs_a_record_is_refused_and_all_else_is_served() {
    if !needs("/dev/full", Path::new("/dev/full").exists()) {
        return;
    }
    let key = Key::for_alg("ES256");
    let (folder, mut server) = serve("/dev/full", &key);
    let errors = server.errors();
    others_are_served(&server);
    let before = server.figures();
    let asked = format!("{CLIENT}&grant_type=client_credentials");
    let first: Vec<Wire> = (0..50)
        .map(|_| {
            let mut wire = Wire::to(server.address());
            wire.send(request_text("POST", "/oauth/token", &[FORM], &asked));
            wire
        })
        .collect();
    others_are_served(&server);
    first.into_iter().for_each(|mut wire| is_refused(&wire.reply(), folder.path()));
    for _ in 0..200 {
        is_refused(&ask(&server), folder.path());
    }
    is_refused(&revoke(&server, "x"), folder.path());
    is_refused(&post(&server, "/oauth/introspect", &format!("{CLIENT}&token=x")), folder.path());
    is_refused(&server.request("GET", "/protected-resource", &[], ""), folder.path());
    is_refused(&post(&server, "/oauth/token", "not even a client"), folder.path());
    others_are_served(&server);
    assert_eq!(metric(&server, "heistctl_audit_pending"), Some(0));
    assert_eq!(metric(&server, "heistctl_limit_hits_total{limit=\"audit\"}"), Some(254));
    assert!(!server.metrics().contains("heistctl_tokens_issued_total{"), "no token was given");
    server.returns_to(before);
    let (code, log) = server.stop();
    let errors = errors();
    assert_eq!((code, errors.matches("it cannot be written").count()), (0, 1), "nothing was lost: {errors}");
    assert!(!errors.contains("engine"), "{errors}");
    assert!(
        lines(&log).iter().filter(|line| line["path"] == "/oauth/token").all(|line| line["status"] == 503)
    );
}

#[test]
fn a_disk_that_has_room_again_goes_on_with_whole_lines_and_without_a_request() {
    let key = Key::for_alg("ES256");
    let (folder, server) = serve("audit.log", &key);
    let log = folder.path().join("audit.log");
    let first = ask(&server);
    // Room for a part of the next line, which stays and is completed.
    server.limit_files(Some(std::fs::metadata(&log).unwrap().len() + 40));
    let torn = ask(&server);
    is_refused(&torn, folder.path());
    let withdrawn = ask(&server);
    is_refused(&withdrawn, folder.path());
    others_are_served(&server);
    let ready = || server.request("GET", "/readyz", &[], "");
    wait_until("a balancer goes elsewhere", || ready().status == 503);
    assert_eq!(ready().json()["reason"], "the audit log cannot be written");
    server.limit_files(None);
    wait_until("it goes on", || std::fs::read_to_string(&log).unwrap().contains("audit.resumed"));
    wait_until("it answers", || ask(&server).status == 200);
    wait_until("a balancer comes back", || ready().status == 200);
    let last = ask(&server);
    let found = file(folder.path());
    assert!(has(&found, &first) && has(&found, &torn) && has(&found, &last) && !has(&found, &withdrawn));
    let resumed = found.iter().find(|line| line["event"] == "audit.resumed").unwrap();
    assert!(resumed["refused"].as_u64() >= Some(2) && resumed["since"].is_string(), "{resumed}");
    assert!(resumed["reason"].as_str().unwrap().contains("the file is too large"), "{resumed}");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn what_was_done_and_cannot_be_undone_comes_on_record_later() {
    let (folder, server, token) = without_room(&Key::for_alg("ES256"));
    is_refused(&revoke(&server, &token), folder.path());
    assert_eq!(metric(&server, "heistctl_audit_pending"), Some(1));
    server.limit_files(None);
    wait_until("it goes on", || is_active(&server, &token).is_boolean());
    assert_eq!(is_active(&server, &token), false);
    assert!(file(folder.path()).iter().any(|line| line["event"] == "token.revoked"));
    assert_eq!((metric(&server, "heistctl_audit_pending"), server.stop().0), (Some(0), 0));
}

#[test]
fn a_stop_that_loses_lines_says_how_many_and_fails() {
    let key = Key::for_alg("ES256");
    for stops in 1..=2 {
        let (_folder, mut server, token) = without_room(&key);
        let errors = server.errors();
        let mut wires = [Wire::to(server.address()), Wire::to(server.address())];
        let revocation = request_text("POST", "/oauth/revoke", &[FORM], &format!("{CLIENT}&token={token}"));
        let asserted = format!("{}&grant_type=client_credentials", assertion(&key));
        wires[0].send(revocation);
        wires[1].send(request_text("POST", "/oauth/token", &[FORM], &asserted));
        let statuses = wires.each_mut().map(|wire| wire.reply().status);
        assert_eq!(statuses, [503, 503]);
        // Of two that meet in a failure the second may have been refused before anything was done.
        let lost = metric(&server, "heistctl_audit_pending").unwrap();
        assert!((1..=2).contains(&lost), "{lost}");
        // A second signal waits for nothing, and says the same.
        (0..stops).for_each(|_| server.signal("-TERM"));
        let code = server.wait();
        let (errors, were) = (errors(), if lost == 1 { "decision was" } else { "decisions were" });
        let said = format!("error: audit log: {lost} {were} not recorded");
        assert!(code == 1 && errors.contains(&said), "{code}, no {said:?}: {errors}");
    }
}

#[test]
fn a_stop_that_waits_for_the_log_says_so_at_once() {
    let (folder, mut server, token) = without_room(&Key::for_alg("ES256"));
    let mut said = server.says();
    is_refused(&revoke(&server, &token), folder.path());
    said.until("it cannot be written");
    server.signal("-INT");
    let line = said.until("is being written");
    assert!(line.contains("audit log: 1 decision is") && line.contains("a second signal gives up"), "{line}");
    server.signal("-INT");
    assert_eq!(server.wait(), 1);
    let all = said.all();
    assert_eq!(
        (all.matches("is being written").count(), all.matches("not recorded").count()),
        (1, 1),
        "{all}"
    );
}

#[test]
fn the_success_of_a_command_is_none_where_decisions_are_lost() {
    if !needs("/dev/full", Path::new("/dev/full").exists()) {
        return;
    }
    let key = Key::for_alg("ES256");
    let folder = prepare("/dev/full", &key);
    std::fs::write(folder.path().join("private.pem"), key.private_pem()).unwrap();
    for (code, expected) in [(0, 1), (7, 7)] {
        // The assertion is used up, and that is not on record.
        let token = format!(
            "'{}' token --client-key private.pem --client-id k --assertion-audience {ISSUER} --timeout 4s; exit {code}",
            binary().display()
        );
        let ran = heistctl(["serve", "--", "sh", "-c", &token]).in_folder(folder.path()).run();
        let ran = ran.exits(expected);
        assert!(ran.stderr.contains("1 decision was not recorded"), "{ran}");
    }
}

#[test]
fn a_reader_that_stops_or_goes_away_holds_up_only_what_needs_a_record() {
    let key = Key::for_alg("ES256");
    let folder = prepare("fifo", &key);
    let mut fifo = reader(folder.path());
    let args = ["serve", "--metrics-listen", "127.0.0.1:0"];
    let mut server = heistctl(args).in_folder(folder.path()).serve();
    let errors = server.errors();
    let first = ask(&server);
    assert!(has(&lines(&drain(&fifo)), &first));
    let before = server.figures();
    while fifo.write(b"\n").is_ok() {}
    is_refused(&ask(&server), folder.path());
    others_are_served(&server);
    for _ in 0..50 {
        is_refused(&ask(&server), folder.path());
    }
    server.returns_to(before);
    // It reads again.
    let mut text = drain(&fifo);
    wait_until("it goes on", || {
        text.push_str(&drain(&fifo));
        ask(&server).status == 200
    });
    let last = ask(&server);
    text.push_str(&drain(&fifo));
    let found = lines(text.trim_start());
    assert!(has(&found, &last) && found.iter().any(|line| line["event"] == "audit.resumed"), "{text}");
    // It goes away, and another one comes.
    drop(fifo);
    is_refused(&ask(&server), folder.path());
    others_are_served(&server);
    fifo = reader(folder.path());
    wait_until("it goes on", || ask(&server).status == 200);
    // It stops for good: nobody knows of the line that is being written.
    while fifo.write(b"\n").is_ok() {}
    is_refused(&ask(&server), folder.path());
    let code = server.wait_for_stop();
    let errors = errors();
    assert!(code == 1 && errors.contains("1 decision was not recorded"), "{code}: {errors}");
    for part in
        ["it has taken no line for 2 s", "the other side closed it", "note: audit log: it is written again"]
    {
        assert!(errors.contains(part), "no {part:?}: {errors}");
    }
}

#[test]
fn a_stdout_that_nobody_reads_holds_up_only_what_needs_a_record() {
    let key = Key::for_alg("ES256");
    let (folder, mut server) = serve("stdout", &key);
    let errors = server.errors();
    let mut refused = 0;
    // The pipe takes 64 KiB of lines and log.
    while refused < 20 {
        refused += usize::from(ask(&server).status == 503);
    }
    is_refused(&ask(&server), folder.path());
    others_are_served(&server);
    let code = server.wait_for_stop();
    let errors = errors();
    assert!(code == 1 && errors.contains("not recorded"), "{code}: {errors}");
}

#[test]
fn a_rotation_in_a_failure_keeps_what_waits() {
    // Until the file is another one, which is empty, it has no room.
    let (folder, server, token) = without_room(&Key::for_alg("ES256"));
    let log = folder.path().join("audit.log");
    is_refused(&revoke(&server, &token), folder.path());
    server.limit_files(Some(0));
    std::fs::rename(&log, folder.path().join("audit.log.1")).unwrap();
    server.signal("-HUP");
    wait_until("it is another one", || log.exists());
    assert_eq!(std::fs::metadata(&log).unwrap().len(), 0);
    server.limit_files(None);
    wait_until("the new file has it", || log.exists() && file(folder.path()).len() >= 2);
    let found = file(folder.path());
    assert_eq!((&found[0]["event"], &found[1]["event"]), (&json!("token.revoked"), &json!("audit.resumed")));
    wait_until("it answers", || ask(&server).status == 200);
    assert_eq!(server.stop().0, 0);
}
