//! Several servers on one PostgreSQL: what holds on one holds on the other, and what becomes of them while
//! the database is away. The documents' screens of several nodes run here, too: they need a database.

use crate::documents;
use crate::support::keys::{Key, part};
use crate::support::postgres::{self, Database, PASSWORD, Postgres};
use crate::support::process::wait_until;
use crate::support::proxy::Proxy;
use crate::support::tls::Authority;
use crate::support::{Heistctl, Reply, Server, folder, heistctl};
use heistctl::clock::Timestamp;
use heistctl::jose::digest::{random, sha256};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const ISSUER: &str = "https://as.example.com";
const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
/// What nodes have in common: a database, a configuration, a signing key.
struct Site {
    folder: tempfile::TempDir,
    store: String,
}

impl Site {
    fn new(store: String, settings: &str) -> Self {
        let toml = format!("issuer = '{ISSUER}'\n{settings}\n[signing]\nkey_file = 'key.pem'\n");
        let key = Key::for_alg("ES256").private_pem();
        Self { folder: folder(&[("heist.toml", &toml), ("key.pem", &key)]), store }
    }

    fn run(&self, args: &[&str]) -> Heistctl {
        heistctl(args).env("HEISTCTL_STORE", &self.store).in_folder(self.folder.path())
    }

    fn node(&self) -> Server {
        self.run(&["serve", "--listen", "127.0.0.1:0"]).env("PGPASSWORD", PASSWORD).serve()
    }

    /// Does something with a client, and gives the secret that was made.
    fn client(&self, args: &[&str]) -> String {
        let args: Vec<&str> = ["client"].iter().chain(args).copied().chain(["--json"]).collect();
        let made = self.run(&args).env("PGPASSWORD", PASSWORD).run().exits(0).json();
        made["client_secret"].as_str().unwrap_or_default().to_owned()
    }
}

fn post(node: &Server, path: &str, (id, secret): (&str, &str), more: &str) -> Reply {
    node.request("POST", path, &FORM, &format!("client_id={id}&client_secret={secret}&{more}"))
}

fn ask(node: &Server, client: (&str, &str)) -> Reply {
    post(node, "/oauth/token", client, "grant_type=client_credentials")
}

