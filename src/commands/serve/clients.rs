//! `[[client]]`: from an entry of the configuration to a client, or to what is wrong with it.

use super::client_certificates;
use super::client_secrets::{ClientSecret, has_secret};
use super::config::{ClientEntry, JwksSource};
use super::inputs::Findings;
use super::problems::{PHASE, from_env, wrong};
use super::urls::check_jwks_uri;
use crate::commands::client::record::unfit;
use crate::commands::environment::{Sourced, file, secret_file};
use crate::exit::Failure;
use crate::jose::key::{KeyMaterial, VerifyingKey};
use crate::jose::keyset::KeySet;
use crate::registry::secret_hash::{SecretHash, SecretHashError};
use crate::registry::{
    AssertionAudience, Client, ClientAuth, ClientKeys, LiveSecret, Permissions, Registry, SecretMethod,
};
use crate::scope::ScopeSet;
use crate::secret::{Secret, looks_like_credential};
use std::path::Path;

/// The clients of a configuration, and what was found out about them.
pub(super) fn registry(entries: Vec<ClientEntry>, folder: &Path) -> Result<(Registry, Findings), Failure> {
    let (mut registry, mut findings) = (Registry::default(), Findings::default());
    for entry in entries {
        let client = client(entry, folder, &mut findings)?;
        registry.add(client).map_err(|id| {
            wrong(format!("client {id:?} is declared twice"))
                .hint("each id once; a client may have several scopes")
        })?;
    }
    Ok((registry, findings))
}

/// A client of the configuration.
pub(super) fn client(entry: ClientEntry, folder: &Path, findings: &mut Findings) -> Result<Client, Failure> {
    let id = entry.id.clone();
    check(entry, folder, findings)
        .map_err(|failure| Failure { what: format!("client {id:?}: {}", failure.what), ..failure })
}

fn check(entry: ClientEntry, folder: &Path, findings: &mut Findings) -> Result<Client, Failure> {
    let auth = auth(&entry, folder, findings)?;
    let scopes = scopes(&entry.scopes)?;
    let default_scopes = match &entry.default_scopes {
        Some(tokens) => self::scopes(tokens)?,
        None => scopes.clone(),
    };
    let may = permissions(&entry, &auth)?;
    let ClientEntry { id, lifetime, claims, audiences, allow_from, .. } = entry;
    let created = None;
    let client =
        Client { id, auth, scopes, default_scopes, audiences, lifetime, claims, may, allow_from, created };
    client.fit().map_err(|why| unfit(why, PHASE))
}

fn permissions(entry: &ClientEntry, auth: &ClientAuth) -> Result<Permissions, Failure> {
    let dpop_required = match entry.dpop.as_deref() {
        None | Some("optional") => false,
        Some("required") => true,
        Some(_) => {
            return Err(wrong("dpop is neither \"optional\" nor \"required\"").hint("choose one of the two"));
        }
    };
    let certificate_bound = entry.tls_client_certificate_bound_access_tokens || auth.is_certificate();
    let (introspect, exchange) = (entry.introspect, entry.token_exchange);
    Ok(Permissions { introspect, exchange, dpop_required, certificate_bound })
}

fn scopes(tokens: &[String]) -> Result<ScopeSet, Failure> {
    ScopeSet::from_tokens(tokens.iter().map(String::as_str))
        .map_err(|error| wrong(error.to_string()).hint("write them as scopes = [\"a:read\", \"a:write\"]"))
}

/// The one way in which the client proves who it is.
fn auth(entry: &ClientEntry, folder: &Path, findings: &mut Findings) -> Result<ClientAuth, Failure> {
    let audience = assertion_audience(entry)?;
    let has_keys = entry.jwks.is_some() || entry.jwks_uri.is_some();
    match entry.auth_method.as_deref() {
        Some("tls_client_auth") => return client_certificates::named(entry),
        Some("self_signed_tls_client_auth") => {
            return client_certificates::registered(entry, folder, findings);
        }
        _ => client_certificates::refuse(entry)?,
    }
    // Keys say it without a method's name.
    match entry.auth_method.as_deref().or(has_keys.then_some("private_key_jwt")) {
        Some("private_key_jwt") => {
            Ok(ClientAuth::PrivateKeyJwt { keys: client_keys(entry, folder)?, audience })
        }
        Some("client_secret_jwt") => Ok(ClientAuth::SecretJwt { keys: secret_key(entry, folder, findings)?, audience }),
        Some("client_secret_basic") => secret_auth(entry, folder, Some(SecretMethod::Basic), findings),
        Some("client_secret_post") => secret_auth(entry, folder, Some(SecretMethod::Post), findings),
        None => secret_auth(entry, folder, None, findings),
        Some(_) => Err(wrong("auth_method is one that is not offered")
            .hint("there are client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth and self_signed_tls_client_auth")),
    }
}

fn assertion_audience(entry: &ClientEntry) -> Result<AssertionAudience, Failure> {
    match entry.assertion_audience.as_deref() {
        None | Some("issuer") => Ok(AssertionAudience::Issuer),
        Some("issuer-or-token-url") => Ok(AssertionAudience::IssuerOrTokenUrl),
        Some(_) => Err(wrong("assertion_audience is neither \"issuer\" nor \"issuer-or-token-url\"")
            .hint("the second is for older libraries")),
    }
}

fn one_secret() -> Failure {
    wrong("it needs exactly one of secret_env, secret_file and secret_hash, or jwks or jwks_uri")
        .hint("public clients have no place in the client credentials grant (RFC 6749 section 4.4)")
}

