//! Private keys for signing, read from files in every common encoding or generated here. They are parsed
//! once, because parsing costs more than signing.

mod jwk;

use crate::jose::algorithm::{Algorithm, Curve, Family};
use crate::jose::der_outline::{Form, children, elements, unsigned};
use crate::jose::key::{
    KeyError, KeyMaterial, KeySource, RSA_MAX_BITS, RSA_MIN_BITS, VerifyingKey, bit_length,
};
use crate::jose::keyfile::{self, COPY_AGAIN, Content, KeyFileError, Section};
use crate::jose::spki;
use crate::secret::Secret;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair};
use std::fmt;
use x509_cert::der::Tagged;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};

const SIGNING: [(&EcdsaSigningAlgorithm, Curve); 4] = [
    (&signature::ECDSA_P256_SHA256_FIXED_SIGNING, Curve::P256),
    (&signature::ECDSA_P384_SHA384_FIXED_SIGNING, Curve::P384),
    (&signature::ECDSA_P521_SHA512_FIXED_SIGNING, Curve::P521),
    (&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING, Curve::Secp256k1),
];
/// Hints for keys that cannot be used as they are.
pub(crate) const CONVERT_OPENSSH: &str =
    "ssh-keygen -p -m PKCS8 -f FILE converts it in place (an Ed25519 key from OpenSSH 9.6 on)";
const DECRYPT: &str = "openssl pkey -in FILE -out key.pem decrypts it";
const MAKE: &str = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem makes one";
const MAKE_RSA: &str = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out key.pem makes one";

const PUBLIC: &str = "give the private key that belongs to it";

pub struct PrivateKey {
    pub(crate) pair: PrivateMaterial,
    /// The only algorithm that it may sign with, if it fixes one.
    alg: Option<Algorithm>,
    /// Whether it is restricted to RSASSA-PSS (RFC 4055 section 1.2).
    pss_only: bool,
}

pub(crate) enum PrivateMaterial {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair, Curve),
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

impl From<PrivateMaterial> for PrivateKey {
    fn from(pair: PrivateMaterial) -> Self {
        Self { pair, alg: None, pss_only: false }
    }
}

impl PrivateKey {
    /// Generates a key for an algorithm; RSA with 2048 bits.
    ///
    /// # Errors
    /// For HMAC, which has no key pair, or if the system has no random bytes.
    pub fn generate(algorithm: Algorithm) -> Result<Self, String> {
        let failed = |_| "the key could not be made".to_owned();
        let pair = match algorithm.family() {
            Family::Hmac => return Err("HMAC has a shared secret, not a key pair".to_owned()),
            Family::Rsa => RsaKeyPair::generate(KeySize::Rsa2048).map(PrivateMaterial::Rsa),
            Family::Ec(curve) => {
                EcdsaKeyPair::generate(signing(curve)).map(|pair| PrivateMaterial::Ec(pair, curve))
            }
            Family::Ed25519 => Ed25519KeyPair::generate().map(PrivateMaterial::Ed25519),
        };
        pair.map(Self::from).map_err(failed)
    }

