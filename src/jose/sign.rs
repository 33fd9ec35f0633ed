//! Signing: a key is parsed once and then signs many tokens. The header is encoded once too, since only
//! claims differ between tokens.

use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::jwk::{self, PublicJwk};
use crate::jose::key::{KeyError, KeyMaterial, KeySource, VerifyingKey};
use crate::jose::private::{self, PrivateKey};
use crate::secret::Secret;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, RsaEncoding};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::fmt;

/// The algorithms for access tokens. A client's own keys may use any algorithm with a key pair.
pub const SIGNING_ALGORITHMS: [Algorithm; 9] = [
    Algorithm::ES256,
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES384,
    Algorithm::EdDSA,
    Algorithm::ES512,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::HS256,
];

/// The algorithms with a key pair: verifiers cannot sign.
pub fn key_pair_algorithms() -> impl Iterator<Item = Algorithm> {
    SIGNING_ALGORITHMS.into_iter().filter(|algorithm| algorithm.family() != Family::Hmac)
}

/// The token type in the header's `typ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// `JWT`, for a token without an audience.
    Jwt,
    /// `at+jwt`, an access token by RFC 9068 section 2.1.
    AccessToken,
}

impl TokenType {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::AccessToken => "at+jwt",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The secret is shorter than the algorithm's hash.
    #[error("the signing secret has {have} bits, {alg} needs at least {need} (RFC 7518 section 3.2)")]
    WeakSecret { have: usize, need: usize, alg: Algorithm },
    /// The key is of another kind than the algorithm needs.
    #[error("the signing key is not one for {0}")]
    WrongKind(Algorithm),
    /// The key is not allowed for the algorithm.
    #[error("{0}")]
    Misfit(String),
    /// A key instead of the secret.
    #[error("the signing secret cannot be used: {0}")]
    Secret(KeyError),
    #[error("the signing key cannot be used: {0}")]
    Key(String),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The claims do not serialise.
    #[error("the claims could not be written: {0}")]
    Claims(String),
    /// The cryptography refused.
    #[error("the token could not be signed")]
    Crypto,
}

pub struct Signer {
    algorithm: Algorithm,
    pair: SigningMaterial,
    public: VerifyingKey,
    /// `base64url(header) + "."` for each [`TokenType`].
    jwt_head: String,
    access_token_head: String,
}

