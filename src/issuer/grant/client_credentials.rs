//! The client credentials grant (RFC 6749 section 4.4): the client gets a token for itself.

use crate::issuer::error::Refusal;
use crate::registry::Client;
use crate::scope::ScopeSet;

/// The granted scope: the requested one, or the client's defaults if none is requested (RFC 6749 section
/// 3.3).
///
/// # Errors
/// `invalid_scope` with the scopes that are not allowed.
pub fn granted_scope<'a>(client: &'a Client, asked: Option<&'a ScopeSet>) -> Result<&'a ScopeSet, Refusal> {
    let Some(asked) = asked else { return Ok(&client.default_scopes) };
    let refused: Vec<String> = asked.minus(&client.scopes).map(str::to_owned).collect();
    if refused.is_empty() {
        return Ok(asked);
    }
    Err(Refusal::ScopeNotAllowed { refused, allowed: client.scopes.clone() })
}
