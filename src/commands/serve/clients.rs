//! `[[client]]`: turns entries of the configuration into clients and reports their problems.

use super::client_certificates;
use super::client_hash::kept_hash;
use super::client_identities;
use super::client_secrets::{ClientSecret, has_secret};
use super::config::{ClientEntry, JwksSource};
use super::config_keys::HEIST_TOML;
use super::flawed_clients;
use super::inputs::Findings;
use super::named_file;
use super::problems::{PHASE, Problems, from_env, not_offered, wrong};
use super::urls::check_jwks_uri;
use crate::claims::is_resource;
use crate::commands::client::record::unfit;
use crate::commands::configuration::literal::{list, may_show, quoted};
use crate::commands::configuration::schema::Key;
use crate::commands::environment::Sourced;
use crate::exit::Failure;
use crate::issuer::metadata::AUTH_METHODS;
use crate::jose::keyfile::not_a_secret;
use crate::jose::keyset::KeySet;
use crate::registry::secret_hash::SecretHash;
use crate::registry::{
    AssertionAudience, Client, ClientAuth, ClientKeys, InvalidClient, KeysUrl, LiveSecret, Permissions,
    Registry, SecretMethod, SharedKey, assertion_audience, scope_claim, shared_key,
};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use std::collections::HashMap;
use std::path::Path;

/// Returns the clients of a configuration and the findings about them.
pub(super) fn registry(
    entries: &[ClientEntry],
    folder: &Path,
    problems: &mut Problems,
) -> (Registry, Findings) {
    let (mut registry, mut findings) = (Registry::default(), Findings::default());
    let mut lines = HashMap::new();
    for entry in entries {
        let line = entry.places.of("id").and_then(|place| place.line);
        if let Some(first) = lines.insert(&entry.id, line).filter(|_| !entry.id.is_empty()) {
            let place = first.map(|line| format!(", first in line {line}")).unwrap_or_default();
            let failure = wrong(format!("client {:?} is declared twice{place}", entry.id));
            let failure = failure
                .hint("declare each id once; a client may have several scopes: scopes = [\"a\", \"b\"]");
            problems.note(entry.places.failing("id", failure));
        } else if let Some(client) = client(entry, folder, &mut findings, problems) {
            // Fails only on a duplicate id, and this id is new.
            let _ = registry.add(client);
        }
    }
    (registry, findings)
}

/// Returns the client of an entry, or `None` if a problem was noted.
pub(super) fn client(
    entry: &ClientEntry,
    folder: &Path,
    findings: &mut Findings,
    problems: &mut Problems,
) -> Option<Client> {
    let places = &entry.places;
    let mut keep = |key: &str, failure: Failure| problems.note(entry.failing(key, failure));
    let auth = noted_auth(entry, folder, findings, &mut keep);
    let scopes = scopes("scopes", &entry.scopes).map_err(|failure| keep("scopes", failure)).ok();
    let defaults = entry.default_scopes.as_deref().map(|tokens| self::scopes("default_scopes", tokens));
    let defaults = defaults.transpose().map_err(|failure| keep("default_scopes", failure)).ok();
    let dpop_required = dpop_required(entry).map_err(|failure| keep("dpop", failure)).ok();
    let scope_claim = scope_claim(entry.scope_claim.as_deref(), entry.scope_claim_form.as_deref());
    let scope_claim = scope_claim.map_err(|why| keep(why.key, unfit(why, PHASE))).ok();
    let federated = client_identities::rules(entry).map_err(|failure| keep("federated", failure)).ok();
    let are_known =
        scopes.is_some() && defaults.is_some() && !places.is_flawed(&["scopes", "default_scopes"]);
    let scopes = scopes.unwrap_or_default();
    let client = Client {
        id: entry.id.clone(),
        default_scopes: defaults.clone().flatten().unwrap_or_else(|| scopes.clone()),
        scopes,
        may: permissions(entry, auth.as_ref(), dpop_required == Some(true)),
        auth: auth.clone().unwrap_or(ClientAuth::Secret { secrets: Vec::new(), only: None }),
        audiences: entry.audiences.clone(),
        default_audiences: entry.default_audiences.clone(),
        scope_claim: scope_claim.flatten(),
        lifetime: entry.lifetime,
        claims: entry.claims.clone(),
        federated: federated.clone().unwrap_or_default(),
        claims_from: entry.claims_from.clone(),
        allow_from: entry.allow_from.clone(),
        created: None,
    };
    let faults = client.faults();
    let is_fit = faults.is_empty() && auth.is_some() && dpop_required.is_some() && scope_claim.is_some();
    let is_fit = is_fit && federated.is_some();
    let is_own = |fault: &InvalidClient| !places.is_flawed(&[fault.key]);
    for fault in faults.into_iter().filter(is_own).filter(|fault| are_known || fault.key != "default_scopes")
    {
        let (key, hint) = (fault.key, right_line(&client, &fault));
        keep(key, unfit(fault, PHASE).hint(hint));
    }
    (is_fit && are_known).then_some(client)
}

