//! `/.well-known/oauth-protected-resource…`: the documents of the protected resources (RFC 9728 section 3).

use crate::http::{RESOURCE_PATH, Response};
use crate::issuer::error::error_response;
use crate::issuer::resource::{Resource, WELL_KNOWN};
use crate::issuer::{LogRecord, LoggedResponse, Service, dpop, metadata};
use serde::Serialize;
use std::sync::Arc;

/// The members of section 2 that apply.
#[derive(Serialize)]
struct ResourceJson<'a> {
    resource: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorization_servers: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes_supported: Option<Vec<&'a str>>,
    bearer_methods_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tls_client_certificate_bound_access_tokens: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dpop_signing_alg_values_supported: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dpop_bound_access_tokens_required: bool,
}

/// Answers a request for the document of a resource, whose path follows the well-known name.
#[must_use]
pub fn answer(service: &Service, path: &str) -> LoggedResponse {
    let path = path.find(WELL_KNOWN).map_or("", |at| &path[at + WELL_KNOWN.len()..]);
    let path = if path == "/" { "" } else { path };
    let resources = &service.resources;
    // The server's own answers without the path of the public URL, too, like every endpoint.
    let own = (path == RESOURCE_PATH).then(|| resources.own());
    match resources.all().map(Arc::as_ref).find(|resource| resource.path() == path).or(own) {
        Some(found) => LoggedResponse { response: document(service, found), record: LogRecord::default() },
        None => {
            let why = "no resource of this server has that path; [[resource]] declares one";
            let record =
                LogRecord { error: Some("not_found"), reason: Some(why.to_owned()), ..LogRecord::default() };
            LoggedResponse { response: error_response(404, "not_found", why, Some(why)), record }
        }
    }
}

fn document(service: &Service, resource: &Resource) -> Response {
    let own = service.issuer_is_url() && resource.issuers.is_empty();
    let servers = resource.issuers.iter().chain(own.then_some(&service.issuer));
    let algorithms = || dpop::ALGORITHMS.iter().map(|alg| alg.name()).collect();
    let document = ResourceJson {
        resource: &resource.id,
        resource_name: resource.name.as_deref(),
        authorization_servers: servers.map(String::as_str).collect(),
        scopes_supported: resource.scopes.as_ref().map(|scopes| scopes.iter().collect()),
        bearer_methods_supported: if resource.accept.by_bearer() { &["header"] } else { &[] },
        tls_client_certificate_bound_access_tokens: resource.accept.certificate,
        dpop_signing_alg_values_supported: resource.accept.dpop.then(algorithms),
        dpop_bound_access_tokens_required: resource.accept.only_dpop(),
    };
    Response::cacheable(&document, Some(metadata::MAX_AGE))
}
