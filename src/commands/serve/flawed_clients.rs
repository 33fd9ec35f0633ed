//! The credentials of a `[[client]]` with an error that hides how it authenticates: each is checked on its own.

use super::client_certificates;
use super::client_secrets::has_secret;
use super::config::ClientEntry;
use crate::exit::Failure;
use crate::issuer::metadata::AUTH_METHODS;

/// The keys that decide how a client authenticates.
pub(super) const KEYS: [&str; 13] = [
    "federated",
    "auth_method",
    "secret_env",
    "secret_file",
    "secret_hash",
    "jwks",
    "jwks_uri",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
    "tls_certificate",
];

/// The faults of the credentials and of the method. `check` reads an entry with one of them.
pub(super) fn faults(entry: &ClientEntry, check: impl FnMut(ClientEntry) -> Option<Failure>) -> Vec<Failure> {
    let method = |name: &str| Some(name.to_owned());
    let alone = || ClientEntry { id: entry.id.clone(), places: entry.places.clone(), ..Default::default() };
    let mut parts = Vec::new();
    if entry.auth_method.as_deref().is_some_and(|method| !AUTH_METHODS.contains(&method)) {
        parts.push(ClientEntry { auth_method: entry.auth_method.clone(), ..alone() });
    }
    if has_secret(entry) {
        let is_of_secrets = |method: &&String| method.starts_with("client_secret_");
        parts.push(ClientEntry {
            auth_method: entry.auth_method.as_ref().filter(is_of_secrets).cloned(),
            secret_env: entry.secret_env.clone(),
            secret_file: entry.secret_file.clone(),
            secret_hash: entry.secret_hash.clone(),
            ..alone()
        });
    }
    if let Some(jwks) = &entry.jwks {
        parts.push(ClientEntry { jwks: Some(jwks.clone()), ..alone() });
    }
    if let Some(uri) = &entry.jwks_uri {
        parts.push(ClientEntry { jwks_uri: Some(uri.clone()), ..alone() });
    }
    if entry.tls_certificate.is_some() {
        let auth_method = method("self_signed_tls_client_auth");
        let tls_certificate = entry.tls_certificate.clone();
        parts.push(ClientEntry { auth_method, tls_certificate, ..alone() });
    }
    if client_certificates::has_name(entry) {
        parts.push(ClientEntry {
            auth_method: method("tls_client_auth"),
            tls_client_auth_subject_dn: entry.tls_client_auth_subject_dn.clone(),
            tls_client_auth_san_dns: entry.tls_client_auth_san_dns.clone(),
            tls_client_auth_san_uri: entry.tls_client_auth_san_uri.clone(),
            tls_client_auth_san_ip: entry.tls_client_auth_san_ip.clone(),
            tls_client_auth_san_email: entry.tls_client_auth_san_email.clone(),
            ..alone()
        });
    }
    parts.into_iter().filter_map(check).collect()
}
