//! `/.well-known/…`: the issuer's metadata (RFC 8414, the same document for OpenID discovery) and its
//! public keys (RFC 7517). The issuer comes from the configuration, never from a Host header.

use crate::http::{INTROSPECT_PATH, RESOURCE_PATH, REVOKE_PATH, Response, TOKEN_PATH};
use crate::issuer::request::TOKEN_EXCHANGE;
use crate::issuer::{LogRecord, LoggedResponse, Service, dpop};
use crate::jose::algorithm::Algorithm;
use crate::jose::jwk::{self, PublicJwk};
use crate::registry::keys::JWKS_MAX_AGE;
use crate::registry::store_health::Reachability;
use serde::Serialize;
use std::time::Duration;

/// How long metadata may be cached; the same as for keys.
pub const MAX_AGE: Duration = JWKS_MAX_AGE;
pub const JWKS_PATH: &str = "/.well-known/jwks.json";

/// RFC 8414 section 2, as far as it applies. Without an authorization endpoint `response_types_supported`
/// is empty, and empty members are omitted (section 3.2).
#[derive(Serialize)]
struct MetadataJson<'a> {
    issuer: &'a str,
    token_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    introspection_endpoint: String,
    revocation_endpoint: String,
    grant_types_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_types_supported: Option<[&'static str; 0]>,
    token_endpoint_auth_methods_supported: &'static [&'static str],
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
    introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    dpop_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tls_client_certificate_bound_access_tokens: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    protected_resources: Vec<String>,
}

/// The authentication methods of clients (RFC 8414 section 2). The last two need client certificates.
pub const AUTH_METHODS: [&str; 6] = [
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
];

#[derive(Serialize)]
struct JwksJson {
    keys: Vec<PublicJwk>,
}

/// Answers a request for metadata; an issuer that is not a URL has none.
#[must_use]
pub fn answer(service: &Service) -> LoggedResponse {
    if !service.issuer_is_url() {
        let why = "the issuer is a name and no URL, so it has no metadata (RFC 8414 section 2)";
        let response = crate::issuer::error::error_response(404, "not_found", why, Some(why));
        let record =
            LogRecord { error: Some("not_found"), reason: Some(why.to_owned()), ..LogRecord::default() };
        return LoggedResponse { response, record };
    }
    let assertion_algs = || Algorithm::ALL.iter().map(|alg| alg.name()).collect::<Vec<_>>();
    let certificates = service.settings.client_certificates;
    let methods = if certificates { &AUTH_METHODS[..] } else { &AUTH_METHODS[..4] };
    let metadata = MetadataJson {
        issuer: &service.issuer,
        token_endpoint: service.url(TOKEN_PATH),
        jwks_uri: service.has_public_keys().then(|| service.url(JWKS_PATH)),
        introspection_endpoint: service.url(INTROSPECT_PATH),
        revocation_endpoint: service.url(REVOKE_PATH),
        grant_types_supported: grants(service),
        response_types_supported: service.settings.response_types_supported.then_some([]),
        token_endpoint_auth_methods_supported: methods,
        token_endpoint_auth_signing_alg_values_supported: assertion_algs(),
        introspection_endpoint_auth_methods_supported: methods,
        introspection_endpoint_auth_signing_alg_values_supported: assertion_algs(),
        revocation_endpoint_auth_methods_supported: methods,
        revocation_endpoint_auth_signing_alg_values_supported: assertion_algs(),
        dpop_signing_alg_values_supported: dpop::ALGORITHMS.iter().map(|alg| alg.name()).collect(),
        tls_client_certificate_bound_access_tokens: certificates,
        protected_resources: vec![service.url(RESOURCE_PATH)],
    };
    plain(Response::cacheable(&metadata, Some(MAX_AGE)))
}

/// Token exchange is listed if a client is allowed to use it.
fn grants(service: &Service) -> Vec<&'static str> {
    let mut grants = vec!["client_credentials"];
    if service.registry.any_exchange() {
        grants.push(TOKEN_EXCHANGE);
    }
    grants
}

/// Answers a request for the public keys. A shared secret has none.
#[must_use]
pub fn jwks(service: &Service) -> LoggedResponse {
    let keys = service.signing.ring().keys.keys.iter().filter_map(jwk::publish).collect();
    // While the store is unreachable, another node may publish a key that signs before caches of this
    // answer expire.
    let is_all =
        service.registry.registered().is_none_or(|registered| registered.reach() == Reachability::Well);
    plain(Response::cacheable(&JwksJson { keys }, is_all.then_some(JWKS_MAX_AGE)))
}

fn plain(response: Response) -> LoggedResponse {
    LoggedResponse { response, record: LogRecord::default() }
}
