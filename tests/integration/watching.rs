//! Who watches a server: the audit log through the binary, and the metrics that one observer counts.

use crate::support::process::wait_until;
use crate::support::{Server, client, folder, heistctl};
use heistctl::clock::Timestamp;
use heistctl::commands::inspect::report::InspectReport;
use heistctl::commands::serve::audit_log::AuditLog;
use heistctl::commands::serve::observers::Observers;
use heistctl::commands::serve::{Banner, Console};
use heistctl::http::{Headers, Method, Request, Response};
use heistctl::issuer::{IssuerIdentity, LogRecord, NoRemoteKeys, Service, ServiceSettings};
use heistctl::jose::digest::Fingerprint;
use heistctl::jose::sign::Signer;
use heistctl::registry::Registry;
use heistctl::registry::keys::ring::SigningKeys;
use heistctl::registry::networks::Networks;
use heistctl::secret::Secret;
use heistctl::server::audit::AuditedDecision;
use heistctl::server::capacity::Capacity;
use heistctl::server::engine::Observer;
use heistctl::server::gate::{DeferredAnswer, Ticket, Watch};
use heistctl::server::rate_limits::RateLimits;
use heistctl::server::route;
use heistctl::server::{HttpExchange, Serving};
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn toml(audit_log: &str) -> String {
    format!(
        "audit_log = '{audit_log}'\nlisten = '127.0.0.1:0'\nissuer = 'https://as.example.com/tenant'\n\
         [signing]\nsecret_file = 'key'\n\
         [[client]]\nid = 'c'\nsecret_file = 'secret'\nscopes = ['a', 'b']\naudiences = ['https://api']\n\
         introspect = true\ntoken_exchange = true\n"
    )
}

/// A server in a folder of its own.
fn serve(audit_log: &str) -> (tempfile::TempDir, Server) {
    let toml = toml(audit_log);
    let key = ("key", "0123456789abcdef0123456789abcdef\n");
    let folder = folder(&[key, ("secret", "hunter2-secret\n"), ("heist.toml", &toml)]);
    let server = heistctl(["serve"]).in_folder(folder.path()).serve();
    (folder, server)
}

fn post(server: &Server, path: &str, secret: &str, more: &str) -> Value {
    let body = format!("client_id=c&client_secret={secret}{more}");
    server.request("POST", path, &[FORM], &body).json()
}

fn ask(server: &Server, more: &str) -> Value {
    let more = format!("&grant_type=client_credentials{more}");
    post(server, "/oauth/token", "hunter2-secret", &more)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("torn: {text}"))).collect()
}

/// The lines of a file, which are there before their answers.
fn recorded(path: &Path) -> Vec<Value> {
    lines(&std::fs::read_to_string(path).unwrap())
}

