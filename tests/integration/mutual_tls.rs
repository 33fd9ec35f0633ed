//! Clients that `heistctl serve` knows by their certificates (RFC 8705), from the handshake to the bound
//! token at the resource.

use crate::support::keys::part;
use crate::support::tls::{Authority, Issued, TlsClient, TlsStream, ask_by, good_for, self_signed};
use crate::support::{Reply, Server, folder, heistctl};
use heistctl::jose::compact::{Token, read};
use heistctl::jose::digest::sha256;
use rcgen::{ExtendedKeyUsagePurpose, SanType};
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use rustls::{HandshakeKind, SignatureScheme, version};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const TOML: &str = "listen = '127.0.0.1:0'\n\
    [tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\nclient_ca_file = 'authority.pem'\n\
    [[client]]\nid = 'named'\nscopes = ['a']\nauth_method = 'tls_client_auth'\n\
    tls_client_auth_san_dns = 'client.example.com'\n\
    [[client]]\nid = 'own'\nscopes = ['a']\nauth_method = 'self_signed_tls_client_auth'\ntls_certificate = 'own.pem'\n\
    [[client]]\nid = 'flagged'\nscopes = ['a']\nsecret_file = 'secret'\ntls_client_certificate_bound_access_tokens = true\n";

/// A server that knows one client by its name and one by its own certificate.
struct Mutual {
    server: Server,
    folder: tempfile::TempDir,
    /// Who vouches for the server, and for clients.
    authority: Authority,
    own: Issued,
}

impl Mutual {
    fn new() -> Self {
        let (authority, own) = (Authority::new("authority"), self_signed("own.example.com"));
        let served = authority.issue("localhost");
        let folder = folder(&[
            ("heist.toml", TOML),
            ("cert.pem", &served.pem),
            ("key.pem", &served.key),
            ("authority.pem", &authority.pem),
            ("own.pem", &own.pem),
            ("secret", "hunter2"),
        ]);
        let server = heistctl(["serve"]).in_folder(folder.path()).serve();
        Self { server, folder, authority, own }
    }

    fn showing(&self, shown: &Issued) -> TlsClient {
        TlsClient::showing(&self.authority.pem, shown)
    }

    /// Asks for a token with nothing but an id.
    fn ask(&self, by: &TlsClient, id: &str) -> Reply {
        let body = format!("grant_type=client_credentials&client_id={id}");
        by.request(&self.server, "POST", "/oauth/token", &[FORM], &body)
    }

    fn resource(&self, by: &TlsClient, token: &str) -> Reply {
        let bearer = format!("Bearer {token}");
        by.request(&self.server, "GET", "/protected-resource", &[("Authorization", &bearer)], "")
    }
}

