//! Fetches the keys of other issuers, whose tokens guards accept: metadata (RFC 8414), then the key set that
//! it names. Cached and limited like the keys that clients publish.

use super::remote_keys::{self, FetchedKeys};
use crate::client::agent::Agent;
use crate::client::discovery::{self, Missing};

/// The keys of issuers by their URLs.
pub(super) fn of_issuers(agent: Agent) -> FetchedKeys {
    FetchedKeys::by(move |issuer| {
        let uri = jwks_uri(&agent, issuer)?;
        let keys = remote_keys::fetch(&agent, &uri).map_err(|why| format!("{uri}: {why}"))?;
        Ok(keys.fetched())
    })
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
