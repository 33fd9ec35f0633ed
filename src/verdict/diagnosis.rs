//! Explains failed signatures by finding what would have verified. Every guess is tested before it is
//! reported, and none makes a token valid.

use super::check::{Check, Status};
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::compact::Jws;
use crate::jose::digest::{hex, unbase64, unhex, without_blanks};
use crate::jose::jwk;
use crate::jose::key::{KeyMaterial, KeySource, VerifyingKey};
use crate::jose::keyfile::{self, Content};
use crate::jose::keyset::KeySet;
use crate::jose::spki;
use crate::jose::verify;
use crate::json::Json;
use crate::secret::Secret;
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The limit of other keys that are tried.
const MAX_TRIES: usize = 100;

/// The limit of keys that are tried with hundreds of salts each.
const MAX_SALT_TRIES: usize = 4;

/// Adds to a failed signature what would have verified it.
pub(super) fn explained(check: Check, jws: &Jws<'_>, keys: &KeySet) -> Check {
    let Ok(algorithm) = verify::precheck(jws) else { return check };
    if check.status != Status::Fail {
        return check;
    }
    match cause(jws, keys, algorithm) {
        Some(cause) => Check { message: format!("{}. {cause}", check.message), ..check },
        None => check,
    }
}

fn cause(jws: &Jws<'_>, keys: &KeySet, algorithm: Algorithm) -> Option<String> {
    of_secret(jws, keys, algorithm)
        .or_else(|| of_set(jws, keys, algorithm))
        .or_else(|| of_key_file_as_secret(jws, keys, algorithm))
        .or_else(|| of_encoding(jws, keys))
        .or_else(|| of_padding(jws, keys, algorithm))
        .or_else(|| of_own_key(jws, algorithm))
}

/// The secret in another encoding, or a correct but weak one.
fn of_secret(jws: &Jws<'_>, keys: &KeySet, algorithm: Algorithm) -> Option<String> {
    if algorithm.family() != Family::Hmac {
        return None;
    }
    let secrets = keys.keys.iter().filter_map(|key| match &key.material {
        KeyMaterial::Hmac(secret) => Some(secret),
        _ => None,
    });
    for secret in secrets.take(MAX_TRIES) {
        let weak = secret.len() < algorithm.hash_len();
        for (spelling, how) in spellings(secret).into_iter().skip(usize::from(!weak)) {
            if verify::matches(jws, &KeyMaterial::Hmac(spelling), algorithm) {
                return Some(how.to_owned());
            }
        }
    }
    None
}

fn spellings(secret: &Secret) -> Vec<(Secret, &'static str)> {
    let bytes = secret.expose();
    let mut tries = vec![(secret.clone(), "It would match if the secret were long enough")];
    let mut add = |spelling: Option<Vec<u8>>, how| tries.extend(spelling.map(|s| (Secret::new(s), how)));
    let trimmed = bytes.trim_ascii_end();
    add(
        (trimmed.len() < bytes.len()).then(|| trimmed.to_vec()),
        "It verifies with the secret without its trailing newline or blanks",
    );
    add(
        Some([bytes, b"\n"].concat()),
        "It verifies with the secret and a newline at its end: the issuer reads the file as it is (--secret-encoding raw)",
    );
    add(
        unbase64(&alphabet::STANDARD, bytes),
        "It verifies with the secret base64-decoded: --secret-encoding base64",
    );
    add(
        unbase64(&alphabet::URL_SAFE, bytes),
        "It verifies with the secret base64url-decoded: --secret-encoding base64url",
    );
    add(unhex(&without_blanks(bytes)), "It verifies with the secret hex-decoded: --secret-encoding hex");
    add(
        Some(STANDARD.encode(bytes).into_bytes()),
        "It verifies with the secret base64-encoded: the issuer uses the encoded text as the secret",
    );
    add(
        Some(URL_SAFE_NO_PAD.encode(bytes).into_bytes()),
        "It verifies with the secret base64url-encoded: the issuer uses the encoded text as the secret",
    );
    add(
        Some(hex(bytes).into_bytes()),
        "It verifies with the secret hex-encoded: the issuer uses the encoded text as the secret",
    );
    tries
}

