//! Verifies that a key signed these exact bytes. Cryptography is jsonwebtoken's over aws-lc-rs, or
//! aws-lc-rs directly for algorithms that jsonwebtoken lacks. Checks that both omit are made first.

use crate::jose::algorithm::{Algorithm, Curve};
use crate::jose::compact::Jws;
use crate::jose::key::{self, KeyMaterial, RSA_MAX_BITS, RSA_MIN_BITS, VerifyingKey};
use crate::json::Json;
use aws_lc_rs::signature::{
    self, ParsedPublicKey, RsaParameters, RsaPssSaltLength, RsaPublicKeyComponents, VerificationAlgorithm,
};
use jsonwebtoken::DecodingKey;

/// Why a signature is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The header has no `alg`, or one that is not a string.
    #[error("the header names no alg")]
    NoAlgorithm,
    /// `none`, in any case.
    #[error("alg is {0:?}: the token is not signed")]
    Unsigned(String),
    /// An unsupported algorithm.
    #[error("alg {0:?} is not supported")]
    Unsupported(String),
    #[error("the signature is empty")]
    Empty,
    /// A part is not valid base64url; the text names it.
    #[error("{0}")]
    Encoding(String),
    /// The key is not allowed for the token's algorithm.
    #[error("{0}")]
    Misfit(String),
    #[error("{0}")]
    WeakKey(String),
    /// The signature is by another key, or the bytes were changed.
    #[error("the signature does not match: another key signed it, or it was changed")]
    Mismatch,
}

/// The algorithm in the header, if it is supported.
///
/// # Errors
/// If it is missing, `none`, or not supported.
pub fn algorithm(jws: &Jws<'_>) -> Result<Algorithm, VerifyError> {
    let name = jws.header_str("alg").ok_or(VerifyError::NoAlgorithm)?;
    if name.eq_ignore_ascii_case("none") {
        return Err(VerifyError::Unsigned(name.to_owned()));
    }
    name.parse().map_err(|_| VerifyError::Unsupported(name.to_owned()))
}

/// Checks for defects with which no key can verify the signature.
///
/// # Errors
/// For an unsigned token, an empty signature, or invalid base64url.
pub fn precheck(jws: &Jws<'_>) -> Result<Algorithm, VerifyError> {
    let algorithm = algorithm(jws)?;
    if let Some(defect) = jws.defects.first() {
        return Err(VerifyError::Encoding(defect.sentence()));
    }
    if jws.signature.is_empty() {
        return Err(VerifyError::Empty);
    }
    // Unencoded payloads have another signing input, which is not supported.
    if is_unencoded(jws) {
        return Err(VerifyError::Encoding("b64: false (RFC 7797) is not supported".to_owned()));
    }
    Ok(algorithm)
}

/// Whether `b64` is present and not `true` (RFC 7797).
#[must_use]
pub fn is_unencoded(jws: &Jws<'_>) -> bool {
    jws.header.get("b64").is_some_and(|b64| *b64 != Json::Bool(true))
}

/// Verifies the signature over the bytes as received (RFC 7515 section 5.2).
///
/// # Errors
/// [`VerifyError`] says why it is invalid.
pub fn verify(jws: &Jws<'_>, key: &VerifyingKey) -> Result<Algorithm, VerifyError> {
    let algorithm = precheck(jws)?;
    if let Some(why) = key.misfit(algorithm) {
        return Err(VerifyError::Misfit(why));
    }
    check_strength(&key.material, algorithm)?;
    if matches(jws, &key.material, algorithm) { Ok(algorithm) } else { Err(VerifyError::Mismatch) }
}

/// Why a public key can verify no signature of any algorithm; `None` if it can.
#[must_use]
pub fn never_verifies(key: &VerifyingKey) -> Option<String> {
    let refusal = |algorithm: Algorithm| {
        key.misfit(algorithm)
            .or_else(|| check_strength(&key.material, algorithm).err().map(|error| error.to_string()))
    };
    let family = || Algorithm::ALL.into_iter().filter(|one| one.family() == key.material.family());
    if family().any(|algorithm| refusal(algorithm).is_none()) {
        return None;
    }
    // Its own alg gives the most precise reason.
    key.alg.or_else(|| family().next()).and_then(refusal)
}

