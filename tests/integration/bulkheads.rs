//! What is slow holds up nobody who does not need it: a database that is far away, keys of clients that do not
//! come, secrets that are checked slowly.

use crate::support::keys::{Key, part};
use crate::support::postgres::{self, PASSWORD};
use crate::support::process::wait_until;
use crate::support::proxy::Proxy;
use crate::support::wire::{HEALTH, Wire};
use crate::support::{Server, folder, heistctl, request_text};
use heistctl::clock::Timestamp;
use heistctl::jose::digest::random;
use serde_json::json;
use std::net::{TcpListener, TcpStream};

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
const ISSUER: &str = "https://as.example.com";

fn token_request(body: &str) -> String {
    let body = format!("grant_type=client_credentials&{body}");
    // The connection is to go on.
    request_text("POST", "/oauth/token", &FORM, &body).replace("Connection: close\r\n", "")
}

/// Has somebody send a request on a connection of its own, and not wait.
fn send(server: &Server, request: &str) -> Wire {
    let mut wire = Wire::to(server.address());
    wire.send(request);
    wire
}

/// Everybody who needs nothing of what is slow is answered.
#[track_caller]
fn others_are_answered(server: &Server, known: &str) {
    for path in ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/openapi.json"] {
        assert_eq!(server.request("GET", path, &[], "").status, 200, "{path}");
    }
    assert_eq!(send(server, &token_request(known)).reply().status, 200);
}

/// A server of that configuration whose client `known` has a secret that is checked at once.
fn with_known(toml: &str) -> (tempfile::TempDir, Server) {
    let toml = format!("{toml}[[client]]\nid = 'known'\nsecret_env = 'SECRET'\nscopes = ['x']\n");
    let folder = folder(&[("heist.toml", &toml)]);
    let args = ["serve", "--listen", "127.0.0.1:0", "--store", "memory:"];
    let server = heistctl(args).in_folder(folder.path()).env("SECRET", "hunter2").serve();
    (folder, server)
}

