//! A resource's metadata (RFC 9728), if its challenge names it. The request has no token and no certificate.

use crate::client::agent::Agent;
use crate::client::discovery;
use crate::client::endpoint::EndpointUrl;
use crate::client::protected_resource::{self, ProtectedResource};
use crate::client::redact::{Redactor, truncate};
use crate::http::challenge::Challenge;
use std::time::Duration;

/// The longest wait for metadata that explains a refusal.
const PATIENCE: Duration = Duration::from_secs(5);

/// # Errors
/// The reason why it is not used.
pub(super) fn fetch(
    agent: &Agent,
    (called, challenges): (&EndpointUrl, &[Challenge]),
    redactor: &Redactor,
    left: Duration,
) -> Result<Option<ProtectedResource>, String> {
    let named = challenges.iter().find_map(|challenge| challenge.get("resource_metadata"));
    let Some(named) = named else { return Ok(None) };
    let of = |why: String| format!("resource_metadata: {why}");
    let address = protected_resource::address(named, called).map_err(|why| of(why.to_string()))?;
    let agent = agent.without_certificate().within(left.min(PATIENCE));
    let at = truncate(&redactor.redact(&address.to_string()));
    let answer = agent.fetch(&discovery::prepare(&address)).map_err(|why| of(format!("{at}: {why}")))?;
    protected_resource::read(&answer, called).map(Some).map_err(|why| of(format!("{at}: {why}")))
}
