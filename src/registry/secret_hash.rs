//! What is kept of a client's secret: enough to check one, not enough to know it. `sha256:<hex>`
//! is for generated secrets, whose 256 bits need no slow hash; argon2id is for secrets that
//! people made up.

use crate::jose::digest::{sha256, unhex};
use crate::secret::Secret;
use argon2::password_hash::{PasswordHash, PasswordHashString};
use argon2::{Argon2, PasswordVerifier};
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq;

/// A check for one secret.
#[derive(Clone)]
pub enum SecretHash {
    /// The SHA-256 of the secret.
    Sha256([u8; 32]),
    /// An argon2id hash in the PHC string format.
    Argon2id(PasswordHashString),
}

/// Why a text is no secret hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a secret hash: it must be sha256: and 64 hexadecimal digits, or a PHC string that starts with $argon2id$"
)]
pub struct SecretHashError;

impl SecretHash {
    /// The fast check for a secret.
    #[must_use]
    pub fn of(secret: &Secret) -> Self {
        Self::Sha256(sha256(secret.expose()))
    }

    /// A check that no known secret passes.
    #[must_use]
    pub fn unusable() -> Self {
        Self::Sha256([0; 32])
    }

    /// True for the right secret; `digest` is its SHA-256, which the caller computes once. The time
    /// does not depend on how much of a wrong secret is right.
    #[must_use]
    pub fn verify(&self, secret: &Secret, digest: &[u8; 32]) -> bool {
        match self {
            Self::Sha256(known) => known.ct_eq(digest).into(),
            Self::Argon2id(phc) => {
                Argon2::default().verify_password(secret.expose(), &phc.password_hash()).is_ok()
            }
        }
    }
}

impl FromStr for SecretHash {
    type Err = SecretHashError;

    fn from_str(text: &str) -> Result<Self, SecretHashError> {
        if let Some(digits) = text.strip_prefix("sha256:") {
            let digest = unhex(digits.as_bytes()).and_then(|bytes| bytes.try_into().ok());
            return digest.map(Self::Sha256).ok_or(SecretHashError);
        }
        let phc = PasswordHash::new(text).map_err(|_| SecretHashError)?;
        if phc.algorithm != argon2::ARGON2ID_IDENT || phc.hash.is_none() || phc.salt.is_none() {
            return Err(SecretHashError);
        }
        argon2::Params::try_from(&phc).map_err(|_| SecretHashError)?;
        Ok(Self::Argon2id(phc.serialize()))
    }
}

impl fmt::Debug for SecretHash {
    /// The kind only: a hash of a weak secret is worth guessing at.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256(_) => "SecretHash(sha256:…)",
            Self::Argon2id(_) => "SecretHash($argon2id$…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PHC string with the smallest costs that are allowed.
    fn argon2id(secret: &str) -> String {
        use argon2::password_hash::{PasswordHasher, SaltString};
        let salt = SaltString::encode_b64(b"somesalt").unwrap();
        let params = argon2::Params::new(64, 1, 1, None).unwrap();
        let hasher = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        hasher.hash_password(secret.as_bytes(), &salt).unwrap().to_string()
    }

    fn sha256_text(secret: &str) -> String {
        format!("sha256:{}", crate::jose::digest::hex(&sha256(secret.as_bytes())))
    }

    fn accepts(hash: &SecretHash, secret: &str) -> bool {
        let secret = Secret::new(secret);
        hash.verify(&secret, &sha256(secret.expose()))
    }

    #[test]
    fn both_kinds_accept_only_their_secret() {
        for text in [sha256_text("hunter2"), argon2id("hunter2")] {
            let hash: SecretHash = text.parse().unwrap();
            assert!(accepts(&hash, "hunter2") && !accepts(&hash, "hunter3") && !accepts(&hash, ""));
        }
        assert!(!accepts(&SecretHash::unusable(), ""));
    }

    #[test]
    fn anything_else_is_no_hash() {
        let argon2i = argon2id("x").replace("argon2id", "argon2i");
        let no_hash = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ";
        let bad_params = argon2id("x").replace("m=64", "m=1");
        for text in ["", "sha256:", "hunter2", "sha256:zz", &argon2i, no_hash, &bad_params] {
            assert!(text.parse::<SecretHash>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_says_the_kind_only() {
        let text = sha256_text("hunter2");
        assert_eq!(format!("{:?}", text.parse::<SecretHash>().unwrap()), "SecretHash(sha256:…)");
    }
}
