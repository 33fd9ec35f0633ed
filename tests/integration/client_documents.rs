//! Clients that describe themselves at a URL, which is their id: only allowed URLs are fetched, from public
//! addresses alone, once, and a host that is silent holds up nobody else.

use crate::support::api::{Api, answer};
use crate::support::checked::{private, refused, warnings};
use crate::support::keys::{Key, part};
use crate::support::process::wait_until;
use crate::support::secured::{Secured, json};
use crate::support::tls::Authority;
use crate::support::{Ran, Server, folder, heistctl};
use heistctl::clock::Timestamp;
use heistctl::jose::digest::random;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

const ISSUER: &str = "https://as.example.com";

/// A host of documents, and whoever vouches for it.
struct Host {
    server: Secured,
    authority: Authority,
    key: Key,
}

/// A document of this URL with this public key, changed as `changes` says.
fn document(id: &str, jwk: &Value, changes: &Value) -> Value {
    let mut document = json!({
        "client_id": id, "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk]}
    });
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    document.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    document
}

impl Host {
    /// Serves documents as this function says: from path, URL and public key to the bytes of an answer.
    fn serve(answer: impl Fn(&str, &str, &Value) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let (authority, key) = (Authority::new("test"), Key::for_alg("ES256"));
        let (issued, jwk) = (authority.issue("localhost"), key.jwk());
        let server = Secured::serve(&issued, None, move |request, port| {
            let path = request.split(' ').nth(1).unwrap_or_default();
            answer(path, &format!("https://localhost:{port}{path}"), &jwk)
        });
        Self { server, authority, key }
    }

    /// Serves a good document at every path.
    fn good() -> Self {
        Self::serve(|_, url, jwk| json(&document(url, jwk, &json!({}))))
    }

