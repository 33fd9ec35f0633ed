//! DPoP proofs (RFC 9449): that whoever sends a request holds the key that a token is bound to. The
//! checks are those of section 4.3, in its order.

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

/// Algorithms that a proof may have: asymmetric ones only (section 11.6).
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
/// The greatest age of a proof, in seconds.
const WINDOW: u64 = 60;
/// A proof may be dated ahead by this many seconds: clocks differ.
const AHEAD: u64 = 10;
/// A nonce is good for this window and the next.
const NONCE_WINDOW: i64 = 300;

/// The request that the proof must be of.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The address that was asked for, without query and fragment.
    pub url: &'a str,
    /// The access token beside it, at a resource.
    pub token: Option<&'a str>,
    /// The key that it must be of, at a resource: the one that the token is bound to.
    pub key: Option<&'a str>,
    /// The client whose share of remembered ids the proof takes. It is authenticated, or has the token and its key:
    /// strangers fill nobody's share.
    pub owner: &'a str,
}

/// Why a proof is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DpopError {
    /// It is not good.
    Invalid(String),
    /// It is good, and of another key than the token.
    OtherKey,
    /// It must have this nonce.
    NonceNeeded(String),
    /// Its id cannot be remembered now, or a nonce not be made.
    Unavailable(Unavailable),
}

/// A well-formed proof, as it was presented: its signature and what it is for are not checked yet.
#[derive(Debug)]
pub struct DpopProof<'a> {
    jws: Jws<'a>,
    key: VerifyingKey,
    jkt: String,
    jti: String,
    iat: NumericDate,
}

impl<'a> DpopProof<'a> {
    /// The proof of a request; `None` where it has none.
    ///
    /// # Errors
    /// [`DpopError::Invalid`] for more than one, and for one that no request could make good.
    pub fn presented(headers: &'a Headers) -> Result<Option<Self>, DpopError> {
        let mut proofs = headers.all("dpop");
        let Some(proof) = proofs.next() else { return Ok(None) };
        if proofs.next().is_some() {
            return invalid("there is more than one DPoP header");
        }
        let Token::Jws(jws) = compact::read_within(proof, JsonLimits::ASSERTION) else {
            return invalid("it is no signed JWT");
        };
        let Some(claims) = jws.peek_unverified() else { return invalid("its payload is no claims set") };
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

    /// Verifies the proof, and uses it up: it is good once.
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
        let Some(claims) = self.jws.peek_unverified() else { return invalid("its payload is no claims set") };
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
        // Until no node takes it any more: their clocks differ, too.
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

/// The key in the header of a proof, whose type and algorithm must fit. No private key may be sent along.
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
    // On the JSON as received: a parser that drops members would not see it.
    if PRIVATE_MEMBERS.iter().any(|name| jwk::member(jwk, name).is_some()) {
        return invalid("its jwk holds a private key, which is known to others now");
    }
    let key = jwk::read(jwk, "the proof's header").map_err(|unusable| {
        DpopError::Invalid(format!("DPoP proof: its jwk cannot be used: {}", unusable.why))
    })?;
    // Its sender chooses the key: a longer one costs more to verify.
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
    if !same_address(text("htu"), expected.url) {
        return Err(DpopError::Invalid(format!(
            "DPoP proof: its htu is not the address of the request, which is {} (public_url sets it)",
            expected.url
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

/// A nonce that is sent must be ours; where the service wants one, it must be sent (section 8).
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

/// Nothing to remember: the nonce of a time window is a keyed hash of it.
fn nonce(key: &[u8; 32], at: i64) -> String {
    let window = at.div_euclid(NONCE_WINDOW).to_be_bytes();
    base64url(&hmac_sha256(key, &window)[..16])
}

/// The same address in whatever spelling, any name of loopback for any other; the query and the fragment do
/// not count (section 4.3).
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
