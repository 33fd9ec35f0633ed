//! The grants, one file each, and the code that issues their tokens.

pub mod client_credentials;
pub mod own_token;
pub mod token_exchange;

use crate::claims::{AccessClaims, Actor, Confirmation, TokenResponse};
use crate::clock::Timestamp;
use crate::issuer::Service;
use crate::issuer::error::Refusal;
use crate::jose::sign::TokenType;
use crate::registry::Client;
use crate::scope::ScopeSet;
use std::time::Duration;

/// Random bytes that make a token's `jti`: 128 bits.
pub type TokenId = [u8; 16];

/// The content of a token, decided by a grant.
#[derive(Debug)]
pub struct Decision<'a> {
    /// The client that it is issued to.
    pub client: &'a Client,
    pub sub: &'a str,
    pub scope: &'a ScopeSet,
    pub audience: &'a [String],
    /// The chain of actors, if the token was exchanged.
    pub act: Option<&'a Actor>,
    /// The latest time at which the token may expire.
    pub not_after: Option<Timestamp>,
    /// The ids of the source tokens.
    pub sources: &'a [String],
    /// Additional claims.
    pub extra: &'a serde_json::Map<String, serde_json::Value>,
}

/// The key and the certificate that the bearer must also hold.
#[derive(Debug, Default)]
pub struct Binding {
    /// The thumbprint of a key (RFC 9449).
    pub jkt: Option<String>,
    /// The thumbprint of a certificate (RFC 8705 section 3).
    pub x5t_s256: Option<String>,
}

impl Binding {
    fn confirmation(&self) -> Option<Confirmation<'_>> {
        let (jkt, x5t_s256) = (self.jkt.as_deref(), self.x5t_s256.as_deref());
        (jkt.is_some() || x5t_s256.is_some()).then_some(Confirmation { jkt, x5t_s256 })
    }
}

/// Writes and signs the token with `jti` as its id.
///
/// # Errors
/// `server_error` if it cannot be signed.
pub fn issue(
    service: &Service,
    decision: &Decision<'_>,
    binding: &Binding,
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
        scope_claim: decision.client.scope_claim,
        iat: now,
        exp,
        jti,
        cnf: binding.confirmation(),
        act: decision.act,
        sources: decision.sources,
        extra: decision.extra,
    };
    let mut ring = service.keys()?;
    if !ring.covers(lifetime) {
        // Writes to the store only when a lifetime is longer than all before it.
        service.cover(lifetime, now)?;
        ring = service.keys()?;
    }
    let access_token = ring
        .signer()?
        .sign(token_type(decision.audience), &claims)
        .map_err(|error| Refusal::ServerError(error.to_string()))?;
    Ok(TokenResponse {
        access_token,
        token_type: if binding.jkt.is_some() { "DPoP" } else { "Bearer" }.to_owned(),
        expires_in: Some(remaining(now, exp).as_secs()),
        scope: (!decision.scope.is_empty()).then(|| decision.scope.clone()),
        issued_token_type: None,
    })
}

/// RFC 9068 requires an audience, so only tokens with one have its type.
fn token_type(audience: &[String]) -> TokenType {
    if audience.is_empty() { TokenType::Jwt } else { TokenType::AccessToken }
}

fn remaining(now: Timestamp, exp: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(exp.unix().saturating_sub(now.unix())).unwrap_or(0))
}
