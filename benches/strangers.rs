//! What the dearest requests of a stranger cost, for each endpoint: bodies, headers and tokens as large
//! and as awkward as they may be, forged signatures, the longest keys. `cargo bench --bench strangers` prints
//! figures and judges nothing: without sockets a token costs about a tenth of a served one, and a signature check
//! costs what it always does. benches/strangers.py judges, beside a token as it is served.

#![allow(clippy::print_stdout, reason = "a bench prints")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::client;
use divan::{Bencher, black_box};
use heistctl::clock::Timestamp;
use heistctl::http::{Headers, Method, Peer, Request};
use heistctl::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings};
use heistctl::jose::algorithm::Algorithm;
use heistctl::jose::digest::{self, base64url};
use heistctl::jose::keyset::KeySet;
use heistctl::jose::private::PrivateKey;
use heistctl::jose::sign::Signer;
use heistctl::jose::{install_provider, jwk};
use heistctl::registry::secret_hash::SecretHash;
use heistctl::registry::{AssertionAudience, ClientAuth, ClientKeys, LiveSecret, Registry};
use heistctl::secret::Secret;
use heistctl::server::route::route;
use modulus::modulus;
use serde_json::json;
use std::cell::Cell;
use std::net::IpAddr;
use std::sync::Arc;

#[path = "support/client.rs"]
mod client;
#[path = "support/modulus.rs"]
mod modulus;

const ISSUER: &str = "https://as.example.com";
const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const GRANT: &str = "grant_type=client_credentials";
const ASSERTION: &str = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=";
/// A head is at most 16 KiB, and has other lines.
const HEADER: usize = 15 * 1024;
const BODY: usize = 64 * 1024;

