//! What `serve --test` costs, from request value to answer value: nothing where it is off. A server without a test
//! bench may need at most 100 ns more than the bare route.

#![allow(clippy::print_stdout, reason = "a bench prints")]

use client::client;
use divan::{Bencher, black_box};
use heistctl::clock::{MovableClock, Timestamp};
use heistctl::http::{Headers, Method, Request};
use heistctl::issuer::{IssuerIdentity, LoggedResponse, NoRemoteKeys, Service, ServiceSettings};
use heistctl::jose::sign::Signer;
use heistctl::jose::{digest, install_provider};
use heistctl::registry::secret_hash::SecretHash;
use heistctl::registry::{ClientAuth, LiveSecret, Registry};
use heistctl::secret::Secret;
use heistctl::server::Serving;
use heistctl::server::capacity::Capacity;
use heistctl::server::rate_limits::RateLimits;
use heistctl::server::route::route;
use heistctl::testbench::bench::{TestBench, TestScript};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "support/client.rs"]
mod client;

const ISSUER: &str = "https://as.example.com";
const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const ASK: &str = "grant_type=client_credentials&client_id=shop&client_secret=secret&scope=a";
/// What a server without a test bench may cost more than the bare route.
const MOST: Duration = Duration::from_nanos(100);

fn main() {
    install_provider();
    check();
    divan::main();
}

/// A server that signs with HS256, the cheapest token.
fn serving(bench: Option<TestBench>) -> Serving {
    let hash = SecretHash::of(&Secret::new("secret"));
    let auth = ClientAuth::Secret { secrets: vec![LiveSecret::lasting(hash)], only: None };
    let mut registry = Registry::default();
    registry.add(client("shop", auth, "a")).expect("the only client");
    let signer = Signer::hs256(Secret::new("super-secret-change-in-production")).expect("a long secret");
    let identity = IssuerIdentity { issuer: ISSUER.to_owned(), public_url: ISSUER.to_owned() };
    let settings = ServiceSettings::default();
    Serving {
        admission: RateLimits::default(),
        service: Service::new(identity, registry, signer, settings, Arc::new(NoRemoteKeys)),
        waiting: false,
        config_size: Capacity { name: "configuration", used: 0, limit: 1 },
        bench: bench.map(Arc::new),
        page: None,
    }
}

fn bench() -> TestBench {
    TestBench::new(MovableClock::default(), TestScript::default()).expect("an empty script")
}

fn request() -> Request {
    let mut headers = Headers::default();
    headers.push("Content-Type", "application/x-www-form-urlencoded");
    Request::new(Method::Post, "/oauth/token", headers, ASK)
}

fn bare(serving: &Serving, request: &Request) -> LoggedResponse {
    route(black_box(&serving.service), black_box(request), NOW, digest::random)
}

fn answered(serving: &Serving, request: &Request) -> LoggedResponse {
    black_box(serving).tested(request, bare(serving, request))
}

#[divan::bench]
fn a_bare_route(bencher: Bencher<'_, '_>) {
    let (serving, request) = (serving(None), request());
    bencher.bench(|| bare(&serving, &request));
}

#[divan::bench]
fn b_not_under_test(bencher: Bencher<'_, '_>) {
    let (serving, request) = (serving(None), request());
    bencher.bench(|| answered(&serving, &request));
}

#[divan::bench]
fn c_under_test_without_a_fault(bencher: Bencher<'_, '_>) {
    let (serving, request) = (serving(Some(bench())), request());
    bencher.bench(|| answered(&serving, &request));
}

/// The question alone whether a test controls the server.
#[divan::bench]
fn d_the_branch(bencher: Bencher<'_, '_>) {
    let (serving, request) = (serving(None), request());
    let outcome = || bare(&serving, &request);
    bencher.with_inputs(outcome).bench_values(|outcome| black_box(&serving).tested(&request, outcome));
}

/// Compares medians of the same run. Only an optimized build is judged.
fn check() {
    let (serving, request) = (serving(None), request());
    assert_eq!(bare(&serving, &request).response.status, 200, "the bench must measure a grant");
    let ways: [fn(&Serving, &Request) -> LoggedResponse; 2] = [bare, answered];
    let mut times: [Vec<Duration>; 2] = Default::default();
    for _ in 0..20_000 {
        for (way, times) in ways.into_iter().zip(&mut times) {
            let started = Instant::now();
            black_box(way(&serving, &request));
            times.push(started.elapsed());
        }
    }
    let [bare, answered] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    println!("bare route {bare:?}, not under test {answered:?}");
    let more = answered.saturating_sub(bare);
    assert!(cfg!(debug_assertions) || more <= MOST, "a server that no test controls needs {more:?} more");
}