    /// Reads a file: PEM or DER (PKCS#8, PKCS#1, SEC 1), or a JWK with its private members.
    ///
    /// # Errors
    /// With the actual content and the command that converts it; the file is not quoted.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let read = match keyfile::open(bytes) {
            Ok(Content::Json(json)) => {
                return Self::from_json(&json).map_err(|error| keyfile::explained(bytes, error));
            }
            Ok(Content::Sections(sections)) => Self::from_sections(&sections),
            Ok(Content::OpenSsh(_)) => {
                Err(KeyFileError::new("it is an OpenSSH public key, and holds no private key", PUBLIC))
            }
            Err(error) if error.hint.is_some() => Err(error),
            Err(error) => {
                let KeyFileError { what, hint } = keyfile::explained(bytes, error);
                let hint = hint.or(Some(MAKE.into()));
                Err(KeyFileError { what: format!("it holds no private key: {what}"), hint })
            }
        };
        read.map_err(|error| {
            let KeyFileError { what, hint } = keyfile::explained(bytes, error);
            KeyFileError { what, hint: hint.or(Some(COPY_AGAIN.into())) }
        })
    }

    /// The first usable private key; certificates and parameters next to it are ignored.
    fn from_sections(sections: &[Section]) -> Result<Self, KeyFileError> {
        let mut problem = None;
        for section in sections {
            let form = section.der.as_deref().ok().and_then(Form::of);
            let is_private = form.map_or(section.label.ends_with("PRIVATE KEY"), Form::is_private);
            if !is_private && !section.label.contains("PRIVATE KEY") {
                continue;
            }
            match Self::from_section(section) {
                Ok(key) => return Ok(key),
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        let held = sections.iter().find_map(|section| Form::of(section.der.as_deref().ok()?));
        let none = || match held {
            Some(form) => KeyFileError::new(format!("it holds no private key, but {}", form.noun()), PUBLIC),
            None => "it holds no private key, but nothing that can be read".into(),
        };
        Err(problem.unwrap_or_else(none))
    }

    fn from_section(section: &Section) -> Result<Self, KeyFileError> {
        match section.label.as_str() {
            "OPENSSH PRIVATE KEY" => {
                return Err(KeyFileError::new("it is an OpenSSH private key", CONVERT_OPENSSH));
            }
            "PGP PRIVATE KEY BLOCK" => return Err(KeyFileError::new("it is a PGP key", MAKE)),
            "ENCRYPTED PRIVATE KEY" => return Err(KeyFileError::new("it is encrypted", DECRYPT)),
            _ if section.encrypted => return Err(KeyFileError::new("it is encrypted", DECRYPT)),
            _ => {}
        }
        Self::from_der(section.der.as_deref().map_err(|why| *why)?)
    }

    /// PKCS#8, PKCS#1 or SEC 1.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, KeyFileError> {
        match Form::of(der) {
            Some(Form::PrivateKey) => Self::from_pkcs8(der),
            Some(Form::RsaPrivateKey) => rsa(der).map(Self::from),
            Some(Form::EcPrivateKey) => {
                let parts = children(der).unwrap_or_default();
                let named = parts.get(2).and_then(|part| elements(part.value())).unwrap_or_default();
                ec(der, named.first(), der).map(Self::from)
            }
            Some(Form::EncryptedPrivateKey) => Err(KeyFileError::new("it is encrypted", DECRYPT)),
            Some(Form::DsaPrivateKey) => {
                Err(KeyFileError::new("it is a key for DSA: no algorithm of JWS uses it", MAKE))
            }
            Some(form) => Err(KeyFileError::new(format!("it is {}, not a private key", form.noun()), PUBLIC)),
            None => Err("it is damaged: its base64 is not the whole of a private key".into()),
        }
    }

    /// PKCS#8, version 1 or 2, names the key's algorithm (RFC 5958 section 2).
    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFileError> {
        let damaged = || KeyFileError::from("its PKCS#8 is damaged");
        let parts = children(der).ok_or_else(damaged)?;
        let [_, algorithm, key, ..] = parts.as_slice() else { return Err(damaged()) };
        let algorithm = elements(algorithm.value()).ok_or_else(damaged)?;
        let oid = algorithm.first().and_then(|oid| ObjectIdentifier::try_from(*oid).ok());
        match oid.ok_or_else(damaged)? {
            spki::RSA => rsa(key.value()).map(Self::from),
            spki::RSA_PSS => {
                let alg = spki::pss_algorithm(algorithm.get(1).copied())
                    .map_err(|what| KeyFileError::new(what, MAKE_RSA))?;
                Ok(Self { alg, pss_only: true, ..Self::from(rsa(key.value())?) })
            }
            spki::EC => ec(der, algorithm.get(1), key.value()).map(Self::from),
            spki::ED25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
                .map(|pair| PrivateMaterial::Ed25519(pair).into())
                .map_err(|_| "its two halves do not belong together, or it is damaged".into()),
            other => Err(KeyFileError::new(spki::unknown(other), MAKE)),
        }
    }

    /// The default algorithm: the one that the key fixes, or else the usual one of its kind.
    #[must_use]
    pub fn natural_algorithm(&self) -> Algorithm {
        match (&self.pair, self.alg) {
            (_, Some(alg)) => alg,
            (PrivateMaterial::Rsa(_), None) if self.pss_only => Algorithm::PS256,
            (PrivateMaterial::Rsa(_), None) => Algorithm::RS256,
            (PrivateMaterial::Ec(_, Curve::P256), None) => Algorithm::ES256,
            (PrivateMaterial::Ec(_, Curve::P384), None) => Algorithm::ES384,
            (PrivateMaterial::Ec(_, Curve::P521), None) => Algorithm::ES512,
            (PrivateMaterial::Ec(_, Curve::Secp256k1), None) => Algorithm::ES256K,
            (PrivateMaterial::Ed25519(_), None) => Algorithm::EdDSA,
        }
    }

    /// The key as PKCS#8 (RFC 5958, version 1, which every reader accepts).
    ///
    /// # Errors
    /// If the cryptography library refuses.
    pub fn pkcs8(&self) -> Result<Secret, &'static str> {
        let refused = |_| "the key could not be written";
        match &self.pair {
            PrivateMaterial::Rsa(pair) => {
                let der: Result<Pkcs8V1Der<'_>, _> = pair.as_der();
                der.map(|der| Secret::new(der.as_ref())).map_err(refused)
            }
            PrivateMaterial::Ec(pair, _) => {
                pair.to_pkcs8v1().map(|der| Secret::new(der.as_ref())).map_err(refused)
            }
            PrivateMaterial::Ed25519(pair) => {
                pair.to_pkcs8v1().map(|der| Secret::new(der.as_ref())).map_err(refused)
            }
        }
    }

    /// The same as PEM, with the label of its actual kind.
    ///
    /// # Errors
    /// As [`PrivateKey::pkcs8`].
    pub fn pkcs8_pem(&self) -> Result<Secret, &'static str> {
        let der = self.pkcs8()?;
        Ok(Secret::new(pem::encode(&pem::Pem::new("PRIVATE KEY", der.expose()))))
    }

    /// The RFC 7638 thumbprint of its public half.
    ///
    /// # Errors
    /// As [`PrivateKey::public`].
    pub fn thumbprint(&self) -> Result<Option<String>, KeyError> {
        Ok(VerifyingKey::new(self.public()?, KeySource::Private, "a private key").thumbprint())
    }

    ///
    /// # Errors
    /// If its public half cannot verify, for example with an RSA exponent of one.
    pub fn public(&self) -> Result<KeyMaterial, KeyError> {
        match &self.pair {
            PrivateMaterial::Rsa(pair) => {
                let parts = children(pair.public_key().as_ref()).unwrap_or_default();
                let numbers = unsigned(parts.first()).zip(unsigned(parts.get(1)));
                let (n, e) =
                    numbers.ok_or_else(|| KeyError::Rsa("its public half cannot be read".to_owned()))?;
                KeyMaterial::rsa(&n, &e)
            }
            PrivateMaterial::Ec(pair, curve) => KeyMaterial::ec(*curve, pair.public_key().as_ref()),
            PrivateMaterial::Ed25519(pair) => KeyMaterial::ed25519(pair.public_key().as_ref()),
        }
    }

    /// The public half, with the private key's restrictions.
    ///
    /// # Errors
    /// As [`PrivateKey::public`].
    pub fn verifying_key(&self, origin: &str) -> Result<VerifyingKey, String> {
        let public = self.public().map_err(|error| error.to_string())?;
        let key = VerifyingKey::new(public, KeySource::Private, origin);
        Ok(VerifyingKey { alg: self.alg, pss_only: self.pss_only, ..key })
    }
}

