//! A token before it is signed: header and claims as they will be encoded.

use crate::clock::Timestamp;
use crate::jose::digest::base64url;
use crate::jose::sign::{SignError, Signer, TokenType};
use crate::json::{Json, Object};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDraft {
    pub header: Object,
    pub claims: Object,
}

impl TokenDraft {
    /// A token with these claims, dated `now`. Adds `iat`, `exp` and `jti` where the claims lack them, and the
    /// header that the signer's own tokens have: `typ` is `at+jwt` with an audience, else `JWT` (RFC 9068
    /// section 2.1).
    #[must_use]
    pub fn new(mut claims: Object, signer: &Signer, now: Timestamp, expires: Duration, id: [u8; 16]) -> Self {
        let dates = [("iat", now), ("exp", now.after(expires))];
        let dates = dates.map(|(name, time)| (name, Json::Number(time.unix().to_string())));
        for (name, value) in dates.into_iter().chain([("jti", Json::String(base64url(&id)))]) {
            if claims.get(name).is_none() {
                claims.set(name, value);
            }
        }
        let typ = if claims.get("aud").is_some() { TokenType::AccessToken } else { TokenType::Jwt };
        let mut header = Object::default();
        header.set("alg", Json::String(signer.algorithm().name().to_owned()));
        header.set("typ", Json::String(typ.name().to_owned()));
        if let Some(kid) = &signer.verifying_key().kid {
            header.set("kid", Json::String(kid.clone()));
        }
        Self { header, claims }
    }

    /// The compact JWS.
    ///
    /// # Errors
    /// If the cryptography library refuses.
    pub fn signed(&self, signer: &Signer) -> Result<String, SignError> {
        signer.sign_with_header(&self.header, &self.claims)
    }

    /// The compact form with an empty signature.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let part = |object: &Object| base64url(&serde_json::to_vec(object).unwrap_or_default());
        format!("{}.{}.", part(&self.header), part(&self.claims))
    }
}
