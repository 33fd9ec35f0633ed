//! `POST /oauth/token`: request value to response value. This is the path that the bench measures.

use crate::claims::TokenResponse;
use crate::clock::Timestamp;
use crate::http::{Request, Response, TOKEN_PATH};
use crate::issuer::dpop::{DpopError, Expected, proven_key};
use crate::issuer::endpoint::{self, ReceivedRequest};
use crate::issuer::error::Refusal;
use crate::issuer::grant::client_credentials::{granted_audience, granted_scope};
use crate::issuer::grant::{Binding, Decision, TokenId, issue, token_exchange};
use crate::issuer::log_record::{GrantedFields, TokenLogRecord};
use crate::issuer::request::{self, Grant};
use crate::issuer::{LogRecord, LoggedResponse, Service};
use crate::jose::certificate;
use crate::jose::digest::{Fingerprint, base64url};
use crate::registry::Client;
use crate::scope::ScopeSet;

/// Answers a token request as of `now`, with `id` as the token's identity.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp, id: TokenId) -> LoggedResponse {
    endpoint::answer(service, http, |incoming, note| decide(service, &incoming, now, id, note))
}

fn decide(
    service: &Service,
    incoming: &ReceivedRequest<'_>,
    now: Timestamp,
    id: TokenId,
    note: &mut LogRecord,
) -> Result<Response, Refusal> {
    let ReceivedRequest { http, params, dialect, .. } = *incoming;
    let grant = request::grant(params, dialect)?;
    note.asked.grant = Some(grant.name());
    let client = endpoint::client(service, incoming, note, now)?;
    let scope = request::scope(params)?;
    note.asked.scope = scope.as_ref().map(ToString::to_string);
    note.asked.resources = request::resources(params).unwrap_or_default();
    // Before a proof is put on record, which may be shown once.
    let fits = |client: &Client| fits(service, incoming, grant, scope.as_ref(), client);
    let client = endpoint::confirmed(service, client, fits)?;
    let client = client.as_ref();
    let binding =
        Binding { x5t_s256: bound_certificate(http, client)?, jkt: bound_key(service, http, client, now)? };
    note.remembered |= binding.jkt.is_some();
    let jti = base64url(&id);
    let (response, audience, sub) = match grant {
        Grant::ClientCredentials => {
            let audience = granted_audience(service, client, request::resources(params)?)?;
            let scope = granted_scope(client, scope.as_ref())?;
            let decision = Decision::of_client(client, scope, &audience);
            (issue(service, &decision, &binding, now, &jti)?, audience, None)
        }
        Grant::TokenExchange => {
            let exchange = token_exchange::decide(service, client, params, scope.as_ref(), note, now)?;
            let mut response = issue(service, &exchange.decision(client), &binding, now, &jti)?;
            response.issued_token_type = Some(token_exchange::ACCESS_TOKEN.to_owned());
            (response, exchange.audience, Some(exchange.sub))
        }
    };
    note.token = service.settings.audited.then(|| {
        let fingerprint = Some(Fingerprint::of(&response.access_token));
        Box::new(TokenLogRecord { jti: Some(jti), sub, fingerprint })
    });
    note.given = Some(given(service, &response, audience));
    Ok(Response::json(200, &response))
}

/// Whether the client's entry allows what it asks for.
fn fits(
    service: &Service,
    incoming: &ReceivedRequest<'_>,
    grant: Grant,
    scope: Option<&ScopeSet>,
    client: &Client,
) -> Result<(), Refusal> {
    check_proof(incoming.http, client)?;
    match grant {
        Grant::ClientCredentials => {
            granted_audience(service, client, request::resources(incoming.params)?)?;
            granted_scope(client, scope).map(drop)
        }
        Grant::TokenExchange => token_exchange::may_exchange(client),
    }
}

fn given(service: &Service, response: &TokenResponse, audience: Vec<String>) -> GrantedFields {
    GrantedFields {
        scope: response.scope.as_ref().map(ToString::to_string),
        audience,
        expires_in: response.expires_in,
        algorithm: Some(service.signing.ring().algorithm.name()),
        active: None,
    }
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
    check_proof(http, client)?;
    if http.headers.get("dpop").is_none() {
        return Ok(None);
    }
    let url = service.url(TOKEN_PATH);
    let expected = Expected { method: "POST", url: &url, token: None, key: None, owner: &client.id };
    proven_key(service, &http.headers, &expected, now).map_err(|error| match error {
        DpopError::Invalid(why) => Refusal::InvalidDpopProof(why),
        // No key is expected here: the token will be bound to the one that is shown.
        DpopError::OtherKey => Refusal::InvalidDpopProof("DPoP proof: it is of another key".to_owned()),
        DpopError::NonceNeeded(nonce) => Refusal::UseDpopNonce(nonce),
        DpopError::Unavailable(cannot) => cannot.into(),
    })
}

/// Whether there is a proof where the client must send one.
fn check_proof(http: &Request, client: &Client) -> Result<(), Refusal> {
    if !client.may.dpop_required || http.headers.get("dpop").is_some() {
        return Ok(());
    }
    let why = "the client's tokens are bound to a key (dpop = \"required\"): send a DPoP proof";
    Err(Refusal::InvalidDpopProof(why.to_owned()))
}
