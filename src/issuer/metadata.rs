//! `/.well-known/…`: the issuer's metadata (RFC 8414, and OpenID discovery) and its public keys (RFC 7517). The
//! issuer comes from the configuration, never from a Host header.

use crate::http::{AUTHORIZE_PATH, INTROSPECT_PATH, REVOKE_PATH, Response, TOKEN_PATH};
use crate::issuer::request::{JWT_BEARER, TOKEN_EXCHANGE};
use crate::issuer::trust::preset::IdentityKind;
use crate::issuer::{LogRecord, LoggedResponse, Service, dpop};
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::jwk::{self, PublicJwk};
use crate::registry::keys::JWKS_MAX_AGE;
use crate::registry::store_health::Reachability;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long metadata may be cached; the same as for keys.
pub const MAX_AGE: Duration = JWKS_MAX_AGE;
pub const JWKS_PATH: &str = "/.well-known/jwks.json";
pub const OAUTH_PATH: &str = "/.well-known/oauth-authorization-server";
pub const OPENID_PATH: &str = "/.well-known/openid-configuration";

#[derive(Serialize)]
struct MetadataJson<'a> {
    issuer: &'a str,
    token_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    introspection_endpoint: String,
    revocation_endpoint: String,
    grant_types_supported: Vec<&'static str>,
    #[serde(flatten)]
    expected: Option<ExpectedMembers>,
    #[serde(flatten)]
    openid: Option<OpenIdMembers>,
    // Empty members are omitted (RFC 8414 section 3.2).
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scopes_supported: &'a [String],
    token_endpoint_auth_methods_supported: &'a [&'static str],
    token_endpoint_auth_signing_alg_values_supported: &'a [&'static str],
    introspection_endpoint_auth_methods_supported: &'a [&'static str],
    introspection_endpoint_auth_signing_alg_values_supported: &'a [&'static str],
    revocation_endpoint_auth_methods_supported: &'a [&'static str],
    revocation_endpoint_auth_signing_alg_values_supported: &'a [&'static str],
    dpop_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tls_client_certificate_bound_access_tokens: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    client_id_metadata_document_supported: bool,
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    authorization_grant_profiles_supported: &'a [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    protected_resources: Vec<&'a str>,
    #[serde(flatten)]
    added: BTreeMap<&'a str, &'a serde_json::Value>,
}

/// See [`super::metadata_members::EXPECTED`]. The response type `none` is registered (OAuth 2.0 Multiple Response Type Encoding
/// Practices, section 4); without PKCE methods no client tries a login.
#[derive(Serialize)]
struct ExpectedMembers {
    authorization_endpoint: String,
    response_types_supported: [&'static str; 1],
}

/// See [`super::metadata_members::OPENID`].
#[derive(Serialize)]
struct OpenIdMembers {
    subject_types_supported: [&'static str; 1],
    /// No ID token is issued: these are the algorithms of access tokens.
    id_token_signing_alg_values_supported: [&'static str; 1],
}

/// The authentication methods of clients (RFC 8414 section 2). The last two need client certificates.
pub const AUTH_METHODS: [&str; 6] = [
    "client_secret_basic",
    "client_secret_post",
    SECRET_JWT,
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
];
const SECRET_JWT: &str = "client_secret_jwt";
/// A JWT-SVID in place of a secret (draft-ietf-oauth-spiffe-client-auth).
const SPIFFE_JWT: &str = "spiffe_jwt";
const ID_JAG_PROFILE: &str = "urn:ietf:params:oauth:grant-profile:id-jag";

#[derive(Serialize)]
struct JwksJson {
    keys: Vec<PublicJwk>,
}

/// The two well-known documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscoveryKind {
    OAuth,
    OpenId,
}

/// Answers a request for metadata; an issuer that is not a URL has none.
#[must_use]
pub fn answer(service: &Service, kind: DiscoveryKind) -> LoggedResponse {
    if !service.issuer_is_url() {
        let why = "the issuer is a name and no URL, so it has no metadata (RFC 8414 section 2)";
        let response = crate::issuer::error::error_response(404, "not_found", why, Some(why));
        let record =
            LogRecord { error: Some("not_found"), reason: Some(why.to_owned()), ..LogRecord::default() };
        return LoggedResponse { response, record };
    }
    let (methods, algorithms) = client_authentication(service);
    let settings = &service.settings.metadata;
    let added = settings.members.iter().filter(|(name, _)| !settings.is_own(name));
    let metadata = MetadataJson {
        issuer: &service.issuer,
        token_endpoint: service.url(TOKEN_PATH),
        jwks_uri: service.has_public_keys().then(|| service.url(JWKS_PATH)),
        introspection_endpoint: service.url(INTROSPECT_PATH),
        revocation_endpoint: service.url(REVOKE_PATH),
        grant_types_supported: grants(service),
        expected: (!settings.strict).then(|| expected(service)),
        openid: (!settings.strict && kind == DiscoveryKind::OpenId).then(|| openid(service)),
        scopes_supported: &settings.scopes_supported,
        token_endpoint_auth_methods_supported: &methods,
        token_endpoint_auth_signing_alg_values_supported: &algorithms,
        introspection_endpoint_auth_methods_supported: &methods,
        introspection_endpoint_auth_signing_alg_values_supported: &algorithms,
        revocation_endpoint_auth_methods_supported: &methods,
        revocation_endpoint_auth_signing_alg_values_supported: &algorithms,
        dpop_signing_alg_values_supported: dpop::ALGORITHMS.iter().map(|alg| alg.name()).collect(),
        tls_client_certificate_bound_access_tokens: service.settings.client_certificates,
        client_id_metadata_document_supported: service.documents.any(),
        authorization_grant_profiles_supported: if service.trust.any(IdentityKind::IdJag) {
            &[ID_JAG_PROFILE]
        } else {
            &[]
        },
        protected_resources: service.resources.all().map(|resource| resource.id.as_str()).collect(),
        added: added.map(|(name, value)| (name.as_str(), value)).collect(),
    };
    plain(Response::cacheable(&metadata, Some(MAX_AGE)))
}

fn expected(service: &Service) -> ExpectedMembers {
    ExpectedMembers {
        authorization_endpoint: service.url(AUTHORIZE_PATH),
        response_types_supported: ["none"],
    }
}

fn openid(service: &Service) -> OpenIdMembers {
    OpenIdMembers {
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: [service.signing.ring().algorithm.name()],
    }
}

/// The methods of clients and the algorithms of their assertions. Those with a shared secret are listed if a
/// client uses them: other clients would choose them first.
fn client_authentication(service: &Service) -> (Vec<&'static str>, Vec<&'static str>) {
    let certificates = service.settings.client_certificates;
    let with_secret = service.registry.any_secret_jwt();
    let methods = if certificates { &AUTH_METHODS[..] } else { &AUTH_METHODS[..4] };
    let spiffe = service.trust.any(IdentityKind::Spiffe).then_some(SPIFFE_JWT);
    let methods = methods.iter().copied().filter(|method| with_secret || *method != SECRET_JWT);
    let methods = methods.chain(spiffe);
    let algorithms = Algorithm::ALL.iter().filter(|alg| with_secret || alg.family() != Family::Hmac);
    (methods.collect(), algorithms.map(|alg| alg.name()).collect())
}

/// Token exchange is listed if a client is allowed to use it, and identities if an issuer is trusted.
fn grants(service: &Service) -> Vec<&'static str> {
    let mut grants = vec!["client_credentials"];
    if service.registry.any_exchange() {
        grants.push(TOKEN_EXCHANGE);
    }
    if !service.trust.is_empty() {
        grants.push(JWT_BEARER);
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
