//! An issuer's metadata, cached or fetched, for `token`, `call` and `inspect`.

use super::connection::Caching;
use super::missing::no_metadata;
use super::send::RequestSender;
use super::source::PHASE;
use super::urls::{METADATA_PHASE, endpoint};
use crate::client::discovery::{self, IssuerMetadata, Missing};
use crate::client::token_cache::{CacheKey, TokenCache};
use crate::clock::Timestamp;
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};
use serde::{Deserialize, Serialize};

/// The lifetime of cached metadata, in seconds.
const MAX_AGE: i64 = 3600;

#[derive(Deserialize, Serialize)]
struct CachedMetadata {
    fetched: i64,
    metadata: IssuerMetadata,
}

/// Metadata and its source.
#[derive(Clone, Debug)]
pub struct FoundMetadata {
    pub value: IssuerMetadata,
    /// Whether it came from the cache and may be out of date.
    pub is_cached: bool,
}

/// The issuer's metadata. Its `issuer` must equal the requested one, byte for byte.
///
/// # Errors
/// Exit 2 if the issuer is not a valid URL, 4 to 7 if its metadata cannot be fetched.
pub fn of_issuer(
    sender: &RequestSender<'_>,
    caching: &Caching,
    issuer: &Sourced<String>,
    insecure_http: bool,
) -> Result<FoundMetadata, Failure> {
    let key = CacheKey::of(&[b"metadata", issuer.value.as_bytes()]);
    let now = Timestamp::now();
    if let Caching::Use(cache) = caching
        && let Some(value) = cached(cache, &key, now)
    {
        return Ok(FoundMetadata { value, is_cached: true });
    }
    let metadata = fetch(sender, issuer, insecure_http)?;
    if let Caching::Use(cache) | Caching::Refresh(cache) = caching {
        // Ignore errors: the next run fetches it again.
        let _ = cache.write(&key, &CachedMetadata { fetched: now.unix(), metadata: metadata.clone() }, now);
    }
    Ok(FoundMetadata { value: metadata, is_cached: false })
}

fn cached(cache: &TokenCache, key: &CacheKey, now: Timestamp) -> Option<IssuerMetadata> {
    let cached: CachedMetadata = cache.read(key)?;
    (0..MAX_AGE).contains(&now.unix().saturating_sub(cached.fetched)).then_some(cached.metadata)
}

fn fetch(
    sender: &RequestSender<'_>,
    issuer: &Sourced<String>,
    insecure_http: bool,
) -> Result<IssuerMetadata, Failure> {
    let addresses = discovery::addresses(&issuer.value, insecure_http).map_err(|error| {
        match endpoint(&issuer.value, insecure_http, PHASE, &issuer.origin) {
            Err(failure) => failure,
            Ok(_) => Failure::new(Exit::Usage, PHASE, format!("{}: {error}", issuer.origin)),
        }
    })?;
    let mut missing = Missing::default();
    for address in addresses {
        let address = Sourced::new(address, issuer.origin.clone());
        let answer =
            sender.send(METADATA_PHASE, &address, |_| Ok(discovery::prepare(&address.value)))?.answer;
        match discovery::read(&answer, &issuer.value) {
            Ok(metadata) => return Ok(metadata),
            Err(error) => missing.add(&address.value, error),
        }
    }
    Err(no_metadata(issuer, &missing))
}
