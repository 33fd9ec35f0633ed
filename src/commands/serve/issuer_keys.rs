//! Fetches the keys of other issuers, whose tokens guards accept: metadata (RFC 8414), then the key set that
//! it names. Cached and limited like the keys that clients publish.

use super::fetches::{FetchKind, FetchSource, Fetches, Fits};
use super::remote_keys::{self, WeakKeys, has, keys};
use crate::client::agent::Agent;
use crate::client::discovery::{self, Missing};
use crate::clock::Timestamp;
use crate::issuer::{FetchError, RemoteKeys};
use crate::jose::keyset::KeySet;
use crate::registry::KeysUrl;
use std::sync::Arc;

/// The keys of issuers by their URLs.
pub(super) struct IssuerKeys(pub(super) Fetches);

impl std::fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuerKeys")
    }
}

/// The operator names the issuer, so its address may be private.
fn source(at: &KeysUrl) -> FetchSource {
    FetchSource { kind: FetchKind::KeysOfIssuer, url: at.uri.clone(), allows_private: true }
}

impl RemoteKeys for IssuerKeys {
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

/// Fetches the metadata of an issuer and then its key set.
///
/// # Errors
/// The reason.
pub(super) fn fetch(agent: &Agent, issuer: &str, weak: &WeakKeys) -> Result<KeySet, String> {
    let uri = jwks_uri(agent, issuer)?;
    remote_keys::fetch(agent, &uri, weak).map_err(|why| format!("{uri}: {why}"))
}

/// The address of the key set in the metadata of an issuer.
fn jwks_uri(agent: &Agent, issuer: &str) -> Result<String, String> {
    let addresses = discovery::addresses(issuer, false).map_err(|error| error.to_string())?;
    let mut missing = Missing::default();
    for address in addresses {
        let answer = agent.fetch(&discovery::prepare(&address)).map_err(|error| error.to_string())?;
        match discovery::read(&answer, issuer) {
            Ok(metadata) => {
                let uri = metadata.jwks_uri.ok_or("its metadata has no jwks_uri")?;
                let named = discovery::named(&uri, issuer, false);
                return named.map(|_| uri).map_err(|error| format!("its jwks_uri: {error}"));
            }
            Err(error) => missing.add(&address, error),
        }
    }
    Err(missing.to_string())
}