enum SigningMaterial {
    Hmac(Box<hmac::Key>),
    Asymmetric(private::PrivateMaterial),
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl Signer {
    /// Signs with HS256. Its tokens have no `kid`, because a secret's thumbprint would help to guess it.
    ///
    /// # Errors
    /// If the secret is under 256 bits (RFC 7518 section 3.2), or is a key.
    pub fn hs256(secret: Secret) -> Result<Self, SignerError> {
        let alg = Algorithm::HS256;
        match Self::shortfall(&secret, alg) {
            Some(weak) => Err(weak),
            None => Self::hmac_of_any_length(secret, alg),
        }
    }

    /// The error for a secret that is shorter than the algorithm's hash (RFC 7518 section 3.2).
    #[must_use]
    pub fn shortfall(secret: &Secret, alg: Algorithm) -> Option<SignerError> {
        let (have, need) = (secret.len() * 8, alg.hash_len() * 8);
        (have < need).then_some(SignerError::WeakSecret { have, need, alg })
    }

    /// Signs with HMAC, also by a secret that is too short to be safe: for tests only.
    ///
    /// # Errors
    /// If the secret is a key, or the algorithm is not one of HMAC.
    pub fn hmac_of_any_length(secret: Secret, alg: Algorithm) -> Result<Self, SignerError> {
        let hash = match alg {
            Algorithm::HS256 => hmac::HMAC_SHA256,
            Algorithm::HS384 => hmac::HMAC_SHA384,
            Algorithm::HS512 => hmac::HMAC_SHA512,
            other => return Err(SignerError::WrongKind(other)),
        };
        KeyMaterial::hmac(secret.clone()).map_err(SignerError::Secret)?;
        let key = hmac::Key::new(hash, secret.expose());
        let public = VerifyingKey::hmac(secret, ORIGIN).only(alg);
        Ok(Self::new(alg, SigningMaterial::Hmac(Box::new(key)), public))
    }

    /// Signs with a private key; `kid` is its RFC 7638 thumbprint.
    ///
    /// # Errors
    /// If the key does not match the algorithm.
    pub fn asymmetric(private: PrivateKey, algorithm: Algorithm) -> Result<Self, SignerError> {
        let public = private.verifying_key(ORIGIN).map_err(SignerError::Key)?;
        if public.material.family() != algorithm.family() {
            return Err(SignerError::WrongKind(algorithm));
        }
        if let Some(why) = public.misfit(algorithm) {
            return Err(SignerError::Misfit(why));
        }
        let public =
            VerifyingKey { kid: public.thumbprint(), source: KeySource::Public, ..public.only(algorithm) };
        Ok(Self::new(algorithm, SigningMaterial::Asymmetric(private.pair), public))
    }

    fn new(algorithm: Algorithm, pair: SigningMaterial, public: VerifyingKey) -> Self {
        let head = |typ| head(algorithm, public.kid.as_deref(), typ);
        let (jwt_head, access_token_head) = (head(TokenType::Jwt), head(TokenType::AccessToken));
        Self { algorithm, pair, public, jwt_head, access_token_head }
    }

    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// A compact JWS with these claims.
    ///
    /// # Errors
    /// If the claims do not serialize, or the cryptography library refuses.
    pub fn sign(&self, typ: TokenType, claims: &impl Serialize) -> Result<String, SignError> {
        let head = match typ {
            TokenType::Jwt => &self.jwt_head,
            TokenType::AccessToken => &self.access_token_head,
        };
        self.sign_after(head, claims)
    }

    /// A compact JWS of another type. Its header has the public key if that identifies the signer (a DPoP
    /// proof, RFC 9449 section 4.2), or else `kid`.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_as(
        &self,
        typ: &'static str,
        kid: Option<&str>,
        with_key: bool,
        claims: &impl Serialize,
    ) -> Result<String, SignError> {
        let jwk = with_key.then(|| jwk::bare(&self.public)).flatten();
        self.sign_with_header(&HeaderJson { alg: self.algorithm.name(), typ, kid, jwk }, claims)
    }

    /// A compact JWS with exactly this header, which need not be right.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_with_header(
        &self,
        header: &impl Serialize,
        claims: &impl Serialize,
    ) -> Result<String, SignError> {
        let header = serde_json::to_vec(header).map_err(|error| SignError::Claims(error.to_string()))?;
        self.sign_after(&format!("{}.", URL_SAFE_NO_PAD.encode(header)), claims)
    }

    /// A compact JWS of these bytes, which need not be JSON: for tests of verifiers.
    ///
    /// # Errors
    /// If the cryptography library refuses.
    pub fn sign_bytes(&self, header: &[u8], payload: &[u8]) -> Result<String, SignError> {
        let mut token = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        self.append_signature(&mut token)?;
        Ok(token)
    }

    fn sign_after(&self, head: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let mut payload = Vec::with_capacity(384);
        serde_json::to_writer(&mut payload, claims).map_err(|error| SignError::Claims(error.to_string()))?;
        let mut token = String::with_capacity(head.len() + payload.len() * 4 / 3 + 352);
        token.push_str(head);
        URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
        self.append_signature(&mut token)?;
        Ok(token)
    }

    fn append_signature(&self, token: &mut String) -> Result<(), SignError> {
        let random = SystemRandom::new();
        let append = |token: &mut String, signature: &[u8]| {
            token.push('.');
            URL_SAFE_NO_PAD.encode_string(signature, token);
        };
        let message = token.as_bytes();
        match &self.pair {
            SigningMaterial::Hmac(key) => {
                let tag = hmac::sign(key, message);
                append(token, tag.as_ref());
            }
            SigningMaterial::Asymmetric(private::PrivateMaterial::Ec(pair, _)) => {
                let signature = pair.sign(&random, message).map_err(|_| SignError::Crypto)?;
                append(token, signature.as_ref());
            }
            SigningMaterial::Asymmetric(private::PrivateMaterial::Rsa(pair)) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(self.rsa_encoding(), &random, message, &mut signature)
                    .map_err(|_| SignError::Crypto)?;
                append(token, &signature);
            }
            SigningMaterial::Asymmetric(private::PrivateMaterial::Ed25519(pair)) => {
                let signature = pair.sign(message);
                append(token, signature.as_ref());
            }
        }
        Ok(())
    }

    fn rsa_encoding(&self) -> &'static dyn RsaEncoding {
        match self.algorithm {
            Algorithm::PS256 => &signature::RSA_PSS_SHA256,
            Algorithm::PS384 => &signature::RSA_PSS_SHA384,
            Algorithm::PS512 => &signature::RSA_PSS_SHA512,
            Algorithm::RS384 => &signature::RSA_PKCS1_SHA384,
            Algorithm::RS512 => &signature::RSA_PKCS1_SHA512,
            _ => &signature::RSA_PKCS1_SHA256,
        }
    }
}