fn rsa(pkcs1: &[u8]) -> Result<PrivateMaterial, KeyFileError> {
    if let Ok(pair) = RsaKeyPair::from_der(pkcs1) {
        return Ok(PrivateMaterial::Rsa(pair));
    }
    let bits = rsa_numbers(pkcs1).map_or(0, |(n, _)| bit_length(&n));
    Err(match bits {
        0 => "it is damaged, or not an RSA private key".into(),
        bits if bits < RSA_MIN_BITS => KeyFileError::new(
            format!("it is an RSA key of {bits} bits: JWS needs {RSA_MIN_BITS} (RFC 7518 section 3.3)"),
            MAKE_RSA,
        ),
        bits if bits > RSA_MAX_BITS => KeyFileError::new(
            format!("it is an RSA key of {bits} bits; more than {RSA_MAX_BITS} are not supported"),
            MAKE_RSA,
        ),
        _ => "it is damaged: its numbers do not make an RSA private key".into(),
    })
}

/// Parses PKCS#8 or SEC 1, which need not name its curve. `parameters` are the curve's, `sec1` is the inner
/// ECPrivateKey.
fn ec(der: &[u8], parameters: Option<&AnyRef<'_>>, sec1: &[u8]) -> Result<PrivateMaterial, KeyFileError> {
    let read = |(algorithm, curve): (&'static EcdsaSigningAlgorithm, Curve)| {
        EcdsaKeyPair::from_private_key_der(algorithm, der).ok().map(|pair| PrivateMaterial::Ec(pair, curve))
    };
    if let Some(pair) = SIGNING.into_iter().find_map(read) {
        return Ok(pair);
    }
    // aws-lc-rs supports few forms of explicit parameters.
    let curve = spki::curve(parameters).map_err(|what| KeyFileError::new(what, MAKE))?;
    ec_of_parts(sec1, curve)
        .ok_or_else(|| KeyFileError::new("it is not an EC private key, or its halves do not match", MAKE))
}

