//! `GET /protected-resource`, as in the article: takes a token, returns its client and scope. Uses the same
//! judge as `inspect` (RFC 6750, RFC 9068 section 4, RFC 9449 section 7, RFC 8705 section 3).

use crate::clock::Timestamp;
use crate::http::{RESOURCE_PATH, Request, Response};
use crate::issuer::active_token::{ActiveToken, live};
use crate::issuer::challenge::{Challenges, Denial, Scheme};
use crate::issuer::log_record::{GrantedFields, TokenLogRecord};
use crate::issuer::presented_token::{BoundRequest, PresentedAuthorization, check_binding};
use crate::issuer::required_scope::{self, missing};
use crate::issuer::token_binding::TokenBinding;
use crate::issuer::{LogRecord, LoggedResponse, Service};
use crate::jose::compact::{self, Token};
use crate::scope::ScopeSet;
use serde::Serialize;

#[derive(Serialize)]
struct GrantedBody<'a> {
    message: &'a str,
    client: &'a str,
    scope: &'a str,
}

/// Answers a request for the protected resource as of `now`. `?scope=` names scopes that the token needs.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp) -> LoggedResponse {
    let mut note = None;
    let resource = service.resources.own();
    let (scope, malformed) = match required_scope::in_query(http.query()) {
        Ok(scope) => (scope, None),
        Err(why) => (ScopeSet::empty(), Some(Denial::Malformed(why))),
    };
    let presented =
        malformed.map_or_else(|| PresentedAuthorization::in_headers(&http.headers, resource.accept), Err);
    let found = presented.and_then(|presented| match presented {
        PresentedAuthorization::Token(scheme, text) => {
            let token = compact::read(text);
            note = TokenLogRecord::presented(&service.settings, text, &token);
            decide(service, http, (scheme, text, token), &scope, now)
        }
        // Not offered here, so never found.
        PresentedAuthorization::Basic(_) => Err(Denial::NoToken("No bearer token".to_owned())),
    });
    let challenges = Challenges { accept: resource.accept, scope: &scope, resource: Some(resource) };
    let mut outcome =
        found.map_or_else(|denial| denial.outcome(&challenges), |(found, binding)| granted(&found, &binding));
    outcome.record.token = note;
    outcome
}

fn granted(found: &ActiveToken, binding: &TokenBinding) -> LoggedResponse {
    let scope = found.scope().map(|scope| scope.to_string()).unwrap_or_default();
    let granted = GrantedBody { message: "Access granted!", client: found.sub(), scope: &scope };
    let response = Response::json(200, &granted);
    let given = Some(GrantedFields { scope: Some(scope), ..GrantedFields::default() });
    // The judge has found that the token is of a registered client.
    let client = Some(found.client_id().to_owned());
    // A key-bound token came with a proof, whose id is used up.
    let remembered = binding.needs_proof();
    LoggedResponse {
        response,
        record: LogRecord { client, authenticated: true, given, remembered, ..LogRecord::default() },
    }
}

fn decide(
    service: &Service,
    http: &Request,
    (scheme, text, token): (Scheme, &str, Token<'_>),
    scope: &ScopeSet,
    now: Timestamp,
) -> Result<(ActiveToken, TokenBinding), Denial> {
    let found = live(service, token, &service.policies.resource, now)
        .map_err(|error| Denial::of_inactive(scheme, error))?;
    let owner = found.client_id();
    // Before the proof is used up.
    missing(scope, &found.scope().unwrap_or_default(), (scheme, owner))?;
    let url = service.url(RESOURCE_PATH);
    let certificate = http.peer.certificate.as_ref();
    let request = BoundRequest { headers: &http.headers, method: http.method.name(), url: &url, certificate };
    let binding = TokenBinding::of(&found.claims);
    let accept = service.resources.own().accept;
    check_binding(service, (scheme, text), &binding, &request, accept, (owner, now))?;
    Ok((found, binding))
}
