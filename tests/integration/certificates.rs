//! Certificates of clients (RFC 8705): who is known by which, and tokens that are good beside one alone.

use crate::support::keys::{Key, part};
use crate::support::protocol::{Answer, FORM, ISSUER, Issuer, NOW};
use heistctl::http::{Method, Peer, PeerCertificate};
use heistctl::issuer::ServiceSettings;
use heistctl::jose::certificate::SubjectName;
use heistctl::jose::compact::{Token, read};
use heistctl::jose::digest::sha256;
use heistctl::registry::{Client, ClientAuth, Permissions};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::{Value, json};

/// A certificate of that name for 2026, DER.
fn certificate(name: &str, key: &KeyPair) -> Vec<u8> {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
    params.self_signed(key).unwrap().der().to_vec()
}

fn fresh(name: &str) -> Vec<u8> {
    certificate(name, &KeyPair::generate().unwrap())
}

/// A service whose client `tls` an authority vouches for, `own` has that certificate, and `flagged` has a
/// secret and bound tokens.
fn issuer(own: &[u8]) -> Issuer {
    let settings = ServiceSettings { client_certificates: true, ..ServiceSettings::default() };
    let mut issuer = Issuer::with(ISSUER, "ES256", settings);
    let may = Permissions { certificate_bound: true, ..Permissions::default() };
    let base = |id| crate::support::client(id, "s", "a b");
    for client in [
        Client { auth: ClientAuth::Tls(SubjectName::Dns("tls.example.com".to_owned())), ..base("tls") },
        Client { auth: ClientAuth::SelfSignedTls(vec![[0; 32], sha256(own)]), ..base("own") },
        Client { may, ..base("flagged") },
    ] {
        issuer.service.registry.add(client).unwrap();
    }
    issuer
}

fn show(issuer: &Issuer, der: &[u8], trusted: bool) {
    let certificate = Some(PeerCertificate { der: der.to_vec(), trusted });
    issuer.peer.replace(Peer { certificate, ..Peer::default() });
}

/// A token request with nothing but an id.
fn ask(issuer: &Issuer, client: &str) -> Answer {
    issuer.post("/oauth/token", &format!("grant_type=client_credentials&client_id={client}"))
}

fn refused(answer: &Answer, reason: &str) {
    answer.is(401, "invalid_client", reason);
    assert_eq!(answer.text("error_description"), "Invalid client credentials");
    assert!(answer.header("WWW-Authenticate").is_some());
}

fn claims(token: &str) -> Value {
    let Token::Jws(jws) = read(token) else { panic!("{token}") };
    serde_json::from_slice(&jws.payload_bytes).unwrap()
}

#[test]
fn an_authority_vouches_for_a_client_by_its_name() {
    let issuer = issuer(b"");
    let der = fresh("tls.example.com");
    refused(&ask(&issuer, "tls"), "client certificate: the connection shows none");
    show(&issuer, &der, false);
    refused(&ask(&issuer, "tls"), "no trusted authority");
    show(&issuer, &fresh("other.example.com"), true);
    refused(&ask(&issuer, "tls"), "lack tls.example.com");
    show(&issuer, b"hunter2", true);
    refused(&ask(&issuer, "tls"), "not an X.509 certificate");
    show(&issuer, &der, true);
    let answer = ask(&issuer, "tls");
    assert_eq!((answer.text("scope"), answer.text("token_type")), ("a b", "Bearer"));
    assert_eq!(claims(answer.text("access_token"))["cnf"], json!({"x5t#S256": part(sha256(&der))}));
    let body = json!({"client_id": "tls"}).to_string();
    let by_json = issuer.send(Method::Post, "/oauth/token", &[("Content-Type", "application/json")], &body);
    assert_eq!(by_json.status, 200);
    assert_eq!(issuer.post("/oauth/revoke", "client_id=tls&token=x").status, 200, "other endpoints, too");
}

#[test]
fn a_client_is_known_by_its_own_certificate_while_that_is_good() {
    let key = KeyPair::generate().unwrap();
    let der = certificate("own.example.com", &key);
    let issuer = issuer(&der);
    refused(&ask(&issuer, "own"), "the connection shows none");
    show(&issuer, &certificate("own.example.org", &key), true);
    refused(&ask(&issuer, "own"), "not one of the client's");
    show(&issuer, &der, false);
    assert_eq!(ask(&issuer, "own").status, 200, "nobody vouches for it");
    refused(&ask(&issuer, "tls"), "no trusted authority");
    for (days, why) in [(60, "it has expired"), (-400, "not valid before")] {
        let moment = NOW.unix() + days * 86_400;
        issuer.now.set(heistctl::clock::Timestamp::from_unix(moment));
        refused(&ask(&issuer, "own"), why);
    }
}

#[test]
fn an_id_alone_is_nothing_where_no_certificate_is_registered() {
    let issuer = issuer(b"");
    show(&issuer, &fresh("tls.example.com"), true);
    for client in ["c", "signer", "nobody", "flagged"] {
        refused(&ask(&issuer, client), "client_secret is missing");
    }
    refused(&issuer.ask("tls", ""), "another authentication method");
    let claims = json!({"iss": "tls", "sub": "tls", "aud": ISSUER, "jti": "j", "exp": NOW.unix() + 60});
    refused(&issuer.assert(&issuer.client_key.sign("ES256", None, &claims)), "another authentication method");
}

