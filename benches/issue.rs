//! What a token costs: the pure path from request value to response value, for each way of
//! authenticating and each algorithm, beside its baseline in the same run: for HS256 bare
//! `jsonwebtoken::encode` of the same claims, for the others a bare signature by a cached key.
//! `cargo bench` prints both.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use client::client;
use divan::{Bencher, black_box};
use heistctl::claims::AccessClaims;
use heistctl::clock::Timestamp;
use heistctl::http::authorization::{BasicCredentials, basic_header};
use heistctl::http::{Headers, Method, Request};
use heistctl::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings};
use heistctl::jose::algorithm::Algorithm;
use heistctl::jose::keyset::KeySet;
use heistctl::jose::private::PrivateKey;
use heistctl::jose::sign::{Signer, TokenType};
use heistctl::jose::{digest, install_provider, jwk};
use heistctl::registry::secret_hash::SecretHash;
use heistctl::registry::{AssertionAudience, ClientAuth, ClientKeys, LiveSecret, Registry};
use heistctl::scope::ScopeSet;
use heistctl::secret::Secret;
use heistctl::server::route::route;
use serde_json::json;
use std::sync::Arc;

#[path = "support/client.rs"]
mod client;

const SIGNING_SECRET: &str = "super-secret-change-in-production";
const ISSUER: &str = "https://as.example.com";
const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const BODY: &str = "grant_type=client_credentials&client_id=hacker-client&client_secret=hacker-secret-123&scope=simulation:read";
const SCOPES: &str = "simulation:read simulation:write";
const FORM: &str = "application/x-www-form-urlencoded";

fn main() {
    install_provider();
    divan::main();
}

fn service(signer: Signer, auth: ClientAuth) -> Service {
    let mut registry = Registry::default();
    let client = client("hacker-client", auth, SCOPES);
    registry.add(client).expect("the only client");
    let identity = IssuerIdentity { issuer: ISSUER.to_owned(), public_url: ISSUER.to_owned() };
    Service::new(identity, registry, signer, ServiceSettings::default(), Arc::new(NoRemoteKeys))
}

fn by_secret() -> ClientAuth {
    let hash = SecretHash::of(&Secret::new("hacker-secret-123"));
    ClientAuth::Secret { secrets: vec![LiveSecret::lasting(hash)], only: None }
}

fn signer(algorithm: Algorithm) -> Signer {
    if algorithm == Algorithm::HS256 {
        return Signer::hs256(Secret::new(SIGNING_SECRET)).expect("a long secret");
    }
    let key = PrivateKey::generate(algorithm).expect("a key");
    Signer::asymmetric(key, algorithm).expect("a key of that kind")
}

fn request(content_type: &str, authorization: Option<&Secret>, body: &str) -> Request {
    let mut headers = Headers::default();
    headers.push("Host", "127.0.0.1:8001");
    headers.push("Content-Type", content_type);
    headers.push("Content-Length", body.len().to_string());
    if let Some(value) = authorization {
        headers.push("Authorization", value.expose_str().expect("ASCII"));
    }
    Request::new(Method::Post, "/oauth/token", headers, body)
}

fn issue(bencher: Bencher<'_, '_>, algorithm: Algorithm, request: &Request) {
    let service = service(signer(algorithm), by_secret());
    let status = route(&service, request, NOW, digest::random).response.status;
    assert_eq!(status, 200, "the bench must measure a grant");
    bencher.bench(|| route(black_box(&service), black_box(request), NOW, digest::random));
}

/// The baseline of HS256: header and claims to a signed token, nothing else.
#[divan::bench]
fn a_hs256_bare_jsonwebtoken_encode(bencher: Bencher<'_, '_>) {
    let scope: ScopeSet = SCOPES.parse().expect("scopes of the demo");
    let claims = AccessClaims {
        iss: ISSUER,
        sub: "hacker-client",
        client_id: "hacker-client",
        aud: &[],
        scope: &scope,
        scope_claim: None,
        iat: NOW,
        exp: Timestamp::from_unix(NOW.unix() + 3600),
        jti: "AAAAAAAAAAAAAAAAAAAAAA",
        cnf: None,
        act: None,
        sources: &[],
        extra: &serde_json::Map::new(),
    };
    let key = jsonwebtoken::EncodingKey::from_secret(SIGNING_SECRET.as_bytes());
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    bencher.bench(|| jsonwebtoken::encode(black_box(&header), black_box(&claims), &key));
}