/// Public keys of the curves that nothing here signs with: RFC 7515 appendix A.4, and the base point.
const CURVES: [(&str, &str, &str, &str); 2] = [
    (
        "ES512",
        "P-521",
        "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    ),
    (
        "ES256K",
        "secp256k1",
        "eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g",
        "SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg",
    ),
];

fn main() {
    install_provider();
    println!(
        "figures only: a token without sockets costs about a tenth of a served one; benches/strangers.py judges"
    );
    divan::main();
}

/// A service by ES256 with a client by secret, `a`, and clients by each kind of key.
fn service() -> Service {
    let mut registry = Registry::default();
    let hash = SecretHash::of(&Secret::new("secret-of-the-client"));
    add(&mut registry, "a", ClientAuth::Secret { secrets: vec![LiveSecret::lasting(hash)], only: None });
    for alg in [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA] {
        let key = Signer::asymmetric(PrivateKey::generate(alg).expect("a key"), alg).expect("a signer");
        let published = jwk::publish(key.verifying_key()).expect("a public key");
        by_key(&mut registry, alg.name(), &json!({"keys": [published]}));
    }
    for (id, crv, x, y) in CURVES {
        by_key(&mut registry, id, &json!({"keys": [{"kty": "EC", "crv": crv, "x": x, "y": y}]}));
    }
    for bits in [2048, 4096] {
        let jwk = json!({"kty": "RSA", "n": base64url(&modulus(bits)), "e": "AQAB"});
        by_key(&mut registry, &format!("RSA-{bits}"), &json!({"keys": [jwk]}));
    }
    let identity = IssuerIdentity { issuer: ISSUER.to_owned(), public_url: ISSUER.to_owned() };
    let signer = Signer::asymmetric(PrivateKey::generate(Algorithm::ES256).expect("a key"), Algorithm::ES256);
    let settings = ServiceSettings { audited: true, ..ServiceSettings::default() };
    Service::new(identity, registry, signer.expect("a signer"), settings, Arc::new(NoRemoteKeys))
}

fn by_key(registry: &mut Registry, id: &str, keys: &serde_json::Value) {
    let keys = KeySet::read(keys.to_string().as_bytes(), "bench").expect("a key set");
    assert!(keys.unusable.is_empty(), "{id}: {:?}", keys.unusable);
    let (keys, audience) = (ClientKeys::Fixed(keys), AssertionAudience::Issuer);
    add(registry, id, ClientAuth::PrivateKeyJwt { keys, audience });
}

fn add(registry: &mut Registry, id: &str, auth: ClientAuth) {
    registry.add(client(id, auth, "read")).expect("an id of its own");
}

fn request(method: Method, target: &str, fields: &[(&str, &str)], body: &str) -> Request {
    let mut headers = Headers::default();
    headers.push("Host", "as.example.com");
    fields.iter().for_each(|(name, value)| headers.push(*name, *value));
    Request::new(method, target, headers, body)
}

fn form(path: &str, body: &str) -> Request {
    request(Method::Post, path, &[("Content-Type", FORM)], body)
}

fn token(body: &str) -> Request {
    form("/oauth/token", &format!("{GRANT}&{body}"))
}

fn json_body(body: &str) -> Request {
    request(Method::Post, "/oauth/token", &[("Content-Type", JSON)], body)
}

fn get(target: &str, fields: &[(&str, &str)]) -> Request {
    request(Method::Get, target, fields, "")
}

/// A forged token: header and claims as they are given, a signature that nothing verifies.
fn forged(header: &str, claims: &str, signature: usize) -> String {
    let signature = base64url(&vec![1; signature]);
    format!("{}.{}.{signature}", base64url(header.as_bytes()), base64url(claims.as_bytes()))
}

/// The assertion of that client by that algorithm, good but for its signature.
fn assertion(client: &str, alg: &str, signature: usize) -> Request {
    let exp = NOW.unix() + 60;
    let claims = json!({"iss": client, "sub": client, "aud": ISSUER, "jti": "j", "exp": exp});
    let jwt = forged(&json!({"alg": alg}).to_string(), &claims.to_string(), signature);
    token(&format!("{ASSERTION}{jwt}"))
}

/// JSON of that length at most: `open`, the unit of a kind as often as it fits, `close`; and not more
/// values than are read.
fn filled(open: &str, kind: &str, close: &str, length: usize) -> String {
    let (_, unit, values) = KINDS.iter().find(|known| known.0 == kind).expect("a kind");
    let count = ((length - open.len() - close.len()) / unit.len()).min(MOST_VALUES / values);
    format!("{open}{}{close}", unit.repeat(count))
}

/// A little less than `JsonLimits::TOKEN` has.
const MOST_VALUES: usize = 1000;
/// Kinds of JSON: an item, and the number of values in it.
const KINDS: [(&str, &str, usize); 8] = [
    ("numbers", "0,", 1),
    ("strings", "\"a\",", 1),
    ("empty", "[],", 1),
    ("objects", "{\"\":0},", 2),
    ("arrays", "[0],", 2),
    ("escapes", "\"\\u0041\",", 1),
    ("words", "null,", 1),
    ("deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]]]]]]]]]],", 27),
];
const NAMES: [&str; 8] = ["numbers", "strings", "empty", "objects", "arrays", "escapes", "words", "deep"];

/// A token of up to 15 KiB whose claims are full of one kind of value.
fn large_token(kind: &str, alg: &str, sub: &str) -> String {
    let open = format!(r#"{{"iss":"{sub}","sub":"{sub}","aud":"{ISSUER}","jti":"j","exp":1795420860,"x":["#);
    forged(&json!({"alg": alg}).to_string(), &filled(&open, kind, "0]}", HEADER * 3 / 4 - 150), 64)
}

/// A client that nobody knows. Each request has another instead, of the same length.
const NOBODY: &str = "nobody";

/// Each request names another unknown client and comes from another address: the throttle of wrong secrets
/// stops none.
fn measure(bencher: Bencher<'_, '_>, request: &Request, status: u16) {
    let service = service();
    let count = Cell::new(0_u32);
    let another = || {
        count.set(count.get() + 1);
        let id = format!("{:06x}", count.get());
        let mut request = request.clone();
        request.body = replaced(&request.body, NOBODY.as_bytes(), id.as_bytes());
        let (basic, basic_id) = (STANDARD.encode(NOBODY), STANDARD.encode(id));
        let mut headers = Headers::default();
        for (name, value) in request.headers.iter() {
            headers.push(name, value.replacen(&basic, &basic_id, 1));
        }
        let [_, b, c, d] = count.get().to_be_bytes();
        let address = Some(IpAddr::from([10, b, c, d]));
        Request { headers, ..request }.from_peer(Peer { address, ..Peer::default() })
    };
    // What is written once is written before.
    let got = route(&service, &another(), NOW, digest::random).response.status;
    assert_eq!(got, status, "the bench must measure what it says");
    let send = |request: &mut Request| {
        let outcome = route(black_box(&service), request, NOW, digest::random);
        assert_eq!(outcome.response.status, status, "the throttle must not answer instead");
        outcome
    };
    bencher.with_inputs(another).bench_local_refs(send);
}

/// The first `old`, which is as long, replaced.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(at) = bytes.windows(old.len()).position(|window| window == old) {
        bytes[at..at + new.len()].copy_from_slice(new);
    }
    bytes
}

