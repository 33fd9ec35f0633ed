//! Public keys in DER: SubjectPublicKeyInfo, PKCS#1, and certificates. The parameters of EC and RSASSA-PSS
//! keys are checked.

use crate::jose::algorithm::{Algorithm, Curve};
use crate::jose::der_outline::{algorithm_name, children, elements, unsigned};
use crate::jose::digest::unhex;
use crate::jose::key::{KeyMaterial, KeySource, VerifyingKey};
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{Decode, Encode, SliceReader, Tag, Tagged};
use x509_cert::spki::SubjectPublicKeyInfoRef;

pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
pub(crate) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const CURVES: [(ObjectIdentifier, Curve); 4] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), Curve::P256),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), Curve::P384),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), Curve::P521),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), Curve::Secp256k1),
];
/// Generator (uncompressed) and order of each curve, in hexadecimal, for explicit parameters.
const GENERATORS: [(Curve, &[u8], &[u8]); 4] = [
    (
        Curve::P256,
        b"046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    ),
    (
        Curve::P384,
        b"04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        b"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ),
    (
        Curve::P521,
        b"0400c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        b"01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    ),
    (
        Curve::Secp256k1,
        b"0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
        b"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    ),
];
const SHA2: [(ObjectIdentifier, Algorithm); 3] = [
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"), Algorithm::PS256),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"), Algorithm::PS384),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"), Algorithm::PS512),
];

///
/// # Errors
/// If it is not a key that can verify.
pub fn read(der: &[u8], source: KeySource, origin: &str) -> Result<VerifyingKey, String> {
    let spki = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| "it is not a SubjectPublicKeyInfo")?;
    let bits = spki.subject_public_key.as_bytes().ok_or("its key has stray bits")?;
    let parameters = spki.algorithm.parameters;
    let material = match spki.algorithm.oid {
        RSA => rsa_public_key(bits)?,
        RSA_PSS => {
            let key = VerifyingKey::new(rsa_public_key(bits)?, source, origin);
            return Ok(VerifyingKey { pss_only: true, alg: pss_algorithm(parameters)?, ..key });
        }
        EC => ec(parameters, bits)?,
        ED25519 => KeyMaterial::ed25519(bits).map_err(|error| error.to_string())?,
        other => return Err(unknown(other)),
    };
    Ok(VerifyingKey::new(material, source, origin))
}

/// The key of a certificate. Neither its chain nor its dates are checked.
///
/// # Errors
/// If it is not a certificate, or its key is of an unknown kind.
pub fn certificate_key(der: &[u8], origin: &str) -> Result<VerifyingKey, String> {
    // OpenSSL's TRUSTED CERTIFICATE has data after the certificate.
    let mut reader = SliceReader::new(der).map_err(|_| "it is not an X.509 certificate")?;
    let certificate =
        x509_cert::Certificate::decode(&mut reader).map_err(|_| "it is not an X.509 certificate")?;
    let spki = certificate.tbs_certificate().subject_public_key_info().to_der();
    read(&spki.map_err(|_| "its key cannot be read")?, KeySource::Certificate, origin)
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 appendix A.1.1).
pub(crate) fn rsa_public_key(der: &[u8]) -> Result<KeyMaterial, String> {
    let parts = children(der).filter(|parts| parts.len() == 2).unwrap_or_default();
    let (n, e) = unsigned(parts.first()).zip(unsigned(parts.get(1))).ok_or("it is not an RSA public key")?;
    KeyMaterial::rsa(&n, &e).map_err(|error| error.to_string())
}

/// Why a key of another algorithm is unusable.
pub(crate) fn unknown(oid: ObjectIdentifier) -> String {
    format!("it is a key for {}: no algorithm of JWS uses it", algorithm_name(oid))
}

/// The curve is named, or explicit parameters that equal a named one (RFC 3279 section 2.3.5).
fn ec(parameters: Option<AnyRef<'_>>, point: &[u8]) -> Result<KeyMaterial, String> {
    KeyMaterial::ec(curve(parameters.as_ref())?, point).map_err(|error| error.to_string())
}

