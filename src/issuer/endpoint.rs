//! What every endpoint shares where a client authenticates: read the request, find the client, do
//! the work, and tell a refusal in the dialect of the request.

use crate::clock::Timestamp;
use crate::http::params::Params;
use crate::http::{Peer, Request, Response};
use crate::issuer::error::{Dialect, Refusal};
use crate::issuer::request;
use crate::issuer::{Note, Outcome, Service, authenticate};
use crate::registry::Client;
use std::sync::Arc;

/// Answers a request of an authenticated client by `work`.
pub(super) fn with_client(
    service: &Service,
    http: &Request,
    now: Timestamp,
    work: impl FnOnce(&Client, &Params, &mut Note) -> Result<Response, Refusal>,
) -> Outcome {
    answer(service, http, |dialect, note| {
        let params = request::params(http, dialect)?;
        let client = client(service, http, &params, note, now)?;
        work(&client, &params, note)
    })
}

/// Answers a request by `work`, which may refuse.
pub(super) fn answer(
    service: &Service,
    http: &Request,
    work: impl FnOnce(Dialect, &mut Note) -> Result<Response, Refusal>,
) -> Outcome {
    let mut note = Note::default();
    let dialect = request::dialect(http);
    let result = dialect.clone().and_then(|dialect| work(dialect, &mut note));
    let response = result.unwrap_or_else(|refusal| {
        (note.error, note.reason) = (Some(refusal.code()), Some(refusal.reason()));
        note.limit = note.limit.or(refusal.limit());
        note.waits_for = refusal.waits_for();
        note.client = note.client.take().or_else(|| claimed(http));
        refusal.response(dialect.unwrap_or(Dialect::Form), service.settings.explain_client_errors)
    });
    Outcome { response, note }
}

/// The client that a refused request names, for the log.
fn claimed(http: &Request) -> Option<String> {
    let params = request::params(http, request::dialect(http).ok()?).ok()?;
    request::claimed_client(http, &params)
}

/// The client that sent a request.
pub(super) fn client(
    service: &Service,
    http: &Request,
    params: &Params,
    note: &mut Note,
    now: Timestamp,
) -> Result<Arc<Client>, Refusal> {
    let proof = request::proof(http, params)?;
    let client = authenticate::authenticate(service, &proof, &http.peer, now)?;
    (note.client, note.authenticated) = (Some(client.id.clone()), true);
    check_address(&client, &http.peer).inspect_err(|_| note.limit = Some("allow_from"))?;
    let buckets = service.per_client.as_ref().filter(|_| !service.run.counted);
    match buckets.map(|buckets| buckets.take(&client.id, now)) {
        Some(Err(retry_after)) => Err(Refusal::TooManyRequests { retry_after }),
        None | Some(Ok(())) => Ok(client),
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
