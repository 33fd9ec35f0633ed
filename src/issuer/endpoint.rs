//! The steps of every endpoint where a client authenticates: read the request, find the client, do the
//! work, and format a refusal in the request's dialect.

use crate::clock::Timestamp;
use crate::http::{Peer, Request, Response};
use crate::issuer::authenticate::CallingClient;
use crate::issuer::credentials::{self, PresentedCredential};
use crate::issuer::error::{Dialect, Refusal};
use crate::issuer::parameters::{self, required};
use crate::issuer::request::ReceivedRequest;
use crate::issuer::{LogRecord, LoggedResponse, Service, authenticate};
use crate::registry::Client;
use crate::secret::without_credential;
use std::sync::Arc;

/// Answers a request about the token in `token` with `work`, for an authenticated client that is `allowed`
/// to make it.
pub(super) fn about_token(
    service: &Service,
    http: &Request,
    now: Timestamp,
    allowed: impl Fn(&Client) -> Result<(), Refusal>,
    work: impl FnOnce(&Client, &str, &mut LogRecord) -> Result<Response, Refusal>,
) -> LoggedResponse {
    answer(service, http, |received, record| {
        // Malformed requests are refused before a secret is checked or an assertion is used up.
        let token = required(received.params, "token")?;
        let client = client(service, &received.credentials?, &http.peer, record, now)?.client;
        let client = confirmed(service, client, allowed)?;
        work(&client, token, record)
    })
}

/// Answers a request by `work`, which may refuse.
pub(super) fn answer(
    service: &Service,
    http: &Request,
    work: impl FnOnce(ReceivedRequest<'_>, &mut LogRecord) -> Result<Response, Refusal>,
) -> LoggedResponse {
    let dialect = parameters::dialect(http);
    if let Some(refused) = service.standing_refusal() {
        return refuse(service, &refused.refusal, dialect, refused.record.clone());
    }
    let mut record = LogRecord::default();
    let read = dialect.clone().and_then(|dialect| Ok((dialect, parameters::read(http, dialect)?)));
    let result = match &read {
        Ok((dialect, params)) => {
            let credentials = credentials::presented(http, params);
            // Unverified until the client is authenticated.
            let claimed = credentials.as_ref().ok().and_then(PresentedCredential::claimed_client);
            let named = || credentials::named_client(http, Some(params));
            record.client = claimed.map(str::to_owned).or_else(named);
            let received = ReceivedRequest { http, dialect: *dialect, params, credentials };
            parameters::check_types(params).and_then(|()| work(received, &mut record))
        }
        Err(refusal) => {
            record.client = credentials::named_client(http, None);
            Err(refusal.clone())
        }
    };
    match result {
        Ok(response) => LoggedResponse { response, record },
        Err(refusal) => refuse(service, &refusal, dialect, record),
    }
}

fn refuse(
    service: &Service,
    refusal: &Refusal,
    dialect: Result<Dialect, Refusal>,
    mut record: LogRecord,
) -> LoggedResponse {
    if let Some(client) = record.client.as_mut().filter(|_| !record.authenticated && !refusal.knows_client())
    {
        *client = without_credential(client).into_owned();
    }
    let record = LogRecord {
        error: Some(refusal.code()),
        reason: Some(refusal.reason()),
        limit: record.limit.or(refusal.limit()),
        waits_for: refusal.waits_for(),
        unconfirmed: refusal.unconfirmed().cloned().map(Box::new),
        ..record
    };
    let explain = service.settings.explain_client_errors;
    LoggedResponse { response: refusal.response(dialect.unwrap_or(Dialect::Form), explain), record }
}

/// Authenticates the client of a request, and counts the request against its limits.
pub(super) fn client(
    service: &Service,
    credentials: &PresentedCredential<'_>,
    peer: &Peer,
    record: &mut LogRecord,
    now: Timestamp,
) -> Result<CallingClient, Refusal> {
    let found = authenticate::authenticate(service, credentials, peer, record, now)?;
    let CallingClient { client, identity } = found;
    record.remembered = matches!(credentials, PresentedCredential::Assertion { .. });
    let client = admitted(service, client, peer, record, now)?;
    Ok(CallingClient { client, identity })
}

/// An authenticated client that may send requests from there, and does not send too many.
pub(super) fn admitted(
    service: &Service,
    client: Arc<Client>,
    peer: &Peer,
    record: &mut LogRecord,
    now: Timestamp,
) -> Result<Arc<Client>, Refusal> {
    (record.client, record.authenticated) = (Some(client.id.clone()), true);
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

/// The client, if its entry is `allowed` to make the request. Otherwise the entry is first compared with
/// the store's, which may have changed a moment ago.
///
/// # Errors
/// The refusal by the store's entry, or that the store is unreachable.
pub(super) fn confirmed(
    service: &Service,
    client: Arc<Client>,
    allowed: impl Fn(&Client) -> Result<(), Refusal>,
) -> Result<Arc<Client>, Refusal> {
    let Err(refusal) = allowed(&client) else { return Ok(client) };
    match service.registry.newer(&client, service.run.patience)? {
        None => Err(refusal),
        // The entry of a client that describes itself is not in the store.
        Some(None) if service.documents.allows(&client.id) => Err(refusal),
        Some(None) => Err(Refusal::UnknownClient),
        Some(Some(newer)) => allowed(&newer).map(|()| newer),
    }
}

/// Checks the peer's address against the client's `allow_from`.
fn check_address(client: &Client, peer: &Peer) -> Result<(), Refusal> {
    let from = match peer.address {
        _ if client.allow_from.is_empty() => return Ok(()),
        Some(address) if client.allow_from.contains(address) => return Ok(()),
        Some(address) => address.to_canonical().to_string(),
        None => "an unknown address".to_owned(),
    };
    Err(Refusal::UnauthorizedClient(format!(
        "the client may not connect from {from}: add it to allow_from in its entry"
    )))
}
