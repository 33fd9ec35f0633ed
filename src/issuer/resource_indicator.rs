//! The requested resources (RFC 8707) and audiences, and the audience of the token.

use super::error::Refusal;
use super::parameters::all;
use super::settings::ServiceSettings;
use crate::claims::is_resource;
use crate::http::params::Params;
use crate::registry::Client;
use std::borrow::Cow;

/// The requested resources, as written (RFC 8707 section 2).
///
/// # Errors
/// `invalid_target` if one is not an absolute URI or has a fragment.
fn resources(params: &Params) -> Result<Vec<&str>, Refusal> {
    let resources = all(params, "resource")?;
    if resources.iter().all(|resource| is_resource(resource)) {
        return Ok(resources);
    }
    let why = "resource must be an absolute URI without a fragment (RFC 8707 section 2)";
    Err(Refusal::InvalidTarget(why.to_owned()))
}

/// The targets of a request: resources, and audiences, which also name resources (RFC 8693 section 2.1; with
/// client credentials other servers read `audience` only). Each is listed once.
///
/// # Errors
/// As [`resources`].
pub fn targets(params: &Params) -> Result<Vec<&str>, Refusal> {
    let mut targets = resources(params)?;
    for audience in all(params, "audience")? {
        if !targets.contains(&audience) {
            targets.push(audience);
        }
    }
    Ok(targets)
}

/// Checks that the client, or every client of the service, is allowed to request each resource.
///
/// # Errors
/// `invalid_target` with the first that is not allowed.
pub fn check(settings: &ServiceSettings, client: &Client, resources: &[&str]) -> Result<(), Refusal> {
    match resources.iter().find(|resource| !may_have(settings, &client.audiences, resource)) {
        Some(resource) => refused("the client", resource),
        None => Ok(()),
    }
}

/// The audience of a token for these targets. Without a target it is the client's default, else the
/// service's own.
#[must_use]
pub fn audience<'a>(
    settings: &'a ServiceSettings,
    client: &'a Client,
    targets: &[&str],
) -> Cow<'a, [String]> {
    if targets.is_empty() {
        let is_own = !client.default_audiences.is_empty();
        return Cow::Borrowed(if is_own { &client.default_audiences } else { &settings.audience });
    }
    targets.iter().map(|target| (*target).to_owned()).collect()
}

/// The audience of an exchanged token: one resource that both the acting client and the subject are allowed
/// to request. Without a target it is the one in `held`, the audience of the subject token.
///
/// # Errors
/// `invalid_target`
pub fn exchanged_audience(
    settings: &ServiceSettings,
    [client, subject]: [&Client; 2],
    held: &[&str],
    targets: &[&str],
) -> Result<Vec<String>, Refusal> {
    let wanted = if targets.is_empty() { held } else { targets };
    let one = match wanted {
        [] => return Ok(Vec::new()),
        [one] => *one,
        _ => {
            let why = "an exchanged token is for one resource: request exactly one";
            return Err(Refusal::InvalidTarget(why.to_owned()));
        }
    };
    if !may_have(settings, &client.audiences, one) {
        return refused("the client", one);
    }
    if !may_have(settings, &subject.audiences, one) && !held.contains(&one) {
        return refused("the subject", one);
    }
    Ok(vec![one.to_owned()])
}

fn may_have(settings: &ServiceSettings, audiences: &[String], resource: &str) -> bool {
    [audiences, &settings.audience].iter().any(|list| list.iter().any(|known| known == resource))
}

fn refused<T>(whom: &str, resource: &str) -> Result<T, Refusal> {
    Err(Refusal::InvalidTarget(format!("{whom} may not have tokens for resource {resource}")))
}
