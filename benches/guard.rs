//! What a guard costs, from request value to response value: a repeated token beside a refusal. A repeated
//! token may cost at most 5 µs more; without the memory of verified tokens it would cost a signature check.

#![allow(clippy::print_stdout, reason = "a bench prints")]

use client::client;
use divan::{Bencher, black_box};
use heistctl::clock::Timestamp;
use heistctl::http::{Headers, Method, Peer, Request};
use heistctl::issuer::guard::routes::{GuardRoute, PathPattern};
use heistctl::issuer::guard::rules::GuardRules;
use heistctl::issuer::resource::Resource;
use heistctl::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings};
use heistctl::jose::algorithm::Algorithm;
use heistctl::jose::private::PrivateKey;
use heistctl::jose::sign::Signer;
use heistctl::jose::{digest, install_provider};
use heistctl::registry::secret_hash::SecretHash;
use heistctl::registry::{ClientAuth, LiveSecret, Registry};
use heistctl::secret::Secret;
use heistctl::server::route::route;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "support/client.rs"]
mod client;

const ISSUER: &str = "https://as.example.com";
const RESOURCE: &str = "https://api.example.com/orders";
const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const ASK: &str = "grant_type=client_credentials&client_id=shop&client_secret=secret&resource=https://api.example.com/orders";
/// What a repeated token may cost more than a refusal.
const MOST: Duration = Duration::from_micros(5);

fn main() {
    install_provider();
    check();
    divan::main();
}

fn service() -> Service {
    let hash = SecretHash::of(&Secret::new("secret"));
    let auth = ClientAuth::Secret { secrets: vec![LiveSecret::lasting(hash)], only: None };
    let mut shop = client("shop", auth, "orders:read orders:write");
    shop.audiences = vec![RESOURCE.to_owned()];
    let mut registry = Registry::default();
    registry.add(shop).expect("the only client");
    let key = PrivateKey::generate(Algorithm::ES256).expect("a key");
    let signer = Signer::asymmetric(key, Algorithm::ES256).expect("a key of that kind");
    let identity = IssuerIdentity { issuer: ISSUER.to_owned(), public_url: ISSUER.to_owned() };
    let route = GuardRoute {
        method: Some("GET".to_owned()),
        path: "/orders/**".to_owned(),
        pattern: PathPattern::parse("/orders/**").expect("a pattern"),
        scopes: "orders:read".parse().expect("a scope"),
    };
    let rules = GuardRules {
        name: "orders".to_owned(),
        resource: Some(RESOURCE.to_owned()),
        routes: Some(vec![route]),
        accept: None,
        issuer: None,
    };
    Service::new(identity, registry, signer, ServiceSettings::default(), Arc::new(NoRemoteKeys))
        .with_resources(vec![Resource::new(RESOURCE)])
        .with_guards(vec![rules])
}

fn token(service: &Service) -> String {
    let mut headers = Headers::default();
    headers.push("Content-Type", "application/x-www-form-urlencoded");
    let answer =
        route(service, &Request::new(Method::Post, "/oauth/token", headers, ASK), NOW, digest::random);
    let body: serde_json::Value = serde_json::from_slice(&answer.response.body).expect("JSON");
    body["access_token"].as_str().expect("a token").to_owned()
}

fn asking(authorization: Option<&str>) -> Request {
    let mut headers = Headers::default();
    headers.push("X-Original-Method", "GET");
    headers.push("X-Original-URI", "/orders/4711?expand=items");
    if let Some(value) = authorization {
        headers.push("Authorization", value);
    }
    let peer = Peer { address: Some([127, 0, 0, 1].into()), is_proxy: true, ..Peer::default() };
    Request::new(Method::Get, "/guard/orders", headers, "").from_peer(peer)
}

fn status(service: &Service, request: &Request) -> u16 {
    route(black_box(service), black_box(request), NOW, digest::random).response.status
}

fn measure(bencher: Bencher<'_, '_>, service: &Service, request: &Request, expected: u16) {
    assert_eq!(status(service, request), expected);
    bencher.bench(|| status(service, request));
}

#[divan::bench]
fn a_refused_without_a_token(bencher: Bencher<'_, '_>) {
    measure(bencher, &service(), &asking(None), 401);
}

#[divan::bench]
fn b_granted_again(bencher: Bencher<'_, '_>) {
    let service = service();
    let bearer = format!("Bearer {}", token(&service));
    measure(bencher, &service, &asking(Some(&bearer)), 200);
}

#[divan::bench]
fn c_granted_for_the_first_time(bencher: Bencher<'_, '_>) {
    let service = service();
    let fresh = || asking(Some(&format!("Bearer {}", token(&service))));
    bencher.with_inputs(fresh).bench_values(|request| status(&service, &request));
}

/// Compares medians of the same run. Only an optimized build is judged.
fn check() {
    let service = service();
    let bearer = format!("Bearer {}", token(&service));
    let (refused, granted) = (asking(None), asking(Some(&bearer)));
    let mut times: [Vec<Duration>; 2] = Default::default();
    for _ in 0..2000 {
        for (request, times) in [&refused, &granted].into_iter().zip(&mut times) {
            let started = Instant::now();
            status(&service, request);
            times.push(started.elapsed());
        }
    }
    let [refused, granted] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    println!("refused {refused:?}, granted again {granted:?}");
    let more = granted.saturating_sub(refused);
    assert!(cfg!(debug_assertions) || more <= MOST, "a repeated token costs {more:?} more than a refusal");
}