#[track_caller]
fn token(node: &Server, client: (&str, &str)) -> String {
    let reply = ask(node, client);
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

fn active(node: &Server, api: (&str, &str), token: &str) -> Value {
    post(node, "/oauth/introspect", api, &format!("token={token}")).json()["active"].clone()
}

/// For how long verifiers may keep the keys that a node publishes.
fn keys_kept(node: &Server) -> String {
    let keys = node.request("GET", "/.well-known/jwks.json", &[], "");
    assert_eq!(keys.status, 200, "{keys:?}");
    keys.header("Cache-Control").unwrap().to_owned()
}

fn health(node: &Server) -> Reply {
    node.request("GET", "/health", &[], "")
}

/// Refused, because the store is away.
#[track_caller]
fn unavailable(reply: &Reply) {
    assert_eq!((reply.status, &reply.json()["error"]), (503, &json!("temporarily_unavailable")), "{reply:?}");
    let description = reply.json()["error_description"].to_string();
    assert!(description.contains("last reached at 20"), "{description}");
    // Where the database is, is nobody's business.
    assert!(!description.contains("127.0.0.1") && !description.contains("heist_"), "{description}");
    // Nor is what it says.
    let of_it = ["error", "connect", "in time", "role", "user", "permitted"];
    assert!(of_it.iter().all(|part| !description.contains(part)), "{description}");
    assert!(reply.header("Retry-After").is_some(), "{reply:?}");
}

fn fresh() -> String {
    part(random::<12>().unwrap())
}

/// A request with an assertion, as a client with a key sends it.
fn assertion(key: &Key) -> String {
    let exp = Timestamp::now().unix() + 60;
    let claims = json!({"iss": "signer", "sub": "signer", "aud": ISSUER, "jti": fresh(), "exp": exp});
    let jwt = key.sign("ES256", None, &claims);
    format!(
        "grant_type=client_credentials&client_assertion={jwt}&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    )
}

fn assert_as(node: &Server, body: &str) -> Reply {
    node.request("POST", "/oauth/token", &FORM, body)
}

fn register_signer(site: &Site) -> Key {
    let key = Key::for_alg("ES256");
    std::fs::write(site.folder.path().join("signer.pem"), key.public_pem()).unwrap();
    site.client(&["add", "signer", "--scope", "x", "--jwks", "signer.pem"]);
    key
}

fn shared() -> Option<Database<'static>> {
    postgres::shared().map(Postgres::database)
}

#[test]
fn what_one_node_does_holds_on_the_other_soon() {
    let Some(database) = shared() else { return };
    let site = Site::new(database.url(), "");
    let (one, other) = (site.node(), site.node());
    let nodes = [&one, &other];
    // Both know that there is no such client, and that must not last.
    for node in nodes {
        assert_eq!(ask(node, ("backend", "x")).status, 401);
    }
    let secret = site.client(&["add", "backend", "--scope", "x"]);
    let api = site.client(&["add", "api", "--introspect"]);
    for node in nodes {
        wait_until("it is known", || ask(node, ("backend", &secret)).status == 200);
    }
    let taken = token(&one, ("backend", &secret));
    assert_eq!(active(&other, ("api", &api), &taken), json!(true));
    assert_eq!(post(&one, "/oauth/revoke", ("backend", &secret), &format!("token={taken}")).status, 200);
    wait_until("it is revoked", || active(&other, ("api", &api), &taken) == json!(false));
    let new = site.client(&["rotate", "backend", "--now"]);
    for node in nodes {
        wait_until("the old secret has ended", || ask(node, ("backend", &secret)).status == 401);
        assert_eq!(ask(node, ("backend", &new)).status, 200);
    }
    site.client(&["disable", "backend"]);
    for node in nodes {
        wait_until("it is disabled", || ask(node, ("backend", &new)).status == 401);
    }
}

#[test]
fn what_was_used_at_one_node_is_used_at_the_other() {
    let Some(database) = shared() else { return };
    let site = Site::new(database.url(), "");
    let key = register_signer(&site);
    let secret = site.client(&["add", "backend", "--scope", "x"]);
    let (one, other) = (site.node(), site.node());
    let body = assertion(&key);
    assert_eq!([&one, &other].map(|node| assert_as(node, &body).status), [200, 401]);
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk()}).to_string();
    let claims = json!({"jti": fresh(), "htm": "POST", "htu": format!("{ISSUER}/oauth/token"), "iat": Timestamp::now().unix()});
    let proof = key.sign_text("ES256", &header, &claims.to_string());
    let body = format!("grant_type=client_credentials&client_id=backend&client_secret={secret}");
    let send = |node: &Server| node.request("POST", "/oauth/token", &[FORM[0], ("DPoP", &proof)], &body);
    let bound = send(&one);
    assert_eq!((bound.status, &bound.json()["token_type"]), (200, &json!("DPoP")), "{bound:?}");
    let replayed = send(&other);
    assert_eq!((replayed.status, &replayed.json()["error"]), (400, &json!("invalid_dpop_proof")));
    assert!(replayed.body.contains("used before"), "{replayed:?}");
    // Bound to the resource's address, and to the token.
    let token = bound.json()["access_token"].as_str().unwrap().to_owned();
    let claims = json!({"jti": fresh(), "htm": "GET", "htu": format!("{ISSUER}/protected-resource"),
        "ath": part(sha256(token.as_bytes())), "iat": Timestamp::now().unix()});
    let proof = key.sign_text("ES256", &header, &claims.to_string());
    let headers = [("Authorization", format!("DPoP {token}")), ("DPoP", proof)];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let statuses = [&one, &other].map(|node| node.request("GET", "/protected-resource", &headers, "").status);
    assert_eq!(statuses, [200, 401]);
}

