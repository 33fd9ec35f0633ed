//! Maps method and path to handlers with one table, which also generates `/openapi.json`. Pure.

use crate::clock::Timestamp;
use crate::http::{INTROSPECT_PATH, Method, RESOURCE_PATH, REVOKE_PATH, Request, TOKEN_PATH};
use crate::issuer::error::{Unavailable, error_response};
use crate::issuer::grant::TokenId;
use crate::issuer::metadata::{self, JWKS_PATH};
use crate::issuer::openapi::{self, Operation};
use crate::issuer::{LogRecord, LoggedResponse, Service, introspect, protected_resource, revoke, token};
use crate::jose::digest::RandomError;
use crate::server::cors;
use crate::server::endpoint::Endpoint;
use crate::server::health::{Health, HealthFacts};

#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub endpoint: Endpoint,
    /// GET includes HEAD (RFC 9110 section 9.3.2).
    pub method: Method,
    /// The path, parameters and answers.
    pub operation: Operation,
}

const METADATA_PATHS: [&str; 2] =
    ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
const CLIENT: &[&str] = &["client_id", "client_secret", "client_assertion", "client_assertion_type"];
/// Basic, a certificate, or credentials in the form (an empty name in OpenAPI).
const AS_CLIENT: &[&str] = &["client_secret_basic", openapi::MUTUAL_TLS, ""];

/// The reason of a server that waits for its store.
const WAITS: &str = "the server has started and waits for its store, which has not been reached yet";

pub const ROUTES: [Route; 11] = [
    post(Endpoint::Token, TOKEN_PATH, "issue an access token", TOKEN_FORM, TOKEN_ANSWER),
    get(
        Endpoint::ProtectedResource,
        RESOURCE_PATH,
        "a resource that needs a token",
        &["message*", "client*", "scope*"],
    ),
    post(Endpoint::Introspect, INTROSPECT_PATH, "introspect a token (RFC 7662)", TOKEN_PARAM, INTROSPECTION),
    post(Endpoint::Revoke, REVOKE_PATH, "revoke a token (RFC 7009)", TOKEN_PARAM, &[]),
    get(Endpoint::Metadata, METADATA_PATHS[0], "the issuer's metadata (RFC 8414)", METADATA),
    get(Endpoint::Metadata, METADATA_PATHS[1], "the same for OpenID discovery", METADATA),
    get(Endpoint::Jwks, JWKS_PATH, "the public keys (RFC 7517)", &["keys*"]),
    get(Endpoint::Health, "/health", "whether the service is well, and its store there", HEALTH),
    get(Endpoint::Livez, "/livez", "whether the process answers", HEALTH),
    get(Endpoint::Readyz, "/readyz", "whether known clients get tokens", HEALTH),
    get(Endpoint::OpenApi, "/openapi.json", "this document", &["openapi*", "info*", "paths*"]),
];

const HEALTH: &[&str] = &["status*", "service*", "reason"];
const TOKEN_FORM: &[&str] = &[
    "grant_type",
    "scope",
    "resource",
    CLIENT[0],
    CLIENT[1],
    CLIENT[2],
    CLIENT[3],
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
];
const TOKEN_ANSWER: &[&str] = &["access_token*", "token_type*", "expires_in*", "scope", "issued_token_type"];
const TOKEN_PARAM: &[&str] = &["token*", "token_type_hint", CLIENT[0], CLIENT[1], CLIENT[2], CLIENT[3]];
const INTROSPECTION: &[&str] = &[
    "active*",
    "token_type",
    "iss",
    "sub",
    "client_id",
    "aud",
    "scope",
    "iat",
    "exp",
    "jti",
    "cnf",
    "act",
    "source_jtis",
];
const METADATA: &[&str] = &[
    "issuer*",
    "token_endpoint*",
    "jwks_uri",
    "introspection_endpoint*",
    "revocation_endpoint*",
    "grant_types_supported*",
    "response_types_supported",
    "token_endpoint_auth_methods_supported*",
    "token_endpoint_auth_signing_alg_values_supported*",
    "introspection_endpoint_auth_methods_supported*",
    "introspection_endpoint_auth_signing_alg_values_supported*",
    "revocation_endpoint_auth_methods_supported*",
    "revocation_endpoint_auth_signing_alg_values_supported*",
    "dpop_signing_alg_values_supported*",
    "tls_client_certificate_bound_access_tokens",
    "protected_resources",
];

const fn post(
    endpoint: Endpoint,
    path: &'static str,
    summary: &'static str,
    form: &'static [&'static str],
    answer: &'static [&'static str],
) -> Route {
    let issues = matches!(endpoint, Endpoint::Token);
    let errors: &[u16] = if issues {
        &[400, 401, 403, 405, 413, 415, 429, 500, 503]
    } else {
        &[400, 401, 405, 413, 415, 429, 503]
    };
    let operation =
        Operation { path, method: "post", summary, form, answer, errors, security: AS_CLIENT, dpop: issues };
    Route { endpoint, method: Method::Post, operation }
}

const fn get(
    endpoint: Endpoint,
    path: &'static str,
    summary: &'static str,
    answer: &'static [&'static str],
) -> Route {
    let dpop = matches!(endpoint, Endpoint::ProtectedResource);
    let (errors, security): (&[u16], &[&str]) = match endpoint {
        Endpoint::ProtectedResource => (&[400, 401, 405, 503], &["bearer", "dpop"]),
        Endpoint::Metadata => (&[404, 405], &[]),
        Endpoint::Health | Endpoint::Readyz => (&[405, 503], &[]),
        _ => (&[405], &[]),
    };
    let operation = Operation { path, method: "get", summary, form: &[], answer, errors, security, dpop };
    Route { endpoint, method: Method::Get, operation }
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
    let asked = if request.method == Method::Head { Method::Get } else { request.method };
    if asked != route.method {
        return match (route.endpoint.is_public(), asked) {
            (true, Method::Options) => cors::preflight(),
            (true, _) => wrong_method(cors::ALLOW),
            (false, _) if route.method == Method::Post => wrong_method("POST"),
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
        Endpoint::Metadata => metadata::answer(service),
        Endpoint::Jwks => metadata::jwks(service),
        Endpoint::OpenApi => openapi::answer(service, ROUTES.iter().map(|route| route.operation)),
        Endpoint::Health => HealthFacts::of(service).strict_health().answer(),
        Endpoint::Livez => Health::Healthy.answer(),
        Endpoint::Readyz => HealthFacts::of(service).health().answer(),
    }
}

/// The route of a path, which may begin with the issuer's.
#[must_use]
pub fn at(path: &str, issuer_path: &str) -> Option<&'static Route> {
    let at = |path: &str| ROUTES.iter().find(|route| route.operation.path == path);
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
    let paths: Vec<&str> = ROUTES.iter().map(|route| route.operation.path).collect();
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
