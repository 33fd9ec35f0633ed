//! Recognises the kind of key or certificate in DER by its outline, before it is parsed. Validates nothing.

use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{Decode, Reader, SliceReader, Tag, Tagged};

/// The kinds of DER in key files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    PublicKey,
    /// RSAPublicKey (PKCS#1, RFC 8017 appendix A.1.1).
    RsaPublicKey,
    /// An X.509 certificate.
    Certificate,
    /// A private key (PKCS#8, RFC 5958 section 2).
    PrivateKey,
    /// An encrypted private key (RFC 5958 section 3).
    EncryptedPrivateKey,
    /// RSAPrivateKey (PKCS#1, RFC 8017 appendix A.1.2).
    RsaPrivateKey,
    /// ECPrivateKey (SEC 1, RFC 5915 section 3).
    EcPrivateKey,
    /// A DSA private key in OpenSSL's format.
    DsaPrivateKey,
    /// A PKCS#12 store (RFC 7292 section 4).
    Pkcs12,
    /// A PKCS#7 or CMS bundle (RFC 5652 section 3).
    Pkcs7,
    /// A certificate signing request (PKCS#10, RFC 2986 section 4.2).
    CertificateRequest,
}

impl Form {
    /// The kind of these bytes; `None` if unknown.
    #[must_use]
    pub fn of(der: &[u8]) -> Option<Self> {
        use Tag::{BitString, Integer, ObjectIdentifier as Oid, OctetString, Sequence};
        let parts = children(der)?;
        let tags: Vec<Tag> = parts.iter().take(10).map(Tagged::tag).collect();
        let number = parts.first().filter(|part| part.tag() == Integer).map(|part| part.value());
        let begins_with_oid = |at: usize| parts.get(at).and_then(begins_with) == Some(Oid);
        match tags.as_slice() {
            [Sequence, BitString] if begins_with_oid(0) => Some(Self::PublicKey),
            [Sequence, OctetString] if begins_with_oid(0) => Some(Self::EncryptedPrivateKey),
            [Sequence, Sequence, BitString] if begins_with_oid(1) && is_request(&parts[0]) => {
                Some(Self::CertificateRequest)
            }
            [Sequence, Sequence, BitString] if begins_with_oid(1) => Some(Self::Certificate),
            [Oid, Tag::ContextSpecific { constructed: true, .. }] => Some(Self::Pkcs7),
            [Integer, Integer] => Some(Self::RsaPublicKey),
            [Integer, Sequence, OctetString, ..] if begins_with_oid(1) => Some(Self::PrivateKey),
            [Integer, Sequence, ..] if begins_with_oid(1) && number == Some(&[3]) => Some(Self::Pkcs12),
            [Integer, OctetString, ..] if number == Some(&[1]) => Some(Self::EcPrivateKey),
            [Integer, Integer, Integer, Integer, Integer, Integer] => Some(Self::DsaPrivateKey),
            [first @ .., _] if first.len() >= 8 && first.iter().all(|tag| *tag == Integer) => {
                Some(Self::RsaPrivateKey)
            }
            _ => None,
        }
    }

    /// Whether it has a private half, encrypted or not.
    #[must_use]
    pub const fn is_private(self) -> bool {
        !matches!(
            self,
            Self::PublicKey
                | Self::RsaPublicKey
                | Self::Certificate
                | Self::CertificateRequest
                | Self::Pkcs7
                | Self::Pkcs12
        )
    }

    /// Its kind as a noun, for messages.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::PublicKey | Self::RsaPublicKey => "a public key",
            Self::Certificate => "a certificate",
            Self::PrivateKey | Self::RsaPrivateKey | Self::EcPrivateKey | Self::DsaPrivateKey => {
                "a private key"
            }
            Self::EncryptedPrivateKey => "an encrypted private key",
            Self::Pkcs12 => "a PKCS#12 store",
            Self::Pkcs7 => "a PKCS#7 bundle",
            Self::CertificateRequest => "a certificate signing request",
        }
    }

    /// The PEM label for this kind (RFC 7468).
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::PublicKey => "PUBLIC KEY",
            Self::RsaPublicKey => "RSA PUBLIC KEY",
            Self::Certificate => "CERTIFICATE",
            Self::PrivateKey => "PRIVATE KEY",
            Self::EncryptedPrivateKey => "ENCRYPTED PRIVATE KEY",
            Self::RsaPrivateKey => "RSA PRIVATE KEY",
            Self::EcPrivateKey => "EC PRIVATE KEY",
            Self::DsaPrivateKey => "DSA PRIVATE KEY",
            Self::Pkcs12 => "PKCS12",
            Self::Pkcs7 => "PKCS7",
            Self::CertificateRequest => "CERTIFICATE REQUEST",
        }
    }
}

/// Whether the signed part is a request's, with a version and a name. A version 1 certificate has a serial
/// number and an algorithm there.
fn is_request(signed: &AnyRef<'_>) -> bool {
    let parts = elements(signed.value()).unwrap_or_default();
    let tags: Vec<Tag> = parts.iter().take(2).map(Tagged::tag).collect();
    tags == [Tag::Integer, Tag::Sequence] && begins_with(&parts[1]) != Some(Tag::ObjectIdentifier)
}

/// The elements of a SEQUENCE that spans all of `der`.
pub(crate) fn children(der: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let whole = AnyRef::from_der(der).ok().filter(|whole| whole.tag() == Tag::Sequence)?;
    elements(whole.value())
}

/// The elements of a SEQUENCE's content.
pub(crate) fn elements(content: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(content).ok()?;
    let mut parts = Vec::new();
    while !reader.is_finished() {
        parts.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(parts)
}

/// The tag of the first element within a SEQUENCE.
fn begins_with(part: &AnyRef<'_>) -> Option<Tag> {
    elements(part.value())?.first().map(Tagged::tag)
}

/// The value of a non-negative INTEGER, big-endian, without leading zeros.
pub(crate) fn unsigned(part: Option<&AnyRef<'_>>) -> Option<Vec<u8>> {
    let number = x509_cert::der::asn1::UintRef::try_from(*part?).ok()?;
    Some(number.as_bytes().to_vec())
}

/// A key's algorithm for messages: a name for algorithms outside JWS, or else the OID.
#[must_use]
pub fn algorithm_name(oid: ObjectIdentifier) -> String {
    const NAMES: [(&str, &str); 20] = [
        ("1.3.101.110", "X25519, which is for key agreement"),
        ("1.3.101.111", "X448, which is for key agreement"),
        ("1.3.101.113", "Ed448"),
        ("1.2.840.10040.4.1", "DSA"),
        ("1.2.840.113549.1.3.1", "Diffie-Hellman, which is for key agreement"),
        ("1.2.840.113549.1.1.7", "RSAES-OAEP, which is for encryption"),
        ("1.2.156.10197.1.301", "SM2"),
        ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
        ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
        ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
        ("1.2.840.10045.3.1.1", "P-192"),
        ("1.3.132.0.33", "P-224"),
        ("1.3.36.3.3.2.8.1.1.1", "brainpoolP160r1"),
        ("1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1"),
        ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
        ("1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1"),
        ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
        ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
        ("1.3.132.0.8", "secp160r1"),
        ("1.3.132.0.32", "secp224k1"),
    ];
    let oid = oid.to_string();
    let known = NAMES.iter().find(|(number, _)| *number == oid);
    known.map_or(oid, |(_, name)| (*name).to_owned())
}
