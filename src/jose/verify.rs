//! One question, one answer: did this key sign these very bytes? The cryptography is
//! jsonwebtoken's over aws-lc-rs; what it does not check (platform notes) is checked before.

use crate::jose::algorithm::Algorithm;
use crate::jose::compact::Jws;
use crate::jose::key::{Material, VerifyingKey};
use jsonwebtoken::DecodingKey;

/// Why a signature does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The header names no algorithm, or none as a string.
    #[error("the header names no alg")]
    NoAlgorithm,
    /// `none`, in whatever case.
    #[error("alg is {0:?}: the token is not signed")]
    Unsigned(String),
    /// An algorithm that is not in our list.
    #[error("alg {0:?} is not supported")]
    Unsupported(String),
    /// There is no signature.
    #[error("the signature is empty")]
    Empty,
    /// A part is not proper base64url; the sentence names it.
    #[error("{0}")]
    Encoding(String),
    /// The key cannot be used with the token's algorithm.
    #[error("alg is {alg}, which a key of this kind cannot verify ({key})")]
    WrongKind {
        /// The token's algorithm.
        alg: Algorithm,
        /// The key's kind.
        key: String,
    },
    /// The key is too short for the algorithm.
    #[error("{0}")]
    WeakKey(String),
    /// The signature is by another key, or the bytes were changed.
    #[error("the signature does not match: another key signed it, or it was changed")]
    Mismatch,
}

/// The algorithm that the header names, if it is one that can be verified at all.
///
/// # Errors
/// Where it names none, `none`, or one that is not supported.
pub fn algorithm(jws: &Jws<'_>) -> Result<Algorithm, VerifyError> {
    let name = jws.header_str("alg").ok_or(VerifyError::NoAlgorithm)?;
    if name.eq_ignore_ascii_case("none") {
        return Err(VerifyError::Unsigned(name.to_owned()));
    }
    name.parse().map_err(|_| VerifyError::Unsupported(name.to_owned()))
}

/// What is wrong with the signature whatever the key.
///
/// # Errors
/// For an unsigned token, an empty signature, or letters that are not base64url.
pub fn precheck(jws: &Jws<'_>) -> Result<Algorithm, VerifyError> {
    let algorithm = algorithm(jws)?;
    if let Some(defect) = jws.defects.first() {
        return Err(VerifyError::Encoding(defect.sentence()));
    }
    if jws.signature.is_empty() {
        return Err(VerifyError::Empty);
    }
    Ok(algorithm)
}

/// Verifies the signature over the bytes as received (RFC 7515 section 5.2).
///
/// # Errors
/// [`VerifyError`] says why not.
pub fn verify(jws: &Jws<'_>, key: &VerifyingKey) -> Result<Algorithm, VerifyError> {
    let algorithm = precheck(jws)?;
    if !key.fits(algorithm) {
        return Err(VerifyError::WrongKind { alg: algorithm, key: key.kind() });
    }
    check_strength(key, algorithm)?;
    let Material::Hmac(secret) = &key.material;
    let decoding_key = DecodingKey::from_secret(secret.expose());
    let signature = &jws.token[jws.signing_input().len() + 1..];
    let verified =
        jsonwebtoken::crypto::verify(signature, jws.signing_input(), &decoding_key, backend(algorithm)?);
    if verified.unwrap_or(false) { Ok(algorithm) } else { Err(VerifyError::Mismatch) }
}

/// An HMAC key is at least as long as the hash (RFC 7518 section 3.2).
fn check_strength(key: &VerifyingKey, algorithm: Algorithm) -> Result<(), VerifyError> {
    let Material::Hmac(secret) = &key.material;
    if secret.len() >= algorithm.hash_len() {
        return Ok(());
    }
    Err(VerifyError::WeakKey(format!(
        "the HMAC secret has {} bits, {algorithm} needs at least {} (RFC 7518 section 3.2)",
        secret.len() * 8,
        algorithm.hash_len() * 8
    )))
}

fn backend(algorithm: Algorithm) -> Result<jsonwebtoken::Algorithm, VerifyError> {
    match algorithm {
        Algorithm::HS256 => Ok(jsonwebtoken::Algorithm::HS256),
        Algorithm::HS384 => Ok(jsonwebtoken::Algorithm::HS384),
        Algorithm::HS512 => Ok(jsonwebtoken::Algorithm::HS512),
        other => Err(VerifyError::Unsupported(other.name().to_owned())),
    }
}
