//! Finds the keys of other issuers, whose tokens guards accept: metadata (RFC 8414), then the key set that it names.

use super::remote_keys::{self, WeakKeys, check_status, unanswered};
use crate::client::agent::Agent;
use crate::client::discovery::{self, Missing};
use crate::issuer::FetchError;
use crate::jose::keyset::KeySet;

/// Fetches the metadata of an issuer and then its key set.
///
/// # Errors
/// The reason.
pub(super) fn fetch(agent: &Agent, issuer: &str, weak: &WeakKeys) -> Result<KeySet, FetchError> {
    let uri = jwks_uri(agent, issuer)?;
    remote_keys::fetch(agent, &uri, weak).map_err(|error| error.about(&uri))
}

/// The address of the key set in the metadata of an issuer.
fn jwks_uri(agent: &Agent, issuer: &str) -> Result<String, FetchError> {
    let addresses = discovery::addresses(issuer, false).map_err(|error| error.to_string())?;
    let mut missing = Missing::default();
    for address in addresses {
        let answer = agent.fetch(&discovery::prepare(&address)).map_err(|error| unanswered(&error))?;
        check_status(answer.status).map_err(|error| error.about(&address.to_string()))?;
        match discovery::read(&answer, issuer) {
            Ok(metadata) => {
                let uri = metadata.jwks_uri.ok_or_else(|| "its metadata has no jwks_uri".to_owned())?;
                let named = discovery::named(&uri, issuer, false);
                return named.map(|_| uri).map_err(|error| format!("its jwks_uri: {error}").into());
            }
            Err(error) => missing.add(&address, error),
        }
    }
    Err(missing.to_string().into())
}
