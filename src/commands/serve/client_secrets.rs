//! Warnings about weak client secrets. A secret is judged when it is read and then dropped: a pipe can be
//! read only once, and files are not read again.

use super::config::ClientEntry;
use super::placeholders;
use crate::commands::environment::Sourced;
use crate::http::visible::is_invisible;
use crate::jose::digest::sha256;
use crate::jose::key::KeyMaterial;
use crate::registry::MIN_SECRET;
use crate::registry::keys::ring::Ring;
use crate::registry::secret_hash::SecretHash;
use crate::secret::Secret;
use crate::verdict::common_secrets;
use std::collections::HashMap;

const MAKE: &str = "head -c 32 /dev/urandom | base64 makes a good one";
/// Why a well-known secret is refused.
pub(super) const COMMON_SECRET: &str = "is a well-known example from tutorials, and anyone can guess it: \
                                        head -c 32 /dev/urandom | base64 makes a good one";
/// The number of clients that a warning names. Further clients are counted.
const NAMED: usize = 3;

/// The judgement of a client's secret.
pub(super) struct ClientSecret {
    /// The id of the client.
    id: String,
    /// Its SHA-256; unknown for a slow hash.
    digest: Option<[u8; 32]>,
    /// The weakness of the secret, if any.
    fault: Option<String>,
}

impl ClientSecret {
    /// Judges a secret in clear text.
    pub(super) fn clear(id: &str, secret: &Sourced<Secret>) -> Self {
        let (value, origin) = (&secret.value, &secret.origin);
        let digest = sha256(value.expose());
        let fault = fault(id, value, &digest);
        let fault = fault.map(|why| format!("the secret of client {id:?} from {origin} {why}"));
        Self { id: id.to_owned(), digest: Some(digest), fault }
    }

    /// Judges a secret by its hash.
    pub(super) fn hashed(id: &str, hash: &SecretHash) -> Self {
        let digest = match hash {
            SecretHash::Sha256(digest) => Some(*digest),
            SecretHash::Argon2id(_) => None,
        };
        let fault = digest.and_then(|digest| fault_of_digest(id, &digest));
        let fault = fault.map(|why| format!("the secret of client {id:?} {why}"));
        Self { id: id.to_owned(), digest, fault }
    }
}

pub(super) fn has_secret(entry: &ClientEntry) -> bool {
    entry.secret_env.is_some() || entry.secret_file.is_some() || entry.secret_hash.is_some()
}

fn fault_of_digest(id: &str, digest: &[u8; 32]) -> Option<String> {
    if common_secrets::is_digest_of_one(digest) {
        return Some(COMMON_SECRET.to_owned());
    }
    (*digest == sha256(id.as_bytes())).then(|| format!("is its id, which is not secret: {MAKE}"))
}

fn fault(id: &str, secret: &Secret, digest: &[u8; 32]) -> Option<String> {
    if let Some(why) = fault_of_digest(id, digest) {
        return Some(why);
    }
    let text = String::from_utf8_lossy(secret.expose());
    if placeholders::is_all(&text) {
        return Some(format!("is a placeholder that was never replaced, and anyone can guess it: {MAKE}"));
    }
    let length = secret.characters();
    if length < MIN_SECRET {
        return Some(format!("has {length} characters; under {MIN_SECRET} it can be guessed: {MAKE}"));
    }
    let is_wrapped = text.starts_with(is_invisible) || text.ends_with(is_invisible);
    is_wrapped.then(|| {
        "begins or ends with a blank, a line end or a byte order mark, which clients must send too: write \
         the file with printf %s"
            .to_owned()
    })
}

/// Returns the warnings about the secrets of all clients, also compared with each other and with the signing
/// keys.
pub(super) fn warnings(secrets: &[ClientSecret], ring: &Ring) -> Vec<String> {
    let by_themselves = secrets.iter().filter_map(|secret| secret.fault.clone());
    by_themselves.chain(shared(secrets)).chain(signing(secrets, ring)).collect()
}

/// A client that knows its secret can act as every other client that shares it.
fn shared(secrets: &[ClientSecret]) -> Vec<String> {
    let mut holders: HashMap<[u8; 32], Vec<&str>> = HashMap::new();
    for (digest, secret) in secrets.iter().filter_map(|secret| Some((secret.digest?, secret))) {
        holders.entry(digest).or_default().push(&secret.id);
    }
    let mut said = Vec::new();
    for digest in secrets.iter().filter_map(|secret| secret.digest) {
        let Some(ids) = holders.remove(&digest).filter(|ids| ids.len() > 1) else { continue };
        let mut named: Vec<String> = ids.iter().take(NAMED).map(|id| format!("{id:?}")).collect();
        if ids.len() > NAMED {
            named.push(format!("{} more", ids.len() - NAMED));
        }
        said.push(format!(
            "the clients {} have the same secret, so each can act as the other: give each its own; {MAKE}",
            named.join(", ")
        ));
    }
    said
}

/// A client that knows the signing secret can forge any token.
fn signing(secrets: &[ClientSecret], ring: &Ring) -> Vec<String> {
    let of_ring = ring.keys.keys.iter().filter_map(|key| match &key.material {
        KeyMaterial::Hmac(secret) => Some(sha256(secret.expose())),
        _ => None,
    });
    let of_ring: Vec<[u8; 32]> = of_ring.collect();
    let is_one = |secret: &&ClientSecret| secret.digest.is_some_and(|digest| of_ring.contains(&digest));
    let warning = |secret: &ClientSecret| {
        format!(
            "the secret of client {:?} is the signing secret: the client can forge tokens; {MAKE}",
            secret.id
        )
    };
    secrets.iter().filter(is_one).map(warning).collect()
}
