//! Faults of single keys in a published set.

use super::evidence::shortened;
use crate::clock::Timestamp;
use crate::jose::certificate_facts::CertificateFacts;
use crate::jose::digest::unbase64;
use crate::jose::jwk;
use crate::jose::key::RSA_MIN_BITS;
use crate::json::{Json, Object};
use base64::alphabet::STANDARD;

/// A key, for people.
pub(super) fn name(key: &Object) -> String {
    match key.get("kid").and_then(Json::as_str) {
        Some(kid) => format!("the key {:?}", shortened(kid)),
        None => "a key without kid".to_owned(),
    }
}

/// A verification key is read as one: without what other checks judge, and without an algorithm of encryption.
fn bare(key: &Object) -> Object {
    let mut bare = key.clone();
    ["x5c", "x5t", "x5t#S256", "alg", "key_ops"].into_iter().for_each(|name| bare.remove(name));
    bare
}

/// Why a key is unsound; `None` if it is sound, or of a kind that heistctl does not know.
pub(super) fn unsound(key: &Object) -> Option<String> {
    let text = |name| key.get(name).and_then(Json::as_str);
    let is_known = match text("kty") {
        Some("RSA") => true,
        Some("EC") => ["P-256", "P-384", "P-521", "secp256k1"].map(Some).contains(&text("crv")),
        Some("OKP") => text("crv") == Some("Ed25519"),
        _ => false,
    };
    if !is_known {
        return None;
    }
    let why = match jwk::read(&bare(key), "jwks_uri") {
        Err(unusable) => Some(unusable.why),
        Ok(read) => {
            let bits = read.material.rsa_bits();
            let is_short = bits > 0 && bits < RSA_MIN_BITS;
            is_short
                .then(|| format!("it has {bits} bits, fewer than {RSA_MIN_BITS}"))
                .or_else(|| read.weaknesses().into_iter().next())
        }
    };
    why.map(|why| format!("{}: {}", name(key), shortened(&why)))
}

/// Why a key's certificate is wrong; `None` if it is right.
pub(super) fn of_certificate(key: &Object, now: Timestamp) -> Option<String> {
    let fault = match jwk::read(&without_use(key), "jwks_uri") {
        Err(unusable) if unusable.why.contains("x5") => Some(unusable.why),
        _ => expired(key, now),
    };
    fault.map(|why| format!("{}: {}", name(key), shortened(&why)))
}

fn without_use(key: &Object) -> Object {
    let mut bare = key.clone();
    bare.remove("alg");
    bare
}

fn expired(key: &Object, now: Timestamp) -> Option<String> {
    let Some(Json::Array(chain)) = key.get("x5c") else { return None };
    let der = unbase64(&STANDARD, chain.first()?.as_str()?.as_bytes())?;
    let ends = CertificateFacts::read(&der)?.ends;
    (ends < now).then(|| format!("its certificate ended at {ends}"))
}
