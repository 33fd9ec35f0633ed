//! PEM files to keys: public keys, private keys (their public half), certificates (their key). The
//! kind is found out, not asked for.

use crate::jose::algorithm::{Algorithm, Curve};
use crate::jose::key::{Material, Source, VerifyingKey};
use crate::jose::private::PrivateKey;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, UintRef};
use x509_cert::der::{Decode, Encode, Reader, SliceReader};
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
/// Reads the keys of a PEM file. Of a chain of certificates the first is the one that is meant: the
/// others sign certificates, not tokens. What is no key is passed over where there is one.
///
/// # Errors
/// With the reason, where there is no key that can be used. Says nothing of a private key.
pub fn read(text: &str, origin: &str) -> Result<Vec<VerifyingKey>, String> {
    let sections = pem::parse_many(text)
        .map_err(|_| "its PEM is damaged (line ends written as \\n, or something cut off?)".to_owned())?;
    let (mut keys, mut problem) = (Vec::new(), None);
    for section in sections {
        let chained = keys.iter().any(|key: &VerifyingKey| key.source == Source::Certificate);
        if section.tag() == "CERTIFICATE" && chained {
            continue;
        }
        match section_key(&section, origin) {
            Ok(key) => keys.push(key),
            Err(why) => problem = problem.or(Some(format!("its section {:?}: {why}", section.tag()))),
        }
    }
    if keys.is_empty() { Err(problem.unwrap_or_else(|| "it holds no key".to_owned())) } else { Ok(keys) }
}

fn section_key(section: &pem::Pem, origin: &str) -> Result<VerifyingKey, String> {
    const ENCRYPTED: &str =
        "it is encrypted; openssl pkey -in FILE -pubout gives the public key, which is enough";
    let der = section.contents();
    let key = |material, source| VerifyingKey::new(material, source, origin);
    match section.tag() {
        "PUBLIC KEY" => public_key(der, Source::Public, origin),
        "RSA PUBLIC KEY" => Ok(key(rsa_public_key(der)?, Source::Public)),
        "CERTIFICATE" | "X509 CERTIFICATE" => certificate_key(der, origin),
        "ENCRYPTED PRIVATE KEY" => Err(ENCRYPTED.to_owned()),
        tag if tag.ends_with("PRIVATE KEY") && section.headers().iter().count() > 0 => {
            Err(ENCRYPTED.to_owned())
        }
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
            let public =
                PrivateKey::from_der(der).and_then(|pair| pair.public().map_err(|error| error.to_string()));
            // aws-lc-rs loads no RSA key that is too weak to sign; that it is weak is for the judge.
            let public = public.or_else(|why| rsa_private_key(der).map_err(|_| why))?;
            Ok(key(public, Source::Private))
        }
        _ => Err("it is no key and no certificate".to_owned()),
    }
}

/// The key of a certificate. The certificate itself is not judged: neither its chain nor its dates.
///
/// # Errors
/// Where it is no certificate, or its key is of an unknown kind.
pub fn certificate_key(der: &[u8], origin: &str) -> Result<VerifyingKey, String> {
    let certificate = x509_cert::Certificate::from_der(der).map_err(|_| "it is no X.509 certificate")?;
    let spki = certificate.tbs_certificate().subject_public_key_info().to_der();
    public_key(&spki.map_err(|_| "its key cannot be read")?, Source::Certificate, origin)
}

fn public_key(der: &[u8], source: Source, origin: &str) -> Result<VerifyingKey, String> {
    let spki = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| "it is no SubjectPublicKeyInfo")?;
    let bits = spki.subject_public_key.as_bytes().ok_or("its key has no whole bytes")?;
    let material = match spki.algorithm.oid {
        RSA => rsa_public_key(bits)?,
        RSA_PSS => {
            let key = VerifyingKey::new(rsa_public_key(bits)?, source, origin);
            let alg = spki.algorithm.parameters.and_then(|parameters| pss_hash(parameters.value()));
            return Ok(VerifyingKey { pss_only: true, alg, ..key });
        }
        EC => {
            let oid = spki.algorithm.parameters_oid().map_err(|_| "its curve is not named")?;
            let curve = CURVES.iter().find(|(known, _)| *known == oid);
            let (_, curve) = curve.ok_or("its curve is not one that JWS has")?;
            Material::ec(*curve, bits).map_err(|error| error.to_string())?
        }
        ED25519 => Material::ed25519(bits).map_err(|error| error.to_string())?,
        other => return Err(format!("its algorithm {other} is not one that JWS has")),
    };
    Ok(VerifyingKey::new(material, source, origin))
}

/// The one algorithm that the parameters of an RSASSA-PSS key allow, where they name a hash (RFC
/// 4055 section 3.1): the first object identifier of a SHA-2 hash in them.
fn pss_hash(parameters: &[u8]) -> Option<Algorithm> {
    // 2.16.840.1.101.3.4.2.{1,2,3}
    const SHA2: [u8; 8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
    let at = parameters.windows(SHA2.len()).position(|window| window == SHA2)?;
    match parameters.get(at + SHA2.len())? {
        1 => Some(Algorithm::PS256),
        2 => Some(Algorithm::PS384),
        3 => Some(Algorithm::PS512),
        _ => None,
    }
}

/// The public half of an RSA private key, PKCS#1 or within PKCS#8, of any size: `SEQUENCE { version,
/// modulus, publicExponent, … }` (RFC 8017 appendix A.1.2).
fn rsa_private_key(der: &[u8]) -> Result<Material, String> {
    let pkcs1 = |der: &[u8]| -> x509_cert::der::Result<(Vec<u8>, Vec<u8>)> {
        let whole = AnyRef::from_der(der)?;
        let mut inner = SliceReader::new(whole.value())?;
        UintRef::decode(&mut inner)?;
        let (n, e) = (UintRef::decode(&mut inner)?, UintRef::decode(&mut inner)?);
        Ok((n.as_bytes().to_vec(), e.as_bytes().to_vec()))
    };
    let pkcs8 = |der: &[u8]| -> x509_cert::der::Result<Vec<u8>> {
        let whole = AnyRef::from_der(der)?;
        let mut inner = SliceReader::new(whole.value())?;
        UintRef::decode(&mut inner)?;
        AnyRef::decode(&mut inner)?;
        Ok(AnyRef::decode(&mut inner)?.value().to_vec())
    };
    let parts = pkcs1(der).or_else(|_| pkcs8(der).and_then(|inner| pkcs1(&inner)));
    let (n, e) = parts.map_err(|_: x509_cert::der::Error| "it is no RSA private key")?;
    Material::rsa(&n, &e).map_err(|error| error.to_string())
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 appendix A.1.1).
pub(crate) fn rsa_public_key(der: &[u8]) -> Result<Material, String> {
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
