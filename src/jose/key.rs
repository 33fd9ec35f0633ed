//! Verification keys: their kind, allowed algorithms and origin. The key decides the algorithm, never the
//! token (RFC 8725 section 3.1).

use crate::jose::algorithm::{Algorithm, Curve, Family};
use crate::jose::digest::{base64url, sha256};
use crate::jose::keyfile::key_in_disguise;
use crate::jose::weak;
use crate::secret::Secret;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};

/// The uses of keys that verify signatures; the second is for JWT-SVIDs, in a SPIFFE bundle.
const SIGNING_USES: [&str; 2] = ["sig", "jwt-svid"];

/// The minimum RSA key size, in bits (RFC 7518 section 3.3).
pub const RSA_MIN_BITS: usize = 2048;
/// The maximum RSA key size, in bits.
pub const RSA_MAX_BITS: usize = 8192;
/// The maximum RSA public exponent, in bits.
const RSA_MAX_EXPONENT_BITS: usize = 33;
/// The maximum size of clients' RSA keys in assertions and proofs, in bits: a stranger can make the server
/// verify with them.
pub const CLIENT_RSA_MAX_BITS: usize = 4096;

#[derive(Clone, Debug)]
pub struct VerifyingKey {
    pub material: KeyMaterial,
    pub source: KeySource,
    pub kid: Option<String>,
    /// The only allowed algorithm, if the key fixes one (RFC 7517 section 4.4).
    pub alg: Option<Algorithm>,
    /// Its `use`: `sig` or another (RFC 7517 section 4.2).
    pub usage: Option<String>,
    /// Its `key_ops` (RFC 7517 section 4.3).
    pub key_ops: Option<Vec<String>>,
    /// Whether it is restricted to RSASSA-PSS (RFC 4055 section 1.2).
    pub pss_only: bool,
    /// Its origin for messages: a path, a variable or a URL.
    pub origin: String,
}

#[derive(Clone, Debug)]
pub enum KeyMaterial {
    Hmac(Secret),
    /// An RSA public key: modulus and exponent, big-endian, without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point (`04 x y`) that is verified to be on the curve.
    Ec {
        curve: Curve,
        point: Vec<u8>,
    },
    /// An Ed25519 public key of 32 bytes.
    Ed25519(Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    Secret,
    Public,
    /// A private key, of which only the public half is used.
    Private,
    /// A certificate, of which only the key is used.
    Certificate,
}

/// Why key material is unusable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a point, or not on the curve.
    #[error("its point is not on the curve {}", .0.name())]
    OffCurve(Curve),
    #[error("it is not an Ed25519 public key of 32 bytes")]
    Ed25519,
    /// An Ed25519 point of small order.
    #[error("it is an Ed25519 public key of small order: anybody can make signatures that verify with it")]
    SmallOrder,
    /// A non-canonical encoding of an Ed25519 point.
    #[error("its Ed25519 point is not in its canonical form (RFC 8032 section 5.1.3)")]
    NotCanonical,
    #[error("it is not an RSA public key: {0}")]
    Rsa(String),
    /// A key instead of a secret (RFC 8725 section 2.1).
    #[error("it is {0}, which is never an HMAC secret")]
    KeyAsSecret(String),
}

impl KeyMaterial {
    /// A shared secret of any length. Keys and certificates are refused in every encoding.
    ///
    /// # Errors
    /// If it is a key.
    pub fn hmac(secret: Secret) -> Result<Self, KeyError> {
        let bytes = secret.expose();
        let is_point = Curve::ALL
            .into_iter()
            .any(|curve| bytes.len() == 1 + 2 * curve.coordinate_len() && Self::ec(curve, bytes).is_ok());
        match key_in_disguise(bytes).or(is_point.then(|| "a public key (a point on a curve)".to_owned())) {
            Some(noun) => Err(KeyError::KeyAsSecret(noun)),
            None => Ok(Self::Hmac(secret)),
        }
    }