#[divan::bench]
fn b_hs256_body(bencher: Bencher<'_, '_>) {
    issue(bencher, Algorithm::HS256, &request(FORM, None, BODY));
}

#[divan::bench]
fn b_hs256_basic(bencher: Bencher<'_, '_>) {
    let credentials =
        BasicCredentials { id: "hacker-client".to_owned(), secret: Secret::new("hacker-secret-123") };
    let header = basic_header(&credentials).expect("ASCII");
    issue(bencher, Algorithm::HS256, &request(FORM, Some(&header), "grant_type=client_credentials"));
}

#[divan::bench]
fn b_hs256_json(bencher: Bencher<'_, '_>) {
    let body =
        r#"{"client_id":"hacker-client","client_secret":"hacker-secret-123","scope":"simulation:read"}"#;
    issue(bencher, Algorithm::HS256, &request("application/json", None, body));
}

/// An assertion is verified (ES256) for each token; each is used once, so each is made beforehand.
#[divan::bench]
fn b_hs256_private_key_jwt(bencher: Bencher<'_, '_>) {
    let client = signer(Algorithm::ES256);
    let published = jwk::publish(client.verifying_key()).expect("a public key");
    let keys = json!({"keys": [published]}).to_string();
    let keys = ClientKeys::Fixed(KeySet::read(keys.as_bytes(), "bench").expect("a key set"));
    let auth = ClientAuth::PrivateKeyJwt { keys, audience: AssertionAudience::Issuer };
    let service = service(signer(Algorithm::HS256), auth);
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let assertion = || {
        let jti = digest::base64url(&digest::random::<16>().expect("random bytes"));
        let (sub, exp) = ("hacker-client", NOW.unix() + 60);
        let claims = json!({"iss": sub, "sub": sub, "aud": ISSUER, "jti": jti, "exp": exp});
        let jwt = client.sign(TokenType::Jwt, &claims).expect("a signature");
        let body =
            format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={jwt}");
        request(FORM, None, &body)
    };
    assert_eq!(route(&service, &assertion(), NOW, digest::random).response.status, 200);
    bencher.with_inputs(assertion).bench_values(|request| route(&service, &request, NOW, digest::random));
}

const MESSAGE: [u8; 300] = [b'x'; 300];

#[divan::bench]
fn c_es256_bare_signature(bencher: Bencher<'_, '_>) {
    let key = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    bencher.bench(|| key.sign(&SystemRandom::new(), black_box(&MESSAGE)));
}

#[divan::bench]
fn c_es256_body(bencher: Bencher<'_, '_>) {
    issue(bencher, Algorithm::ES256, &request(FORM, None, BODY));
}

#[divan::bench]
fn d_es384_bare_signature(bencher: Bencher<'_, '_>) {
    let key = EcdsaKeyPair::generate(&signature::ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
    bencher.bench(|| key.sign(&SystemRandom::new(), black_box(&MESSAGE)));
}

#[divan::bench]
fn d_es384_body(bencher: Bencher<'_, '_>) {
    issue(bencher, Algorithm::ES384, &request(FORM, None, BODY));
}

#[divan::bench]
fn e_eddsa_bare_signature(bencher: Bencher<'_, '_>) {
    let key = Ed25519KeyPair::generate().expect("a key");
    bencher.bench(|| key.sign(black_box(&MESSAGE)));
}

#[divan::bench]
fn e_eddsa_body(bencher: Bencher<'_, '_>) {
    issue(bencher, Algorithm::EdDSA, &request(FORM, None, BODY));
}

#[divan::bench]
fn f_rs256_bare_signature(bencher: Bencher<'_, '_>) {
    let key = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("a key");
    let sign = || {
        let mut out = vec![0; key.public_modulus_len()];
        key.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), black_box(&MESSAGE), &mut out)
            .map(|()| out)
    };
    bencher.bench(sign);
}

#[divan::bench]
fn f_rs256_body(bencher: Bencher<'_, '_>) {
    issue(bencher, Algorithm::RS256, &request(FORM, None, BODY));
}

#[divan::bench]
fn f_ps256_body(bencher: Bencher<'_, '_>) {
    issue(bencher, Algorithm::PS256, &request(FORM, None, BODY));
}