/// Another key of the set, or one that is not allowed.
fn of_set(jws: &Jws<'_>, keys: &KeySet, algorithm: Algorithm) -> Option<String> {
    let same_family = keys.keys.iter().filter(|key| key.material.family() == algorithm.family());
    let right = same_family.take(MAX_TRIES).find(|key| verify::matches(jws, &key.material, algorithm))?;
    Some(format!("It would verify with the {}", named(right)))
}

fn named(key: &VerifyingKey) -> String {
    match &key.kid {
        Some(kid) => format!("{} of kid {kid:?}, which is not the one that may be used", key.kind()),
        None => format!("{} from {}", key.kind(), key.origin),
    }
}

/// RS/HS confusion: a public key file's text, or its DER, used as an HMAC secret (RFC 8725 section 2.1).
fn of_key_file_as_secret(jws: &Jws<'_>, keys: &KeySet, algorithm: Algorithm) -> Option<String> {
    if algorithm.family() != Family::Hmac {
        return None;
    }
    let is_file = |bytes: &[u8]| verify::matches(jws, &KeyMaterial::Hmac(Secret::new(bytes)), algorithm);
    let found = keys.files.iter().any(|file| {
        let (bytes, trimmed) = (file.expose(), file.expose().trim_ascii());
        let sections = match keyfile::open(bytes) {
            Ok(Content::Sections(sections)) => sections,
            _ => Vec::new(),
        };
        is_file(bytes)
            || is_file(trimmed)
            || is_file(&[trimmed, b"\n"].concat())
            || sections.iter().any(|section| section.der.as_deref().is_ok_and(is_file))
    });
    found.then(|| {
        "It is an HMAC made with the text of this very key file: an attack on verifiers that let the token choose the algorithm (RFC 8725 section 2.1)"
            .to_owned()
    })
}

/// ECDSA in DER, the format of X.509 and most libraries.
fn of_encoding(jws: &Jws<'_>, keys: &KeySet) -> Option<String> {
    let der = keys.keys.iter().take(MAX_TRIES).any(|key| verify::matches_as_der(jws, &key.material));
    der.then(|| {
        "The key is right, but the signature is in DER: JWS requires R and S concatenated (RFC 7518 section 3.4)"
            .to_owned()
    })
}

/// RSASSA-PSS with another salt length, or one padding under the other's name.
fn of_padding(jws: &Jws<'_>, keys: &KeySet, algorithm: Algorithm) -> Option<String> {
    let rsa = || keys.keys.iter().filter(|key| key.material.family() == Family::Rsa).take(MAX_SALT_TRIES);
    if let Some(salt) = rsa().find_map(|key| verify::other_pss_salt(jws, &key.material, algorithm)) {
        let required = algorithm.hash_len();
        return Some(format!(
            "It was signed with salt length {salt}; RFC 7518 section 3.5 requires {required} for {algorithm}"
        ));
    }
    let others = Algorithm::ALL.into_iter().filter(|other| {
        *other != algorithm && other.family() == Family::Rsa && algorithm.family() == Family::Rsa
    });
    for other in others {
        if rsa().any(|key| verify::matches(jws, &key.material, other)) {
            return Some(format!("It is a signature of {other}, and the header says {algorithm}"));
        }
    }
    None
}

/// The key in the token's own header, which anybody can create.
fn of_own_key(jws: &Jws<'_>, algorithm: Algorithm) -> Option<String> {
    let embedded = jws.header.get("jwk").and_then(Json::as_object);
    let embedded = embedded.and_then(|object| jwk::read(object, "the header").ok()).map(|key| key.material);
    if embedded.is_some_and(|material| verifies(jws, &material, algorithm)) {
        return Some(
            "It verifies with the key in its own header (jwk), which anybody can put there".to_owned(),
        );
    }
    let Some(Json::Array(chain)) = jws.header.get("x5c") else { return None };
    let der = STANDARD.decode(chain.first()?.as_str()?).ok()?;
    let material = spki::certificate_key(&der, "the header").ok()?.material;
    verifies(jws, &material, algorithm).then(|| {
        "It verifies with the certificate in its own header (x5c): give that certificate by --key if you trust it".to_owned()
    })
}

fn verifies(jws: &Jws<'_>, material: &KeyMaterial, algorithm: Algorithm) -> bool {
    let key = VerifyingKey::new(material.clone(), KeySource::Public, "the header");
    verify::verify(jws, &key) == Ok(algorithm)
}