fn secret_auth(
    entry: &ClientEntry,
    folder: &Path,
    only: Option<SecretMethod>,
    findings: &mut Findings,
) -> Result<ClientAuth, Failure> {
    if entry.jwks.is_some() || entry.jwks_uri.is_some() {
        return Err(wrong("it has keys beside a secret's auth_method")
            .hint("auth_method = \"private_key_jwt\" uses them"));
    }
    let hash = match &entry.secret_hash {
        Some(_) if entry.secret_env.is_some() || entry.secret_file.is_some() => return Err(one_secret()),
        Some(hash) => {
            let hash = kept_hash(hash)?;
            findings.secrets.push(ClientSecret::hashed(&entry.id, &hash));
            hash
        }
        None => SecretHash::of(&text_secret(entry, folder, findings)?),
    };
    Ok(ClientAuth::Secret { secrets: vec![LiveSecret::lasting(hash)], only })
}

fn kept_hash(text: &str) -> Result<SecretHash, Failure> {
    const HINT: &str = "printf %s \"$SECRET\" | sha256sum gives the digits";
    let hash: SecretHash =
        text.parse().map_err(|error: SecretHashError| wrong(format!("secret_hash: {error}")).hint(HINT))?;
    if hash.is_of_nothing() {
        return Err(wrong("secret_hash is that of an empty secret").hint(HINT));
    }
    Ok(hash)
}

/// A secret that clients send, as text.
fn text_secret(entry: &ClientEntry, folder: &Path, findings: &mut Findings) -> Result<Secret, Failure> {
    let Sourced { value, origin } = clear_secret(entry, folder, findings)?;
    if value.expose_str().is_err() {
        let what = format!("the secret from {origin} is not UTF-8 text, and clients send text");
        return Err(wrong(what).hint(
            "iconv -f UTF-16 -t UTF-8 FILE converts a file of Windows PowerShell, base64 FILE writes random bytes as text",
        ));
    }
    Ok(value)
}

fn clear_secret(
    entry: &ClientEntry,
    folder: &Path,
    findings: &mut Findings,
) -> Result<Sourced<Secret>, Failure> {
    let read = match (&entry.secret_env, &entry.secret_file) {
        (Some(name), None) => from_env(name, "secret_env")?,
        (None, Some(path)) => configured_secret(path, folder, "secret_file")?,
        _ => return Err(one_secret()),
    };
    findings.secrets.push(ClientSecret::clear(&entry.id, &read));
    Ok(read)
}

/// The secret in the file that a key of the configuration names. Where there is no such file, what may be the
/// secret itself is not shown.
pub(super) fn configured_secret(path: &Path, folder: &Path, key: &str) -> Result<Sourced<Secret>, Failure> {
    let file = folder.join(path);
    if std::fs::metadata(&file).is_err() && looks_like_credential(&path.to_string_lossy()) {
        return Err(wrong(format!(
            "{key} names no file, and what stands there looks like the secret itself"
        ))
        .hint(format!(
            "write the secret to a file of its own, mode 600, and name it: {key} = \"app.secret\""
        )));
    }
    secret_file(&file, PHASE)
}

/// client_secret_jwt needs the secret itself, of 256 bits: a hash verifies no HMAC.
fn secret_key(entry: &ClientEntry, folder: &Path, findings: &mut Findings) -> Result<KeySet, Failure> {
    if entry.secret_hash.is_some() {
        return Err(wrong("client_secret_jwt needs the secret itself, and secret_hash has only its hash")
            .hint("name it by secret_env or secret_file"));
    }
    let secret = clear_secret(entry, folder, findings)?.value;
    if secret.len() < 32 {
        let what = format!("client_secret_jwt needs a secret of 256 bits, this has {}", secret.len() * 8);
        return Err(wrong(what).hint("head -c 32 /dev/urandom | base64 makes a good one"));
    }
    KeyMaterial::hmac(secret.clone()).map_err(|error| {
        wrong(format!("client_secret_jwt: the secret cannot be used: {error}"))
            .hint("auth_method = \"private_key_jwt\" and jwks are for keys")
    })?;
    Ok(KeySet::of(VerifyingKey::hmac(secret, "the client's secret")))
}

fn client_keys(entry: &ClientEntry, folder: &Path) -> Result<ClientKeys, Failure> {
    if has_secret(entry) {
        return Err(wrong("it has a secret beside its keys")
            .hint("private_key_jwt needs no secret: keep one of the two"));
    }
    let keys = match (&entry.jwks, &entry.jwks_uri) {
        (Some(JwksSource::Inline(set)), None) => {
            KeySet::read(set.to_string().as_bytes(), "the configuration")
        }
        (Some(JwksSource::File(path)), None) => {
            let read = file(&folder.join(path), PHASE)?;
            KeySet::read(read.value.expose(), &read.origin)
        }
        (None, Some(uri)) => {
            check_jwks_uri(uri)?;
            return Ok(ClientKeys::At(uri.clone()));
        }
        _ => {
            return Err(wrong("private_key_jwt needs jwks or jwks_uri, one of the two")
                .hint("jwks may be a file's path"));
        }
    };
    let keys =
        keys.map_err(|error| wrong(format!("jwks: {error}")).hint("a JWK Set of public keys, or a PEM"))?;
    if keys.has_private_key() {
        return Err(wrong(
            "jwks holds a private key, which belongs to the client alone (RFC 7517 section 9.2)",
        )
        .hint("register its public half: openssl pkey -in KEY.pem -pubout, or the JWK without \"d\""));
    }
    ClientKeys::fixed(keys).map_err(|why| unfit(why, PHASE))
}