#[test]
fn a_bound_token_is_good_beside_its_certificate_alone() {
    let der = fresh("own.example.com");
    let issuer = issuer(&der);
    show(&issuer, &der, false);
    let answer = ask(&issuer, "own");
    let token = answer.text("access_token");
    let bearer = format!("Bearer {token}");
    assert_eq!(issuer.resource(&bearer, &[]).status, 200);
    let active = issuer.introspect(token);
    assert_eq!(
        (&active["cnf"], &active["token_type"]),
        (&json!({"x5t#S256": part(sha256(&der))}), &json!("Bearer"))
    );
    show(&issuer, &fresh("own.example.com"), true);
    let stolen = issuer.resource(&bearer, &[]);
    stolen.is(401, "invalid_token", "bound to another certificate");
    assert!(stolen.header("WWW-Authenticate").unwrap().starts_with("Bearer realm="));
    issuer.peer.replace(Peer::default());
    issuer.resource(&bearer, &[]).is(401, "invalid_token", "the connection shows none");
    let kind = "urn:ietf:params:oauth:token-type:access_token";
    let agent = issuer.token("agent", "");
    for (subject, actor, which) in [(token, agent.as_str(), "subject"), (&agent, token, "actor")] {
        let exchange = issuer.post(
            "/oauth/token",
            &format!(
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=agent&client_secret=s\
                 &subject_token={subject}&subject_token_type={kind}&actor_token={actor}&actor_token_type={kind}"
            ),
        );
        exchange.is(400, "invalid_grant", &format!("{which}_token: it is bound to a certificate"));
    }
}

#[test]
fn a_token_may_be_bound_to_a_certificate_and_to_a_key() {
    let der = fresh("flagged.example.com");
    let issuer = issuer(b"");
    issuer.ask("flagged", "").is(400, "invalid_request", "tls_client_certificate_bound_access_tokens");
    show(&issuer, &der, false);
    let alone = issuer.ask("flagged", "");
    assert_eq!(alone.text("token_type"), "Bearer");
    let key = Key::for_alg("ES256");
    let proof = |method: &str, url: &str, token: &str| {
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk()}).to_string();
        let claims = json!({"jti": method, "htm": method, "htu": format!("{ISSUER}{url}"), "iat": NOW.unix(),
                            "ath": part(sha256(token.as_bytes()))});
        key.sign_text("ES256", &header, &claims.to_string())
    };
    let asked = proof("POST", "/oauth/token", "");
    let body = "grant_type=client_credentials&client_id=flagged&client_secret=s";
    let answer = issuer.send(Method::Post, "/oauth/token", &[FORM, ("DPoP", &asked)], body);
    let token = answer.text("access_token");
    assert_eq!(answer.text("token_type"), "DPoP");
    let cnf = &claims(token)["cnf"];
    assert!(cnf["jkt"].is_string() && cnf["x5t#S256"] == part(sha256(&der)), "{cnf}");
    let shown = proof("GET", "/protected-resource", token);
    issuer.resource(&format!("Bearer {token}"), &[]).is(401, "invalid_token", "bound to a key");
    issuer.peer.replace(Peer::default());
    let scheme = format!("DPoP {token}");
    issuer.resource(&scheme, &[("DPoP", &shown)]).is(401, "invalid_token", "the connection shows none");
    show(&issuer, &der, false);
    assert_eq!(issuer.resource(&scheme, &[("DPoP", &shown)]).status, 200);
    show(&issuer, b"", false);
    assert_eq!(issuer.resource(&format!("Bearer {}", issuer.token("c", "")), &[]).status, 200, "unbound");
}

#[test]
fn certificates_are_offered_where_connections_can_show_them() {
    const METADATA: &str = "/.well-known/oauth-authorization-server";
    let (with, without) = (issuer(b""), Issuer::new());
    assert!(with.service.registry.needs_certificates() && !without.service.registry.needs_certificates());
    let (with_it, without_it) = (with.get(METADATA).body, without.get(METADATA).body);
    for endpoint in ["token", "introspection", "revocation"] {
        let name = format!("{endpoint}_endpoint_auth_methods_supported");
        for method in ["tls_client_auth", "self_signed_tls_client_auth"] {
            assert!(with_it[&name].as_array().unwrap().contains(&json!(method)), "{name}");
            assert!(!without_it[&name].as_array().unwrap().contains(&json!(method)), "{name}");
        }
    }
    let flag = "tls_client_certificate_bound_access_tokens";
    assert_eq!((with_it.get(flag), without_it.get(flag)), (Some(&json!(true)), None));
    let way = json!({"tls_client_auth": []});
    let security = |issuer: &Issuer| {
        let document = issuer.get("/openapi.json").body;
        document["paths"]["/oauth/token"]["post"]["security"].as_array().unwrap().contains(&way)
    };
    assert!(security(&with) && !security(&without));
}

#[test]
fn certificates_cannot_be_guessed_and_nobody_is_locked_out_by_wrong_ones() {
    let der = fresh("own.example.com");
    let issuer = issuer(&der);
    for _ in 0..30 {
        refused(&ask(&issuer, "own"), "the connection shows none");
    }
    show(&issuer, &fresh("own.example.com"), true);
    for _ in 0..30 {
        let answer = ask(&issuer, "own");
        refused(&answer, "not one of the client's");
        assert_eq!(answer.delay(), 0);
    }
    show(&issuer, &der, false);
    assert_eq!(ask(&issuer, "own").status, 200);
}
