//! Fetches the key sets that clients and other issuers publish (`jwks_uri`). An unknown `kid` triggers an early refresh. A request
//! whose key is cached never waits.

use super::fetches::{FetchKind, FetchSource, Fetches, Fits, Freshness, MAX_KNOWN, Published};
use crate::client::agent::{Agent, TransportError};
use crate::client::discovery::{prepare, read_keys};
use crate::client::endpoint::EndpointUrl;
use crate::clock::Timestamp;
use crate::issuer::{FetchError, RemoteKeys};
use crate::jose::key::{RSA_MIN_BITS, VerifyingKey};
use crate::jose::keyset::KeySet;
use crate::registry::{KeysNamedBy, KeysUrl};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Withdrawn keys must end, even if their address fails.
pub(super) const KEYS: Freshness = Freshness { renew: 240, fresh: 300, stale: 3600 };

/// Key sets by address. Only addresses of registered clients, of allowed documents and of the issuers of guards
/// are fetched.
#[derive(Clone)]
pub(super) struct FetchedKeys(pub(super) Fetches);

impl std::fmt::Debug for FetchedKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FetchedKeys")
    }
}

/// An address that the operator names, or that an issuer names which the operator trusts, may be private.
fn source(at: &KeysUrl) -> FetchSource {
    let (kind, allows_private) = match &at.named_by {
        KeysNamedBy::Operator => (FetchKind::Keys, true),
        KeysNamedBy::Document { id, private } => (FetchKind::KeysOfDocument(id.clone()), *private),
        KeysNamedBy::Issuer => (FetchKind::KeysOfIssuer, true),
    };
    FetchSource { kind, url: at.uri.clone(), allows_private }
}

fn has(kid: Option<&str>) -> impl Fn(&Published) -> bool {
    move |value| match value {
        Published::Keys(keys) => kid.is_none() || keys.keys.iter().any(|key| key.kid.as_deref() == kid),
        Published::Client(_) => false,
    }
}

fn keys(answer: Result<Published, FetchError>) -> Result<Arc<KeySet>, FetchError> {
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
pub(super) fn fetch(agent: &Agent, uri: &str, weak: &WeakKeys) -> Result<KeySet, FetchError> {
    let endpoint = EndpointUrl::parse(uri, false).map_err(|error| error.to_string())?;
    let answer = agent.fetch(&prepare(&endpoint)).map_err(|error| unanswered(&error))?;
    check_status(answer.status)?;
    let keys = read_keys(&answer, uri).map_err(|error| error.to_string())?;
    weak.tell(&keys, &format!("jwks_uri {uri}"));
    Ok(keys.fetched())
}

/// No answer: the host may answer later, unless it is not to be asked, or is not who it should be.
pub(super) fn unanswered(error: &TransportError) -> FetchError {
    let why = error.to_string();
    match error {
        TransportError::NoWay(_)
        | TransportError::Tls { .. }
        | TransportError::NotTls(_)
        | TransportError::BadAnswer(_) => FetchError::Failed(why),
        _ => FetchError::Away(why),
    }
}

/// Recognizes the answers of a host that cannot answer now.
pub(super) fn check_status(status: u16) -> Result<(), FetchError> {
    match status {
        429 | 500.. => Err(FetchError::Away(format!("answered {status}"))),
        _ => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_may_answer_later_is_away_and_a_useless_answer_is_a_failure() {
        let text = || "x".to_owned();
        for (error, is_away) in [
            (TransportError::Unreachable(text()), true),
            (TransportError::UnknownHost(text()), true),
            (TransportError::NotResolved, true),
            (TransportError::NotConnected(text()), true),
            (TransportError::TimedOut(text()), true),
            (TransportError::NotHttp(text()), true),
            (TransportError::NoWay(text()), false),
            (TransportError::Tls { what: text(), cure: None }, false),
            (TransportError::NotTls(text()), false),
            (TransportError::BadAnswer(text()), false),
        ] {
            assert_eq!(matches!(unanswered(&error), FetchError::Away(_)), is_away, "{error:?}");
        }
        for (status, is_away) in
            [(200, false), (302, false), (404, false), (429, true), (500, true), (503, true)]
        {
            assert_eq!(matches!(check_status(status), Err(FetchError::Away(_))), is_away, "{status}");
        }
    }
}