#[divan::bench]
fn a_token(bencher: Bencher<'_, '_>) {
    measure(bencher, &token("client_id=a&client_secret=secret-of-the-client&scope=read"), 200);
}

#[divan::bench]
fn a_token_refused(bencher: Bencher<'_, '_>) {
    measure(bencher, &token("client_id=nobody&client_secret=secret-of-the-client"), 401);
}

#[divan::bench(args = NAMES)]
fn json_of(bencher: Bencher<'_, '_>, kind: &str) {
    let body = filled(r#"{"client_id":"nobody","client_secret":"s","x":["#, kind, "0]}", 8192);
    measure(bencher, &json_body(&body), 400);
}

#[divan::bench]
fn json_too_long(bencher: Bencher<'_, '_>) {
    measure(bencher, &json_body(&"[".repeat(BODY)), 413);
}

#[divan::bench]
fn json_of_members(bencher: Bencher<'_, '_>) {
    let members: String = (0..97).map(|n| format!(r#""{}{n}":"\u0041","#, r"\u0061".repeat(11))).collect();
    measure(bencher, &json_body(&format!(r#"{{{members}"client_id":"nobody","client_secret":"s"}}"#)), 401);
}

#[divan::bench]
fn form_of_many(bencher: Bencher<'_, '_>) {
    let many: String = (0..97).map(|n| format!("{}{n}=%41&", "%61".repeat(200))).collect();
    measure(bencher, &token(&format!("{many}client_id=nobody&client_secret=s")), 401);
}

#[divan::bench]
fn form_of_too_many(bencher: Bencher<'_, '_>) {
    measure(bencher, &token(&"a&".repeat(BODY / 2 - 20)), 400);
}

#[divan::bench(args = ["%41", "+", "a", "%C3%A9"])]
fn form_of_one(bencher: Bencher<'_, '_>, unit: &str) {
    let value = unit.repeat((BODY - 100) / unit.len());
    measure(bencher, &token(&format!("client_id=nobody&client_secret={value}")), 401);
}

#[divan::bench(args = ["a&", "%61&", "client_i&"])]
fn query_of(bencher: Bencher<'_, '_>, unit: &str) {
    let target = format!("/oauth/token?{}", unit.repeat(8000 / unit.len()));
    measure(bencher, &form(&target, "grant_type=client_credentials&client_id=nobody&client_secret=s"), 401);
}

#[divan::bench(args = ["a", "%41"])]
fn basic_of(bencher: Bencher<'_, '_>, unit: &str) {
    let secret = unit.repeat(HEADER * 3 / 4 / unit.len());
    let header = format!("Basic {}", STANDARD.encode(format!("nobody:{secret}")));
    let fields = [("Content-Type", FORM), ("Authorization", header.as_str())];
    measure(bencher, &request(Method::Post, "/oauth/token", &fields, GRANT), 401);
}

const KEYS: [(&str, &str, usize); 7] = [
    ("RSA-2048", "RS256", 256),
    ("RSA-4096", "PS512", 512),
    ("ES256", "ES256", 64),
    ("ES384", "ES384", 96),
    ("ES512", "ES512", 132),
    ("ES256K", "ES256K", 64),
    ("EdDSA", "EdDSA", 64),
];

#[divan::bench(args = KEYS.map(|key| key.0))]
fn assertion_for(bencher: Bencher<'_, '_>, client: &str) {
    let (_, alg, length) = *KEYS.iter().find(|key| key.0 == client).expect("a key");
    measure(bencher, &assertion(client, alg, length), 401);
}

#[divan::bench]
fn assertion_for_nobody(bencher: Bencher<'_, '_>) {
    measure(bencher, &assertion("nobody", "ES256", 64), 401);
}

/// Claims that are wrong for every client are refused before a signature is checked.
#[divan::bench]
fn assertion_with_another_audience(bencher: Bencher<'_, '_>) {
    let claims = r#"{"iss":"ES512","sub":"ES512","aud":"https://other","jti":"j","exp":1795420860}"#;
    let jwt = forged(r#"{"alg":"ES512"}"#, claims, 132);
    measure(bencher, &token(&format!("{ASSERTION}{jwt}")), 401);
}

#[divan::bench(args = NAMES)]
fn assertion_of(bencher: Bencher<'_, '_>, kind: &str) {
    measure(bencher, &token(&format!("{ASSERTION}{}", large_token(kind, "ES256", "ES256"))), 401);
}

#[divan::bench]
fn assertion_of_header(bencher: Bencher<'_, '_>) {
    let header = filled(r#"{"alg":"ES256","x":["#, "numbers", "0]}", HEADER * 3 / 4 - 200);
    let claims = format!(r#"{{"iss":"ES256","sub":"ES256","aud":"{ISSUER}","jti":"j","exp":1795420860}}"#);
    let jwt = forged(&header, &claims, 64);
    measure(bencher, &token(&format!("{ASSERTION}{jwt}")), 401);
}

/// A proof is looked at when its sender is known: a stranger's is not.
#[divan::bench]
fn proof_of_nobody(bencher: Bencher<'_, '_>) {
    let proof = proof(4096);
    let fields = [("Content-Type", FORM), ("DPoP", proof.as_str())];
    let body = format!("{GRANT}&client_id=nobody&client_secret=s");
    measure(bencher, &request(Method::Post, "/oauth/token", &fields, &body), 401);
}

/// The same of a client that has shown its secret.
#[divan::bench(args = [2048, 4096])]
fn proof_of_a_client(bencher: Bencher<'_, '_>, bits: usize) {
    let proof = proof(bits);
    let fields = [("Content-Type", FORM), ("DPoP", proof.as_str())];
    let body = format!("{GRANT}&client_id=a&client_secret=secret-of-the-client");
    measure(bencher, &request(Method::Post, "/oauth/token", &fields, &body), 400);
}

fn proof(bits: usize) -> String {
    let jwk = json!({"kty": "RSA", "n": base64url(&modulus(bits)), "e": "AQAB"});
    let claims =
        json!({"htm": "POST", "htu": "https://as.example.com/oauth/token", "iat": NOW.unix(), "jti": "j"});
    forged(&json!({"typ": "dpop+jwt", "alg": "PS256", "jwk": jwk}).to_string(), &claims.to_string(), bits / 8)
}

#[divan::bench(args = NAMES)]
fn bearer_of(bencher: Bencher<'_, '_>, kind: &str) {
    let header = format!("Bearer {}", large_token(kind, "ES256", "a"));
    measure(bencher, &get("/protected-resource", &[("Authorization", &header)]), 401);
}

#[divan::bench]
fn bearer_with_a_proof(bencher: Bencher<'_, '_>) {
    let header = format!("DPoP {}", forged(r#"{"alg":"ES256"}"#, r#"{"iss":"x"}"#, 64));
    measure(bencher, &get("/protected-resource", &[("Authorization", &header), ("DPoP", &proof(4096))]), 401);
}

#[divan::bench(args = ["/oauth/introspect", "/oauth/revoke"])]
fn asked_by_nobody(bencher: Bencher<'_, '_>, path: &str) {
    let token = large_token("numbers", "ES256", "a");
    measure(bencher, &form(path, &format!("client_id=nobody&client_secret=s&token={token}")), 401);
}

#[divan::bench(args = [
    "/openapi.json", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration",
    "/.well-known/jwks.json", "/health", "/",
])]
fn document(bencher: Bencher<'_, '_>, path: &str) {
    measure(bencher, &get(path, &[]), 200);
}

#[divan::bench]
fn no_such_path(bencher: Bencher<'_, '_>) {
    measure(bencher, &get(&format!("/{}", "a".repeat(8000)), &[]), 404);
}
