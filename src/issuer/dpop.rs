//! DPoP proofs (RFC 9449): the sender of a request holds the key that a token is bound to. The checks are
//! those of section 4.3, in its order.

use crate::claims::{Claim, ClaimsView, NumericDate};
use crate::clock::Timestamp;
use crate::http::Headers;
use crate::http::address::Address;
use crate::issuer::Service;
use crate::issuer::active_token::taken_until;
use crate::issuer::error::Unavailable;
use crate::jose::algorithm::Algorithm;
use crate::jose::compact::{self, Jws, Token};
use crate::jose::digest::{base64url, hmac_sha256, sha256};
use crate::jose::jwk::{self, PRIVATE_MEMBERS};
use crate::jose::key::{CLIENT_RSA_MAX_BITS, VerifyingKey};
use crate::jose::verify;
use crate::json::JsonLimits;
use crate::json::{Json, Object};
use crate::registry::expiring_set::digest;
use crate::registry::store::{Id, IdKind};
use std::time::Duration;

/// The accepted algorithms: asymmetric ones only (section 11.6).
pub const ALGORITHMS: [Algorithm; 12] = [
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::ES256K,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::EdDSA,
    Algorithm::Ed25519,
];
/// The maximum age of a proof, in seconds.
const WINDOW: u64 = 60;
/// The tolerated clock difference for proofs from the future, in seconds.
const AHEAD: u64 = 10;
/// The window of a nonce, in seconds; it is also accepted in the next one.
const NONCE_WINDOW: i64 = 300;

/// The request that the proof must match.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub method: &'a str,
    /// The addresses of the endpoint, without query and fragment. A message names the first.
    pub urls: &'a [String],
    /// The access token sent with it, at a resource.
    pub token: Option<&'a str>,
    /// The thumbprint of the key that the token is bound to, at a resource.
    pub key: Option<&'a str>,
    /// The client whose quota of remembered ids the proof uses. It is authenticated, or holds the token and
    /// its key, so strangers cannot fill a quota.
    pub owner: &'a str,
}

/// Why a proof is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DpopError {
    Invalid(String),
    /// It is valid, but made with another key than the token's.
    OtherKey,
    /// It must contain this nonce.
    NonceNeeded(String),
    /// Its id cannot be recorded now, or no nonce can be made.
    Unavailable(Unavailable),
}

/// A well-formed proof. Its signature and request are not checked yet.
#[derive(Debug)]
pub struct DpopProof<'a> {
    jws: Jws<'a>,
    key: VerifyingKey,
    jkt: String,
    jti: String,
    iat: NumericDate,
}

impl<'a> DpopProof<'a> {
    /// The proof of a request; `None` if it has none.
    ///
    /// # Errors
    /// [`DpopError::Invalid`] for several proofs, or one that is invalid for any request.
    pub fn presented(headers: &'a Headers) -> Result<Option<Self>, DpopError> {
        let mut proofs = headers.all("dpop");
        let Some(proof) = proofs.next() else { return Ok(None) };
        if proofs.next().is_some() {
            return invalid("there is more than one DPoP header");
        }
        let Token::Jws(jws) = compact::read_within(proof, JsonLimits::ASSERTION) else {
            return invalid("it is not a signed JWT");
        };
        let Some(claims) = jws.peek_unverified() else { return invalid("its payload is not a claims set") };
        let key = check_header(&jws, claims)?;
        let view = ClaimsView::of(claims);
        let (Claim::Value(jti), Claim::Value(iat)) = (&view.jti, &view.iat) else {
            return invalid("it has no jti or no iat");
        };
        if jti.is_empty() {
            return invalid("its jti is empty");
        }
        let Some(jkt) = key.thumbprint() else { return invalid("its key is a shared secret") };
        let (jti, iat) = ((*jti).to_owned(), *iat);
        Ok(Some(Self { jws, key, jkt, jti, iat }))
    }

    /// The thumbprint of its key (RFC 9449 section 6.1).
    #[must_use]
    pub fn jkt(&self) -> &str {
        &self.jkt
    }

