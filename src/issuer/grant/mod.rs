//! The grants, one file each, and what they share: writing the token.

pub mod client_credentials;
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
    /// The client that gets it.
    pub client: &'a Client,
    /// Its subject.
    pub sub: &'a str,
    pub scope: &'a ScopeSet,
    pub audience: &'a [String],
    /// The actors that act for the subject.
    pub act: Option<&'a Actor>,
    /// It ends no later than this.
    pub not_after: Option<Timestamp>,
    /// The ids of the tokens that it was made from.
    pub sources: &'a [String],
    /// The claims that it has beside the registered ones.
    pub extra: &'a serde_json::Map<String, serde_json::Value>,
}

impl<'a> Decision<'a> {
    /// A token with which a client speaks for itself.
    #[must_use]
    pub fn of_client(client: &'a Client, scope: &'a ScopeSet, audience: &'a [String]) -> Self {
        Self {
            client,
            sub: &client.id,
            scope,
            audience,
            act: None,
            not_after: None,
            sources: &[],
            extra: &client.claims,
        }
    }
}

/// The key and the certificate that a bearer of the token must have, too.
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

/// Writes and signs the token; `jti` is its own id.
///
/// # Errors
/// `server_error` where it cannot be signed.
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
        // Once for each lifetime that is longer than all before it.
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

/// RFC 9068 wants an audience: only with one is a token of that type.
fn token_type(audience: &[String]) -> TokenType {
    if audience.is_empty() { TokenType::Jwt } else { TokenType::AccessToken }
}

fn remaining(now: Timestamp, exp: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(exp.unix().saturating_sub(now.unix())).unwrap_or(0))
}