/// The private scalar of an ECPrivateKey on a curve, with its public half (RFC 5915 section 3).
fn ec_of_parts(sec1: &[u8], curve: Curve) -> Option<PrivateMaterial> {
    let parts = children(sec1)?;
    let number = parts.get(1)?.value();
    let length = u8::try_from(number.len()).ok().filter(|length| *length < 100)?;
    let bare = [&[0x30, length + 5, 2, 1, 1, 4, length], number].concat();
    let pair = EcdsaKeyPair::from_private_key_der(signing(curve), &bare).ok()?;
    let beside =
        parts.iter().find(|part| part.tag().number().value() == 1 && part.tag().is_context_specific());
    if let Some(beside) = beside {
        // A BIT STRING without unused bits.
        let point = elements(beside.value())?.first()?.value().strip_prefix(&[0])?.to_vec();
        let (beside, ours) =
            (KeyMaterial::ec(curve, &point), KeyMaterial::ec(curve, pair.public_key().as_ref()));
        if beside.ok()?.point() != ours.ok()?.point() {
            return None;
        }
    }
    Some(PrivateMaterial::Ec(pair, curve))
}

/// Modulus and exponent of an RSA private key of any size, PKCS#1 or inside PKCS#8 (RFC 8017 appendix
/// A.1.2).
pub(crate) fn rsa_numbers(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let parts = children(der)?;
    match Form::of(der)? {
        Form::PrivateKey => rsa_numbers(parts.get(2)?.value()),
        Form::RsaPrivateKey => unsigned(parts.get(1)).zip(unsigned(parts.get(2))),
        _ => None,
    }
}

fn signing(curve: Curve) -> &'static EcdsaSigningAlgorithm {
    match curve {
        Curve::P256 => SIGNING[0].0,
        Curve::P384 => SIGNING[1].0,
        Curve::P521 => SIGNING[2].0,
        Curve::Secp256k1 => SIGNING[3].0,
    }
}

#[cfg(test)]
#[path = "private_tests.rs"]
mod tests;
