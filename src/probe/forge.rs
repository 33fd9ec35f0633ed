//! Tokens made of a genuine one without its key: parts exchanged, changed or signed by somebody else.

use crate::jose::compact::{self, Token};
use crate::jose::digest::{base64url, hmac_sha256};
use crate::json::{Json, Object};

/// The parts of a genuine token.
#[derive(Clone, Debug)]
pub struct GenuineParts {
    pub header: Object,
    /// Empty if the payload is not a JSON object.
    pub claims: Object,
    /// The parts as written.
    pub head: String,
    pub payload: String,
    pub signature: String,
    pub signature_bytes: Vec<u8>,
    pub payload_bytes: Vec<u8>,
}

impl GenuineParts {
    /// # Errors
    /// If it is not a signed JWT.
    pub fn of(token: &str) -> Result<Self, String> {
        let Token::Jws(jws) = compact::read(token) else {
            return Err("the token is not a signed JWT".to_owned());
        };
        let mut parts = token.split('.').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        Ok(Self {
            claims: jws.peek_unverified().cloned().unwrap_or_default(),
            header: jws.header,
            head: next(),
            payload: next(),
            signature: next(),
            signature_bytes: jws.signature,
            payload_bytes: jws.payload_bytes,
        })
    }

    #[must_use]
    pub fn algorithm(&self) -> &str {
        self.header.get("alg").and_then(Json::as_str).unwrap_or_default()
    }

    /// Another header before the genuine payload, without its signature: `HEADER.PAYLOAD`.
    #[must_use]
    pub fn under(&self, header: &Object) -> String {
        format!("{}.{}", encoded(header), self.payload)
    }

    /// The genuine token with another header and its signature.
    #[must_use]
    pub fn with_header(&self, change: impl FnOnce(&mut Object)) -> String {
        format!("{}.{}", self.under(&self.header_with(change)), self.signature)
    }

    #[must_use]
    pub fn header_with(&self, change: impl FnOnce(&mut Object)) -> Object {
        let mut header = self.header.clone();
        change(&mut header);
        header
    }

    /// The genuine payload, with another header and signed with HS256 by any bytes.
    #[must_use]
    pub fn hs256(&self, key: &[u8], change: impl FnOnce(&mut Object)) -> String {
        let header = self.header_with(|header| {
            header.set("alg", text("HS256"));
            change(header);
        });
        let signed = self.under(&header);
        let signature = base64url(&hmac_sha256(key, signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// The genuine token with a signature of these bytes.
    #[must_use]
    pub fn signed_as(&self, signature: &[u8]) -> String {
        format!("{}.{}.{}", self.head, self.payload, base64url(signature))
    }
}

#[must_use]
pub fn encoded(object: &Object) -> String {
    base64url(json_text(object).as_bytes())
}

#[must_use]
pub fn json_text(object: &Object) -> String {
    serde_json::to_string(object).unwrap_or_default()
}

#[must_use]
pub fn text(value: &str) -> Json {
    Json::String(value.to_owned())
}

#[must_use]
pub fn number(value: i64) -> Json {
    Json::Number(value.to_string())
}

/// Another character of base64url, for a text that must differ.
#[must_use]
pub fn with_other_start(part: &str) -> String {
    let first = if part.starts_with('A') { 'B' } else { 'A' };
    format!("{first}{}", part.get(1..).unwrap_or_default())
}
