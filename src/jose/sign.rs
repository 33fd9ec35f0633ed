//! Signing: a key that is parsed once and then signs many tokens. The header's bytes are made
//! once, too: only claims differ from token to token.

use crate::jose::algorithm::Algorithm;
use crate::jose::key::VerifyingKey;
use crate::secret::Secret;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::fmt;

/// What kind of token a header's `typ` announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// `JWT`, for a token that names no audience.
    Jwt,
    /// `at+jwt`, an access token by RFC 9068 section 2.1.
    AccessToken,
}

impl TokenType {
    /// The value of `typ`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::AccessToken => "at+jwt",
        }
    }
}

/// Why a key cannot sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The secret is shorter than the algorithm's hash.
    #[error("the signing secret has {have} bits, {alg} needs at least {need} (RFC 7518 section 3.2)")]
    WeakSecret {
        /// Bits that it has.
        have: usize,
        /// Bits that it needs.
        need: usize,
        /// The algorithm.
        alg: Algorithm,
    },
}

/// A key that signs.
pub struct Signer {
    algorithm: Algorithm,
    key: hmac::Key,
    secret: Secret,
    /// `base64url(header) + "."`, for each [`TokenType`].
    jwt_head: String,
    access_token_head: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl Signer {
    /// Signs with HMAC and SHA-256 (HS256).
    ///
    /// # Errors
    /// Where the secret is under 256 bits (RFC 7518 section 3.2).
    pub fn hs256(secret: Secret) -> Result<Self, SignerError> {
        let alg = Algorithm::HS256;
        if secret.len() < alg.hash_len() {
            let (have, need) = (secret.len() * 8, alg.hash_len() * 8);
            return Err(SignerError::WeakSecret { have, need, alg });
        }
        Ok(Self {
            algorithm: alg,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.expose()),
            secret,
            jwt_head: head(alg, TokenType::Jwt),
            access_token_head: head(alg, TokenType::AccessToken),
        })
    }

    /// The algorithm of its signatures.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::hmac(self.secret.clone(), "the issuer's signing key").only(self.algorithm)
    }

    /// A compact JWS over the claims.
    ///
    /// # Errors
    /// Where the claims do not serialise.
    pub fn sign(&self, typ: TokenType, claims: &impl Serialize) -> serde_json::Result<String> {
        let mut payload = Vec::with_capacity(384);
        serde_json::to_writer(&mut payload, claims)?;
        let head = match typ {
            TokenType::Jwt => &self.jwt_head,
            TokenType::AccessToken => &self.access_token_head,
        };
        let mut token = String::with_capacity(head.len() + payload.len() * 4 / 3 + 96);
        token.push_str(head);
        URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
        let signature = hmac::sign(&self.key, token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
        Ok(token)
    }
}

fn head(alg: Algorithm, typ: TokenType) -> String {
    let header = format!(r#"{{"alg":"{alg}","typ":"{}"}}"#, typ.name());
    let mut head = URL_SAFE_NO_PAD.encode(header);
    head.push('.');
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::compact::{self, Token};
    use crate::jose::verify::{VerifyError, verify};

    fn signer(secret: &str) -> Signer {
        crate::jose::install_provider();
        Signer::hs256(Secret::new(secret)).unwrap()
    }

    #[test]
    fn what_one_key_signs_only_that_key_verifies() {
        let ours = signer("0123456789abcdef0123456789abcdef");
        let other = signer("another-secret-of-at-least-32-bytes");
        let token = ours.sign(TokenType::Jwt, &serde_json::json!({"sub": "a"})).unwrap();
        let Token::Jws(jws) = compact::read(&token) else { panic!("{token}") };
        assert_eq!(verify(&jws, &ours.verifying_key()), Ok(Algorithm::HS256));
        assert_eq!(verify(&jws, &other.verifying_key()), Err(VerifyError::Mismatch));
        assert_eq!(jws.header_bytes, br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    #[test]
    fn a_secret_under_256_bits_is_refused() {
        let error = Signer::hs256(Secret::new("short")).unwrap_err();
        assert!(error.to_string().contains("40 bits, HS256 needs at least 256"), "{error}");
    }

    #[test]
    fn debug_hides_the_key() {
        assert!(!format!("{:?}", signer("hunter2hunter2hunter2hunter2hunter2")).contains("hunter2"));
    }
}