#[track_caller]
fn token(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

fn confirmation(token: &str) -> Value {
    let Token::Jws(jws) = read(token) else { panic!("{token}") };
    serde_json::from_slice::<Value>(&jws.payload_bytes).unwrap()["cnf"].clone()
}

#[test]
fn an_authority_vouches_for_a_client_by_its_name_and_for_no_other() {
    let mutual = Mutual::new();
    let named = mutual.authority.issue("client.example.com");
    let issued = token(&mutual.ask(&mutual.showing(&named), "named"));
    assert_eq!(confirmation(&issued), json!({"x5t#S256": part(sha256(&named.der))}));
    let nobody = TlsClient::trusting(&mutual.authority.pem);
    let stranger = Authority::new("authority").issue("client.example.com");
    let other = mutual.authority.issue("other.example.com");
    let ended = mutual.authority.issue_with("client.example.com", |params| good_for(params, -20, -10));
    let server = mutual.authority.issue_with("client.example.com", |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let wrong = [&stranger, &other, &ended, &server, &mutual.own].map(|shown| mutual.showing(shown));
    for client in [&nobody].into_iter().chain(&wrong) {
        let reply = mutual.ask(client, "named");
        assert_eq!((reply.status, &reply.json()["error"]), (401, &json!("invalid_client")), "{reply:?}");
    }
    let (code, log) = mutual.server.stop();
    assert_eq!(code, 0);
    for reason in ["the connection shows none", "lack client.example.com"] {
        assert_eq!(log.matches(reason).count(), 1, "{reason}: {log}");
    }
    assert_eq!(log.matches("no trusted authority vouches for it, or its time is over").count(), 4, "{log}");
}

#[test]
fn a_client_is_known_by_its_own_certificate_in_both_versions() {
    let mutual = Mutual::new();
    for offered in [&version::TLS12, &version::TLS13] {
        let client = TlsClient::with(&mutual.authority.pem, Some(&mutual.own), &[offered]);
        let issued = token(&mutual.ask(&client, "own"));
        assert_eq!(confirmation(&issued), json!({"x5t#S256": part(sha256(&mutual.own.der))}));
        let named = mutual.authority.issue("own.example.com");
        for shown in [None, Some(&self_signed("own.example.com")), Some(&named)] {
            let other = TlsClient::with(&mutual.authority.pem, shown, &[offered]);
            assert_eq!(mutual.ask(&other, "own").status, 401, "{offered:?}");
        }
    }
}

#[test]
fn a_bound_token_opens_the_resource_beside_its_certificate_alone() {
    let mutual = Mutual::new();
    let client = mutual.showing(&mutual.own);
    let issued = token(&mutual.ask(&client, "own"));
    let with_secret = "grant_type=client_credentials&client_id=flagged&client_secret=hunter2";
    let flagged = client.request(&mutual.server, "POST", "/oauth/token", &[FORM], with_secret);
    for token in [&issued, &token(&flagged)] {
        assert_eq!(mutual.resource(&client, token).status, 200);
        let thief = mutual.showing(&self_signed("own.example.com"));
        for (other, why) in [
            (&thief, "bound to another certificate"),
            (&TlsClient::trusting(&mutual.authority.pem), "the connection shows none"),
        ] {
            let reply = mutual.resource(other, token);
            assert_eq!((reply.status, &reply.json()["error"]), (401, &json!("invalid_token")));
            assert!(reply.body.contains(why), "{reply:?}");
        }
    }
    let without = TlsClient::trusting(&mutual.authority.pem);
    let refused = without.request(&mutual.server, "POST", "/oauth/token", &[FORM], with_secret);
    assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_request")), "{refused:?}");
}

#[test]
fn a_resumed_session_still_has_its_certificate() {
    let mutual = Mutual::new();
    for offered in [&version::TLS12, &version::TLS13] {
        let client = TlsClient::with(&mutual.authority.pem, Some(&mutual.own), &[offered]);
        let issued = token(&mutual.ask(&client, "own"));
        let stream = client.connect(&mutual.server);
        assert_eq!(stream.conn.handshake_kind(), Some(HandshakeKind::Resumed), "{offered:?}");
        let bearer = format!("Bearer {issued}");
        let reply = ask_by(stream, "GET", "/protected-resource", &[("Authorization", &bearer)], "");
        assert_eq!(reply.status, 200, "{reply:?}");
    }
}

/// Notes which authorities a server asks for certificates of, and shows none.
#[derive(Debug, Default)]
struct Noting(Mutex<Vec<usize>>);

impl ResolvesClientCert for Noting {
    fn resolve(&self, authorities: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.lock().unwrap().push(authorities.len());
        None
    }
    fn has_certs(&self) -> bool {
        true
    }
}

#[test]
fn clients_are_asked_for_any_certificate_where_one_has_its_own() {
    let mutual = Mutual::new();
    let noting = Arc::new(Noting::default());
    let mut config = (*TlsClient::trusting(&mutual.authority.pem).0).clone();
    config.client_auth_cert_resolver = noting.clone();
    TlsClient(Arc::new(config)).connect(&mutual.server);
    assert_eq!(*noting.0.lock().unwrap(), [0]);
}

#[test]
fn a_certificate_that_is_no_ones_ends_the_handshake() {
    let mutual = Mutual::new();
    let large = mutual.authority.issue_with("client.example.com", |params| {
        let name = |n: u16| SanType::DnsName(format!("{n}.client.example.com").try_into().unwrap());
        params.subject_alt_names.extend((0..300).map(name));
    });
    // A chain that is longer than any: whoever shows it wants the server to keep it.
    let rest = vec![mutual.own.der.clone(); 17 * 1024 / mutual.own.der.len() + 1];
    let long = Issued { rest, ..mutual.authority.issue("client.example.com") };
    for shown in [large, long] {
        let client = mutual.showing(&shown);
        // In TLS 1.3 the client is done before the server has read its certificate.
        let mut stream = client.connect(&mutual.server);
        let refused = stream.read(&mut [0; 16]).unwrap_err();
        assert!(refused.to_string().contains("BadCertificate"), "{refused}");
    }
    assert_eq!(mutual.ask(&mutual.showing(&mutual.own), "own").status, 200);
}

/// Asks for a token on a connection that stays, and gives the status.
fn ask_on(stream: &mut TlsStream, id: &str) -> String {
    let body = format!("grant_type=client_credentials&client_id={id}");
    let length = body.len();
    write!(
        stream,
        "POST /oauth/token HTTP/1.1\r\nHost: x\r\n{}: {}\r\nContent-Length: {length}\r\n\r\n{body}",
        FORM.0, FORM.1
    )
    .unwrap();
    let mut answer = vec![0; 16 * 1024];
    let count = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[9..count.min(12)]).into_owned()
}

#[test]
fn who_vouches_is_asked_again_when_the_authorities_change() {
    let mut mutual = Mutual::new();
    let mut said = mutual.server.says();
    let client = mutual.showing(&mutual.authority.issue("client.example.com"));
    let mut stream = client.connect(&mutual.server);
    assert_eq!(ask_on(&mut stream, "named"), "200");
    let other = Authority::new("authority");
    std::fs::write(mutual.folder.path().join("authority.pem"), &other.pem).unwrap();
    mutual.server.signal("-HUP");
    said.until("the configuration was reloaded");
    assert_eq!(ask_on(&mut stream, "named"), "401");
    assert_eq!(mutual.ask(&client, "named").status, 401, "a session is not resumed into trust either");
    assert_eq!(mutual.ask(&mutual.showing(&other.issue("client.example.com")), "named").status, 200);
    assert_eq!(mutual.ask(&mutual.showing(&mutual.own), "own").status, 200, "nobody vouches for it anyway");
}

#[test]
fn certificates_of_clients_want_tls_and_readable_authorities() {
    let plain = TOML.split("[tls]").next().unwrap().to_owned() + &TOML[TOML.find("[[client]]").unwrap()..];
    let mutual = Mutual::new();
    let check = |toml: &str, parts: &[&str]| {
        std::fs::write(mutual.folder.path().join("heist.toml"), toml).unwrap();
        heistctl(["serve"]).in_folder(mutual.folder.path()).run().fails(2, parts);
    };
    check(
        &plain,
        &["it needs a client certificate", "the server has no TLS", "hint: write [tls] with cert_file"],
    );
    let bad = TOML.replace("'authority.pem'", "'key.pem'");
    check(
        &bad,
        &[
            "the client_ca_file ./key.pem: it holds a private key",
            "hint: client_ca_file names certificates of authorities",
        ],
    );
    let missing = TOML.replace("'authority.pem'", "'missing.pem'");
    check(&missing, &["client_ca_file: cannot read ./missing.pem"]);
    let bad = TOML.replace("'own.pem'", "'key.pem'");
    check(&bad, &["client \"own\": tls_certificate ./key.pem: ", "it holds a private key"]);
}
