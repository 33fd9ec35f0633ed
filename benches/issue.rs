//! What a token costs: the pure path from request value to response value, beside bare
//! `jsonwebtoken::encode` of the same claims, in the same run. `cargo bench` prints both.

use divan::{Bencher, black_box};
use heistctl::claims::AccessClaims;
use heistctl::clock::Timestamp;
use heistctl::http::authorization::{Credentials, basic_header};
use heistctl::http::{Headers, Method, Request};
use heistctl::issuer::{Identity, NoRemoteKeys, Service, Settings};
use heistctl::jose::sign::Signer;
use heistctl::jose::{digest, install_provider};
use heistctl::registry::secret_hash::SecretHash;
use heistctl::registry::{Client, ClientAuth, Permissions, Registry};
use heistctl::scope::ScopeSet;
use heistctl::secret::Secret;
use heistctl::server::route::route;
use std::sync::Arc;

const SIGNING_SECRET: &str = "super-secret-change-in-production";
const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

fn main() {
    install_provider();
    divan::main();
}

fn scopes() -> ScopeSet {
    ScopeSet::from_tokens(["simulation:read", "simulation:write"]).expect("scopes of the demo")
}

fn service(signer: Signer) -> Service {
    let mut registry = Registry::default();
    let client = Client {
        id: "hacker-client".to_owned(),
        auth: ClientAuth::Secret { hash: SecretHash::of(&Secret::new("hacker-secret-123")), only: None },
        scopes: scopes(),
        default_scopes: scopes(),
        audiences: Vec::new(),
        lifetime: None,
        claims: serde_json::Map::new(),
        may: Permissions::default(),
    };
    registry.add(client).expect("the only client");
    let identity = Identity {
        issuer: "heist-oauth-service".to_owned(),
        public_url: "http://127.0.0.1:8001".to_owned(),
        nonce_key: [7; 32],
    };
    Service::new(identity, registry, signer, Settings::default(), Arc::new(NoRemoteKeys))
}

fn hs256() -> Signer {
    Signer::hs256(Secret::new(SIGNING_SECRET)).expect("a long secret")
}

fn request(content_type: &str, authorization: Option<&Secret>, body: &str) -> Request {
    let mut headers = Headers::default();
    headers.push("Host", "127.0.0.1:8001");
    headers.push("Content-Type", content_type);
    headers.push("Content-Length", body.len().to_string());
    if let Some(value) = authorization {
        headers.push("Authorization", value.expose_str().expect("ASCII"));
    }
    let (target, body) = ("/oauth/token".to_owned(), body.as_bytes().to_vec());
    Request { method: Method::Post, target, headers, body }
}

fn issue(bencher: Bencher<'_, '_>, signer: Signer, request: &Request) {
    let service = service(signer);
    let status = route(&service, request, NOW, digest::random).response.status;
    assert_eq!(status, 200, "the bench must measure a grant");
    bencher.bench(|| route(black_box(&service), black_box(request), NOW, digest::random));
}

/// The baseline: header and claims to a signed token, nothing else.
#[divan::bench]
fn hs256_bare_jsonwebtoken_encode(bencher: Bencher<'_, '_>) {
    let scope = scopes();
    let claims = AccessClaims {
        iss: "heist-oauth-service",
        sub: "hacker-client",
        client_id: "hacker-client",
        aud: &[],
        scope: &scope,
        iat: NOW,
        exp: Timestamp::from_unix(NOW.unix() + 3600),
        jti: "AAAAAAAAAAAAAAAAAAAAAA",
        cnf: None,
        act: None,
        extra: &serde_json::Map::new(),
    };
    let key = jsonwebtoken::EncodingKey::from_secret(SIGNING_SECRET.as_bytes());
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    bencher.bench(|| jsonwebtoken::encode(black_box(&header), black_box(&claims), &key));
}

/// Request to response, credentials in the body.
#[divan::bench]
fn hs256_form_with_body_credentials(bencher: Bencher<'_, '_>) {
    let body = "grant_type=client_credentials&client_id=hacker-client&client_secret=hacker-secret-123&scope=simulation:read";
    issue(bencher, hs256(), &request("application/x-www-form-urlencoded", None, body));
}

/// Request to response, credentials by Basic.
#[divan::bench]
fn hs256_form_with_basic(bencher: Bencher<'_, '_>) {
    let credentials =
        Credentials { id: "hacker-client".to_owned(), secret: Secret::new("hacker-secret-123") };
    let header = basic_header(&credentials).expect("ASCII");
    issue(
        bencher,
        &request("application/x-www-form-urlencoded", Some(&header), "grant_type=client_credentials"),
    );
}

/// Request to response, the article's JSON.
#[divan::bench]
fn hs256_json(bencher: Bencher<'_, '_>) {
    let body =
        r#"{"client_id":"hacker-client","client_secret":"hacker-secret-123","scope":"simulation:read"}"#;
    issue(bencher, hs256(), &request("application/json", None, body));
}
