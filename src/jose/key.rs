//! Keys that verify: what each is, which algorithms it allows, and where it came from. The key
//! decides the algorithm, never the token (RFC 8725 section 3.1).

use crate::jose::algorithm::{Algorithm, Family};
use crate::secret::Secret;

/// A key that may verify signatures.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    /// The key's material.
    pub material: Material,
    /// Its `kid`, where it has one.
    pub kid: Option<String>,
    /// The only algorithm that it may be used with, where that is fixed.
    pub alg: Option<Algorithm>,
    /// Where it came from, for people: `secret from KEY.txt`.
    pub origin: String,
}

/// The material of a key.
#[derive(Clone, Debug)]
pub enum Material {
    /// A shared secret.
    Hmac(Secret),
}

impl VerifyingKey {
    /// An HMAC key of any length: weak ones are refused when they are used, where it can be said.
    #[must_use]
    pub fn hmac(secret: Secret, origin: impl Into<String>) -> Self {
        Self { material: Material::Hmac(secret), kid: None, alg: None, origin: origin.into() }
    }

    /// The same key, bound to one algorithm.
    #[must_use]
    pub fn only(self, alg: Algorithm) -> Self {
        Self { alg: Some(alg), ..self }
    }

    /// True where this kind of key can verify that algorithm.
    #[must_use]
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        if self.alg.is_some_and(|only| only != algorithm) {
            return false;
        }
        match (&self.material, algorithm.family()) {
            (Material::Hmac(_), family) => family == Family::Hmac,
        }
    }

    /// The kind of key in words.
    #[must_use]
    pub fn kind(&self) -> String {
        match &self.material {
            Material::Hmac(secret) => format!("HMAC secret of {} bytes", secret.len()),
        }
    }
}
