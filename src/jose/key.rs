//! Keys that verify: what each is, which algorithms it allows, and where it came from. The key
//! decides the algorithm, never the token (RFC 8725 section 3.1).

use crate::jose::algorithm::{Algorithm, Curve, Family};
use crate::jose::digest::{base64url, sha256};
use crate::secret::Secret;
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};

/// RSA keys shorter than this are too weak (RFC 7518 section 3.3), in bits.
pub const RSA_MIN_BITS: usize = 2048;
/// RSA keys longer than this are not supported, in bits.
pub const RSA_MAX_BITS: usize = 8192;
/// RSA keys of clients, in assertions and proofs, are no longer than this, in bits: a stranger can make the
/// server verify by them.
pub const CLIENT_RSA_MAX_BITS: usize = 4096;

/// A key that may verify signatures.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    /// The key's material.
    pub material: Material,
    /// What it was read from.
    pub source: Source,
    /// Its `kid`, where it has one.
    pub kid: Option<String>,
    /// The only algorithm that it may be used with, where that is fixed (RFC 7517 section 4.4).
    pub alg: Option<Algorithm>,
    /// What it is for: `sig` or something else (RFC 7517 section 4.2).
    pub usage: Option<String>,
    /// What may be done with it (RFC 7517 section 4.3).
    pub key_ops: Option<Vec<String>>,
    /// An RSA key that is for RSASSA-PSS only (RFC 4055 section 1.2).
    pub pss_only: bool,
    /// Where it came from, for people: a path, a variable, a URL.
    pub origin: String,
}

/// The material of a key.
#[derive(Clone, Debug)]
pub enum Material {
    /// A shared secret.
    Hmac(Secret),
    /// An RSA public key: modulus and exponent, big-endian, without leading zeros.
    Rsa {
        /// Modulus.
        n: Vec<u8>,
        /// Exponent.
        e: Vec<u8>,
    },
    /// A point on a curve, uncompressed (`04 x y`), known to lie on it.
    Ec {
        /// The curve.
        curve: Curve,
        /// The point.
        point: Vec<u8>,
    },
    /// An Ed25519 public key of 32 bytes.
    Ed25519(Vec<u8>),
}

/// What a key was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A secret's bytes.
    Secret,
    /// A public key.
    Public,
    /// A private key, of which only the public half is used.
    Private,
    /// A certificate, of which only the key is used.
    Certificate,
}

/// Why key material is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A point that is not on its curve, or not a point.
    #[error("its point is not on the curve {}", .0.name())]
    OffCurve(Curve),
    /// Not an Ed25519 public key.
    #[error("it is no Ed25519 public key of 32 bytes")]
    Ed25519,
    /// Not an RSA public key.
    #[error("it is no RSA public key: {0}")]
    Rsa(&'static str),
    /// A PEM where a secret belongs (RFC 8725 section 2.1).
    #[error("it is a PEM, which is never an HMAC secret")]
    PemAsSecret,
    /// A point in compressed form.
    #[error(
        "its point is compressed, which is not supported: openssl ec -conv_form uncompressed writes it out"
    )]
    Compressed,
}

impl Material {
    /// A shared secret of any length. The text of a key or certificate is none, however it came.
    ///
    /// # Errors
    /// For a PEM.
    pub fn hmac(secret: Secret) -> Result<Self, KeyError> {
        const BEGIN: &[u8] = b"-----BEGIN ";
        let is_pem = secret.expose().windows(BEGIN.len()).any(|window| window == BEGIN);
        if is_pem { Err(KeyError::PemAsSecret) } else { Ok(Self::Hmac(secret)) }
    }