    /// An RSA public key of any size; callers check the minimum.
    ///
    /// # Errors
    /// If modulus or exponent are invalid.
    pub fn rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let minimal = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
        let (n, e) = (minimal(n), minimal(e));
        let wrong = |why: &str| Err(KeyError::Rsa(why.to_owned()));
        let is_odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte % 2 == 1);
        if !is_odd(&n) {
            return wrong("its modulus is even or missing");
        }
        if !is_odd(&e) || e == [1] {
            return wrong("its exponent is even, one or missing");
        }
        if bit_length(&e) > RSA_MAX_EXPONENT_BITS {
            return wrong("its exponent is huge: more than 33 bits are not supported");
        }
        if let Some(factor) = weak::small_factor(&n) {
            return Err(KeyError::Rsa(format!("its modulus is divisible by {factor}")));
        }
        Ok(Self::Rsa { n, e })
    }

    /// A point on a curve, uncompressed or compressed (RFC 8725 section 3.4).
    ///
    /// # Errors
    /// If it is not on the curve, or is the point at infinity.
    pub fn ec(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        let length = curve.coordinate_len();
        let off = KeyError::OffCurve(curve);
        match point {
            [4, xy @ ..] if xy.len() == 2 * length => match ParsedPublicKey::new(fixed(curve), point) {
                Ok(_) => Ok(Self::Ec { curve, point: point.to_vec() }),
                Err(_) => Err(off),
            },
            [2 | 3, x @ ..] if x.len() == length => Self::decompressed(curve, point).ok_or(off),
            _ => Err(off),
        }
    }

    /// aws-lc-rs parses a compressed point and writes it uncompressed.
    fn decompressed(curve: Curve, point: &[u8]) -> Option<Self> {
        let der: PublicKeyX509Der<'_> = ParsedPublicKey::new(fixed(curve), point).ok()?.as_der().ok()?;
        let at = der.as_ref().len().checked_sub(1 + 2 * curve.coordinate_len())?;
        let full = &der.as_ref()[at..];
        (full[0] == 4).then(|| Self::ec(curve, full).ok()).flatten()
    }

    /// An Ed25519 public key.
    ///
    /// # Errors
    /// If the bytes are not a key, or a key that allows anybody to sign.
    pub fn ed25519(bytes: &[u8]) -> Result<Self, KeyError> {
        let point: &[u8; 32] = bytes.try_into().map_err(|_| KeyError::Ed25519)?;
        if weak::has_small_order(point) {
            return Err(KeyError::SmallOrder);
        }
        if !weak::is_canonical(point) {
            return Err(KeyError::NotCanonical);
        }
        if ParsedPublicKey::new(&signature::ED25519, bytes).is_err() {
            return Err(KeyError::Ed25519);
        }
        Ok(Self::Ed25519(bytes.to_vec()))
    }

    pub(crate) fn point(&self) -> Option<&[u8]> {
        match self {
            Self::Ec { point, .. } => Some(point),
            _ => None,
        }
    }

    /// The kind of algorithm that it supports.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::Hmac(_) => Family::Hmac,
            Self::Rsa { .. } => Family::Rsa,
            Self::Ec { curve, .. } => Family::Ec(*curve),
            Self::Ed25519(_) => Family::Ed25519,
        }
    }

    /// The size of its RSA modulus in bits; 0 for other keys.
    #[must_use]
    pub fn rsa_bits(&self) -> usize {
        match self {
            Self::Rsa { n, .. } => bit_length(n),
            _ => 0,
        }
    }
}

/// The verification algorithm of a curve's JWS signatures: R‖S of fixed length.
pub(crate) const fn fixed(curve: Curve) -> &'static dyn VerificationAlgorithm {
    match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
        Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
        Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED,
        Curve::Secp256k1 => &signature::ECDSA_P256K1_SHA256_FIXED,
    }
}

/// The length of a number in bits; it has no leading zero bytes.
pub(crate) fn bit_length(number: &[u8]) -> usize {
    number.len() * 8 - number.first().map_or(0, |byte| byte.leading_zeros() as usize)
}

impl VerifyingKey {
    /// A key without restrictions.
    #[must_use]
    pub fn new(material: KeyMaterial, source: KeySource, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        Self { material, source, kid: None, alg: None, usage: None, key_ops: None, pss_only: false, origin }
    }

