//! From flags to a client's record, and what must hold of one before it is kept.

use super::PHASE;
use crate::cli::{ClientFlags, MAX_DURATION, scope_list};
use crate::client::endpoint::Endpoint;
use crate::commands::environment;
use crate::exit::{Exit, Failure};
use crate::issuer::request::is_resource;
use crate::issuer::reserved_claim;
use crate::jose::jwk;
use crate::jose::keyset::KeySet;
use crate::registry::networks::Networks;
use crate::registry::record::{ClientRecord, Stored};
use serde_json::Value;
use std::time::Duration;

/// Longer ids serve nobody: each token, each line of a log and many keys of a database have it.
const MAX_ID: usize = 255;

/// Refuses what is no id (RFC 6749 appendix A.1), whether it is registered or configured.
pub(in crate::commands) fn fits(id: &str, phase: &'static str) -> Result<(), Failure> {
    if (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, 0x20..=0x7E)) {
        return Ok(());
    }
    let what =
        format!("an id is one or more visible ASCII characters, {MAX_ID} at most (RFC 6749 appendix A.1)");
    Err(Failure::new(Exit::Usage, phase, what)
        .hint("letters, digits, - and _ are best: every client writes them the same way"))
}

/// Changes what the flags say. `keys` are those of the file that they name.
pub(super) fn apply(
    record: &mut ClientRecord,
    flags: &ClientFlags,
    keys: Option<Value>,
) -> Result<(), Failure> {
    let scopes = |texts: &[String]| {
        scope_list(texts).map_err(|error| Failure::new(Exit::Usage, PHASE, format!("--scope: {error}")))
    };
    if !flags.scope.is_empty() {
        record.scopes = scopes(&flags.scope)?;
    }
    if !flags.default_scope.is_empty() {
        record.default_scopes = Some(scopes(&flags.default_scope)?);
    }
    if !flags.audience.is_empty() {
        record.audiences.clone_from(&flags.audience);
    }
    record.lifetime = flags.lifetime.map(|lifetime| lifetime.as_secs()).or(record.lifetime);
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
    public_keys(read.value.expose(), &format!("--jwks {}", read.origin)).map(Some)
}

/// What is kept of keys, whatever form they have: the public part of each that can be used.
fn public_keys(bytes: &[u8], origin: &str) -> Result<Value, Failure> {
    let wrong = |why: String| {
        Failure::new(Exit::Usage, PHASE, format!("{origin}: {why}")).hint("public keys: PEM, JWK or JWK Set")
    };
    let set = KeySet::read(bytes, origin).map(KeySet::published).map_err(|error| wrong(error.to_string()))?;
    let published: Vec<_> = set.keys.iter().filter_map(jwk::publish).collect();
    if published.is_empty() {
        return Err(wrong("there is no public key in it".to_owned()));
    }
    Ok(serde_json::json!({ "keys": published }))
}

/// A record as it may be kept, however it was made: what a server could not use, or would sign and nobody
/// understand, is refused.
pub(super) fn checked(record: ClientRecord) -> Result<ClientRecord, Failure> {
    fits(&record.id, PHASE)?;
    allowed(&record)?;
    let record = proving(record)?;
    // As a server will read it, one that is disabled, too: it may be enabled.
    let client = Stored::new(ClientRecord { disabled: false, ..record.clone() }, None).client();
    client.map_err(|why| {
        wrong(why, "auth_method is client_secret_basic, client_secret_post or private_key_jwt")
    })?;
    Ok(record)
}

fn wrong(what: String, hint: &str) -> Failure {
    Failure::new(Exit::Usage, PHASE, what).hint(hint)
}

/// What it may have.
fn allowed(record: &ClientRecord) -> Result<(), Failure> {
    let default_scopes = record.default_scopes.iter();
    if let Some(beyond) = default_scopes.flat_map(|scopes| scopes.minus(&record.scopes)).next() {
        return Err(wrong(format!("--default-scope has {beyond}, which --scope lacks"), "add it to --scope"));
    }
    if let Some(bad) = record.audiences.iter().find(|audience| !is_resource(audience)) {
        return Err(wrong(
            format!("--audience {bad:?} is no absolute URI without a fragment (RFC 8707)"),
            "write it as https://api.example.com",
        ));
    }
    match record.lifetime.map(Duration::from_secs) {
        Some(Duration::ZERO) => {
            return Err(wrong("--lifetime is under a second".to_owned(), "write it as 15m"));
        }
        Some(lifetime) if lifetime > MAX_DURATION => {
            return Err(wrong("--lifetime is longer than ten years".to_owned(), "write it as 15m"));
        }
        _ => {}
    }
    if let Some(name) = reserved_claim(&record.claims) {
        return Err(wrong(
            format!("claims has {name:?}, which is the server's to set"),
            "choose another name",
        ));
    }
    if record.dpop_required && record.token_exchange {
        return Err(wrong(
            "--dpop-required and --token-exchange exclude one another".to_owned(),
            "choose one of the two",
        ));
    }
    Networks::parse(&record.allow_from)
        .map(drop)
        .map_err(|error| wrong(format!("--allow-from: {error}"), "write it as 10.0.0.0/8"))
}

/// How it proves who it is; of its keys only the public part is kept.
fn proving(record: ClientRecord) -> Result<ClientRecord, Failure> {
    if record.has_keys() != (record.auth_method.as_deref() == Some("private_key_jwt")) {
        return Err(wrong(
            "private_key_jwt goes with --jwks or --jwks-uri, and neither without it".to_owned(),
            "choose keys or a secret",
        ));
    }
    if record.jwks.is_some() && record.jwks_uri.is_some() {
        return Err(wrong("--jwks and --jwks-uri exclude one another".to_owned(), "choose one of the two"));
    }
    if let Some(Err(error)) = record.jwks_uri.as_ref().map(|uri| Endpoint::parse(uri, false)) {
        return Err(wrong(format!("--jwks-uri: {error}"), "write it as https://host/jwks.json"));
    }
    let jwks = record.jwks.map(|set| public_keys(set.to_string().as_bytes(), "jwks")).transpose()?;
    Ok(ClientRecord { jwks, ..record })
}
