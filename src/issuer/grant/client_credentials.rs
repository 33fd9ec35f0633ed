//! The client credentials grant (RFC 6749 section 4.4): the client gets a token for itself.

use crate::issuer::Service;
use crate::issuer::error::Refusal;
use crate::registry::Client;
use crate::scope::ScopeSet;

/// What the client gets: what it asked for where all of it is allowed, its default where it asked
/// for nothing (RFC 6749 section 3.3).
///
/// # Errors
/// `invalid_scope` with the scopes that are not allowed.
pub fn granted_scope<'a>(client: &'a Client, asked: Option<&'a ScopeSet>) -> Result<&'a ScopeSet, Refusal> {
    let Some(asked) = asked else { return Ok(&client.default_scopes) };
    let refused: Vec<String> = asked.minus(&client.scopes).map(str::to_owned).collect();
    if refused.is_empty() { Ok(asked) } else { Err(Refusal::ScopeNotAllowed { refused }) }
}

/// Whom the token is for: the resources that were asked for, each of which must be on the client's
/// list or the service's (RFC 8707 section 2), else the service's own audience.
///
/// # Errors
/// `invalid_target` for a resource that is on neither.
pub fn granted_audience(
    service: &Service,
    client: &Client,
    resources: Vec<String>,
) -> Result<Vec<String>, Refusal> {
    if resources.is_empty() {
        return Ok(service.settings.audience.clone());
    }
    let allowed = |resource: &String| {
        client.audiences.contains(resource) || service.settings.audience.contains(resource)
    };
    match resources.iter().find(|resource| !allowed(resource)) {
        Some(resource) => {
            Err(Refusal::InvalidTarget(format!("the client may not have tokens for resource {resource}")))
        }
        None => Ok(resources),
    }
}
