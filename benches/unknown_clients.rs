//! Whether the time of a refusal tells which clients there are. For each kind of client and each way of being
//! refused: 4,000 requests that name the client and 4,000 that name none there is, interleaved. Prints the
//! median time of the latter, and the median of the differences; 20 µs is the bound.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints, and ends where it cannot go on"
)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use client::client;
use heistctl::clock::Timestamp;
use heistctl::http::{Headers, Method, Peer, PeerCertificate, Request};
use heistctl::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings};
use heistctl::jose::algorithm::Algorithm;
use heistctl::jose::certificate::SubjectName;
use heistctl::jose::digest;
use heistctl::jose::keyset::KeySet;
use heistctl::jose::private::PrivateKey;
use heistctl::jose::sign::Signer;
use heistctl::registry::secret_hash::SecretHash;
use heistctl::registry::{AssertionAudience, ClientAuth, ClientKeys, LiveSecret, Registry, SharedKey};
use heistctl::secret::Secret;
use heistctl::server::route::route;
use modulus::modulus;
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "support/client.rs"]
mod client;
#[path = "support/modulus.rs"]
mod modulus;

const ISSUER: &str = "https://as.example.com";
const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const SAMPLES: usize = 4000;
const BOUND: f64 = 20.0;

fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes that stand for a secret or a signature.
fn bytes(count: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..count).map(|at| (at * 73 + 41) as u8).collect();
    bytes[0] = 0xC1;
    bytes[count - 1] |= 1;
    bytes
}

fn public(set: &serde_json::Value) -> ClientAuth {
    let keys = KeySet::read(set.to_string().as_bytes(), "bench").expect("keys");
    ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), audience: AssertionAudience::Issuer }
}

fn rsa(bits: usize) -> serde_json::Value {
    json!({"kty": "RSA", "n": part(modulus(bits)), "e": "AQAB"})
}

fn ec() -> serde_json::Value {
    let key = PrivateKey::generate(Algorithm::ES256).expect("a key");
    let signer = Signer::asymmetric(key, Algorithm::ES256).expect("a signer");
    json!(heistctl::jose::jwk::bare(signer.verifying_key()).expect("a public key"))
}

/// The kinds of clients; one has several keys for an algorithm only where `several` says so.
fn kinds(several: bool) -> Vec<(&'static str, ClientAuth)> {
    let hash = LiveSecret::lasting(SecretHash::of(&Secret::new("a secret of a machine")));
    let secrets = vec![SharedKey::lasting(Secret::new(bytes(64)), "bench")];
    let mut kinds = vec![
        ("secret", ClientAuth::Secret { secrets: vec![hash], only: None }),
        ("secret-jwt", ClientAuth::SecretJwt { secrets, audience: AssertionAudience::Issuer }),
        ("es256", public(&json!({"keys": [ec()]}))),
        ("rsa-2048", public(&json!({"keys": [rsa(2048)]}))),
        ("rsa-4096", public(&json!({"keys": [rsa(4096)]}))),
        ("tls", ClientAuth::Tls(SubjectName::Dns("client.example.com".to_owned()))),
        ("own-tls", ClientAuth::SelfSignedTls(vec![[0; 32]])),
    ];
    if several {
        kinds.push(("three-es256", public(&json!({"keys": [ec(), ec(), ec()]}))));
    }
    kinds
}

fn service(several: bool) -> Service {
    heistctl::jose::install_provider();
    let mut registry = Registry::default();
    for (id, auth) in kinds(several) {
        registry.add(client(id, auth, "a")).expect("each id once");
    }
    let key = PrivateKey::generate(Algorithm::ES256).expect("a key");
    let signer = Signer::asymmetric(key, Algorithm::ES256).expect("a signer");
    let identity = IssuerIdentity { issuer: ISSUER.to_owned(), public_url: ISSUER.to_owned() };
    let settings = ServiceSettings { client_certificates: true, ..ServiceSettings::default() };
    Service::new(identity, registry, signer, settings, Arc::new(NoRemoteKeys))
}

