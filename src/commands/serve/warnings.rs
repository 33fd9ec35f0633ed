//! What an operator should know before the first request: one function for each thing that may be
//! wrong with what was prepared. A start says it, and so does `--check`.

use super::inputs::{Inputs, SecretPlace};
use super::prepare::Prepared;
use crate::client::endpoint::Endpoint;
use crate::clock::Timestamp;
use crate::commands::environment::{mode_warning, secret_file, secret_var};
use crate::jose::key::{Material, VerifyingKey};
use crate::jose::keyset::KeySet;
use crate::registry::secret_hash::SecretHash;
use crate::registry::{ClientAuth, ClientKeys, MIN_SECRET};
use crate::secret::Secret;
use crate::verdict::common_secrets;
use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Gives its warnings, none where all is well.
type Warning = fn(&Prepared) -> Vec<String>;

const WARNINGS: [Warning; 17] = [
    certificate_ends,
    costly_handshakes,
    certificate_hosts,
    store,
    no_issuer,
    issuer_without_scheme,
    open_placeholders,
    unnamed_proxy,
    readable_secrets,
    writable_configuration,
    weak_client_secrets,
    public_signing_secret,
    unusable_client_keys,
    clients_that_need_a_kid,
    clients_without_authority,
    weak_keys,
    state_in_memory,
];

/// Everything that should be said of it.
pub(super) fn warnings(prepared: &Prepared) -> Vec<String> {
    WARNINGS.iter().flat_map(|warning| warning(prepared)).collect()
}

fn certificate_ends(prepared: &Prepared) -> Vec<String> {
    let notice = prepared.tls.as_ref().and_then(|(files, tls)| files.notice(tls, Timestamp::now()));
    notice.into_iter().collect()
}

fn costly_handshakes(prepared: &Prepared) -> Vec<String> {
    let warning = prepared.tls.as_ref().and_then(|(files, tls)| files.warning(tls));
    warning.into_iter().collect()
}

/// Clients ask for the host of the issuer and of `public_url`, and refuse a certificate for another one.
fn certificate_hosts(prepared: &Prepared) -> Vec<String> {
    let Some((files, tls)) = &prepared.tls else { return Vec::new() };
    let urls = [("issuer", &prepared.issuer), ("public_url", &prepared.public_url)];
    let uncovered = urls.into_iter().filter_map(|(key, url)| {
        let endpoint = Endpoint::parse(url.as_ref()?, true).ok()?;
        let host = endpoint.uri().host()?.trim_matches(['[', ']']).to_owned();
        (!tls.covers(&host)).then(|| {
            format!(
                "the certificate {} is not for {host}, the host of {key}: clients that connect to it directly \
                 refuse it; renew it with that name (subjectAltName)",
                files.certificate().display()
            )
        })
    });
    let mut uncovered: Vec<String> = uncovered.collect();
    uncovered.dedup();
    uncovered
}

fn store(prepared: &Prepared) -> Vec<String> {
    prepared.store.as_ref().map(|store| store.warnings.clone()).unwrap_or_default()
}

fn no_issuer(prepared: &Prepared) -> Vec<String> {
    let is_missing = prepared.listen.ip().is_unspecified() && prepared.issuer.is_none();
    let what = "there is no issuer in the configuration: tokens name localhost; set issuer to the URL that clients use";
    is_missing.then(|| what.to_owned()).into_iter().collect()
}

/// A name is a fine issuer for those who know the key. Whoever looks for metadata finds none.
fn issuer_without_scheme(prepared: &Prepared) -> Vec<String> {
    let name = prepared.issuer.as_deref().filter(|issuer| !prepared.demo && !issuer.contains("://"));
    let told = name.map(|name| {
        format!(
            "the issuer {name:?} is not a URL: no metadata is served, and verifiers cannot find the keys; \
             write issuer = \"https://{name}\""
        )
    });
    told.into_iter().collect()
}

fn open_placeholders(prepared: &Prepared) -> Vec<String> {
    let told = |found: &String| format!("{found} is left as it stands: heist.toml expands no variables");
    prepared.inputs.placeholders.iter().map(told).collect()
}

/// Plain http on a network is for servers behind a proxy.
fn unnamed_proxy(prepared: &Prepared) -> Vec<String> {
    let told = "--insecure-http without trusted_proxies: limits, allow_from and the log see the proxy's address in \
                place of the client's; name the proxy, as trusted_proxies = [\"10.0.0.7\"]";
    prepared.inputs.unnamed_proxy.then(|| told.to_owned()).into_iter().collect()
}

fn readable_secrets(prepared: &Prepared) -> Vec<String> {
    prepared.inputs.secrets.iter().filter_map(|path| mode_warning(path)).collect()
}

fn writable_configuration(prepared: &Prepared) -> Vec<String> {
    let Inputs { config, secrets, trusted, .. } = &prepared.inputs;
    let files = config.iter().chain(secrets).chain(trusted);
    let mut folders: Vec<&Path> = files.clone().filter_map(|file| folder(file)).collect();
    folders.sort_unstable();
    folders.dedup();
    files.map(PathBuf::as_path).chain(folders).filter_map(writable).collect()
}

