//! Extracts public keys from key files: public keys, private keys (their public half), certificates (their
//! key). The kind is detected.

use crate::jose::der_outline::Form;
use crate::jose::key::{KeyMaterial, KeySource, RSA_MAX_BITS, RSA_MIN_BITS, VerifyingKey, bit_length};
use crate::jose::keyfile::{KeyFileError, SIGN_REQUEST, Section, UNPACK_PKCS7};
use crate::jose::private::{CONVERT_OPENSSH, PrivateKey, rsa_numbers};
use crate::jose::spki;

const ENCRYPTED: &str = "openssl pkey -in FILE -pubout writes the public key, which is enough";

/// Reads the keys of a file's sections. Of a certificate chain only the first counts: the others sign
/// certificates, not tokens. Other sections are skipped if there is a key.
///
/// # Errors
/// The reason, if no key is usable. Private keys are not quoted.
pub(crate) fn read(sections: &[Section], origin: &str) -> Result<Vec<VerifyingKey>, KeyFileError> {
    let (mut keys, mut problem) = (Vec::new(), None);
    for section in sections {
        let chained = keys.iter().any(|key: &VerifyingKey| key.source == KeySource::Certificate);
        if section.label.ends_with("CERTIFICATE") && chained {
            continue;
        }
        match section_key(section, origin) {
            Ok(key) => keys.push(key),
            Err(error) => {
                let what = format!("its section {:?}: {}", section.label, error.what);
                problem = problem.or(Some(KeyFileError { what, ..error }));
            }
        }
    }
    if keys.is_empty() { Err(problem.unwrap_or_else(|| "it holds no key".into())) } else { Ok(keys) }
}

fn section_key(section: &Section, origin: &str) -> Result<VerifyingKey, KeyFileError> {
    if section.encrypted || section.label == "ENCRYPTED PRIVATE KEY" {
        return Err(KeyFileError::new("it is encrypted", ENCRYPTED));
    }
    if section.label == "OPENSSH PRIVATE KEY" {
        return Err(KeyFileError::new("it is an OpenSSH private key", CONVERT_OPENSSH));
    }
    let der = section.der.as_deref().map_err(|why| *why)?;
    // Labels are often wrong.
    match Form::of(der) {
        Some(Form::PublicKey) => Ok(spki::read(der, KeySource::Public, origin)?),
        Some(Form::RsaPublicKey) => {
            Ok(VerifyingKey::new(spki::rsa_public_key(der)?, KeySource::Public, origin))
        }
        Some(Form::EncryptedPrivateKey) => Err(KeyFileError::new("it is encrypted", ENCRYPTED)),
        Some(Form::PrivateKey | Form::RsaPrivateKey | Form::EcPrivateKey | Form::DsaPrivateKey) => {
            private_half(der, origin)
        }
        Some(Form::CertificateRequest) => {
            let what = "it is a certificate signing request, not a certificate";
            Err(KeyFileError::new(what, SIGN_REQUEST))
        }
        Some(Form::Pkcs7) => Err(KeyFileError::new("it is a PKCS#7 bundle", UNPACK_PKCS7)),
        _ if section.label.ends_with("CERTIFICATE") => Ok(spki::certificate_key(der, origin)?),
        _ if section.label.ends_with("PUBLIC KEY") => Err("it is not a SubjectPublicKeyInfo".into()),
        _ if section.label.ends_with("PRIVATE KEY") => Err("it is not a private key".into()),
        _ => Err("it is neither a key nor a certificate".into()),
    }
}

fn private_half(der: &[u8], origin: &str) -> Result<VerifyingKey, KeyFileError> {
    match PrivateKey::from_der(der).and_then(|pair| Ok(pair.verifying_key(origin)?)) {
        Ok(key) => Ok(key),
        // aws-lc-rs rejects weak RSA private keys; the judge reports that they are weak.
        Err(error) => {
            let fits = |(n, _): &(Vec<u8>, Vec<u8>)| (RSA_MIN_BITS..=RSA_MAX_BITS).contains(&bit_length(n));
            let (n, e) = rsa_numbers(der).filter(|numbers| !fits(numbers)).ok_or(error)?;
            let material = KeyMaterial::rsa(&n, &e).map_err(|error| error.to_string())?;
            Ok(VerifyingKey::new(material, KeySource::Private, origin))
        }
    }
}
