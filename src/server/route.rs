//! Maps method and path to handlers with one table, which also generates `/openapi.json`. Pure.

use crate::clock::Timestamp;
use crate::http::{
    AUTHORIZE_PATH, INTROSPECT_PATH, Method, RESOURCE_PATH, REVOKE_PATH, Request, SHORT_TOKEN_PATH,
    TOKEN_PATH,
};
use crate::issuer::error::{Unavailable, error_response};
use crate::issuer::grant::TokenId;
use crate::issuer::guard;
use crate::issuer::guard::rules::GUARD_PATH;
use crate::issuer::metadata::{self, DiscoveryKind, JWKS_PATH};
use crate::issuer::openapi::{self, Operation};
use crate::issuer::{
    LogRecord, LoggedResponse, Service, authorize, introspect, protected_resource, resource,
    resource_metadata, revoke, root, token,
};
use crate::jose::digest::RandomError;
use crate::server::cors;
use crate::server::endpoint::Endpoint;
use crate::server::health::{Health, HealthFacts};
use crate::server::operations;

#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub endpoint: Endpoint,
    pub path: &'static str,
    /// GET includes HEAD (RFC 9110 section 9.3.2). `None`: every method.
    pub method: Option<Method>,
    /// The parameters and answers, for `/openapi.json`. `None`: nobody should use it.
    pub operation: Option<Operation>,
}

const METADATA_PATHS: [&str; 2] = [metadata::OAUTH_PATH, metadata::OPENID_PATH];

/// The reason of a server that waits for its store.
const WAITS: &str = "the server has started and waits for its store, which has not been reached yet";

pub const ROUTES: [Route; 16] = [
    post(Endpoint::Token, TOKEN_PATH, operations::TOKEN),
    post(Endpoint::Token, SHORT_TOKEN_PATH, operations::SHORT_TOKEN),
    Route { endpoint: Endpoint::Authorize, path: AUTHORIZE_PATH, method: None, operation: None },
    get(Endpoint::ProtectedResource, RESOURCE_PATH, operations::PROTECTED_RESOURCE),
    get(Endpoint::ResourceMetadata, resource::OWN_DOCUMENT, operations::RESOURCE_METADATA),
    Route { endpoint: Endpoint::Guard, path: GUARD_PATH, method: None, operation: None },
    post(Endpoint::Introspect, INTROSPECT_PATH, operations::INTROSPECT),
    post(Endpoint::Revoke, REVOKE_PATH, operations::REVOKE),
    get(Endpoint::Metadata, METADATA_PATHS[0], operations::METADATA),
    get(Endpoint::Metadata, METADATA_PATHS[1], operations::OPENID_METADATA),
    get(Endpoint::Jwks, JWKS_PATH, operations::JWKS),
    get(Endpoint::Health, "/health", operations::HEALTH),
    get(Endpoint::Livez, "/livez", operations::LIVEZ),
    get(Endpoint::Readyz, "/readyz", operations::READYZ),
    get(Endpoint::OpenApi, openapi::PATH, operations::OPENAPI),
    get(Endpoint::Root, "/", operations::ROOT),
];

const fn post(endpoint: Endpoint, path: &'static str, operation: Operation) -> Route {
    Route { endpoint, path, method: Some(Method::Post), operation: Some(operation) }
}

const fn get(endpoint: Endpoint, path: &'static str, operation: Operation) -> Route {
    Route { endpoint, path, method: Some(Method::Get), operation: Some(operation) }
}

impl Route {
    fn is_at(&self, path: &str) -> bool {
        let below = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match self.endpoint {
            Endpoint::ResourceMetadata => below(resource::WELL_KNOWN),
            Endpoint::Guard => below(GUARD_PATH),
            _ => path == self.path,
        }
    }

    /// The path, method and operation, if it is described.
    fn described(&self) -> Option<(&'static str, &'static str, Operation)> {
        Some((self.path, self.method?.name(), self.operation?))
    }
}

/// Answers a request at `now`; `id` provides random bytes for a token's id.
pub fn route(
    service: &Service,
    request: &Request,
    now: Timestamp,
    id: impl FnOnce() -> Result<TokenId, RandomError>,
) -> LoggedResponse {
    let found = at(request.path(), service.issuer_path());
    let outcome = match found {
        Some(route) => answer(route, service, request, now, id),
        None => not_found(),
    };
    readable_at(found, outcome)
}

/// Answers a request while the server waits for its store: only `/livez` works.
#[must_use]
pub fn while_waiting(service: &Service, request: &Request) -> LoggedResponse {
    let found = at(request.path(), service.issuer_path());
    let outcome = match (found.map(|route| route.endpoint), request.method) {
        (Some(Endpoint::Livez), Method::Get | Method::Head) => Health::Healthy.answer(),
        (Some(Endpoint::Livez), _) => wrong_method("GET, HEAD"),
        _ => Health::Unhealthy(Unavailable::openly(&WAITS)).answer(),
    };
    readable_at(found, outcome)
}