fn folder(file: &Path) -> Option<&Path> {
    let folder = file.parent()?;
    Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// What to say of a file or folder that another user can change. In a folder with the sticky bit nobody
/// replaces another's file. A group of the owner's own number is that user's private group.
fn writable(path: &Path) -> Option<String> {
    const STICKY: u32 = 0o1000;
    let found = std::fs::metadata(path).ok()?;
    let shown = path.display();
    let us = rustix::process::geteuid().as_raw();
    if found.uid() != 0 && found.uid() != us {
        return Some(format!(
            "{shown} belongs to user {}, who can change what the server trusts: chown it to root or to the \
             server's user",
            found.uid()
        ));
    }
    let group = if found.gid() == found.uid() { 0 } else { 0o020 };
    let is_safe_folder = found.is_dir() && found.mode() & STICKY != 0;
    let is_open = found.mode() & (0o002 | group) != 0 && !is_safe_folder;
    is_open.then(|| {
        format!(
            "{shown} can be written by others, who decide then whom the server trusts: chmod go-w {shown}"
        )
    })
}

/// Secrets that can be guessed. Of a hash only the well-known ones can be told.
fn weak_client_secrets(prepared: &Prepared) -> Vec<String> {
    if prepared.demo {
        return Vec::new();
    }
    let in_clear = prepared.inputs.clients.iter().filter_map(|(id, place)| weak_secret(id, place));
    let ids: HashSet<&str> = prepared.inputs.clients.iter().map(|(id, _)| id.as_str()).collect();
    let hashed = prepared.registry.declared().filter_map(|client| {
        let is_in_clear = ids.contains(client.id.as_str());
        let ClientAuth::Secret { secrets, .. } = &client.auth else { return None };
        let is_common = !is_in_clear && secrets.iter().any(|secret| is_of_common_secret(&secret.hash));
        is_common.then(|| format!("the secret of client {:?} {}", client.id, COMMON_SECRET))
    });
    in_clear.chain(hashed).collect()
}

fn is_of_common_secret(hash: &SecretHash) -> bool {
    matches!(hash, SecretHash::Sha256(digest) if common_secrets::is_digest_of_one(digest))
}

const COMMON_SECRET: &str = "is in tutorials and libraries' examples, and anybody can try it: head -c 32 /dev/urandom | base64 makes a good one";

fn weak_secret(id: &str, place: &SecretPlace) -> Option<String> {
    let (secret, origin) = match place {
        SecretPlace::File(path) => (secret_file(path, "secret").ok()?.value, path.display().to_string()),
        SecretPlace::Variable(name) => (secret_var(name)?.value, name.clone()),
    };
    if common_secrets::is_one(&secret) {
        return Some(format!("the secret of client {id:?} from {origin} {COMMON_SECRET}"));
    }
    let length = secret.len();
    (length < MIN_SECRET).then(|| {
        format!(
            "the secret of client {id:?} from {origin} has {length} characters, under {MIN_SECRET} it can be \
             guessed: head -c 32 /dev/urandom | base64 makes a good one"
        )
    })
}

fn public_signing_secret(prepared: &Prepared) -> Vec<String> {
    let ring = prepared.signing.ring();
    let is_public = |secret: &Secret| common_secrets::is_one(secret);
    let found =
        ring.keys.keys.iter().any(|key| matches!(&key.material, Material::Hmac(secret) if is_public(secret)));
    let told = format!("the signing secret {COMMON_SECRET}; until then anybody can forge tokens");
    (found && !prepared.demo).then_some(told).into_iter().collect()
}

/// Keys that can be used, and should be replaced.
fn weak_keys(prepared: &Prepared) -> Vec<String> {
    let of_clients = key_sets(prepared).flat_map(|(id, keys)| {
        let weak = keys.keys.iter().flat_map(VerifyingKey::weaknesses);
        weak.map(move |why| format!("client {id:?}: jwks: {why}"))
    });
    let ring = prepared.signing.ring();
    let own = ring.keys.keys.iter().flat_map(VerifyingKey::weaknesses).map(|why| format!("signing: {why}"));
    of_clients.chain(own).collect()
}

fn unusable_client_keys(prepared: &Prepared) -> Vec<String> {
    let told = key_sets(prepared).flat_map(|(id, keys)| {
        keys.unusable.iter().map(move |key| {
            let kid = key.kid.as_deref().map(|kid| format!(" {kid:?}")).unwrap_or_default();
            format!("client {id:?}: jwks: the key{kid} cannot be used: {}", key.why)
        })
    });
    told.collect()
}

fn clients_that_need_a_kid(prepared: &Prepared) -> Vec<String> {
    let told = key_sets(prepared)
        .filter_map(|(id, keys)| keys.demands_kid().map(|why| format!("client {id:?}: jwks: {why}")));
    told.collect()
}

/// The clients whose keys stand in the configuration. Those of a store are not read before they ask, and those
/// at a `jwks_uri` not before they are needed.
fn key_sets(prepared: &Prepared) -> impl Iterator<Item = (&str, &KeySet)> {
    prepared.registry.declared().filter_map(|client| match &client.auth {
        ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), .. } => Some((client.id.as_str(), keys)),
        _ => None,
    })
}

/// A name in a certificate counts only where an authority vouches for it (RFC 8705 section 2.1).
fn clients_without_authority(prepared: &Prepared) -> Vec<String> {
    if prepared.tls.as_ref().is_none_or(|(files, _)| files.has_client_authority()) {
        return Vec::new();
    }
    let named = prepared.registry.declared().filter(|client| matches!(client.auth, ClientAuth::Tls(_)));
    let told = named.map(|client| {
        format!(
            "client {:?} can never get a token: nobody vouches for its certificate; name the authority, as \
             client_ca_file = \"ca.pem\" under [tls]",
            client.id
        )
    });
    told.collect()
}

/// Tokens that outlive the process, and revocations that do not.
fn state_in_memory(prepared: &Prepared) -> Vec<String> {
    let in_memory = prepared.store.as_ref().is_none_or(|store| store.is_in_memory());
    let told = "the signing key outlives this process, and the store is in memory: after a restart revoked tokens \
                are good again, and used assertions may be replayed; name a store, as --store sqlite:heistctl.db";
    (in_memory && !prepared.ephemeral_key && !prepared.demo).then(|| told.to_owned()).into_iter().collect()
}