    /// An HMAC key of any length: a weak one is refused when used, with a message.
    #[must_use]
    pub fn hmac(secret: Secret, origin: impl Into<String>) -> Self {
        Self::new(KeyMaterial::Hmac(secret), KeySource::Secret, origin)
    }

    /// Restricts the key to one algorithm.
    #[must_use]
    pub fn only(self, alg: Algorithm) -> Self {
        Self { alg: Some(alg), ..self }
    }

    /// Why this key may not verify that algorithm; `None` if it may.
    #[must_use]
    pub fn misfit(&self, algorithm: Algorithm) -> Option<String> {
        if self.material.family() != algorithm.family() {
            return Some(format!("{} cannot verify {algorithm}", self.kind()));
        }
        if self.pss_only && !matches!(algorithm, Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512) {
            return Some(format!("{} is for RSASSA-PSS only, not for {algorithm}", self.kind()));
        }
        if let Some(only) = self.alg.filter(|only| !same_algorithm(*only, algorithm)) {
            return Some(format!("the key is for {only} only (its alg), not for {algorithm}"));
        }
        if let Some(usage) = self.usage.as_deref().filter(|usage| !SIGNING_USES.contains(usage)) {
            return Some(format!("the key is not for signatures: its use is {usage:?}"));
        }
        let ops = self.key_ops.as_deref();
        // Only the public half of a private key is used.
        let allows = |op: &String| op == "verify" || (self.source == KeySource::Private && op == "sign");
        if ops.is_some_and(|ops| !ops.iter().any(allows)) {
            return Some("the key is not for verifying: its key_ops lack \"verify\"".to_owned());
        }
        None
    }

    /// Weaknesses of a usable key, for messages.
    #[must_use]
    pub fn weaknesses(&self) -> Vec<String> {
        let KeyMaterial::Rsa { n, e } = &self.material else { return Vec::new() };
        let name = self.kid.as_deref().map_or(self.kind(), |kid| format!("{} of kid {kid:?}", self.kind()));
        let mut found = Vec::new();
        if weak::is_roca(n) {
            found.push(format!(
                "the {name} has the mark of ROCA (CVE-2017-15361): its private half can be computed; make a new key"
            ));
        }
        if let [small] = e.as_slice() {
            found.push(format!("the {name} has the small public exponent {small}; use 65537"));
        }
        found
    }

    /// Its kind and size, for messages.
    #[must_use]
    pub fn kind(&self) -> String {
        let half = match self.source {
            KeySource::Secret => "",
            KeySource::Public => " public key",
            KeySource::Private => " private key (its public half)",
            KeySource::Certificate => " key of a certificate",
        };
        match &self.material {
            KeyMaterial::Hmac(secret) => format!("HMAC secret of {} bits", secret.len() * 8),
            KeyMaterial::Rsa { .. } => format!("{}-bit RSA{half}", self.material.rsa_bits()),
            KeyMaterial::Ec { curve, .. } => format!("{}{half}", curve.name()),
            KeyMaterial::Ed25519(_) => format!("Ed25519{half}"),
        }
    }

    /// The RFC 7638 thumbprint (SHA-256, base64url); `None` for a shared secret, which it would help to
    /// guess.
    #[must_use]
    pub fn thumbprint(&self) -> Option<String> {
        // Only the required members, in lexicographic order, without blanks (RFC 7638 section 3.2, RFC 8037
        // appendix A.3).
        let members = match &self.material {
            KeyMaterial::Hmac(_) => return None,
            KeyMaterial::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url(e), base64url(n))
            }
            KeyMaterial::Ec { curve, point } => {
                let (x, y) = point[1..].split_at(curve.coordinate_len());
                let (crv, x, y) = (curve.name(), base64url(x), base64url(y));
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            KeyMaterial::Ed25519(x) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url(x)),
        };
        Some(base64url(&sha256(members.as_bytes())))
    }
}

/// `EdDSA` and `Ed25519` name the same signatures for an Ed25519 key (RFC 9864 section 2.2).
fn same_algorithm(a: Algorithm, b: Algorithm) -> bool {
    a == b || (a.family() == Family::Ed25519 && b.family() == Family::Ed25519)
}
