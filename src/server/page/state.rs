//! The data of the page: the server as it is, and the requests so far.

use crate::issuer::Service;
use crate::testbench::bench::TestBench;
use crate::testbench::clock_change::BenchClock;
use crate::testbench::fault::FaultRule;
use crate::testbench::request_log::RequestRecord;
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct PageFacts {
    pub version: &'static str,
    /// Whether this is the demo, whose secrets are public.
    pub demo: bool,
    /// Whether tests control it.
    pub test: bool,
    pub issuer: String,
    /// The base of the endpoints' URLs.
    pub url: String,
    pub signing: &'static str,
    /// The lifetime of tokens in seconds.
    pub lifetime: u64,
    /// Whether the signing keys can be rotated.
    pub rotates: bool,
    pub endpoints: Vec<PageEndpoint>,
    pub clients: Vec<PageClient>,
    /// Whether there are more clients.
    pub more_clients: bool,
    /// The endpoints that a fault can be on.
    pub targets: Vec<&'static str>,
    /// The flaws of tokens.
    pub flaws: Vec<MeaningfulName>,
    pub key_sets: Vec<&'static str>,
    pub bodies: Vec<&'static str>,
    pub rotations: Vec<MeaningfulName>,
}

#[derive(Clone, Debug, Serialize)]
pub struct PageEndpoint {
    pub method: &'static str,
    pub path: &'static str,
    pub summary: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct PageClient {
    pub id: String,
    pub scopes: String,
    /// The secret, if everybody knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct MeaningfulName {
    pub name: &'static str,
    pub meaning: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct PageState {
    clock: BenchClock,
    requests: Vec<RequestRecord>,
    /// The number of the last request.
    last: u64,
    faults: Vec<FaultRule>,
    keys: Vec<PageKey>,
}

#[derive(Debug, Serialize)]
struct PageKey {
    kid: String,
    signs: bool,
    /// Whether the key set has it.
    published: bool,
}

impl PageState {
    /// The state, with the newest requests after that number.
    pub(super) fn of(bench: &TestBench, service: &Service, after: u64, most: usize) -> Self {
        let (requests, last) = bench.requests_after(after, most);
        Self {
            clock: bench.clock_state(),
            requests,
            last,
            faults: bench.faults(),
            keys: keys(bench, service),
        }
    }
}

/// The public keys, by their ids.
fn keys(bench: &TestBench, service: &Service) -> Vec<PageKey> {
    if !service.has_public_keys() {
        return Vec::new();
    }
    let (ring, hidden) = (service.signing.ring(), bench.hidden_key());
    let signing = ring.signer().ok().and_then(|signer| signer.verifying_key().kid.clone());
    let shown = |kid: &String| PageKey {
        signs: Some(kid) == signing.as_ref(),
        published: Some(kid) != hidden.as_ref(),
        kid: kid.clone(),
    };
    ring.keys.keys.iter().filter_map(|key| key.kid.as_ref()).map(shown).collect()
}