/// Nothing has come of its request yet.
fn is_waiting(wire: &Wire) -> bool {
    wire.stream().set_nonblocking(true).unwrap();
    let answer = wire.stream().peek(&mut [0]);
    wire.stream().set_nonblocking(false).unwrap();
    answer.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

fn assertion(key: &Key, id: &str, name: &str) -> String {
    let exp = Timestamp::now().unix() + 60;
    let jti = part(random::<12>().unwrap());
    let jwt = key.sign("ES256", None, &json!({"iss": id, "sub": id, "aud": ISSUER, "jti": jti, "exp": exp}));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    format!("{name}={jwt}&client_assertion_type={kind}")
}

#[test]
fn a_database_that_is_slow_holds_up_only_those_who_need_it() {
    let Some(database) = postgres::shared().map(postgres::Postgres::database) else { return };
    let proxy = Proxy::to(database.port());
    let key = Key::for_alg("ES256");
    let toml = format!(
        "issuer = '{ISSUER}'\n[limits]\nstore_places = 2\n[signing]\nkey_file = 'key.pem'\n\
         [[client]]\nid = 'signer'\njwks = 'signer.pem'\nscopes = ['x']\n"
    );
    let files = [
        ("heist.toml", toml.as_str()),
        ("key.pem", &Key::for_alg("ES256").private_pem()),
        ("signer.pem", &key.public_pem()),
    ];
    let folder = folder(&files);
    let run = |args: &[&str], store: &str| {
        heistctl(args).env("HEISTCTL_STORE", store).env("PGPASSWORD", PASSWORD).in_folder(folder.path())
    };
    let added = run(&["client", "add", "known", "--scope", "x", "--json"], &database.url()).run().exits(0);
    let secret = added.json()["client_secret"].as_str().unwrap().to_owned();
    let far = database.tcp_url().replace(&database.port().to_string(), &proxy.port().to_string());
    let server = run(&["serve", "--listen", "127.0.0.1:0"], &far).serve();
    let known = format!("client_id=known&client_secret={secret}");
    assert_eq!(send(&server, &token_request(&known)).reply().status, 200, "from now on it is in the cache");

    // On a busy machine the database may count as away before all have asked; then once more.
    let shown = (0..5).any(|round| {
        wait_until("the store is back", || server.request("GET", "/health", &[], "").status == 200);
        proxy.hold(true);
        let mut write = send(&server, &token_request(&assertion(&key, "signer", "client_assertion")));
        let invented =
            |n: usize| send(&server, &token_request(&format!("client_id=x{round}-{n}&client_secret=x")));
        // Two places and a queue of 16, of which one address has three quarters.
        let mut lookups: Vec<Wire> = (0..20).map(invented).collect();
        others_are_answered(&server, &known);
        let waiting = lookups.iter().filter(|wire| is_waiting(wire)).count();
        let shown = waiting == 14 && is_waiting(&write);
        proxy.hold(false);
        assert!([200, 503].contains(&write.reply().status));
        let mut refused = 0;
        for wire in &mut lookups {
            let reply = wire.reply();
            assert!([401, 503].contains(&reply.status), "{reply:?}");
            assert!(
                reply.header("Deferred").is_none() && reply.header("X-Request-Id").is_some(),
                "{reply:?}"
            );
            refused += usize::from(reply.header("Retry-After") == Some("1"));
            assert_ne!(wire.send(HEALTH).reply().status, 0, "the connection goes on");
        }
        shown && refused == 6
    });
    assert!(shown, "those who wait held up others, or those beyond the bound were not refused at once");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_stop_waits_for_those_who_wait_for_the_database() {
    let Some(database) = postgres::shared().map(postgres::Postgres::database) else { return };
    let proxy = Proxy::to(database.port());
    let folder = folder(&[("key.pem", &Key::for_alg("ES256").private_pem())]);
    let toml = "[signing]\nkey_file = 'key.pem'\n";
    std::fs::write(folder.path().join("heist.toml"), toml).unwrap();
    let far = database.tcp_url().replace(&database.port().to_string(), &proxy.port().to_string());
    let server = heistctl(["serve", "--listen", "127.0.0.1:0"])
        .envs(&[("HEISTCTL_STORE", &far), ("PGPASSWORD", PASSWORD)])
        .in_folder(folder.path())
        .serve();
    proxy.hold(true);
    let mut waiting = send(&server, &token_request("client_id=a&client_secret=b"));
    assert_eq!(send(&server, "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n").reply().status, 200);
    server.signal("-TERM");
    // It has heard of that when nobody is let in any more.
    wait_until("it stops", || TcpStream::connect(server.address()).is_err());
    proxy.hold(false);
    let reply = waiting.reply();
    assert!([401, 503].contains(&reply.status), "{reply:?}");
    assert_eq!(reply.header("Connection"), Some("close"), "{reply:?}");
    assert_eq!(server.wait(), 0);
}

#[test]
fn keys_that_do_not_come_hold_up_nobody_however_the_request_is_spelled() {
    // It accepts, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let toml = format!(
        "issuer = '{ISSUER}'\n[[client]]\nid = 'far'\njwks_uri = 'http://{address}/keys'\nscopes = ['x']\n"
    );
    let (_folder, server) = with_known(&toml);
    let key = Key::for_alg("ES256");
    for name in ["client_assertion", "client%5Fassertion", "%63lient_assertio%6e"] {
        let slow = send(&server, &token_request(&assertion(&key, "far", name)));
        others_are_answered(&server, "client_id=known&client_secret=hunter2");
        // One that came while another is fetched may be told so.
        drop(slow);
    }
    let slow: Vec<Wire> = (0..60)
        .map(|_| send(&server, &token_request(&assertion(&key, "far", "client%5Fassertion"))))
        .collect();
    for _ in 0..20 {
        others_are_answered(&server, "client_id=known&client_secret=hunter2");
    }
    drop((slow, silent));
}

#[test]
fn secrets_that_are_checked_slowly_hold_up_nobody() {
    let salt = "c29tZXNhbHRzb21lc2FsdA";
    let hash = format!("$argon2id$v=19$m=19456,t=2,p=1${salt}$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let toml = format!("[[client]]\nid = 'human'\nsecret_hash = '{hash}'\nscopes = ['x']\n");
    let (_folder, server) = with_known(&toml);
    let request = token_request("client_id=human&client_secret=wrong");
    let mut slow: Vec<Wire> = (0..8).map(|_| send(&server, &request)).collect();
    others_are_answered(&server, "client_id=known&client_secret=hunter2");
    assert!(is_waiting(&slow[7]));
    // They are checked in turn; on a machine that is busy the last ones have waited for too long.
    assert_eq!(slow[0].reply().status, 401);
    for wire in &mut slow[1..] {
        assert!([401, 503].contains(&wire.reply().status));
    }
    server.stop();
}
