//! The keys that clients and other issuers publish, for a request that may or may not wait for them.

use super::remote_keys::FetchError;
use super::service::Service;
use crate::clock::Timestamp;
use crate::jose::keyset::KeySet;
use crate::registry::KeysUrl;
use crate::registry::wait::{Wait, WouldWait};
use std::sync::Arc;

/// The keys at an address. They may have to be fetched, for which a worker does not wait.
///
/// # Errors
/// If this run may not wait; within, if the keys are unavailable.
pub(super) fn published_keys(
    service: &Service,
    at: &KeysUrl,
    kid: Option<&str>,
    now: Timestamp,
) -> Result<Result<Arc<KeySet>, FetchError>, WouldWait> {
    let now = service.clock.paced(now);
    if let Some(known) = service.remote_keys.known(at, kid, now) {
        return Ok(known);
    }
    service.run.patience.allow(Wait::Keys)?;
    Ok(service.remote_keys.keys(at, kid, now))
}