    fn id(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    /// A token server that allows the URLs below this one.
    fn issuer(&self, more: &str) -> (tempfile::TempDir, Server) {
        let toml = format!(
            "issuer = '{ISSUER}'\nstore = 'sqlite:s.db'\n[[client_documents]]\nallow = ['{}/agents/*']\n\
             scopes = ['read', 'write']\nlifetime = '10m'\n{more}",
            self.server.url()
        );
        let folder = private(&toml, &[("ca.pem", &self.authority.pem), ("key.pem", &self.key.private_pem())]);
        let serve = heistctl(["serve", "--listen", "127.0.0.1:0"]).in_folder(folder.path());
        let server = serve.env("SSL_CERT_FILE", folder.path().join("ca.pem")).serve();
        (folder, server)
    }

    fn token(&self, server: &Server, folder: &tempfile::TempDir, id: &str, more: &[&str]) -> Ran {
        let args = ["token", "--client-id", id, "--client-key", "key.pem", "--assertion-audience", ISSUER];
        let cli = heistctl(args.iter().chain(more)).in_folder(folder.path());
        cli.env("HEISTCTL_TOKEN_URL", server.token_url()).run()
    }
}

/// The body of a token request with an assertion.
fn body(key: &Key, alg: &str, id: &str, aud: &str) -> String {
    let now = Timestamp::now().unix();
    let claims = json!({"iss": id, "sub": id, "aud": aud, "exp": now + 60,
                        "jti": part(random::<12>().unwrap())});
    format!(
        "grant_type=client_credentials&client_assertion={}&client_assertion_type=\
         urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        key.sign(alg, None, &claims)
    )
}

fn ask(server: &Server, body: &str) -> u16 {
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    server.request("POST", "/oauth/token", &form, body).status
}

#[test]
fn a_client_gets_tokens_by_the_url_of_its_document() {
    let host = Host::good();
    let (folder, server) = host.issuer("allow_private = true\n");
    let id = host.id("/agents/a.json");
    let token = host.token(&server, &folder, &id, &[]).exits(0).stdout;
    let claims = heistctl(["inspect", "--json", "-"]).stdin(token.as_str()).run().json()["claims"].clone();
    assert_eq!((&claims["client_id"], &claims["scope"]), (&json!(id), &json!("read write")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    // The document is cached, and the resource knows the client.
    host.token(&server, &folder, &id, &["--scope", "read"]).exits(0);
    assert_eq!(host.server.asked().len(), 1, "{:?}", host.server.asked());
    let resource = format!("{}/protected-resource", server.url());
    let ran = heistctl(["call", "--token", "-", &resource]).stdin(token).run().exits(0);
    assert_eq!(ran.json()["client"], json!(id));
    // A refusal has its own reason, and not that the client is unknown.
    host.token(&server, &folder, &id, &["--scope", "admin"]).fails(4, &["invalid_scope"]);
    let metadata = server.request("GET", "/.well-known/oauth-authorization-server", &[], "").json();
    assert_eq!(metadata["client_id_metadata_document_supported"], json!(true));
}

#[test]
fn a_client_that_is_disabled_in_the_store_does_not_come_back_by_its_document() {
    let host = Host::good();
    let (folder, server) = host.issuer("allow_private = true\n");
    let (id, other) = (host.id("/agents/a.json"), host.id("/agents/b.json"));
    let token = host.token(&server, &folder, &id, &["--no-cache"]).exits(0).stdout;
    let client = |args: &[&str]| {
        let args = ["client", "--store", "sqlite:s.db"].iter().chain(args);
        heistctl(args).in_folder(folder.path()).run().exits(0)
    };
    client(&["add", &id]);
    client(&["disable", &id]);
    let resource = format!("{}/protected-resource", server.url());
    wait_until("the token ends with its client", || {
        heistctl(["call", "--token", "-", &resource]).stdin(token.as_str()).run().code == 4
    });
    host.token(&server, &folder, &id, &["--no-cache"]).fails(4, &["invalid_client"]);
    host.token(&server, &folder, &other, &["--no-cache"]).exits(0);
}

#[test]
fn keys_may_be_at_a_url_that_the_document_names() {
    let host = Host::serve(|path, url, jwk| match path {
        "/keys" => json(&json!({"keys": [jwk]})),
        _ => {
            let keys = url.replace("/agents/a.json", "/keys");
            json(&document(url, jwk, &json!({"jwks": null, "jwks_uri": keys, "scope": "read"})))
        }
    });
    let (folder, server) = host.issuer("allow_private = true\n");
    for _ in 0..2 {
        host.token(&server, &folder, &host.id("/agents/a.json"), &["--no-cache"]).exits(0);
    }
    assert_eq!(host.server.asked().len(), 2, "{:?}", host.server.asked());
}

#[test]
fn addresses_beyond_the_public_internet_are_not_asked() {
    let host = Host::good();
    let (folder, mut server) = host.issuer("");
    let errors = server.errors();
    let refused = host.token(&server, &folder, &host.id("/agents/a.json"), &[]);
    refused.fails(4, &["401 invalid_client"]);
    assert!(host.server.asked().is_empty());
    let (_, log) = server.stop();
    let log = errors() + &log;
    assert!(log.contains("its address is not on the public internet, and it is not requested"), "{log}");
}

#[test]
fn nothing_is_fetched_for_what_cannot_be_a_good_request() {
    let host = Host::good();
    let (_folder, server) = host.issuer("allow_private = true\n");
    let id = host.id("/agents/a.json");
    let secret = Key::for_alg("HS256");
    for body in [
        body(&host.key, "ES256", &host.id("/other/a.json"), ISSUER),
        body(&host.key, "ES256", &host.id("/agents/../a.json"), ISSUER),
        body(&host.key, "ES256", &host.id("/agents/a.json?x"), ISSUER),
        body(&host.key, "ES256", &id.replace("https", "http"), ISSUER),
        body(&host.key, "ES256", &id, "https://other.example.com"),
        body(&secret, "HS256", &id, ISSUER),
        format!("grant_type=client_credentials&client_id={id}&client_secret=x"),
    ] {
        assert_eq!(ask(&server, &body), 401, "{body}");
    }
    assert!(host.server.asked().is_empty(), "{:?}", host.server.asked());
    assert_eq!(ask(&server, &body(&host.key, "ES256", &id, ISSUER)), 200);
}

#[test]
fn a_document_that_is_not_one_is_not_used_and_the_log_says_why() {
    let host = Host::serve(|path, url, jwk| {
        let of = |changes: Value| json(&document(url, jwk, &changes));
        match path {
            "/agents/redirect" => {
                b"HTTP/1.1 302 F\r\nLocation: /agents/good\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
            }
            "/agents/large" => of(json!({"client_name": "x".repeat(5 * 1024)})),
            "/agents/other" => of(json!({"client_id": "https://other.example.com/a"})),
            "/agents/secret" => of(json!({"client_secret": "hunter2"})),
            "/agents/basic" => of(json!({"token_endpoint_auth_method": "client_secret_basic"})),
            "/agents/html" => b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}".to_vec(),
            _ => of(json!({})),
        }
    });
    let (_folder, mut server) = host.issuer("allow_private = true\n");
    let errors = server.errors();
    for path in ["redirect", "large", "other", "secret", "basic", "html"] {
        let id = host.id(&format!("/agents/{path}"));
        for _ in 0..3 {
            assert_eq!(ask(&server, &body(&host.key, "ES256", &id, ISSUER)), 401, "{path}");
        }
    }
    // A failure is remembered, and no redirect is followed.
    assert_eq!(host.server.asked().len(), 6, "{:?}", host.server.asked());
    let (_, log) = server.stop();
    let log = errors() + &log;
    for why in [
        "answered 302",
        "larger than 5120 bytes",
        "its client_id is not its URL",
        "it has client_secret",
        "its token_endpoint_auth_method is not private_key_jwt",
        "its Content-Type is not application/json",
    ] {
        assert!(log.contains(why), "{why}: {log}");
    }
    assert!(!log.contains("hunter2"), "{log}");
}

/// One silent host with many addresses, and an honest one: the honest client gets its token while the others
/// wait.
#[test]
fn a_silent_host_holds_up_no_client_of_another() {
    const SILENT: usize = 40;
    let key = Key::for_alg("ES256");
    let set = json!({"keys": [key.jwk()]}).to_string();
    let honest = Api::serve(move |_, _| answer(200, set.clone()));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = silent.local_addr().unwrap();
    let mut toml = format!("issuer = '{ISSUER}'\nstore = 'memory:'\n");
    let mut client = |id: &str, uri: &str| {
        toml += &format!("[[client]]\nid = '{id}'\nscopes = ['x']\njwks_uri = '{uri}'\n");
    };
    client("honest", &format!("{}/keys", honest.url));
    (0..SILENT).for_each(|n| client(&format!("silent{n}"), &format!("http://{at}/{n}")));
    let folder = folder(&[("heist.toml", &toml)]);
    let server = heistctl(["serve", "--listen", "127.0.0.1:0"]).in_folder(folder.path()).serve();
    let (connected, connections) = channel();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeping = kept.clone();
    std::thread::spawn(move || {
        for socket in silent.incoming().flatten() {
            keeping.lock().unwrap().push(socket);
            let _ = connected.send(());
        }
    });
    std::thread::scope(|scope| {
        let (server, key) = (&server, &key);
        let waiting: Vec<_> = (0..SILENT)
            .map(|n| scope.spawn(move || ask(server, &body(key, "ES256", &format!("silent{n}"), ISSUER))))
            .collect();
        connections.recv().unwrap();
        assert_eq!(ask(server, &body(key, "ES256", "honest", ISSUER)), 200);
        assert_eq!(kept.lock().unwrap().len(), 1, "the silent host has one fetch at a time");
        for one in waiting {
            assert_eq!(one.join().unwrap(), 503, "the client may be right");
        }
    });
}

#[test]
fn the_configuration_of_documents_is_checked() {
    let of = |lines: &str| private(&format!("[[client_documents]]\n{lines}"), &[]);
    for (lines, parts) in [
        ("allow = []", &["allow is empty", "https://agents.example.com/*"][..]),
        ("scopes = ['a']", &["allow"]),
        ("allow = ['https://*.example.com/*']", &["has a * that is not its last character", "name the host"]),
        ("allow = ['https://agents.example.com*']", &["has a * that does not follow a /"]),
        ("allow = ['http://agents.example.com/*']", &["does not begin with https://"]),
        ("allow = ['https://agents.example.com']", &["has no path"]),
        ("allow = ['https://a.example/*']\nscopes = ['a b']", &["scopes"]),
        ("allow = ['https://a.example/*']\nlifetime = '0s'", &["lifetime"]),
        ("allow = ['https://a.example/*']\naudiences = ['x']", &["not an absolute URI"]),
        ("allow = ['https://a.example/*']\nurls = ['x']", &["allow"]),
    ] {
        refused(of(lines).path(), &[], parts);
    }
    let good = "allow = ['https://agents.example.com/*', 'https://b.example/a.json']\nscopes = ['a']\n";
    assert!(!warnings(of(good).path(), &[]).iter().any(|told| told.contains("allow_private")));
    let private = warnings(of(&format!("{good}allow_private = true")).path(), &[]);
    assert!(private.iter().any(|told| told.contains("allow_private")), "{private:?}");
}