/// Returns the authentication method of a client, or `None` if a problem was noted.
fn noted_auth(
    entry: &ClientEntry,
    folder: &Path,
    findings: &mut Findings,
    keep: &mut dyn FnMut(&str, Failure),
) -> Option<ClientAuth> {
    let audience = assertion_audience(entry.assertion_audience.as_deref());
    let known = audience.map_err(|why| keep("assertion_audience", unfit(why, PHASE))).ok();
    let audience = known.unwrap_or_default();
    if is_auth_unknown(entry) {
        let found = flawed_clients::faults(entry, |part| auth(&part, folder, audience, findings).err());
        found.into_iter().for_each(|failure| keep("", failure));
        return None;
    }
    let found = auth(entry, folder, audience, findings);
    let alone = |failure: &Failure| Failure { others: Vec::new(), ..failure.clone() };
    let auth = found.map_err(|found| found.each().map(alone).for_each(|failure| keep("", failure))).ok();
    auth.filter(|_| known.is_some())
}

/// Whether an error in the file hides how the client authenticates.
fn is_auth_unknown(entry: &ClientEntry) -> bool {
    let has_keys = entry.jwks.is_some() || entry.jwks_uri.is_some();
    let has_one = has_secret(entry) || has_keys || !entry.federated.is_empty();
    let is_offered = entry.auth_method.as_deref().is_none_or(|method| AUTH_METHODS.contains(&method));
    entry.places.is_flawed(&flawed_clients::KEYS) || entry.places.has_unknown && !has_one || !is_offered
}

/// The hint for a fault, preferably a line to paste.
fn right_line(client: &Client, fault: &InvalidClient) -> String {
    let line = HEIST_TOML.section("client").and_then(|section| section.key(fault.key)).map(Key::line);
    match (fault.key, line) {
        ("default_scopes", _) => {
            let all: Vec<&str> =
                client.scopes.iter().chain(client.default_scopes.minus(&client.scopes)).collect();
            format!("scopes = {}, or remove it from default_scopes", list(&all))
        }
        ("default_audiences", _) if client.default_audiences.iter().all(|one| is_resource(one)) => {
            let beyond = client.default_audiences.iter().filter(|one| !client.audiences.contains(one));
            let all: Vec<&str> = client.audiences.iter().chain(beyond).map(String::as_str).collect();
            format!("audiences = {}, or remove it from default_audiences", list(&all))
        }
        ("id" | "lifetime" | "audiences" | "default_audiences", Some(line)) => line,
        ("claims", Some(line)) => format!("{}: {line}", fault.hint),
        _ => fault.hint.to_owned(),
    }
}

fn permissions(entry: &ClientEntry, auth: Option<&ClientAuth>, dpop_required: bool) -> Permissions {
    let is_certificate = auth.is_some_and(ClientAuth::is_certificate);
    let certificate_bound = entry.tls_client_certificate_bound_access_tokens || is_certificate;
    let (introspect, exchange) = (entry.introspect, entry.token_exchange);
    Permissions { introspect, exchange, dpop_required, certificate_bound }
}

fn dpop_required(entry: &ClientEntry) -> Result<bool, Failure> {
    match entry.dpop.as_deref() {
        None | Some("optional") => Ok(false),
        Some("required") => Ok(true),
        Some(word) => Err(not_offered("dpop", word, &["optional", "required"], "required")),
    }
}

/// Reads the scopes of a key.
pub(super) fn scopes(key: &str, tokens: &[String]) -> Result<ScopeSet, Failure> {
    ScopeSet::from_tokens(tokens.iter().map(String::as_str)).map_err(|error| {
        let parts: Vec<&str> = tokens.iter().flat_map(|token| token.split_whitespace()).collect();
        let is_right =
            ScopeSet::from_tokens(parts.iter().copied()).is_ok() && parts.iter().all(|part| may_show(part));
        let literal = if is_right && !parts.is_empty() { list(&parts) } else { list(&["a:read", "a:write"]) };
        let what = match tokens.iter().find(|token| token.contains(' ')) {
            Some(token) if may_show(token) => {
                format!("{key}: {} has a blank: write each scope as its own string", quoted(token))
            }
            _ => format!("{key}: {error}"),
        };
        wrong(what).hint(format!("{key} = {literal}"))
    })
}

