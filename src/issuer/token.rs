//! `POST /oauth/token`: request value to response value. This is the path that the bench measures.

use crate::clock::Timestamp;
use crate::http::{Request, Response, TOKEN_PATH};
use crate::issuer::dpop::{DpopError, Expected, proven_key};
use crate::issuer::error::{Dialect, Refusal};
use crate::issuer::grant::client_credentials::{granted_audience, granted_scope};
use crate::issuer::grant::{Binding, Decision, TokenId, issue, token_exchange};
use crate::issuer::request::{self, Grant};
use crate::issuer::{Note, Outcome, Service, endpoint};
use crate::jose::certificate;
use crate::registry::Client;

/// Answers a token request as of `now`, with `id` as the token's identity.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp, id: TokenId) -> Outcome {
    endpoint::answer(service, http, |dialect, note| decide(service, http, dialect, now, id, note))
}

fn decide(
    service: &Service,
    http: &Request,
    dialect: Dialect,
    now: Timestamp,
    id: TokenId,
    note: &mut Note,
) -> Result<Response, Refusal> {
    let params = request::params(http, dialect)?;
    let grant = request::grant(&params, dialect)?;
    let client = endpoint::client(service, http, &params, note, now)?;
    let scope = request::scope(&params)?;
    note.scope = scope.as_ref().map(ToString::to_string);
    let binding =
        Binding { x5t_s256: bound_certificate(http, client)?, jkt: bound_key(service, http, client, now)? };
    let response = match grant {
        Grant::ClientCredentials => {
            let audience = granted_audience(service, client, request::resources(&params)?)?;
            let scope = granted_scope(client, scope.as_ref())?;
            let decision =
                Decision { client, sub: &client.id, scope, audience: &audience, act: None, not_after: None };
            issue(service, &decision, &binding, now, id)?
        }
        Grant::TokenExchange => {
            let exchange = token_exchange::decide(service, client, &params, scope.as_ref(), now)?;
            let token_exchange::Exchange { sub, scope, audience, act, not_after } = &exchange;
            let (act, not_after) = (Some(act), Some(*not_after));
            let decision = Decision { client, sub, scope, audience, act, not_after };
            let mut response = issue(service, &decision, &binding, now, id)?;
            response.issued_token_type = Some(token_exchange::ACCESS_TOKEN.to_owned());
            response
        }
    };
    note.scope = response.scope.as_ref().map(ToString::to_string);
    Ok(Response::json(200, &response))
}

/// The certificate that the token is to be bound to (RFC 8705 section 3): the one that is shown, where
/// the client's tokens are bound to any.
fn bound_certificate(http: &Request, client: &Client) -> Result<Option<String>, Refusal> {
    match &http.peer.certificate {
        _ if !client.has_bound_tokens() => Ok(None),
        Some(shown) => Ok(Some(certificate::thumbprint(&shown.der))),
        None => {
            let why = "the client's tokens are bound to a certificate \
                       (tls_client_certificate_bound_access_tokens): ask with one";
            Err(Refusal::InvalidRequest(why.to_owned()))
        }
    }
}

/// The key that the token is to be bound to (RFC 9449 section 5).
fn bound_key(
    service: &Service,
    http: &Request,
    client: &Client,
    now: Timestamp,
) -> Result<Option<String>, Refusal> {
    if http.headers.get("dpop").is_none() {
        return if client.may.dpop_required { Err(needs_proof()) } else { Ok(None) };
    }
    let url = service.url(TOKEN_PATH);
    let expected = Expected { method: "POST", url: &url, token: None, owner: &client.id };
    proven_key(service, &http.headers, &expected, now).map_err(|error| match error {
        DpopError::Invalid(why) => Refusal::InvalidDpopProof(why),
        DpopError::NonceNeeded(nonce) => Refusal::UseDpopNonce(nonce),
        DpopError::Full => Refusal::Unavailable("the table of proof ids is full".to_owned()),
    })
}

fn needs_proof() -> Refusal {
    let why = "the client's tokens are bound to a key (dpop = \"required\"): send a DPoP proof";
    Refusal::InvalidDpopProof(why.to_owned())
}