const ORIGIN: &str = "the signing key";

#[derive(Serialize)]
struct HeaderJson<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwk: Option<PublicJwk>,
}

fn head(alg: Algorithm, kid: Option<&str>, typ: TokenType) -> String {
    // A thumbprint needs no JSON escapes.
    let kid = kid.map(|kid| format!(r#","kid":"{kid}""#)).unwrap_or_default();
    let header = format!(r#"{{"alg":"{alg}","typ":"{}"{kid}}}"#, typ.name());
    let mut head = URL_SAFE_NO_PAD.encode(header);
    head.push('.');
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::compact::{self, Token};
    use crate::jose::jwk;
    use crate::jose::verify::{VerifyError, verify};

    fn signer(secret: &str) -> Signer {
        crate::jose::install_provider();
        Signer::hs256(Secret::new(secret)).unwrap()
    }

    fn token(signer: &Signer) -> String {
        signer.sign(TokenType::Jwt, &serde_json::json!({"sub": "a"})).unwrap()
    }

    #[test]
    fn what_one_key_signs_only_that_key_verifies() {
        let ours = signer("0123456789abcdef0123456789abcdef");
        let other = signer("another-secret-of-at-least-32-bytes");
        let token = token(&ours);
        let Token::Jws(jws) = compact::read(&token) else { panic!("{token}") };
        assert_eq!(verify(&jws, ours.verifying_key()), Ok(Algorithm::HS256));
        assert_eq!(verify(&jws, other.verifying_key()), Err(VerifyError::Mismatch));
        assert_eq!(jws.header_bytes, br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    #[test]
    fn every_algorithm_signs_what_its_published_key_verifies() {
        crate::jose::install_provider();
        for algorithm in Algorithm::ALL.into_iter().filter(|alg| alg.family() != Family::Hmac) {
            let signer = Signer::asymmetric(PrivateKey::generate(algorithm).unwrap(), algorithm).unwrap();
            let published = serde_json::to_string(&jwk::publish(signer.verifying_key()).unwrap()).unwrap();
            let object = crate::json::Json::parse(published.as_bytes()).unwrap();
            let object = object.as_object().unwrap();
            for private in jwk::PRIVATE_MEMBERS {
                assert!(object.get(private).is_none(), "{private} is published: {published}");
            }
            let key = jwk::read(object, "published").unwrap();
            assert_eq!((key.kid.clone(), key.alg), (key.thumbprint(), Some(algorithm)));
            let token = token(&signer);
            let Token::Jws(jws) = compact::read(&token) else { panic!("{token}") };
            assert_eq!(verify(&jws, &key), Ok(algorithm));
            assert_eq!(jws.header_str("kid"), key.kid.as_deref());
        }
        assert!(jwk::publish(signer("0123456789abcdef0123456789abcdef").verifying_key()).is_none());
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let ec = PrivateKey::generate(Algorithm::ES256).unwrap();
        assert_eq!(
            Signer::asymmetric(ec, Algorithm::RS256).unwrap_err(),
            SignerError::WrongKind(Algorithm::RS256)
        );
        let error = Signer::hs256(Secret::new("short")).unwrap_err();
        assert!(error.to_string().contains("40 bits, HS256 needs at least 256"), "{error}");
    }

    #[test]
    fn debug_hides_the_key() {
        assert!(!format!("{:?}", signer("hunter2hunter2hunter2hunter2hunter2")).contains("hunter2"));
    }
}
