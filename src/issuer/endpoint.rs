//! What every endpoint shares where a client authenticates: read the request, find the client, do
//! the work, and tell a refusal in the dialect of the request.

use crate::clock::Timestamp;
use crate::http::params::Params;
use crate::http::{Peer, Request, Response};
use crate::issuer::error::{Dialect, Refusal};
use crate::issuer::request::{self, PresentedCredential};
use crate::issuer::{LogRecord, LoggedResponse, Service, authenticate};
use crate::registry::Client;
use std::sync::Arc;

/// A request as it was read, once, for whoever answers it and for the log.
pub(super) struct ReceivedRequest<'a> {
    pub(super) http: &'a Request,
    pub(super) dialect: Dialect,
    pub(super) params: &'a Params,
    /// What the client shows of itself, or why that is no proof.
    proof: Result<PresentedCredential<'a>, Refusal>,
}

/// Answers a request of an authenticated client by `work`, where its entry `fits`.
pub(super) fn with_client(
    service: &Service,
    http: &Request,
    now: Timestamp,
    fits: impl Fn(&Client) -> Result<(), Refusal>,
    work: impl FnOnce(&Client, &Params, &mut LogRecord) -> Result<Response, Refusal>,
) -> LoggedResponse {
    answer(service, http, |incoming, note| {
        let client = client(service, &incoming, note, now)?;
        let client = confirmed(service, client, fits)?;
        work(&client, incoming.params, note)
    })
}

/// Answers a request by `work`, which may refuse.
pub(super) fn answer(
    service: &Service,
    http: &Request,
    work: impl FnOnce(ReceivedRequest<'_>, &mut LogRecord) -> Result<Response, Refusal>,
) -> LoggedResponse {
    let mut record = LogRecord::default();
    let dialect = request::dialect(http);
    let read = dialect.clone().and_then(|dialect| Ok((dialect, request::params(http, dialect)?)));
    let result = match &read {
        Ok((dialect, params)) => {
            let proof = request::proof(http, params);
            // Until it is proven, the client that the request names.
            let claimed =
                proof.as_ref().ok().and_then(PresentedCredential::claimed_client).map(str::to_owned);
            record.client = claimed.or_else(|| request::named_client(http, Some(params)));
            work(ReceivedRequest { http, dialect: *dialect, params, proof }, &mut record)
        }
        Err(refusal) => {
            record.client = request::named_client(http, None);
            Err(refusal.clone())
        }
    };
    let response = result.unwrap_or_else(|refusal| {
        (record.error, record.reason) = (Some(refusal.code()), Some(refusal.reason()));
        record.limit = record.limit.or(refusal.limit());
        record.waits_for = refusal.waits_for();
        refusal.response(dialect.unwrap_or(Dialect::Form), service.settings.explain_client_errors)
    });
    LoggedResponse { response, record }
}

/// The client that sent a request.
pub(super) fn client(
    service: &Service,
    incoming: &ReceivedRequest<'_>,
    record: &mut LogRecord,
    now: Timestamp,
) -> Result<Arc<Client>, Refusal> {
    let peer = &incoming.http.peer;
    let proof = incoming.proof.as_ref().map_err(Clone::clone)?;
    let client = authenticate::authenticate(service, proof, peer, now)?;
    (record.client, record.authenticated) = (Some(client.id.clone()), true);
    record.remembered = matches!(proof, PresentedCredential::Assertion { .. });
    let client = confirmed(service, client, |client| check_address(client, peer)).inspect_err(|refusal| {
        if matches!(refusal, Refusal::UnauthorizedClient(_)) {
            record.limit = Some("allow_from");
        }
    })?;
    let buckets = service.per_client.as_ref().filter(|_| !service.run.counted);
    match buckets.map(|buckets| buckets.take(&client.id, service.clock.paced(now))) {
        Some(Err(retry_after)) => Err(Refusal::TooManyRequests { retry_after }),
        None | Some(Ok(())) => Ok(client),
    }
}

/// The client, where its entry `fits` what it asks for. One that does not is compared with the store's first:
/// it may have been changed a moment ago.
///
/// # Errors
/// What does not fit; that the store cannot be asked.
pub(super) fn confirmed(
    service: &Service,
    client: Arc<Client>,
    fits: impl Fn(&Client) -> Result<(), Refusal>,
) -> Result<Arc<Client>, Refusal> {
    let Err(refusal) = fits(&client) else { return Ok(client) };
    match service.registry.newer(&client, service.run.patience)? {
        None => Err(refusal),
        Some(None) => Err(Refusal::UnknownClient),
        Some(Some(newer)) => fits(&newer).map(|()| newer),
    }
}

/// Whether the client asks from where it may.
fn check_address(client: &Client, peer: &Peer) -> Result<(), Refusal> {
    let from = match peer.address {
        _ if client.allow_from.is_empty() => return Ok(()),
        Some(address) if client.allow_from.contains(address) => return Ok(()),
        Some(address) => address.to_canonical().to_string(),
        None => "an unknown address".to_owned(),
    };
    Err(Refusal::UnauthorizedClient(format!(
        "the client may not ask from {from}: its entry needs it in allow_from"
    )))
}