/// Makes an answer at the path of a public document readable by pages of any origin. This includes
/// refusals, so that a page can show its user the problem.
#[must_use]
pub fn readable(outcome: LoggedResponse, request: &Request, issuer_path: &str) -> LoggedResponse {
    readable_at(at(request.path(), issuer_path), outcome)
}

fn readable_at(route: Option<&Route>, outcome: LoggedResponse) -> LoggedResponse {
    if route.is_some_and(|route| route.endpoint.is_public()) { cors::readable(outcome) } else { outcome }
}

fn answer(
    route: &Route,
    service: &Service,
    request: &Request,
    now: Timestamp,
    id: impl FnOnce() -> Result<TokenId, RandomError>,
) -> LoggedResponse {
    let handled_as = if request.method == Method::Head { Method::Get } else { request.method };
    if let Some(method) = route.method.filter(|method| *method != handled_as) {
        return match (route.endpoint.is_public(), handled_as) {
            (true, Method::Options) => cors::preflight(),
            (true, _) => wrong_method(cors::ALLOW),
            (false, _) if method == Method::Post => wrong_method("POST"),
            (false, _) => wrong_method("GET, HEAD"),
        };
    }
    match route.endpoint {
        Endpoint::Token => match id() {
            Ok(id) => token::answer(service, request, now, id),
            Err(error) => refused(500, "server_error", &error.to_string()),
        },
        Endpoint::Introspect => introspect::answer(service, request, now),
        Endpoint::Revoke => revoke::answer(service, request, now),
        Endpoint::ProtectedResource => protected_resource::answer(service, request, now),
        Endpoint::Guard => guard::answer::answer(service, request, now),
        Endpoint::ResourceMetadata => resource_metadata::answer(service, request.path()),
        Endpoint::Authorize => authorize::answer(service),
        Endpoint::Metadata if route.path == metadata::OPENID_PATH => {
            metadata::answer(service, DiscoveryKind::OpenId)
        }
        Endpoint::Metadata => metadata::answer(service, DiscoveryKind::OAuth),
        Endpoint::Jwks => metadata::jwks(service),
        Endpoint::OpenApi => openapi::answer(service, ROUTES.iter().filter_map(Route::described)),
        Endpoint::Root => root::answer(service),
        Endpoint::Health => HealthFacts::of(service).strict_health().answer(),
        Endpoint::Livez => Health::Healthy.answer(),
        Endpoint::Readyz => HealthFacts::of(service).health().answer(),
    }
}

/// The route of a path, which may begin with the issuer's.
#[must_use]
pub fn at(path: &str, issuer_path: &str) -> Option<&'static Route> {
    let at = |path: &str| ROUTES.iter().find(|route| route.is_at(path));
    // An issuer's path may be a prefix of an endpoint's.
    at(path).or_else(|| at(without_issuer_path(path, issuer_path)))
}

/// Endpoints answer with and without the issuer's path before theirs; RFC 8414's well-known name precedes
/// the issuer's path (section 3.1).
fn without_issuer_path<'a>(path: &'a str, issuer_path: &str) -> &'a str {
    if let Some(well_known) = path.strip_suffix('/').filter(|path| METADATA_PATHS.contains(path)) {
        return well_known;
    }
    if issuer_path.is_empty() {
        return path;
    }
    if let Some(well_known) =
        path.strip_suffix(issuer_path).or_else(|| path.strip_suffix('/')?.strip_suffix(issuer_path))
        && METADATA_PATHS.contains(&well_known)
    {
        return well_known;
    }
    path.strip_prefix(issuer_path).filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// A refusal before or outside of the endpoints.
#[must_use]
pub fn refused(status: u16, error: &'static str, description: &str) -> LoggedResponse {
    LoggedResponse {
        response: error_response(status, error, description, Some(description)),
        record: LogRecord {
            error: Some(error),
            reason: Some(description.to_owned()),
            ..LogRecord::default()
        },
    }
}

/// The answer lists the endpoints; a log line does not.
fn not_found() -> LoggedResponse {
    let what = "no such endpoint";
    let described = ROUTES.iter().filter(|route| route.operation.is_some());
    let paths: Vec<&str> = described.map(|route| route.path).collect();
    let mut outcome = refused(404, "not_found", &format!("{what}; the endpoints are {}", paths.join(", ")));
    outcome.record.reason = Some(what.to_owned());
    outcome
}

pub(super) fn wrong_method(allow: &'static str) -> LoggedResponse {
    let mut outcome =
        refused(405, "invalid_request", &format!("the method is not allowed here; use {allow}"));
    outcome.response = outcome.response.header("Allow", allow);
    outcome
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