/// Returns the authentication method of a client. A failure has the line of its key.
fn auth(
    entry: &ClientEntry,
    folder: &Path,
    audience: AssertionAudience,
    findings: &mut Findings,
) -> Result<ClientAuth, Failure> {
    let has_keys = entry.jwks.is_some() || entry.jwks_uri.is_some();
    match entry.auth_method.as_deref() {
        Some("tls_client_auth") => return client_certificates::named(entry),
        Some("self_signed_tls_client_auth") => {
            return client_certificates::registered(entry, folder, findings);
        }
        _ => client_certificates::refuse(entry)?,
    }
    // A client with keys needs no auth_method.
    match entry.auth_method.as_deref().or(has_keys.then_some("private_key_jwt")) {
        Some("private_key_jwt") => {
            Ok(ClientAuth::PrivateKeyJwt { keys: client_keys(entry, folder)?, audience })
        }
        Some("client_secret_jwt") => {
            let secrets = vec![secret_key(entry, folder, findings)?];
            Ok(ClientAuth::SecretJwt { secrets, audience })
        }
        Some("client_secret_basic") => secret_auth(entry, folder, Some(SecretMethod::Basic), findings),
        Some("client_secret_post") => secret_auth(entry, folder, Some(SecretMethod::Post), findings),
        None if !entry.federated.is_empty() && !has_secret(entry) => Ok(ClientAuth::Federated),
        None => secret_auth(entry, folder, None, findings),
        Some(method) => {
            let failure = not_offered("auth_method", method, &AUTH_METHODS, AUTH_METHODS[0]);
            Err(entry.places.failing("auth_method", failure))
        }
    }
}

/// The failure of an entry with no secret or more than one.
fn one_secret(entry: &ClientEntry) -> Failure {
    let named = [
        ("secret_env", entry.secret_env.is_some()),
        ("secret_file", entry.secret_file.is_some()),
        ("secret_hash", entry.secret_hash.is_some()),
    ];
    let named: Vec<&str> = named.into_iter().filter(|(_, is_named)| *is_named).map(|(key, _)| key).collect();
    let Some(last) = named.last() else {
        return wrong(
            "it has no secret and no key: it needs exactly one of secret_env, secret_file and secret_hash, \
             or jwks or jwks_uri, or federated",
        )
        .hint(
            "secret_file = \"app.secret\"; head -c 32 /dev/urandom | base64 > app.secret makes one. Public \
             clients cannot use the client credentials grant (RFC 6749 section 4.4)",
        );
    };
    let what = format!("it has both {}: it needs exactly one of them", named.join(" and "));
    entry.places.failing(last, wrong(what).hint(format!("keep one of the lines of {}", named.join(" and "))))
}

fn secret_auth(
    entry: &ClientEntry,
    folder: &Path,
    only: Option<SecretMethod>,
    findings: &mut Findings,
) -> Result<ClientAuth, Failure> {
    if entry.jwks.is_some() || entry.jwks_uri.is_some() {
        let failure = wrong("it has keys, but its auth_method uses a secret")
            .hint("auth_method = \"private_key_jwt\" uses them");
        return Err(entry.places.failing("auth_method", failure));
    }
    let hash = match &entry.secret_hash {
        Some(_) if entry.secret_env.is_some() || entry.secret_file.is_some() => {
            return Err(one_secret(entry));
        }
        Some(hash) => {
            let hash = kept_hash(hash).map_err(|failure| entry.places.failing("secret_hash", failure))?;
            findings.secrets.push(ClientSecret::hashed(&entry.id, &hash));
            hash
        }
        None => SecretHash::of(&text_secret(entry, folder, findings)?),
    };
    Ok(ClientAuth::Secret { secrets: vec![LiveSecret::lasting(hash)], only })
}

/// Reads a secret that clients send. It must be text.
fn text_secret(entry: &ClientEntry, folder: &Path, findings: &mut Findings) -> Result<Secret, Failure> {
    let Sourced { value, origin } = clear_secret(entry, folder, findings)?;
    if value.expose_str().is_err() {
        let what = format!("the secret from {origin} is not UTF-8 text, and clients send text");
        let failure = wrong(what).hint(
            "iconv -f UTF-16 -t UTF-8 FILE converts a file of Windows PowerShell, base64 FILE writes \
             random bytes as text",
        );
        return Err(entry.places.failing(secret_key_name(entry), failure));
    }
    Ok(value)
}

fn secret_key_name(entry: &ClientEntry) -> &'static str {
    if entry.secret_env.is_some() { "secret_env" } else { "secret_file" }
}

