//! The grants, one file each, and what they share: writing the token.

pub mod client_credentials;
pub mod token_exchange;

use crate::claims::{AccessClaims, Actor, Confirmation, TokenResponse};
use crate::clock::Timestamp;
use crate::issuer::Service;
use crate::issuer::error::Refusal;
use crate::registry::Client;
use crate::scope::ScopeSet;
use std::time::Duration;

/// Random bytes that make a token's `jti`: 128 bits.
pub type TokenId = [u8; 16];

/// What a token is to say, decided by a grant.
#[derive(Debug)]
pub struct Decision<'a> {
    /// The client that gets it.
    pub client: &'a Client,
    /// Whom it speaks for.
    pub sub: &'a str,
    /// What it allows.
    pub scope: &'a ScopeSet,
    /// Whom it is for.
    pub audience: &'a [String],
    /// Who acts for the subject.
    pub act: Option<&'a Actor>,
    /// It ends no later than this.
    pub not_after: Option<Timestamp>,
}

/// Writes and signs the token; `jkt` is the key that it is bound to, `jti` its own id.
///
/// # Errors
/// `server_error` where it cannot be signed.
pub fn issue(
    service: &Service,
    decision: &Decision<'_>,
    jkt: Option<&str>,
    now: Timestamp,
    jti: &str,
) -> Result<TokenResponse, Refusal> {
    let lifetime = decision.client.lifetime.unwrap_or(service.settings.lifetime);
    let exp = decision.not_after.map_or(now.after(lifetime), |end| end.min(now.after(lifetime)));
    let claims = AccessClaims {
        iss: &service.issuer,
        sub: decision.sub,
        client_id: &decision.client.id,
        aud: decision.audience,
        scope: decision.scope,
        iat: now,
        exp,
        jti,
        cnf: jkt.map(|jkt| Confirmation { jkt }),
        act: decision.act,
        extra: &decision.client.claims,
    };
    let access_token = service
        .signer
        .sign(crate::issuer::token_type(decision.audience), &claims)
        .map_err(|error| Refusal::ServerError(error.to_string()))?;
    Ok(TokenResponse {
        access_token,
        token_type: if jkt.is_some() { "DPoP" } else { "Bearer" }.to_owned(),
        expires_in: Some(remaining(now, exp).as_secs()),
        scope: (!decision.scope.is_empty()).then(|| decision.scope.clone()),
        issued_token_type: None,
    })
}

fn remaining(now: Timestamp, exp: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(exp.unix().saturating_sub(now.unix())).unwrap_or(0))
}