fn is_assertion(way: &str) -> bool {
    !["secret", "id alone", "certificate"].contains(&way)
}

/// A request in the name of a client, refused in that way.
fn request(id: &str, way: &str) -> Request {
    let assertion = |alg: &str, length: usize| {
        let header = part(json!({"alg": alg}).to_string());
        let claims = json!({"iss": id, "sub": id, "aud": ISSUER, "jti": "j", "exp": NOW.unix() + 60});
        let jwt = format!("{header}.{}.{}", part(claims.to_string()), part(&bytes(length + 1)[1..]));
        let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        format!("client_assertion_type={kind}&client_assertion={jwt}")
    };
    let body = match way {
        "secret" => format!("client_id={id}&client_secret=a wrong one").replace(' ', "+"),
        "id alone" | "certificate" => format!("client_id={id}"),
        "HS256" => assertion("HS256", 32),
        "ES256" => assertion("ES256", 64),
        "RS256 2048" => assertion("RS256", 256),
        _ => assertion("RS256", 512),
    };
    let mut headers = Headers::default();
    headers.push("Content-Type", "application/x-www-form-urlencoded");
    let body = format!("grant_type=client_credentials&{body}");
    let certificate = (way == "certificate").then(|| {
        let made =
            rcgen::generate_simple_self_signed(["other.example.com".to_owned()]).expect("a certificate");
        PeerCertificate { der: made.cert.der().to_vec(), trusted: true }
    });
    let peer = Peer { address: Some([192, 0, 2, 7].into()), certificate, ..Peer::default() };
    Request::new(Method::Post, "/oauth/token", headers, body).from_peer(peer)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The median time of a client that there is not, and of the differences, in µs.
fn compare(service: &Service, id: &str, way: &str, now: &mut Timestamp) -> (f64, f64) {
    // As long as the other, so that reading them takes the same time.
    let other: String = id.chars().rev().collect();
    let (known, unknown) = (request(id, way), request(&other, way));
    let mut time = |request: &Request| {
        // No wrong secret is slowed for those before it. An assertion is none, and must not have expired.
        *now = now.after(Duration::from_secs(3600));
        let moment = if is_assertion(way) { NOW } else { *now };
        let began = Instant::now();
        let outcome = route(black_box(service), black_box(request), moment, digest::random);
        let took = began.elapsed();
        assert_eq!(outcome.response.status, 401, "{id} by {way}");
        took.as_secs_f64() * 1e6
    };
    let mut pair = |number: usize| {
        if number.is_multiple_of(2) {
            let first = time(&known);
            (first, time(&unknown))
        } else {
            let first = time(&unknown);
            (time(&known), first)
        }
    };
    let _warm: Vec<_> = (0..200).map(&mut pair).collect();
    let pairs: Vec<(f64, f64)> = (0..SAMPLES).map(&mut pair).collect();
    (
        median(pairs.iter().map(|pair| pair.1).collect()),
        median(pairs.iter().map(|pair| pair.0 - pair.1).collect()),
    )
}

fn main() {
    let mut worst: f64 = 0.0;
    for several in [false, true] {
        let service = service(several);
        let mut now = NOW;
        println!("{}", if several { "beside three ES256 keys of one client" } else { "one key each" });
        println!("| refused by | client | unknown client, µs | difference, µs |\n|---|---|---|---|");
        for way in ["secret", "id alone", "certificate", "HS256", "ES256", "RS256 2048", "RS256 4096"] {
            for (id, _) in kinds(several) {
                let (unknown, difference) = compare(&service, id, way, &mut now);
                worst = worst.max(difference.abs());
                println!("| {way} | {id} | {unknown:.1} | {difference:+.1} |");
            }
        }
    }
    println!("the largest difference is {worst:.1} µs, of {BOUND} µs that are allowed");
}