    /// An RSA public key.
    ///
    /// # Errors
    /// Where modulus or exponent cannot be those of one.
    pub fn rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let minimal = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
        let (n, e) = (minimal(n), minimal(e));
        let odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte % 2 == 1);
        if !odd(&n) {
            return Err(KeyError::Rsa("its modulus is even or missing"));
        }
        if !odd(&e) || e == [1] || e.len() > 8 {
            return Err(KeyError::Rsa("its exponent is even, one, missing or huge"));
        }
        Ok(Self::Rsa { n, e })
    }

    /// A point on a curve (RFC 8725 section 3.4).
    ///
    /// # Errors
    /// Where it does not lie on it.
    pub fn ec(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        if matches!(point.first(), Some(2 | 3)) {
            return Err(KeyError::Compressed);
        }
        let uncompressed = point.len() == 1 + 2 * curve.coordinate_len() && point.first() == Some(&4);
        if !uncompressed || ParsedPublicKey::new(fixed(curve), point).is_err() {
            return Err(KeyError::OffCurve(curve));
        }
        Ok(Self::Ec { curve, point: point.to_vec() })
    }

    /// An Ed25519 public key.
    ///
    /// # Errors
    /// Where it is none.
    pub fn ed25519(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() != 32 || ParsedPublicKey::new(&signature::ED25519, bytes).is_err() {
            return Err(KeyError::Ed25519);
        }
        Ok(Self::Ed25519(bytes.to_vec()))
    }

    /// The kind of algorithm that it is for.
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
            Self::Rsa { n, .. } => n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize),
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

impl VerifyingKey {
    /// A key about which nothing else is known.
    #[must_use]
    pub fn new(material: Material, source: Source, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        Self { material, source, kid: None, alg: None, usage: None, key_ops: None, pss_only: false, origin }
    }

    /// An HMAC key of any length: weak ones are refused when they are used, where it can be said.
    #[must_use]
    pub fn hmac(secret: Secret, origin: impl Into<String>) -> Self {
        Self::new(Material::Hmac(secret), Source::Secret, origin)
    }

    /// The same key, bound to one algorithm.
    #[must_use]
    pub fn only(self, alg: Algorithm) -> Self {
        Self { alg: Some(alg), ..self }
    }

    /// Why this key may not verify that algorithm; `None` where it may.
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
        if let Some(usage) = self.usage.as_deref().filter(|usage| *usage != "sig") {
            return Some(format!("the key is not for signatures: its use is {usage:?}"));
        }
        let ops = self.key_ops.as_deref();
        // Of a private key only the public half is used.
        let allows = |op: &String| op == "verify" || (self.source == Source::Private && op == "sign");
        if ops.is_some_and(|ops| !ops.iter().any(allows)) {
            return Some("the key is not for verifying: its key_ops lack \"verify\"".to_owned());
        }
        None
    }

    /// The kind of key in words, with its size.
    #[must_use]
    pub fn kind(&self) -> String {
        let half = match self.source {
            Source::Secret => "",
            Source::Public => " public key",
            Source::Private => " private key (its public half)",
            Source::Certificate => " key of a certificate",
        };
        match &self.material {
            Material::Hmac(secret) => format!("HMAC secret of {} bits", secret.len() * 8),
            Material::Rsa { .. } => format!("{}-bit RSA{half}", self.material.rsa_bits()),
            Material::Ec { curve, .. } => format!("{}{half}", curve.name()),
            Material::Ed25519(_) => format!("Ed25519{half}"),
        }
    }

    /// The key's RFC 7638 thumbprint (SHA-256, base64url); none for a shared secret, of which it
    /// would tell too much.
    #[must_use]
    pub fn thumbprint(&self) -> Option<String> {
        // Required members only, in lexicographic order, no blanks (RFC 7638 section 3.2, RFC 8037
        // appendix A.3).
        let members = match &self.material {
            Material::Hmac(_) => return None,
            Material::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url(e), base64url(n))
            }
            Material::Ec { curve, point } => {
                let (x, y) = point[1..].split_at(curve.coordinate_len());
                let (crv, x, y) = (curve.name(), base64url(x), base64url(y));
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Material::Ed25519(x) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url(x)),
        };
        Some(base64url(&sha256(members.as_bytes())))
    }
}

/// `EdDSA` and `Ed25519` name the same signatures for an Ed25519 key (RFC 9864 section 2.2).
fn same_algorithm(a: Algorithm, b: Algorithm) -> bool {
    a == b || (a.family() == Family::Ed25519 && b.family() == Family::Ed25519)
}
