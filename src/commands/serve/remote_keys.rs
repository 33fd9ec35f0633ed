//! Fetches the key sets that clients publish (`jwks_uri`). An unknown `kid` triggers an early refresh. A request
//! whose key is cached never waits.

use super::fetches::{FetchKind, FetchSource, Fetches, Fits, Freshness, MAX_KNOWN, Published};
use crate::client::agent::Agent;
use crate::client::discovery::{prepare, read_keys};
use crate::client::endpoint::EndpointUrl;
use crate::clock::Timestamp;
use crate::issuer::{FetchError, RemoteKeys};
use crate::jose::key::{RSA_MIN_BITS, VerifyingKey};
use crate::jose::keyset::KeySet;
use crate::registry::KeysUrl;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Withdrawn keys must end, even if their address fails.
pub(super) const KEYS: Freshness = Freshness { renew: 240, fresh: 300, stale: 3600 };

/// Key sets by address. Only addresses of registered clients and of allowed documents are fetched.
#[derive(Clone)]
pub(super) struct FetchedKeys(pub(super) Fetches);

impl std::fmt::Debug for FetchedKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FetchedKeys")
    }
}

fn source(at: &KeysUrl) -> FetchSource {
    let kind = at.document.clone().map_or(FetchKind::Keys, FetchKind::KeysOfDocument);
    FetchSource { kind, url: at.uri.clone(), allows_private: at.document.is_none() || at.private }
}

pub(super) fn has(kid: Option<&str>) -> impl Fn(&Published) -> bool {
    move |value| match value {
        Published::Keys(keys) => kid.is_none() || keys.keys.iter().any(|key| key.kid.as_deref() == kid),
        Published::Client(_) => false,
    }
}

pub(super) fn keys(answer: Result<Published, FetchError>) -> Result<Arc<KeySet>, FetchError> {
    match answer? {
        Published::Keys(keys) => Ok(keys),
        Published::Client(_) => Err(FetchError::Failed("it is not a key set".to_owned())),
    }
}

impl RemoteKeys for FetchedKeys {
    fn known(
        &self,
        at: &KeysUrl,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Arc<KeySet>, FetchError>> {
        self.0.known(&source(at), &has(kid) as Fits<'_>, now).map(keys)
    }

    fn keys(&self, at: &KeysUrl, kid: Option<&str>, now: Timestamp) -> Result<Arc<KeySet>, FetchError> {
        keys(self.0.wait(&source(at), &has(kid) as Fits<'_>, now))
    }
}

/// Receives warnings about weak keys that clients publish.
pub(super) type Tell = Box<dyn Fn(&str) + Send + Sync>;

/// Tells of each weakness of a published key once.
pub(super) struct WeakKeys {
    tell: Tell,
    said: Mutex<HashSet<String>>,
}

impl WeakKeys {
    pub(super) fn new(tell: Tell) -> Self {
        Self { tell, said: Mutex::default() }
    }

    pub(super) fn tell(&self, keys: &KeySet, of: &str) {
        for what in weak(keys, of) {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.len() < MAX_KNOWN && said.insert(what.clone()) {
                (self.tell)(&what);
            }
        }
    }
}

/// # Errors
/// The reason.
pub(super) fn fetch(agent: &Agent, uri: &str, weak: &WeakKeys) -> Result<KeySet, String> {
    let endpoint = EndpointUrl::parse(uri, false).map_err(|error| error.to_string())?;
    let answer = agent.fetch(&prepare(&endpoint)).map_err(|error| error.to_string())?;
    let keys = read_keys(&answer, uri).map_err(|error| error.to_string())?;
    weak.tell(&keys, &format!("jwks_uri {uri}"));
    Ok(keys.fetched())
}

/// The weaknesses of published keys, for a warning to the operator.
fn weak(keys: &KeySet, of: &str) -> Vec<String> {
    let too_short = |key: &VerifyingKey| {
        let is_short = (1..RSA_MIN_BITS).contains(&key.material.rsa_bits());
        is_short
            .then(|| format!("the {} is too weak and not used; {RSA_MIN_BITS} bits are needed", key.kind()))
    };
    let of_key = |key: &VerifyingKey| key.weaknesses().into_iter().chain(too_short(key)).collect::<Vec<_>>();
    keys.keys.iter().flat_map(of_key).map(|why| format!("{of}: {why}")).collect()
}