#[test]
fn sessions_that_are_cut_are_nothing_that_anybody_notices() {
    let Some(database) = shared() else { return };
    let site = Site::new(database.url(), "");
    let key = register_signer(&site);
    let node = site.node();
    for round in 0..5 {
        let secret = site.client(&["add", &format!("c{round}"), "--scope", "x"]);
        database.cut();
        // Neither of the two is known to the node.
        assert_eq!(ask(&node, (&format!("c{round}"), &secret)).status, 200);
        assert_eq!(ask(&node, (&format!("nobody{round}"), "x")).status, 401);
        database.cut();
        let reply = assert_as(&node, &assertion(&key));
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    assert_eq!(health(&node).status, 200);
}

#[test]
fn without_the_database_what_is_known_is_good_for_a_time_and_then_nothing_is() {
    let Some(server) = Postgres::start() else { return };
    let site = Site::new(server.database().url(), "store_outage = '15s'");
    let key = register_signer(&site);
    let secret = site.client(&["add", "known", "--scope", "x"]);
    let api = site.client(&["add", "api", "--introspect"]);
    let late = site.client(&["add", "late", "--scope", "x"]);
    let mut node = site.node();
    let mut said = node.says();
    let known = ("known", secret.as_str());
    let [kept, revoked, never_again] = std::array::from_fn(|_| token(&node, known));
    assert_eq!(active(&node, ("api", &api), &kept), json!(true));
    let of_late = token(&node, ("late", &late));
    assert_eq!(keys_kept(&node), "public, max-age=300");

    server.stop();
    let stopped = Instant::now();
    wait_until("it says that it is not well", || health(&node).status == 503);
    unavailable(&health(&node));
    said.until("the store is unavailable");
    assert_eq!(keys_kept(&node), "no-cache", "another node may have published one that is not known here");
    token(&node, known);
    assert_eq!(active(&node, ("api", &api), &kept), json!(true));
    assert_eq!(active(&node, ("api", &api), &of_late), json!(true));
    unavailable(&ask(&node, ("nobody", "x")));
    let unrecorded = assertion(&key);
    unavailable(&assert_as(&node, &unrecorded));
    unavailable(&post(&node, "/oauth/revoke", known, &format!("token={revoked}")));
    assert_eq!(active(&node, ("api", &api), &revoked), json!(false), "here it is revoked all the same");
    unavailable(&post(&node, "/oauth/revoke", known, &format!("token={never_again}")));

    wait_until("what was known is good no more", || ask(&node, known).status == 503);
    assert!(stopped.elapsed() >= Duration::from_secs(13), "{:?}", stopped.elapsed());
    unavailable(&ask(&node, known));
    let bearer = [("Authorization", format!("Bearer {kept}"))];
    let bearer = bearer.each_ref().map(|(name, value)| (*name, value.as_str()));
    unavailable(&node.request("GET", "/protected-resource", &bearer, ""));
    said.until("store_outage");

    server.resume();
    said.until("the store is back");
    assert_eq!(keys_kept(&node), "public, max-age=300");
    token(&node, known);
    assert_eq!((health(&node).status, ask(&node, ("nobody", "x")).status), (200, 401));
    assert_eq!(assert_as(&node, &unrecorded).status, 200, "what was not put on record was not used");
    assert_eq!(post(&node, "/oauth/revoke", known, &format!("token={revoked}")).status, 200);
    assert_eq!(node.request("GET", "/protected-resource", &bearer, "").status, 200);
    let other = site.node();
    wait_until("the other node knows", || active(&other, ("api", &api), &revoked) == json!(false));
    wait_until("what was refused is sent later", || {
        active(&other, ("api", &api), &never_again) == json!(false)
    });
    assert_eq!(node.stop().0, 0);
}

#[test]
fn a_database_that_falls_silent_holds_up_nobody_who_is_known() {
    let Some(database) = shared() else { return };
    let proxy = Proxy::to(database.port());
    let url = database.tcp_url().replace(&database.port().to_string(), &proxy.port().to_string());
    let site = Site::new(url, "");
    let secret = site.client(&["add", "known", "--scope", "x"]);
    let (node, other) = (site.node(), site.node());
    let known = ("known", secret.as_str());
    token(&node, known);
    proxy.silence(true);
    // While it is silent, each answer here comes without it.
    wait_until("its silence is noticed", || {
        token(&node, known);
        health(&node).status == 503
    });
    (0..20).for_each(|_| drop(token(&node, known)));
    unavailable(&ask(&node, ("nobody", "x")));
    unavailable(&health(&node));
    // Nor does a signal wait for it.
    assert_eq!(other.stop().0, 0);
    // A command that cannot reach it ends, too.
    let list = site.run(&["client", "list"]).env("PGPASSWORD", PASSWORD).run();
    list.fails(1, &["the store is unavailable", "in time"]);
    proxy.silence(false);
    wait_until("it is well again", || health(&node).status == 200);
    assert_eq!(ask(&node, ("nobody", "x")).status, 401);
}

#[test]
fn what_the_database_says_stands_in_the_log_with_a_cure_and_in_no_answer() {
    let Some(database) = shared() else { return };
    let role = format!("{}_app", database.name);
    database.sql(&format!("CREATE ROLE {role} LOGIN SUPERUSER"));
    let site = Site::new(database.url().replace("heist@", &format!("{role}@")), "");
    let secret = site.client(&["add", "known", "--scope", "x"]);
    let mut node = site.node();
    let mut said = node.says();
    let token = token(&node, ("known", &secret));
    database.sql(&format!("ALTER ROLE {role} NOLOGIN"));
    database.cut();
    let nobody = ask(&node, ("nobody", "x"));
    let line = said.until("is not permitted to log in");
    assert!(line.contains(&role) && line.contains("may this user use the database?"), "{line}");
    unavailable(&nobody);
    unavailable(&ask(&node, ("nobody", "x")));
    unavailable(&health(&node));
    unavailable(&post(&node, "/oauth/revoke", ("known", &secret), &format!("token={token}")));
    let (code, log) = node.stop();
    assert_eq!(code, 0);
    let why = log.lines().filter(|line| line.contains("is not permitted to log in")).count();
    assert!(why >= 3, "of each refusal it is known why:\n{log}");
}

#[test]
fn a_database_that_is_spoken_to_by_tls_is_the_one_that_was_meant() {
    let Some(server) = Postgres::start() else { return };
    let authority = Authority::new("heist");
    let issued = authority.issue("localhost");
    server.secure(&issued.pem, &issued.key);
    let database = server.database();
    let by_name = database.tcp_url().replace("127.0.0.1", "localhost");
    let mut site = Site::new(format!("{by_name}?sslmode=verify-full"), "");
    let trusted = site.folder.path().join("ca.pem");
    std::fs::write(&trusted, &authority.pem).unwrap();
    let list = |site: &Site| site.run(&["client", "list"]).env("PGPASSWORD", PASSWORD);
    list(&site)
        .run()
        .fails(1, &["certificate is not trusted: its issuer is not among the authorities", "SSL_CERT_FILE"]);
    list(&site).env("SSL_CERT_FILE", "/nowhere").run().fails(2, &["SSL_CERT_FILE"]);
    list(&site).env("SSL_CERT_FILE", &trusted).run().exits(0);
    let serve = site.run(&["serve", "--listen", "127.0.0.1:0"]).env("PGPASSWORD", PASSWORD);
    let node = serve.env("SSL_CERT_FILE", &trusted).serve();
    let ours = "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'heistctl'";
    assert_eq!(database.sql(&format!("SELECT bool_and(ssl), count(*) > 0 {ours}")), "t|t");
    assert_eq!(health(&node).status, 200);
    site.store = format!("{}?sslmode=require", database.tcp_url());
    list(&site).env("SSL_CERT_FILE", &trusted).run().fails(1, &["TLS", "it is for another host name"]);
}

#[test]
fn a_password_on_the_command_line_is_warned_of_and_shown_nowhere() {
    let Some(database) = shared() else { return };
    let url = database.tcp_url().replace("heist@", &format!("heist:{PASSWORD}@"));
    let ran = heistctl(["client", "list", "--store", &url]).run().exits(0);
    assert!(ran.stderr.contains("HEISTCTL_STORE or PGPASSWORD") && !ran.stderr.contains(PASSWORD), "{ran}");
    let ran = heistctl(["client", "list", "-v"]).env("HEISTCTL_STORE", &url).run().exits(0);
    assert!(!ran.stderr.contains("PGPASSWORD") && !ran.stderr.contains(PASSWORD), "{ran}");
    let site = Site::new(url.replace(PASSWORD, "swordfish"), "");
    let ran = site.run(&["serve", "--listen", "127.0.0.1:0"]).run();
    let ran = ran.fails(1, &["password authentication failed", "PGPASSWORD"]);
    assert!(!ran.stderr.contains("swordfish"), "{ran}");
    let wrong = url.replace(PASSWORD, "swordfish");
    let ran = heistctl(["client", "list", "--store", &wrong]).run();
    let ran = ran.fails(1, &["password authentication failed", "the password in --store can be read"]);
    assert!(!ran.stderr.contains("swordfish"), "{ran}");
    let site = Site::new(String::new(), &format!("store = '{url}'"));
    for (mode, warned) in [(0o644, true), (0o600, false)] {
        let file = site.folder.path().join("heist.toml");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let ran = site.run(&["serve", "--check"]).run().exits(0);
        assert_eq!(ran.stdout.contains("the password in heist.toml can be read"), warned, "{ran}");
        assert!(!ran.stderr.contains(PASSWORD) && !ran.stdout.contains(PASSWORD), "{ran}");
    }
}

#[test]
fn the_documents_screens_of_several_nodes_are_what_one_sees() {
    let blocks = documents::blocks("nodes");
    assert!(!blocks.is_empty());
    for mut block in blocks {
        let Some(database) = shared() else { return };
        block.text = block.text.replace("postgres://heist@db.example.com/heist", &database.url());
        documents::same(&block);
    }
}
