//! From flags to a client's record, and what must hold of one before it is kept.

use super::PHASE;
use crate::cli::{ClientFlags, scope_list};
use crate::client::endpoint::Endpoint;
use crate::commands::environment;
use crate::exit::{Exit, Failure};
use crate::issuer::request::is_resource;
use crate::jose::jwk;
use crate::jose::keyset::KeySet;
use crate::registry::networks::Networks;
use crate::registry::record::ClientRecord;
use serde_json::Value;
use std::time::Duration;

/// Refuses what is no id (RFC 6749 appendix A.1).
pub(super) fn fits(id: &str) -> Result<(), Failure> {
    if !id.is_empty() && id.bytes().all(|byte| matches!(byte, 0x20..=0x7E)) {
        return Ok(());
    }
    let what = "an id is one or more visible ASCII characters (RFC 6749 appendix A.1)";
    Err(Failure::new(Exit::Usage, PHASE, what)
        .hint("letters, digits, - and _ are best: every client writes them the same way"))
}

/// Changes what the flags say. `keys` are those of the file that they name.
pub(super) fn apply(
    record: &mut ClientRecord,
    flags: &ClientFlags,
    keys: Option<Value>,
) -> Result<(), Failure> {
    let wrong = |what: String| Failure::new(Exit::Usage, PHASE, what);
    let scopes = |texts: &[String]| scope_list(texts).map_err(|error| wrong(format!("--scope: {error}")));
    if !flags.scope.is_empty() {
        record.scopes = scopes(&flags.scope)?;
    }
    if !flags.default_scope.is_empty() {
        record.default_scopes = Some(scopes(&flags.default_scope)?);
    }
    if !flags.audience.is_empty() {
        record.audiences.clone_from(&flags.audience);
    }
    if let Some(lifetime) = flags.lifetime {
        record.lifetime = Some(lifetime.as_secs()).filter(|seconds| *seconds > 0);
        if lifetime < Duration::from_secs(1) {
            return Err(wrong("--lifetime is under a second".to_owned()).hint("write it as 15m"));
        }
    }
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

/// Keys say it without a method's name.
fn method(record: &mut ClientRecord, flags: &ClientFlags) {
    if let Some(method) = flags.auth_method {
        record.auth_method = Some(method.name().to_owned());
    } else if flags.jwks.is_some() || flags.jwks_uri.is_some() {
        record.auth_method = Some("private_key_jwt".to_owned());
    }
}

/// The public keys of the file that the flags name, where they name one.
pub(super) fn keys(flags: &ClientFlags) -> Result<Option<Value>, Failure> {
    let Some(path) = &flags.jwks else { return Ok(None) };
    let read = environment::file(path, PHASE)?;
    let wrong = |why: String| {
        Failure::new(Exit::Usage, PHASE, format!("--jwks {}: {why}", read.origin))
            .hint("public keys: PEM, JWK or JWK Set")
    };
    let set = KeySet::read(read.value.expose(), &read.origin)
        .map(KeySet::published)
        .map_err(|error| wrong(error.to_string()))?;
    let published: Vec<_> = set.keys.iter().filter_map(jwk::publish).collect();
    if published.is_empty() {
        return Err(wrong("there is no public key in it".to_owned()));
    }
    Ok(Some(serde_json::json!({ "keys": published })))
}

/// What would make no client is refused before it is kept.
pub(super) fn checked(record: &ClientRecord) -> Result<(), Failure> {
    let wrong = |what: String, hint: &str| Err(Failure::new(Exit::Usage, PHASE, what).hint(hint));
    if let Some(beyond) = record
        .default_scopes
        .as_ref()
        .and_then(|scopes| scopes.minus(&record.scopes).next().map(str::to_owned))
    {
        return wrong(format!("--default-scope has {beyond}, which --scope lacks"), "add it to --scope");
    }
    if let Some(bad) = record.audiences.iter().find(|audience| !is_resource(audience)) {
        return wrong(
            format!("--audience {bad:?} is no absolute URI without a fragment (RFC 8707)"),
            "write it as https://api.example.com",
        );
    }
    if let Err(error) = Networks::parse(&record.allow_from) {
        return wrong(format!("--allow-from: {error}"), "write it as 10.0.0.0/8");
    }
    if let Some(Err(error)) = record.jwks_uri.as_ref().map(|uri| Endpoint::parse(uri, false)) {
        return wrong(format!("--jwks-uri: {error}"), "write it as https://host/jwks.json");
    }
    if record.dpop_required && record.token_exchange {
        return wrong(
            "--dpop-required and --token-exchange exclude one another".to_owned(),
            "choose one of the two",
        );
    }
    if record.has_keys() != (record.auth_method.as_deref() == Some("private_key_jwt")) {
        return wrong(
            "private_key_jwt goes with --jwks or --jwks-uri, and neither without it".to_owned(),
            "choose keys or a secret",
        );
    }
    Ok(())
}
