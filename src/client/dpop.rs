//! DPoP proofs: the client holds the key that its token is bound to (RFC 9449 section 4).

use crate::client::Attempt;
use crate::jose::algorithm::Algorithm;
use crate::jose::digest::{base64url, sha256};
use crate::jose::keyfile::KeyFileError;
use crate::jose::private::PrivateKey;
use crate::jose::sign::{SignError, Signer};
use serde::Serialize;
use std::fmt;

/// The header field of the proof.
pub const DPOP: http::HeaderName = http::HeaderName::from_static("dpop");

/// A key that tokens are bound to.
pub struct DpopKey {
    signer: Signer,
    /// Whether the key exists only in this process; tokens bound to it end with the process.
    pub ephemeral: bool,
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DpopKey(…)")
    }
}

#[derive(Serialize)]
struct ProofClaims<'a> {
    jti: String,
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

impl DpopKey {
    /// Generates a key for this process.
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub fn fresh() -> Result<Self, String> {
        let private = PrivateKey::generate(Algorithm::ES256)?;
        let signer = Signer::asymmetric(private, Algorithm::ES256).map_err(|error| error.to_string())?;
        Ok(Self { signer, ephemeral: true })
    }

    /// Reads a key from a file.
    ///
    /// # Errors
    /// If it is not a private key that can sign.
    pub fn kept(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let signer = asymmetric(bytes)?;
        Ok(Self { signer, ephemeral: false })
    }

    /// The RFC 7638 thumbprint that bound tokens carry.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.signer.verifying_key().thumbprint().unwrap_or_default()
    }

    /// A proof for one request; `token` is set for calls to a resource. The query and fragment of `url` are
    /// ignored.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub fn proof(
        &self,
        method: &str,
        url: &str,
        token: Option<&str>,
        attempt: &Attempt,
    ) -> Result<String, SignError> {
        let claims = ProofClaims {
            jti: base64url(&attempt.id),
            htm: method,
            htu: url.split(['?', '#']).next().unwrap_or_default(),
            iat: attempt.now.unix(),
            ath: token.map(|token| base64url(&sha256(token.as_bytes()))),
            nonce: attempt.nonce.as_deref(),
        };
        self.signer.sign_as("dpop+jwt", None, true, &claims)
    }
}

/// A signer for a private key, with the algorithm of the key.
///
/// # Errors
/// If it is not a private key that can sign; the error names the command that converts it.
pub fn asymmetric(bytes: &[u8]) -> Result<Signer, KeyFileError> {
    let private = PrivateKey::read(bytes)?;
    let algorithm = private.natural_algorithm();
    Signer::asymmetric(private, algorithm).map_err(|error| error.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::jose::compact::{self, Token};
    use crate::jose::jwk;
    use crate::jose::verify::verify;
    use crate::json::Json;

    #[test]
    fn a_proof_is_of_one_request_and_verifies_by_the_key_in_its_header() {
        crate::jose::install_provider();
        let key = DpopKey::fresh().unwrap();
        let attempt =
            Attempt { now: Timestamp::from_unix(1_795_420_800), id: [7; 16], nonce: Some("n".to_owned()) };
        let proof = key.proof("GET", "https://api/x?y#z", Some("token"), &attempt).unwrap();
        let Token::Jws(jws) = compact::read(&proof) else { panic!("{proof}") };
        assert_eq!(jws.header_str("typ"), Some("dpop+jwt"));
        let shown = jws.header.get("jwk").and_then(Json::as_object).unwrap();
        let shown = jwk::read(shown, "test").unwrap();
        assert!(verify(&jws, &shown).is_ok());
        assert_eq!(shown.thumbprint().unwrap(), key.thumbprint());
        let claims: serde_json::Value = serde_json::from_slice(&jws.payload_bytes).unwrap();
        let expected = serde_json::json!({
            "jti": base64url(&[7; 16]), "htm": "GET", "htu": "https://api/x", "iat": 1_795_420_800,
            "ath": base64url(&sha256(b"token")), "nonce": "n"
        });
        assert_eq!(claims, expected);
    }
}
