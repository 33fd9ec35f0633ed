//! `POST /oauth/token` and `POST /token`: parse, authenticate, decide, sign. The benchmark measures this path.

use crate::claims::TokenResponse;
use crate::clock::Timestamp;
use crate::http::{Request, Response};
use crate::issuer::dpop::Expected;
use crate::issuer::endpoint;
use crate::issuer::error::Refusal;
use crate::issuer::grant::client_credentials::granted_scope;
use crate::issuer::grant::{Binding, Decision, TokenId, issue, token_exchange};
use crate::issuer::log_record::{GrantedFields, TokenLogRecord};
use crate::issuer::request::{ACCESS_TOKEN, Grant, GrantType, ReceivedRequest, TokenRequest, refused_proof};
use crate::issuer::{LogRecord, LoggedResponse, Service, resource_indicator};
use crate::jose::certificate;
use crate::jose::digest::{Fingerprint, base64url};
use crate::registry::Client;
use std::borrow::Cow;

/// Answers a token request as of `now`; `id` becomes the token's `jti`.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp, id: TokenId) -> LoggedResponse {
    endpoint::answer(service, http, |received, record| {
        let request = parse(received, record)?;
        let client = endpoint::client(service, &request.credentials, request.peer, record, now)?;
        let allowed = |client: &Client| check(service, &request, client);
        // Before the proof is used up.
        let client = endpoint::confirmed(service, client, allowed)?;
        grant(service, &request, &client, record, (now, id))
    })
}

fn parse<'a>(received: ReceivedRequest<'a>, record: &mut LogRecord) -> Result<TokenRequest<'a>, Refusal> {
    record.asked = received.logged();
    let grant = GrantType::of(&received)?;
    TokenRequest::parse(received, grant)
}

/// Checks that the client's entry allows the request.
fn check(service: &Service, request: &TokenRequest<'_>, client: &Client) -> Result<(), Refusal> {
    if client.may.dpop_required && request.proof.is_none() {
        let why = "the client's tokens are bound to a key (dpop = \"required\"): send a DPoP proof";
        return Err(Refusal::InvalidDpopProof(why.to_owned()));
    }
    if client.has_bound_tokens() && request.peer.certificate.is_none() {
        let why = "the client's tokens are bound to a certificate \
                   (tls_client_certificate_bound_access_tokens): ask with one";
        return Err(Refusal::InvalidRequest(why.to_owned()));
    }
    match &request.grant {
        Grant::ClientCredentials { targets } => {
            resource_indicator::check(&service.settings, client, targets)?;
            let audience = resource_indicator::audience(&service.settings, client, targets);
            let known = service.resources.scopes_of(&audience);
            granted_scope(client, request.scope.as_ref(), known.as_deref()).map(drop)
        }
        Grant::TokenExchange(_) => token_exchange::may_exchange(client),
    }
}

/// Decides and signs.
fn grant(
    service: &Service,
    request: &TokenRequest<'_>,
    client: &Client,
    record: &mut LogRecord,
    (now, id): (Timestamp, TokenId),
) -> Result<Response, Refusal> {
    let binding = binding(service, request, client, now)?;
    record.remembered |= binding.jkt.is_some();
    let jti = base64url(&id);
    let (response, audience, sub) = match &request.grant {
        Grant::ClientCredentials { targets } => {
            let audience = resource_indicator::audience(&service.settings, client, targets);
            let known = service.resources.scopes_of(&audience);
            let scope = granted_scope(client, request.scope.as_ref(), known.as_deref())?;
            let decision = Decision::of_client(client, &scope, &audience);
            (issue(service, &decision, &binding, now, &jti)?, audience, None)
        }
        Grant::TokenExchange(tokens) => {
            let scope = request.scope.as_ref();
            let exchange = token_exchange::decide(service, client, tokens, scope, record, now)?;
            let mut response = issue(service, &exchange.decision(client), &binding, now, &jti)?;
            response.issued_token_type = Some(ACCESS_TOKEN.to_owned());
            (response, Cow::Owned(exchange.audience), Some(exchange.sub))
        }
    };
    record.token = service.settings.audited.then(|| {
        let fingerprint = Some(Fingerprint::of(&response.access_token));
        Box::new(TokenLogRecord { jti: Some(jti), sub, fingerprint })
    });
    record.given = Some(given(service, &response, audience.into_owned()));
    Ok(Response::json(200, &response))
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

/// The certificate (RFC 8705 section 3) and the key (RFC 9449 section 5) to bind the token to. Uses up the
/// proof.
fn binding(
    service: &Service,
    request: &TokenRequest<'_>,
    client: &Client,
    now: Timestamp,
) -> Result<Binding, Refusal> {
    let certificate = request.peer.certificate.as_ref().filter(|_| client.has_bound_tokens());
    let x5t_s256 = certificate.map(|shown| certificate::thumbprint(&shown.der));
    let Some(proof) = &request.proof else { return Ok(Binding { jkt: None, x5t_s256 }) };
    let urls = service.token_urls();
    let expected = Expected { method: "POST", urls: &urls, token: None, key: None, owner: &client.id };
    proof.verify(service, &expected, now).map_err(refused_proof)?;
    Ok(Binding { jkt: Some(proof.jkt().to_owned()), x5t_s256 })
}
