//! PEM files to keys: public keys, private keys (their public half), certificates (their key). The
//! kind is found out, not asked for.

use crate::jose::algorithm::Curve;
use crate::jose::key::{Material, Source, VerifyingKey};
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair};
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{Decode, Reader, SliceReader};
use x509_cert::spki::SubjectPublicKeyInfoRef;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const CURVES: [(ObjectIdentifier, Curve); 4] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), Curve::P256),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), Curve::P384),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), Curve::P521),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), Curve::Secp256k1),
];
const SIGNING: [(&EcdsaSigningAlgorithm, Curve); 4] = [
    (&signature::ECDSA_P256_SHA256_FIXED_SIGNING, Curve::P256),
    (&signature::ECDSA_P384_SHA384_FIXED_SIGNING, Curve::P384),
    (&signature::ECDSA_P521_SHA512_FIXED_SIGNING, Curve::P521),
    (&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING, Curve::Secp256k1),
];

/// Reads every section of a PEM file.
///
/// # Errors
/// With the reason, where a section is broken or none holds a key. Says nothing of a private key.
pub fn read(text: &str, origin: &str) -> Result<Vec<VerifyingKey>, String> {
    let sections = pem::parse_many(text).map_err(|_| "its PEM is damaged".to_owned())?;
    let mut keys = Vec::new();
    for section in sections {
        // What `openssl ecparam` writes before a key holds no key of its own.
        if section.tag() == "EC PARAMETERS" {
            continue;
        }
        let (material, source) = section_key(section.tag(), section.contents())
            .map_err(|why| format!("its section {:?}: {why}", section.tag()))?;
        keys.push(VerifyingKey::new(material, source, origin));
    }
    if keys.is_empty() { Err("it holds no key".to_owned()) } else { Ok(keys) }
}

fn section_key(tag: &str, der: &[u8]) -> Result<(Material, Source), String> {
    match tag {
        "PUBLIC KEY" => Ok((public_key(der)?, Source::Public)),
        "RSA PUBLIC KEY" => Ok((rsa_public_key(der)?, Source::Public)),
        "CERTIFICATE" => Ok((certificate_key(der)?, Source::Certificate)),
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => Ok((private_key(der)?, Source::Private)),
        "ENCRYPTED PRIVATE KEY" => {
            Err("it is encrypted; openssl pkey -in FILE -pubout gives the public key, which is enough"
                .to_owned())
        }
        _ => Err("it is no key and no certificate".to_owned()),
    }
}

/// The key of a certificate. The certificate itself is not judged: neither its chain nor its dates.
///
/// # Errors
/// Where it is no certificate, or its key is of an unknown kind.
pub fn certificate_key(der: &[u8]) -> Result<Material, String> {
    let certificate = x509_cert::Certificate::from_der(der).map_err(|_| "it is no X.509 certificate")?;
    use x509_cert::der::Encode;
    let spki = certificate.tbs_certificate().subject_public_key_info().to_der();
    public_key(&spki.map_err(|_| "its key cannot be read")?)
}

fn public_key(der: &[u8]) -> Result<Material, String> {
    let spki = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| "it is no SubjectPublicKeyInfo")?;
    let bits = spki.subject_public_key.as_bytes().ok_or("its key has no whole bytes")?;
    match spki.algorithm.oid {
        RSA | RSA_PSS => rsa_public_key(bits),
        EC => {
            let oid = spki.algorithm.parameters_oid().map_err(|_| "its curve is not named")?;
            let curve = CURVES.iter().find(|(known, _)| *known == oid);
            let (_, curve) = curve.ok_or("its curve is not one that JWS has")?;
            Material::ec(*curve, bits).map_err(|error| error.to_string())
        }
        ED25519 => Material::ed25519(bits).map_err(|error| error.to_string()),
        other => Err(format!("its algorithm {other} is not one that JWS has")),
    }
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 appendix A.1.1).
fn rsa_public_key(der: &[u8]) -> Result<Material, String> {
    let parse = || -> x509_cert::der::Result<(Vec<u8>, Vec<u8>)> {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|inner| {
            let (n, e) = (UintRef::decode(inner)?, UintRef::decode(inner)?);
            Ok((n.as_bytes().to_vec(), e.as_bytes().to_vec()))
        })
    };
    let (n, e) = parse().map_err(|_: x509_cert::der::Error| "it is no RSA public key")?;
    Material::rsa(&n, &e).map_err(|error| error.to_string())
}

/// PKCS#8, PKCS#1 or SEC1: whatever it is, aws-lc-rs says whether it can read it.
fn private_key(der: &[u8]) -> Result<Material, String> {
    if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
        return rsa_public_key(pair.public_key().as_ref());
    }
    for (algorithm, curve) in SIGNING {
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, der)
            .or_else(|_| EcdsaKeyPair::from_private_key_der(algorithm, der));
        if let Ok(pair) = pair {
            return Material::ec(curve, pair.public_key().as_ref()).map_err(|error| error.to_string());
        }
    }
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
        return Material::ed25519(pair.public_key().as_ref()).map_err(|error| error.to_string());
    }
    Err("it is no private key of a kind that JWS has (RSA under 2048 bits cannot be read either)".to_owned())
}