    /// Verifies the proof and records its id: it is accepted once.
    ///
    /// # Errors
    /// [`DpopError`]
    pub fn verify(
        &self,
        service: &Service,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<(), DpopError> {
        if let Err(error) = verify::verify(&self.jws, &self.key) {
            return invalid(&error.to_string());
        }
        let Some(claims) = self.jws.peek_unverified() else {
            return invalid("its payload is not a claims set");
        };
        check_request(claims, expected)?;
        check_nonce(service, claims, now)?;
        check_time(self.iat, now)?;
        if let Some(token) = expected.token {
            let ath = base64url(&sha256(token.as_bytes()));
            if claims.get("ath").and_then(Json::as_str) != Some(ath.as_str()) {
                return invalid("its ath is not the hash of the access token");
            }
        }
        if expected.key.is_some_and(|bound| bound != self.jkt) {
            return Err(DpopError::OtherKey);
        }
        // Until every node refuses it, since their clocks differ too.
        let until = taken_until(self.iat, Duration::from_secs(WINDOW + AHEAD));
        let digest = digest(&[&self.jkt, &self.jti]);
        let used = Id { kind: IdKind::Proof, digest, owner: expected.owner.to_owned(), until };
        match service.remember(used, now) {
            Ok(true) => Ok(()),
            Ok(false) => invalid("it has been used before (jti)"),
            Err(cannot) => Err(DpopError::Unavailable(cannot)),
        }
    }
}

fn invalid<T>(why: &str) -> Result<T, DpopError> {
    Err(DpopError::Invalid(format!("DPoP proof: {why}")))
}

/// The key in the proof's header, which must match the algorithm and must not be private.
fn check_header(jws: &Jws<'_>, claims: &Object) -> Result<VerifyingKey, DpopError> {
    if jws.header.duplicate().is_some() || claims.duplicate().is_some() {
        return invalid("a name occurs more than once");
    }
    if jws.header_str("typ").is_none_or(|typ| !typ.eq_ignore_ascii_case("dpop+jwt")) {
        return invalid("its typ must be dpop+jwt");
    }
    if jws.header.get("crit").is_some() {
        return invalid("it has critical extensions, which are not understood");
    }
    let algorithm =
        verify::algorithm(jws).map_err(|error| DpopError::Invalid(format!("DPoP proof: {error}")))?;
    if !ALGORITHMS.contains(&algorithm) {
        return invalid("its alg is not one of dpop_signing_alg_values_supported");
    }
    let Some(jwk) = jws.header.get("jwk").and_then(Json::as_object) else { return invalid("it has no jwk") };
    // On the JSON as received: a parser may drop members.
    if PRIVATE_MEMBERS.iter().any(|name| jwk::member(jwk, name).is_some()) {
        return invalid("its jwk holds a private key, which is known to others now");
    }
    let key = jwk::read(jwk, "the proof's header").map_err(|unusable| {
        DpopError::Invalid(format!("DPoP proof: its jwk cannot be used: {}", unusable.why))
    })?;
    // The sender chooses the key, and a longer one costs more to verify.
    let bits = key.material.rsa_bits();
    if bits > CLIENT_RSA_MAX_BITS {
        return invalid(&format!("its RSA key has {bits} bits, more than {CLIENT_RSA_MAX_BITS}"));
    }
    Ok(key)
}

fn check_request(claims: &Object, expected: &Expected<'_>) -> Result<(), DpopError> {
    let text = |name| claims.get(name).and_then(Json::as_str).unwrap_or_default();
    if text("htm") != expected.method {
        return invalid("its htm is not the method of the request");
    }
    if !expected.urls.iter().any(|url| same_address(text("htu"), url)) {
        return Err(DpopError::Invalid(format!(
            "DPoP proof: its htu is not the address of the request, which is {} (public_url sets it)",
            expected.urls.first().map_or("", String::as_str)
        )));
    }
    Ok(())
}

fn check_time(iat: NumericDate, now: Timestamp) -> Result<(), DpopError> {
    let present = NumericDate::from_timestamp(now);
    if iat > present.plus(AHEAD) {
        return invalid("its iat is in the future");
    }
    if iat.plus(WINDOW) < present {
        return invalid("its iat is more than a minute ago");
    }
    Ok(())
}

/// A nonce, if present, must be ours; it is required if the service requires nonces (section 8).
fn check_nonce(service: &Service, claims: &Object, now: Timestamp) -> Result<(), DpopError> {
    let sent = claims.get("nonce");
    if sent.is_none() && !service.settings.dpop_nonce {
        return Ok(());
    }
    let key =
        service.state.nonce_key().map_err(|error| DpopError::Unavailable(Unavailable::openly(&error)))?;
    let windows = [now.unix(), now.unix().saturating_sub(NONCE_WINDOW)];
    match sent {
        Some(Json::String(sent)) if windows.iter().any(|at| nonce(&key, *at) == *sent) => Ok(()),
        Some(_) | None => Err(DpopError::NonceNeeded(nonce(&key, now.unix()))),
    }
}

/// Stateless: a nonce is a keyed hash of its time window.
fn nonce(key: &[u8; 32], at: i64) -> String {
    let window = at.div_euclid(NONCE_WINDOW).to_be_bytes();
    base64url(&hmac_sha256(key, &window)[..16])
}

/// Whether both URLs name the same endpoint in any spelling. All loopback names are equal; query and
/// fragment are ignored (section 4.3).
fn same_address(sent: &str, ours: &str) -> bool {
    let read = |url| Address::parse(url).map(Address::on_any_loopback_name);
    read(sent).is_some_and(|sent| read(ours) == Some(sent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_as_the_rfc_asks() {
        let ours = "https://as.example.com/oauth/token";
        for same in
            [ours, "HTTPS://AS.example.com:443/oauth/token", "https://as.example.com/oauth/token?x=y#z"]
        {
            assert!(same_address(same, ours), "{same}");
        }
        for other in [
            "http://as.example.com/oauth/token",
            "https://evil@as.example.com/oauth/token",
            "https://as.example.com/oauth/token/",
            "https://as.example.com:8443/oauth/token",
            "",
            "/oauth/token",
        ] {
            assert!(!same_address(other, ours), "{other}");
        }
        assert!(same_address("http://localhost:1/a", "http://127.0.0.1:1/a"));
        assert!(same_address("http://[::1]:1/a", "http://127.0.0.1:1/a"));
        assert!(!same_address("http://localhost:2/a", "http://127.0.0.1:1/a"));
    }
}
