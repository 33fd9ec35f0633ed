//! Method and path to handler: pure, one table.

use crate::clock::Timestamp;
use crate::http::{Method, RESOURCE_PATH, Request, Response, TOKEN_PATH};
use crate::issuer::error::error_response;
use crate::issuer::grant::client_credentials::TokenId;
use crate::issuer::{Note, Outcome, Service, resource, token};
use crate::jose::digest::RandomError;
use serde_json::json;

/// An endpoint of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// RFC 6749 section 3.2.
    Token,
    /// The article's resource.
    ProtectedResource,
    /// For load balancers and scripts.
    Health,
}

/// What is answered where. GET stands for HEAD, too (RFC 9110 section 9.3.2).
pub const ROUTES: [(&str, Method, Endpoint); 3] = [
    (TOKEN_PATH, Method::Post, Endpoint::Token),
    (RESOURCE_PATH, Method::Get, Endpoint::ProtectedResource),
    ("/health", Method::Get, Endpoint::Health),
];

/// Answers a request as of `now`; `id` gives random bytes where a token is issued.
pub fn route(
    service: &Service,
    request: &Request,
    now: Timestamp,
    id: impl FnOnce() -> Result<TokenId, RandomError>,
) -> Outcome {
    let Some((_, method, endpoint)) = ROUTES.iter().find(|(path, ..)| *path == request.path()) else {
        return refused(404, "not_found", &not_found());
    };
    let asked = if request.method == Method::Head { Method::Get } else { request.method };
    if asked != *method {
        return wrong_method(*method);
    }
    match endpoint {
        Endpoint::Token => match id() {
            Ok(id) => token::answer(service, request, now, id),
            Err(error) => refused(500, "server_error", &error.to_string()),
        },
        Endpoint::ProtectedResource => resource::answer(service, request, now),
        Endpoint::Health => {
            let response = Response::json(200, &json!({"status": "healthy", "service": "oauth"}));
            Outcome { response, note: Note::default() }
        }
    }
}

/// An answer to what is refused before or beside the endpoints.
#[must_use]
pub fn refused(status: u16, error: &str, description: &str) -> Outcome {
    Outcome {
        response: error_response(status, error, description, Some(description)),
        note: Note { reason: Some(description.to_owned()), ..Note::default() },
    }
}

fn not_found() -> String {
    let paths: Vec<&str> = ROUTES.iter().map(|(path, ..)| *path).collect();
    format!("no such endpoint; there are {}", paths.join(", "))
}

fn wrong_method(allowed: Method) -> Outcome {
    let allow = if allowed == Method::Post { "POST" } else { "GET, HEAD" };
    let mut outcome =
        refused(405, "invalid_request", &format!("the method is not allowed here; use {allow}"));
    outcome.response = outcome.response.header("Allow", allow);
    outcome
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