#[cfg(test)]
thread_local! {
    /// The signature checks of this thread, for tests of equal work.
    pub(crate) static CHECKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts a check that costs a verification: an RSA key rejects a signature of another length at once.
#[cfg(test)]
fn count(material: &KeyMaterial, signature: usize) {
    if !matches!(material, KeyMaterial::Rsa { n, .. } if n.len() != signature) {
        CHECKS.set(CHECKS.get() + 1);
    }
}

/// Whether the material, strong or weak, signed these bytes. Checks nothing else.
#[must_use]
pub fn matches(jws: &Jws<'_>, material: &KeyMaterial, algorithm: Algorithm) -> bool {
    #[cfg(test)]
    count(material, jws.signature.len());
    let (message, signature) = (jws.signing_input(), jws.signature.as_slice());
    let key = match material {
        KeyMaterial::Hmac(secret) => DecodingKey::from_secret(secret.expose()),
        KeyMaterial::Rsa { n, e } => DecodingKey::from_rsa_raw_components(n, e),
        KeyMaterial::Ec { curve: curve @ (Curve::P521 | Curve::Secp256k1), point } => {
            return asymmetric(key::fixed(*curve), point, message, signature);
        }
        KeyMaterial::Ec { point, .. } => DecodingKey::from_ec_der(point),
        KeyMaterial::Ed25519(bytes) => DecodingKey::from_ed_der(bytes),
    };
    let Some(backend) = backend(algorithm) else { return false };
    let encoded = &jws.token[jws.signing_input().len() + 1..];
    jsonwebtoken::crypto::verify(encoded, message, &key, backend).unwrap_or(false)
}

/// Whether an ECDSA signature would verify as DER, the format of other protocols, instead of the R‖S of RFC
/// 7518 section 3.4.
#[must_use]
pub fn matches_as_der(jws: &Jws<'_>, material: &KeyMaterial) -> bool {
    let KeyMaterial::Ec { curve, point } = material else { return false };
    let der: &'static dyn VerificationAlgorithm = match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_ASN1,
        Curve::P384 => &signature::ECDSA_P384_SHA384_ASN1,
        Curve::P521 => &signature::ECDSA_P521_SHA512_ASN1,
        Curve::Secp256k1 => &signature::ECDSA_P256K1_SHA256_ASN1,
    };
    asymmetric(der, point, jws.signing_input(), &jws.signature)
}

/// The salt length in bytes with which an RSASSA-PSS signature would verify, if it differs from the hash
/// length that RFC 7518 section 3.5 requires.
#[must_use]
pub fn other_pss_salt(jws: &Jws<'_>, material: &KeyMaterial, algorithm: Algorithm) -> Option<u16> {
    let KeyMaterial::Rsa { n, e } = material else { return None };
    let parameters: fn(RsaPssSaltLength) -> RsaParameters = match algorithm {
        Algorithm::PS256 => |salt| signature::RSA_PSS_2048_8192_SHA256.with_pss_salt_length(salt),
        Algorithm::PS384 => |salt| signature::RSA_PSS_2048_8192_SHA384.with_pss_salt_length(salt),
        Algorithm::PS512 => |salt| signature::RSA_PSS_2048_8192_SHA512.with_pss_salt_length(salt),
        _ => return None,
    };
    let key = RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() };
    let holds = |salt: &u16| {
        let parameters = parameters(RsaPssSaltLength::Custom(*salt));
        key.verify(&parameters, jws.signing_input(), &jws.signature).is_ok()
    };
    // The padding takes the hash and two more bytes of the modulus (RFC 8017 section 9.1.1).
    let longest = u16::try_from(n.len().saturating_sub(algorithm.hash_len() + 2)).ok()?;
    // The common lengths first: none, SHA-1's, other hashes', and the longest.
    [0, 20, 32, 48, 64, longest].into_iter().chain(1..longest).find(holds)
}

fn asymmetric(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    ParsedPublicKey::new(algorithm, key).is_ok_and(|key| key.verify_sig(message, signature).is_ok())
}

/// HMAC keys must be as long as the hash (RFC 7518 section 3.2), RSA keys 2048 bits (section 3.3).
fn check_strength(material: &KeyMaterial, algorithm: Algorithm) -> Result<(), VerifyError> {
    let weak = match material {
        KeyMaterial::Hmac(secret) if secret.len() < algorithm.hash_len() => format!(
            "the HMAC secret has {} bits, {algorithm} needs at least {} (RFC 7518 section 3.2)",
            secret.len() * 8,
            algorithm.hash_len() * 8
        ),
        KeyMaterial::Rsa { .. } => match material.rsa_bits() {
            bits if bits < RSA_MIN_BITS => {
                format!(
                    "the RSA key has {bits} bits, {algorithm} needs at least {RSA_MIN_BITS} (RFC 7518 section 3.3)"
                )
            }
            bits if bits > RSA_MAX_BITS => {
                format!("the RSA key has {bits} bits; more than {RSA_MAX_BITS} are not supported")
            }
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    Err(VerifyError::WeakKey(weak))
}

/// jsonwebtoken's name of the algorithm, if it supports it.
fn backend(algorithm: Algorithm) -> Option<jsonwebtoken::Algorithm> {
    use jsonwebtoken::Algorithm as Theirs;
    Some(match algorithm {
        Algorithm::HS256 => Theirs::HS256,
        Algorithm::HS384 => Theirs::HS384,
        Algorithm::HS512 => Theirs::HS512,
        Algorithm::RS256 => Theirs::RS256,
        Algorithm::RS384 => Theirs::RS384,
        Algorithm::RS512 => Theirs::RS512,
        Algorithm::PS256 => Theirs::PS256,
        Algorithm::PS384 => Theirs::PS384,
        Algorithm::PS512 => Theirs::PS512,
        Algorithm::ES256 => Theirs::ES256,
        Algorithm::ES384 => Theirs::ES384,
        Algorithm::EdDSA | Algorithm::Ed25519 => Theirs::EdDSA,
        Algorithm::ES512 | Algorithm::ES256K => return None,
    })
}
