//! `POST /oauth/token` and `POST /token`: parse, authenticate, decide, sign. The benchmark measures this path.

use crate::claims::TokenResponse;
use crate::clock::Timestamp;
use crate::http::{Request, Response};
use crate::issuer::authenticate::CallingClient;
use crate::issuer::dpop::Expected;
use crate::issuer::endpoint;
use crate::issuer::error::Refusal;
use crate::issuer::grant::{Binding, TokenId, issue, own_token, token_exchange};
use crate::issuer::log_record::{GrantedFields, TokenLogRecord};
use crate::issuer::request::{
    ACCESS_TOKEN, ExchangeRequest, Grant, GrantType, ReceivedRequest, TokenRequest, refused_proof,
};
use crate::issuer::trust::accepted::AcceptedIdentity;
use crate::issuer::{LogRecord, LoggedResponse, Service, identity_grant};
use crate::jose::certificate;
use crate::jose::digest::{Fingerprint, base64url};
use crate::registry::Client;

/// Answers a token request as of `now`; `id` becomes the token's `jti`.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp, id: TokenId) -> LoggedResponse {
    endpoint::answer(service, http, |received, record| {
        let request = parse(received, record)?;
        if matches!(request.grant, Grant::JwtBearer { .. }) && service.trust.is_empty() {
            return Err(Refusal::UnsupportedGrantType);
        }
        if let Some(identity) = identity_grant::of(service, &request)? {
            let allowed = |client: &Client, caller: &CallingClient| {
                check(service, &request, client, caller.identity.as_ref())
            };
            let caller = identity.caller(service, &request, record, now, &allowed)?;
            return grant(service, &request, &caller, true, record, (now, id));
        }
        let caller = endpoint::client(service, &request.credentials, request.peer, record, now)?;
        let CallingClient { client, identity } = caller;
        // Before the proof is used up.
        let client = endpoint::confirmed(service, client, |client| check(service, &request, client, None))?;
        let caller = CallingClient { client, identity };
        grant(service, &request, &caller, false, record, (now, id))
    })
}

fn parse<'a>(received: ReceivedRequest<'a>, record: &mut LogRecord) -> Result<TokenRequest<'a>, Refusal> {
    record.asked = received.logged();
    let grant = GrantType::of(&received)?;
    TokenRequest::parse(received, grant)
}

/// Checks that the client's entry allows the request. `subject` is the identity that is granted or exchanged.
fn check(
    service: &Service,
    request: &TokenRequest<'_>,
    client: &Client,
    subject: Option<&AcceptedIdentity>,
) -> Result<(), Refusal> {
    if client.may.dpop_required && request.proof.is_none() {
        let why = "the client's tokens are bound to a key (dpop = \"required\"): send a DPoP proof";
        return Err(Refusal::InvalidDpopProof(why.to_owned()));
    }
    if client.has_bound_tokens() && request.peer.certificate.is_none() {
        let why = "the client's tokens are bound to a certificate \
                   (tls_client_certificate_bound_access_tokens): ask with one";
        return Err(Refusal::InvalidRequest(why.to_owned()));
    }
    let targets = match &request.grant {
        Grant::ClientCredentials { targets } | Grant::JwtBearer { targets, .. } => targets,
        Grant::TokenExchange(exchange) => {
            token_exchange::may_exchange(client)?;
            if subject.is_none() {
                return Ok(());
            }
            &exchange.targets
        }
    };
    own_token::decide(service, client, targets, request.scope.as_ref(), subject).map(drop)
}

/// Decides and signs. With `is_subject`, the identity of the caller is what is granted or exchanged.
fn grant(
    service: &Service,
    request: &TokenRequest<'_>,
    caller: &CallingClient,
    is_subject: bool,
    record: &mut LogRecord,
    (now, id): (Timestamp, TokenId),
) -> Result<Response, Refusal> {
    let (client, scope) = (caller.client.as_ref(), request.scope.as_ref());
    let binding = binding(service, request, client, now)?;
    record.remembered |= binding.jkt.is_some();
    let jti = base64url(&id);
    let (mut response, audience, sub) = match &request.grant {
        Grant::TokenExchange(tokens) if !is_subject => {
            let exchange = token_exchange::decide(service, client, tokens, scope, record, now)?;
            let response = issue(service, &exchange.decision(client), &binding, now, &jti)?;
            (response, exchange.audience, Some(exchange.sub))
        }
        Grant::ClientCredentials { targets }
        | Grant::JwtBearer { targets, .. }
        | Grant::TokenExchange(ExchangeRequest { targets, .. }) => {
            let own = own_token::decide(service, client, targets, scope, caller.identity.as_ref())?;
            let response = issue(service, &own.decision(client), &binding, now, &jti)?;
            let user = own.user(client);
            (response, own.audience.into_owned(), user)
        }
    };
    if matches!(request.grant, Grant::TokenExchange(_)) {
        response.issued_token_type = Some(ACCESS_TOKEN.to_owned());
    }
    record.token = service.settings.audited.then(|| {
        let fingerprint = Some(Fingerprint::of(&response.access_token));
        Box::new(TokenLogRecord { jti: Some(jti), sub, fingerprint })
    });
    record.given = Some(given(service, &response, audience));
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
