//! The client credentials grant (RFC 6749 section 4.4).

use crate::claims::{AccessClaims, TokenResponse};
use crate::clock::Timestamp;
use crate::issuer::Service;
use crate::issuer::error::Refusal;
use crate::jose::digest::base64url;
use crate::registry::Client;
use crate::scope::ScopeSet;

/// Random bytes that make a token's `jti`: 128 bits.
pub type TokenId = [u8; 16];

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

/// Issues a token.
///
/// # Errors
/// `server_error` where the claims cannot be written.
pub fn issue(
    service: &Service,
    client: &Client,
    scope: &ScopeSet,
    now: Timestamp,
    id: TokenId,
) -> Result<TokenResponse, Refusal> {
    let lifetime = client.lifetime.unwrap_or(service.settings.lifetime);
    let claims = AccessClaims {
        iss: &service.issuer,
        sub: &client.id,
        client_id: &client.id,
        aud: &service.settings.audience,
        scope,
        iat: now,
        exp: now.after(lifetime),
        jti: &base64url(&id),
        extra: &client.claims,
    };
    let access_token = service
        .signer
        .sign(service.token_type(), &claims)
        .map_err(|error| Refusal::ServerError(format!("the claims could not be written: {error}")))?;
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_in: Some(lifetime.as_secs()),
        scope: (!scope.is_empty()).then(|| scope.clone()),
    })
}
