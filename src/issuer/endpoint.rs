//! What every endpoint shares where a client authenticates: read the request, find the client, do
//! the work, and tell a refusal in the dialect of the request.

use crate::clock::Timestamp;
use crate::http::params::Params;
use crate::http::{Request, Response};
use crate::issuer::error::{Dialect, Refusal};
use crate::issuer::request;
use crate::issuer::{Note, Outcome, Service, authenticate};
use crate::registry::Client;

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
        work(client, &params, note)
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
pub(super) fn client<'a>(
    service: &'a Service,
    http: &Request,
    params: &Params,
    note: &mut Note,
    now: Timestamp,
) -> Result<&'a Client, Refusal> {
    let proof = request::proof(http, params)?;
    let client = authenticate::authenticate(service, &proof, now)?;
    (note.client, note.authenticated) = (Some(client.id.clone()), true);
    Ok(client)
}