/// The curve in the parameters, named or explicit.
pub(crate) fn curve(parameters: Option<&AnyRef<'_>>) -> Result<Curve, String> {
    let parameters = parameters.ok_or("its curve is not named")?;
    if parameters.tag() == Tag::Sequence {
        let found = written_out(parameters);
        return found.ok_or_else(|| "its curve is written out, and is not one that JWS has".to_owned());
    }
    let oid = ObjectIdentifier::try_from(*parameters).map_err(|_| "its curve is not named")?;
    let known = CURVES.iter().find(|(known, _)| *known == oid).map(|(_, curve)| *curve);
    known.ok_or_else(|| format!("its curve is {}, which is not one that JWS has", algorithm_name(oid)))
}

/// Recognises `SpecifiedECDomain ::= SEQUENCE { version, fieldID, curve, base, order, … }` (SEC 1 appendix
/// C.2). It is only compared; the named curve is used.
fn written_out(parameters: &AnyRef<'_>) -> Option<Curve> {
    let parts = elements(parameters.value())?;
    let (base, order) = (parts.get(3)?.value(), unsigned(parts.get(4))?);
    let is_it = |(curve, generator, known): &&(Curve, &[u8], &[u8])| {
        let base = KeyMaterial::ec(*curve, base).ok();
        let generator = unhex(generator).and_then(|generator| KeyMaterial::ec(*curve, &generator).ok());
        let same_base =
            base.zip(generator).is_some_and(|(base, generator)| base.point() == generator.point());
        same_base && unhex(known).is_some_and(|known| without_zeros(&known) == without_zeros(&order))
    };
    GENERATORS.iter().find(is_it).map(|(curve, ..)| *curve)
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// The only algorithm that an RSASSA-PSS key's parameters allow; `None` if there are none (RFC 4055
/// sections 1.2 and 3.1).
pub(crate) fn pss_algorithm(parameters: Option<AnyRef<'_>>) -> Result<Option<Algorithm>, String> {
    let Some(parameters) = parameters.filter(|parameters| parameters.tag() != Tag::Null) else {
        return Ok(None);
    };
    let (mut hash, mut mask, mut salt) = (None, None, 20);
    for part in elements(parameters.value()).ok_or("its PSS parameters cannot be read")? {
        let inner = elements(part.value()).unwrap_or_default();
        match part.tag().number().value() {
            0 => hash = inner.first().and_then(sha2),
            1 => mask = inner.first().and_then(mgf1),
            2 => salt = unsigned(inner.first()).and_then(|bytes| small(&bytes)).unwrap_or(usize::MAX),
            _ => {}
        }
    }
    // The defaults of omitted fields are SHA-1 and 20.
    let hash = hash.ok_or("it is for RSASSA-PSS with SHA-1, which JWS does not have")?;
    if mask != Some(hash) {
        return Err("its PSS parameters have another hash in MGF1: JWS has one for both".to_owned());
    }
    if salt > hash.hash_len() {
        let needed = hash.hash_len();
        return Err(format!("its PSS parameters want a longer salt than the {needed} bytes of {hash}"));
    }
    Ok(Some(hash))
}

fn sha2(algorithm: &AnyRef<'_>) -> Option<Algorithm> {
    let oid = ObjectIdentifier::try_from(*elements(algorithm.value())?.first()?).ok()?;
    SHA2.iter().find(|(known, _)| *known == oid).map(|(_, algorithm)| *algorithm)
}

fn mgf1(algorithm: &AnyRef<'_>) -> Option<Algorithm> {
    let parts = elements(algorithm.value())?;
    let oid = ObjectIdentifier::try_from(*parts.first()?).ok()?;
    parts.get(1).filter(|_| oid == MGF1).and_then(sha2)
}

fn small(bytes: &[u8]) -> Option<usize> {
    let is_small = bytes.len() <= 2;
    is_small.then(|| bytes.iter().fold(0, |value, byte| value * 256 + usize::from(*byte)))
}