#[test]
fn each_decision_is_on_record_and_no_secret_is() {
    let (folder, server) = serve("audit.log");
    let path = folder.path().join("audit.log");
    let issued = ask(&server, "&scope=a&resource=https://api");
    let token = issued["access_token"].as_str().unwrap().to_owned();
    let with = format!("&token={token}");
    post(&server, "/tenant/oauth/introspect", "hunter2-secret", &with);
    post(&server, "/oauth/introspect", "hunter2-secret", "&token=hunter2-is-no-token");
    let own = ask(&server, "&scope=b");
    let own = own["access_token"].as_str().unwrap();
    server.request("GET", "/protected-resource", &[("Authorization", &format!("Bearer {own}"))], "");
    post(&server, "/oauth/revoke", "hunter2-secret", &with);
    post(&server, "/oauth/revoke", "hunter2-secret", "&token=hunter2-is-no-token");
    server.request("GET", "/protected-resource", &[("Authorization", &format!("Bearer {token}"))], "");
    post(&server, "/oauth/token", "hunter2-wrong", "&grant_type=client_credentials&scope=b");
    post(&server, "/oauth/revoke", "hunter2-wrong", &with);
    let urn = "urn:ietf:params:oauth:token-type:access_token";
    let exchange = format!(
        "&grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token={own}&subject_token_type={urn}\
         &actor_token={own}&actor_token_type={urn}&resource=https://api"
    );
    let exchanged = post(&server, "/oauth/token", "hunter2-secret", &exchange);
    let assertion = format!("&client_assertion={own}&client_assertion_type=x");
    post(&server, "/oauth/token", "hunter2-secret", &assertion);
    server.request("GET", "/health", &[], "");
    let found = recorded(&path);
    let text = std::fs::read_to_string(&path).unwrap();
    for token in [&token, own, exchanged["access_token"].as_str().unwrap()] {
        let signature = token.rsplit('.').next().unwrap();
        assert!(!text.contains(signature) && !text.contains(&token[..40]), "{text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let line = |event: &str, nth: usize| {
        let mut ours = found.iter().filter(|line| line["event"] == event);
        ours.nth(nth).unwrap_or_else(|| panic!("no {event} in {text}"))
    };
    assert_eq!(found.len(), 12, "health is no decision: {text}");
    let first = line("token.issued", 0);
    assert_eq!(
        (&first["client_id"], &first["authenticated"], &first["status"], &first["client_addr"]),
        (&json!("c"), &json!(true), &json!(200), &json!("127.0.0.1"))
    );
    let asked = json!({"grant": "client_credentials", "scope": "a", "resource": ["https://api"]});
    assert_eq!(first["asked"], asked);
    assert_eq!((&first["given"]["scope"], &first["given"]["expires_in"]), (&json!("a"), &json!(3600)));
    assert_eq!(first["given"]["audience"], json!(["https://api"]));
    assert_eq!(first["token_fingerprint"], Fingerprint::of(&token).to_string());
    // The token can be found in each line that is about it, by id and by fingerprint.
    let introspected = line("token.introspected", 0);
    for line in [introspected, line("token.revoked", 0), line("resource.refused", 0)] {
        assert_eq!((&line["jti"], &line["token_fingerprint"]), (&first["jti"], &first["token_fingerprint"]));
    }
    assert_eq!((&introspected["given"]["active"], &introspected["sub"]), (&json!(true), &json!("c")));
    let nothing = line("token.introspected", 1);
    assert_eq!(
        (&nothing["given"]["active"], nothing.get("token_fingerprint")),
        (&json!(false), None),
        "what is no token has no hash either"
    );
    assert!(line("revocation.ignored", 0)["reason"].as_str().unwrap().contains("nothing to revoke"));
    assert_eq!(line("resource.granted", 0)["given"]["scope"], "b");
    let refused = line("token.refused", 0);
    assert_eq!(
        (&refused["error"], &refused["reason"], &refused["authenticated"], &refused["client_id"]),
        (&json!("invalid_client"), &json!("wrong secret"), &json!(false), &json!("c"))
    );
    assert_eq!(line("revocation.refused", 0)["status"], 401);
    assert_eq!(line("token.issued", 2)["asked"]["resource"], json!(["https://api"]));
    assert_eq!((&line("token.issued", 2)["sub"], line("token.refused", 1).get("given")), (&json!("c"), None));
}

#[test]
fn on_stdout_audit_lines_stand_whole_beside_the_log() {
    let (_folder, server) = serve("stdout");
    for _ in 0..50 {
        ask(&server, "");
    }
    let (code, log) = server.stop();
    let found = lines(&log);
    let count = |event: &str| found.iter().filter(|line| line["event"] == event).count();
    assert_eq!((code, count("token.issued"), count("request")), (0, 50, 50), "{log}");
}

#[test]
fn where_the_audit_log_cannot_be_opened_the_server_does_not_start() {
    for (target, part, cure) in [
        (".", "is a folder, not a file", "audit_log = \"./audit.log\""),
        ("nowhere/audit.log", "there is no folder", "mkdir -p ./nowhere"),
        ("fifo", "this FIFO has no reader", "stdout or syslog"),
        ("", "audit_log is empty", "stdout or syslog"),
    ] {
        let toml = toml(target);
        let key = ("key", "0123456789abcdef0123456789abcdef\n");
        let folder = folder(&[key, ("secret", "s\n"), ("heist.toml", &toml)]);
        let fifo = folder.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
        let ran = heistctl(["serve"]).in_folder(folder.path()).run();
        ran.fails(2, &["error: configuration: ", "audit_log", part, "hint: ", cure]);
    }
}

/// A console that counts.
#[derive(Default)]
struct Counting(Mutex<Vec<HttpExchange>>);

impl Console for Counting {
    fn ready(&self, _: &Banner) {}
    fn exchange(&self, exchange: Box<HttpExchange>) {
        self.0.lock().unwrap().push(*exchange);
    }
    fn dropped(&self) -> u64 {
        7
    }
    fn alarm(&self, phase: &str, what: &str) {
        panic!("{phase}: {what}");
    }
    fn hint(&self, _: &str, cure: &str) {
        panic!("{cure}");
    }
    fn notice(&self, _: &str, what: &str) {
        panic!("{what}");
    }

    fn banner(&self, _: &Banner) -> String {
        String::new()
    }
    fn inspected(&self, _: &InspectReport) -> String {
        String::new()
    }
    fn lines(&self) -> Box<dyn Write + Send> {
        Box::new(std::io::sink())
    }
    fn finish(&self) {}
}

#[test]
fn one_observer_tells_log_audit_log_and_metrics() {
    heistctl::jose::install_provider();
    let folder = folder(&[]);
    let path = folder.path().join("audit.log");
    let counting = Arc::new(Counting::default());
    let console: Arc<dyn Console> = counting.clone();
    let watching = Observers::open(Some(&AuditLog::File(path.clone())), &console).unwrap();
    let mut registry = Registry::default();
    registry.add(client("c", "s", "a")).unwrap();
    let identity =
        IssuerIdentity { issuer: "https://as/tenant".to_owned(), public_url: "https://as/tenant".to_owned() };
    let signer = Signer::hs256(Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
    let now = Timestamp::from_unix(1_795_420_800);
    let signing = SigningKeys::fixed(signer, Some(now));
    let service =
        Service::new(identity, registry, signing, ServiceSettings::default(), Arc::new(NoRemoteKeys));
    let admission = RateLimits::new(Networks::default(), None);
    let config_size = Capacity { name: "config_bytes", used: 0, limit: 1 };
    watching
        .serves(&Serving { admission, service, waiting: false, config_size, bench: None, page: None }, None);
    let exchange = |path: &str, status| HttpExchange {
        trace_id: None,
        id: "r1".to_owned(),
        time: now,
        peer: None,
        method: "POST".to_owned(),
        path: path.to_owned(),
        endpoint: route::at(path, "/tenant").map(|route| route.endpoint),
        status,
        duration: Duration::from_millis(1),
        note: LogRecord::default(),
    };
    let observer = |exchange: HttpExchange| {
        let request = Request::new(Method::Post, &exchange.path, Headers::default(), []);
        let exchange = Box::new(exchange);
        match watching.admit(&request).unwrap() {
            Some(kind) => {
                let (ticket, response) = (Ticket::default(), Response::no_content());
                watching
                    .record(AuditedDecision { kind, answer: DeferredAnswer { ticket, response, exchange } });
            }
            None => watching.exchange(exchange),
        }
    };
    observer(exchange("/tenant/oauth/token", 400));
    observer(exchange("/elsewhere/oauth/token", 404));
    observer(exchange("/oauth/revoke", 429));
    // The gate refuses faults of form and time. That is not a decision, and it knows no endpoints.
    let refused = HttpExchange { endpoint: None, ..exchange("/oauth/revoke", 408) };
    watching.exchange(Box::new(refused));
    watching.finish().unwrap();
    wait_until("all are told of", || counting.0.lock().unwrap().len() == 4);
    let events: Vec<Value> = recorded(&path).into_iter().map(|mut line| line["event"].take()).collect();
    assert_eq!(events, ["token.refused", "revocation.refused"]);
    // Rotated: the next line stands in a new file.
    std::fs::rename(&path, folder.path().join("audit.log.1")).unwrap();
    watching.reopen();
    observer(exchange("/oauth/token", 500));
    watching.finish().unwrap();
    assert_eq!(recorded(&path).len(), 1);
    let request = Request::new(Method::Get, "/metrics", Headers::default(), []);
    let text = String::from_utf8(Observer::metrics(&*watching, &request, now).response.body).unwrap();
    for line in [
        r#"heistctl_requests_total{endpoint="token",status="400"} 1"#,
        r#"heistctl_requests_total{endpoint="other",status="404"} 1"#,
        r#"heistctl_requests_total{endpoint="revoke",status="429"} 1"#,
        r#"heistctl_refusals_total{reason="too_many_requests"} 1"#,
        "heistctl_log_lines_dropped_total 7",
        "heistctl_audit_pending 0",
        "heistctl_signing_key_age_seconds 0",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
}
