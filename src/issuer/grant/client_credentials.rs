//! The client credentials grant (RFC 6749 section 4.4): the client gets a token for itself.

use crate::issuer::error::Refusal;
use crate::registry::Client;
use crate::scope::ScopeSet;
use std::borrow::Cow;

/// The granted scope: the requested one, or the client's defaults if none is requested (RFC 6749 section
/// 3.3). `known` are the scopes of the token's resources, if they declare them: the defaults are reduced to
/// them (RFC 8707 section 2.2).
///
/// # Errors
/// `invalid_scope` with the scopes that are not allowed.
pub fn granted_scope<'a>(
    client: &'a Client,
    asked: Option<&'a ScopeSet>,
    known: Option<&ScopeSet>,
) -> Result<Cow<'a, ScopeSet>, Refusal> {
    let Some(asked) = asked else {
        let defaults = &client.default_scopes;
        return Ok(known.map_or(Cow::Borrowed(defaults), |known| Cow::Owned(defaults.intersection(known))));
    };
    let refused: Vec<String> = asked.minus(&client.scopes).map(str::to_owned).collect();
    if !refused.is_empty() {
        return Err(Refusal::ScopeNotAllowed { refused, allowed: client.scopes.clone() });
    }
    of_resource(asked, known).map(|()| Cow::Borrowed(asked))
}

/// Checks that the resources of a token know a requested scope.
///
/// # Errors
/// `invalid_scope` with the scopes that they do not know.
pub(super) fn of_resource(asked: &ScopeSet, known: Option<&ScopeSet>) -> Result<(), Refusal> {
    let refused: Vec<String> =
        known.map(|known| asked.minus(known).map(str::to_owned).collect()).unwrap_or_default();
    if refused.is_empty() { Ok(()) } else { Err(Refusal::ScopeOfOtherResource { refused }) }
}
