//! Turns flags into a client's record, and validates records before they are stored.

use super::failures::PHASE;
use crate::cli::{ClientFlags, scope_list};
use crate::client::endpoint::{EndpointError, EndpointUrl};
use crate::commands::environment::{self, Sourced};
use crate::exit::{Exit, Failure};
use crate::jose::jwk;
use crate::jose::key::VerifyingKey;
use crate::jose::keyset::KeySet;
use crate::registry::InvalidClient;
use crate::registry::record::{ClientRecord, StoredClient};
use crate::scope::ScopeSet;
use crate::secret::looks_like_credential;
use crate::text::shell_word;
use serde_json::Value;

/// Applies the flags to a record. `keys` come from the file in `--jwks`.
pub(super) fn apply(
    record: &mut ClientRecord,
    flags: &ClientFlags,
    keys: Option<Value>,
) -> Result<(), Failure> {
    if !flags.scope.is_empty() {
        record.scopes = scopes("--scope", &flags.scope)?;
    }
    if !flags.default_scope.is_empty() {
        record.default_scopes = Some(scopes("--default-scope", &flags.default_scope)?);
    }
    if !flags.audience.is_empty() {
        record.audiences.clone_from(&flags.audience);
    }
    record.lifetime = flags.lifetime.as_ref().map(|lifetime| lifetime.time.as_secs()).or(record.lifetime);
    if !flags.allow_from.is_empty() {
        record.allow_from.clone_from(&flags.allow_from);
    }
    record.introspect = flags.introspect.unwrap_or(record.introspect);
    record.token_exchange = flags.token_exchange.unwrap_or(record.token_exchange);
    record.dpop_required = flags.dpop_required.unwrap_or(record.dpop_required);
    if keys.is_some() {
        (record.jwks, record.jwks_uri) = (keys, None);
    }
    if let Some(uri) = &flags.jwks_uri {
        (record.jwks, record.jwks_uri) = (None, Some(uri.clone()));
    }
    method(record, flags);
    Ok(())
}

fn scopes(flag: &str, texts: &[String]) -> Result<ScopeSet, Failure> {
    scope_list(texts).map_err(|wrong| {
        let what = format!("{flag}: {}", wrong.about(&texts.join(" ")));
        Failure { hint: wrong.hint, ..Failure::new(Exit::Usage, PHASE, what) }
    })
}

/// Keys imply the method.
fn method(record: &mut ClientRecord, flags: &ClientFlags) {
    if let Some(method) = flags.auth_method {
        record.auth_method = Some(method.name().to_owned());
    } else if flags.jwks.is_some() || flags.jwks_uri.is_some() {
        record.auth_method = Some("private_key_jwt".to_owned());
    }
}

/// Reads the public keys from the file in `--jwks`, if it is given.
pub(super) fn keys(flags: &ClientFlags) -> Result<Option<Value>, Failure> {
    let Some(path) = &flags.jwks else { return Ok(None) };
    let path = Sourced::new(path.clone(), "--jwks");
    if let Some(key) = path.value.to_str().filter(|text| text.trim_start().starts_with(['{', '['])) {
        let kind = if key.contains("\"keys\"") { "jwks.json" } else { "key.json" };
        let what = "--jwks: a key was given instead of its file's path";
        return Err(
            Failure::new(Exit::Usage, PHASE, what).hint(format!("write it into a file: --jwks {kind}"))
        );
    }
    let read = environment::named_file(&path, PHASE)?;
    public_keys(read.value.expose(), &format!("--jwks {}", read.origin)).map(Some)
}

/// The public part of every usable key, from any format.
fn public_keys(bytes: &[u8], origin: &str) -> Result<Value, Failure> {
    let wrong = |why: String| {
        Failure::new(Exit::Usage, PHASE, format!("{origin}: {why}")).hint("public keys: PEM, JWK or JWK Set")
    };
    let set =
        KeySet::read(bytes, origin).map(KeySet::of_a_client).map_err(|error| wrong(error.to_string()))?;
    if let Some(broken) = set.unusable.iter().find(|unusable| unusable.broken) {
        return Err(wrong(format!("a key in it is broken: {}", broken.why)));
    }
    let published: Vec<_> = set.keys.iter().filter_map(jwk::publish).collect();
    if published.is_empty() {
        let why = set.unusable.first().map_or("there is no public key in it", |key| key.why.as_str());
        return Err(wrong(why.to_owned()));
    }
    Ok(serde_json::json!({ "keys": published }))
}

/// Warnings about usable keys: weak ones, or several that require a `kid` in assertions.
pub(super) fn key_notes(id: &str, jwks: Option<&Value>) -> Vec<String> {
    let set = jwks.and_then(|set| KeySet::read(set.to_string().as_bytes(), "jwks").ok()).unwrap_or_default();
    let weak = set.keys.iter().flat_map(VerifyingKey::weaknesses);
    weak.chain(set.demands_kid()).map(|why| format!("client {id:?}: jwks: {why}")).collect()
}

/// Validates a record for storage. Rejects settings that a server cannot use, and claims that verifiers would
/// not understand. Keeps only the public part of keys.
pub(super) fn checked(record: ClientRecord) -> Result<ClientRecord, Failure> {
    StoredClient::new(record.clone(), None).made().map_err(|why| unfit(why, PHASE))?;
    if let Some(uri) = &record.jwks_uri {
        check_jwks_uri(uri)?;
    }
    let jwks = record.jwks.map(|set| public_keys(set.to_string().as_bytes(), "jwks")).transpose()?;
    Ok(ClientRecord { jwks, ..record })
}

/// Over plain http an attacker could replace the keys.
fn check_jwks_uri(uri: &str) -> Result<(), Failure> {
    let Err(error) = EndpointUrl::parse(uri, false) else { return Ok(()) };
    let path = uri.strip_prefix("file://").or_else(|| uri.strip_prefix("file:")).unwrap_or(uri);
    let is_file = path.len() < uri.len()
        || !uri.contains(':')
            && (uri.starts_with(['/', '.', '~']) || !uri.contains('/') && uri.ends_with(".json"));
    let (why, hint) = if error == EndpointError::Insecure {
        (
            "is plain http: an attacker could replace the keys".to_owned(),
            uri.replacen("http://", "https://", 1),
        )
    } else if is_file {
        let what = format!("--jwks-uri: {uri:?} is the name of a file, not a URL");
        return Err(
            Failure::new(Exit::Usage, PHASE, what).hint(format!("--jwks {} reads it", shell_word(path)))
        );
    } else if !uri.contains(':') && uri.contains('.') {
        ("has no scheme".to_owned(), format!("https://{uri}"))
    } else {
        (format!("is not a URL: {error}"), "https://host/jwks.json".to_owned())
    };
    let shown = if uri.contains(['@', '?']) || looks_like_credential(uri) {
        "(not shown: it may have a secret)".to_owned()
    } else {
        format!("{uri:?}")
    };
    Err(Failure::new(Exit::Usage, PHASE, format!("--jwks-uri: {shown} {why}"))
        .hint(format!("--jwks-uri {hint}")))
}

/// The failure for an invalid client.
pub(in crate::commands) fn unfit(why: InvalidClient, phase: &'static str) -> Failure {
    Failure::new(Exit::Usage, phase, why.what).hint(why.hint)
}