fn clear_secret(
    entry: &ClientEntry,
    folder: &Path,
    findings: &mut Findings,
) -> Result<Sourced<Secret>, Failure> {
    let read = match (&entry.secret_env, &entry.secret_file) {
        (Some(name), None) => from_env(name, "secret_env"),
        (None, Some(path)) => configured_secret(path, folder, "client"),
        _ => return Err(one_secret(entry)),
    };
    let read = read.map_err(|failure| entry.places.failing(secret_key_name(entry), failure))?;
    if let Some(why) = not_a_secret(read.value.expose()) {
        let failure = wrong(format!("the secret from {} {why}", read.origin))
            .hint("for a client with a key, write auth_method = \"private_key_jwt\" and jwks");
        return Err(entry.places.failing(secret_key_name(entry), failure));
    }
    findings.secrets.push(ClientSecret::clear(&entry.id, &read));
    Ok(read)
}

/// Reads the secret from the file that `secret_file` of a section names.
pub(super) fn configured_secret(
    path: &Path,
    folder: &Path,
    section: &str,
) -> Result<Sourced<Secret>, Failure> {
    let read = named_file::read(path, folder, section, "secret_file")?;
    let secret = Secret::from_file_content(read.value.expose());
    if secret.is_empty() {
        return Err(wrong(format!("the secret from {} is empty", read.origin))
            .hint(format!("head -c 32 /dev/urandom | base64 > {} makes one", read.origin)));
    }
    Ok(Sourced::new(secret, read.origin))
}

/// Reads the HMAC key for client_secret_jwt: the secret itself, at least 256 bits. A hash cannot verify an
/// HMAC.
fn secret_key(entry: &ClientEntry, folder: &Path, findings: &mut Findings) -> Result<SharedKey, Failure> {
    let at = |key: &'static str| move |failure| entry.places.failing(key, failure);
    if entry.secret_hash.is_some() {
        return Err(at("secret_hash")(
            wrong("client_secret_jwt needs the secret itself, and secret_hash has only its hash")
                .hint("secret_file = \"app.secret\", or secret_env = \"APP_SECRET\""),
        ));
    }
    let secret = clear_secret(entry, folder, findings)?.value;
    let key = secret_key_name(entry);
    shared_key(secret, "the client's secret").map_err(|why| at(key)(unfit(why, PHASE)))
}

fn secret_beside_keys(entry: &ClientEntry) -> Failure {
    let hint = if entry.jwks.is_some() || entry.jwks_uri.is_some() {
        "keep one of the two: remove the line of the secret or those of the keys"
    } else {
        "jwks = \"app.jwks.json\" in place of the secret; or auth_method = \"client_secret_basic\""
    };
    wrong("it has a secret and keys, but private_key_jwt uses only keys").hint(hint)
}

fn client_keys(entry: &ClientEntry, folder: &Path) -> Result<ClientKeys, Failure> {
    let at = |key: &'static str| move |failure| entry.places.failing(key, failure);
    if has_secret(entry) {
        return Err(at("auth_method")(secret_beside_keys(entry)));
    }
    let (keys, path) = match (&entry.jwks, &entry.jwks_uri) {
        (Some(JwksSource::Inline(set)), None) => {
            (KeySet::read(set.to_string().as_bytes(), "the configuration"), "KEY.pem".to_owned())
        }
        (Some(JwksSource::File(path)), None) => {
            let read = named_file::read(path, folder, "client", "jwks").map_err(at("jwks"))?;
            (KeySet::read(read.value.expose(), &read.origin), read.origin)
        }
        (None, Some(uri)) => {
            check_jwks_uri(uri).map_err(at("jwks_uri"))?;
            return Ok(ClientKeys::At(KeysUrl::registered(uri.as_str())));
        }
        _ => {
            return Err(at("auth_method")(
                wrong("private_key_jwt needs jwks or jwks_uri, one of the two")
                    .hint("jwks = \"app.jwks.json\" names a file with the client's public keys"),
            ));
        }
    };
    let keys = keys.map_err(|error| {
        at("jwks")(
            wrong(format!("jwks: {error}"))
                .hint("jwks = \"app.jwks.json\": a JWK Set of public keys, or a PEM"),
        )
    })?;
    if keys.has_private_key() {
        let what = "jwks holds a private key, which belongs to the client alone (RFC 7517 section 9.2)";
        return Err(at("jwks")(wrong(what).hint(format!(
            "register its public half: openssl pkey -in {path} -pubout, or the JWK without \"d\""
        ))));
    }
    ClientKeys::fixed(keys).map_err(|why| at("jwks")(unfit(why, PHASE)))
}
