//! `POST /oauth/token`: request value to response value. This is the path that the bench measures.

use crate::clock::Timestamp;
use crate::http::{Request, Response};
use crate::issuer::error::{Dialect, Refusal};
use crate::issuer::grant::client_credentials::{self, TokenId};
use crate::issuer::{Note, Outcome, Service, authenticate, request};

/// Answers a token request as of `now`, with `id` as the token's identity.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp, id: TokenId) -> Outcome {
    let mut note = Note::default();
    let dialect = request::dialect(http);
    let result = dialect.clone().and_then(|dialect| decide(service, http, dialect, now, id, &mut note));
    let response = result.unwrap_or_else(|refusal| {
        note.reason = Some(refusal.reason());
        refusal.response(dialect.unwrap_or(Dialect::Form), service.settings.explain_client_errors)
    });
    Outcome { response, note }
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
    let request = request::parse(http, &params, dialect).inspect_err(|_| {
        note.client = request::claimed_client(http, &params);
    })?;
    note.client = request.credentials.first().map(|credentials| credentials.id.clone());
    note.scope = request.scope.as_ref().map(ToString::to_string);
    let client = authenticate::authenticate(&service.registry, &request.credentials)?;
    let scope = client_credentials::granted_scope(client, request.scope.as_ref())?;
    let token = client_credentials::issue(service, client, scope, now, id)?;
    note.scope = Some(scope.to_string());
    Ok(Response::json(200, &token))
}
