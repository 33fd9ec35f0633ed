//! The ways in which a token can be wrong, one at a time. `mint --broken` and the faults of `serve --test` share
//! their names.

use super::draft::TokenDraft;
use crate::clock::Timestamp;
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::digest::base64url;
use crate::jose::sign::{SignError, Signer};
use crate::json::{Json, Object};
use std::str::FromStr;

const HOUR: i64 = 3600;
/// The size of [`Flaw::Huge`] in bytes of JSON: larger than the header limit of most servers.
const HUGE: usize = 20 * 1024;

/// One thing that is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    Expired,
    NotYet,
    NoExp,
    Iss,
    Aud,
    Typ,
    Alg,
    AlgNone,
    Kid,
    Crit,
    Signature,
    NoSignature,
    Payload,
    Opaque,
    Huge,
}

impl Flaw {
    pub const ALL: [Self; 15] = [
        Self::Expired,
        Self::NotYet,
        Self::NoExp,
        Self::Iss,
        Self::Aud,
        Self::Typ,
        Self::Alg,
        Self::AlgNone,
        Self::Kid,
        Self::Crit,
        Self::Signature,
        Self::NoSignature,
        Self::Payload,
        Self::Opaque,
        Self::Huge,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYet => "not-yet",
            Self::NoExp => "no-exp",
            Self::Iss => "iss",
            Self::Aud => "aud",
            Self::Typ => "typ",
            Self::Alg => "alg",
            Self::AlgNone => "alg-none",
            Self::Kid => "kid",
            Self::Crit => "crit",
            Self::Signature => "signature",
            Self::NoSignature => "no-signature",
            Self::Payload => "payload",
            Self::Opaque => "opaque",
            Self::Huge => "huge",
        }
    }

    /// The flaw in words, for help pages and documents.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Expired => "it expired an hour ago",
            Self::NotYet => "it is valid in an hour (nbf)",
            Self::NoExp => "it has no exp",
            Self::Iss => "another issuer",
            Self::Aud => "the audience of another API",
            Self::Typ => "a typ that no access token has",
            Self::Alg => "the header names another algorithm than the one that signed",
            Self::AlgNone => "alg is none, without a signature",
            Self::Kid => "a kid that no key set has",
            Self::Crit => "a critical extension that nobody knows",
            Self::Signature => "one bit of the signature is wrong",
            Self::NoSignature => "the signature is empty",
            Self::Payload => "the claims were changed after signing",
            Self::Opaque => "a reference that is not a JWT",
            Self::Huge => "20 KB long",
        }
    }

    /// Whether the token is made without a key.
    #[must_use]
    pub const fn needs_no_key(self) -> bool {
        matches!(self, Self::Opaque)
    }

    /// The token of a draft, with this flaw. Only what the flaw is about differs from a good token.
    ///
    /// # Errors
    /// If the cryptography library refuses.
    pub fn signed(self, draft: &TokenDraft, signer: &Signer, now: Timestamp) -> Result<String, SignError> {
        let mut draft = draft.clone();
        match self {
            Self::Opaque => return Ok(opaque(&draft)),
            Self::AlgNone => {
                draft.header.set("alg", text("none"));
                return Ok(draft.unsigned());
            }
            Self::NoSignature => return Ok(draft.unsigned()),
            Self::Signature => return draft.signed(signer).map(|token| with_wrong_signature(&token)),
            Self::Payload => return with_other_claims(&draft, signer),
            _ => {}
        }
        self.spoil(&mut draft.header, &mut draft.claims, signer, now);
        draft.signed(signer)
    }

    /// Changes header or claims before they are signed.
    fn spoil(self, header: &mut Object, claims: &mut Object, signer: &Signer, now: Timestamp) {
        match self {
            Self::Expired => {
                claims.set("iat", date(now, -2 * HOUR));
                claims.set("exp", date(now, -HOUR));
            }
            Self::NotYet => {
                claims.set("nbf", date(now, HOUR));
                claims.set("exp", date(now, 2 * HOUR));
            }
            Self::NoExp => claims.remove("exp"),
            Self::Iss => claims.set("iss", text("https://another-issuer.example")),
            Self::Aud => claims.set("aud", text("https://another-api.example")),
            Self::Typ => header.set("typ", text("logout+jwt")),
            Self::Alg => header.set("alg", text(other_algorithm(signer.algorithm()).name())),
            Self::Kid => header.set("kid", text("a-key-that-does-not-exist")),
            Self::Crit => {
                header.set("crit", Json::Array(vec![text("https://extension.example")]));
                header.set("https://extension.example", Json::Bool(true));
            }
            Self::Huge => claims.set("padding", text(&"x".repeat(HUGE))),
            Self::AlgNone | Self::Signature | Self::NoSignature | Self::Payload | Self::Opaque => {}
        }
    }
}

/// The name of no flaw.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a flaw")]
pub struct UnknownFlaw;

impl FromStr for Flaw {
    type Err = UnknownFlaw;

    fn from_str(name: &str) -> Result<Self, UnknownFlaw> {
        Self::ALL.into_iter().find(|flaw| flaw.name() == name).ok_or(UnknownFlaw)
    }
}

/// An opaque token (RFC 6749 section 1.4), unique to the draft.
#[must_use]
pub fn opaque(draft: &TokenDraft) -> String {
    let claims = serde_json::to_vec(&draft.claims).unwrap_or_default();
    base64url(&crate::jose::digest::sha256(&claims))
}

fn text(value: &str) -> Json {
    Json::String(value.to_owned())
}

fn date(now: Timestamp, later: i64) -> Json {
    Json::Number(now.unix().saturating_add(later).to_string())
}

/// Another algorithm, by the same kind of key if there is one. `EdDSA` and `Ed25519` are the same (RFC 9864).
fn other_algorithm(algorithm: Algorithm) -> Algorithm {
    let is_other = |other: &Algorithm| *other != algorithm && algorithm.family() != Family::Ed25519;
    let of_family = |other: &Algorithm| other.family() == algorithm.family();
    Algorithm::ALL.into_iter().find(|other| is_other(other) && of_family(other)).unwrap_or(Algorithm::RS256)
}

fn with_wrong_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    // The first character has only significant bits; the last may have unused ones.
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", signature.get(1..).unwrap_or_default())
}

/// Adds a claim between the signed header and the signature.
fn with_other_claims(draft: &TokenDraft, signer: &Signer) -> Result<String, SignError> {
    let token = draft.signed(signer)?;
    let mut changed = draft.clone();
    changed.claims.set("changed", Json::Bool(true));
    let signature = token.rsplit('.').next().unwrap_or_default();
    Ok(format!("{}{signature}", changed.unsigned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::compact::{self, Token};
    use crate::jose::keyset::KeySet;
    use crate::jose::private::PrivateKey;
    use crate::secret::Secret;
    use crate::verdict::{self, Policy, Status};
    use std::time::Duration;

    const ISSUER: &str = "https://as.example.com";

    fn signers() -> Vec<Signer> {
        crate::jose::install_provider();
        let ec = PrivateKey::generate(Algorithm::ES256).unwrap();
        let rsa = PrivateKey::generate(Algorithm::PS256).unwrap();
        let ed = PrivateKey::generate(Algorithm::EdDSA).unwrap();
        vec![
            Signer::asymmetric(ec, Algorithm::ES256).unwrap(),
            Signer::asymmetric(rsa, Algorithm::PS256).unwrap(),
            Signer::asymmetric(ed, Algorithm::EdDSA).unwrap(),
            Signer::hs256(Secret::new("0123456789abcdef0123456789abcdef")).unwrap(),
        ]
    }

    fn policy() -> Policy {
        Policy {
            iss: Some(ISSUER.to_owned()),
            aud: vec!["orders".to_owned()],
            typ: vec!["at+jwt".to_owned()],
            require: vec![verdict::CheckName::Exp],
            ..Policy::default()
        }
    }

    /// The failed checks of a token, by name.
    fn failures(token: &str, signer: &Signer, now: Timestamp) -> Vec<String> {
        let Token::Jws(jws) = compact::read(token) else { return vec!["unreadable".to_owned()] };
        let keys = KeySet::of(signer.verifying_key().clone());
        let checks = verdict::judge(&jws, &keys, &policy(), now).checks;
        let failed = checks.iter().filter(|check| check.status == Status::Fail);
        failed.map(|check| format!("{:?}", check.name).to_lowercase()).collect()
    }

    #[test]
    fn each_flaw_fails_its_own_check_and_no_other() {
        let now = Timestamp::from_unix(1_795_420_800);
        for signer in signers() {
            let claims =
                Json::parse(br#"{"iss":"https://as.example.com","sub":"a","aud":"orders"}"#).unwrap();
            let draft = TokenDraft::new(
                claims.as_object().unwrap().clone(),
                &signer,
                now,
                Duration::from_secs(3600),
                [7; 16],
            );
            assert_eq!(failures(&draft.signed(&signer).unwrap(), &signer, now), [""; 0]);
            for flaw in Flaw::ALL {
                let token = flaw.signed(&draft, &signer, now).unwrap();
                let has_kid = signer.verifying_key().kid.is_some();
                let expected: &[&str] = match flaw {
                    Flaw::Expired | Flaw::NoExp => &["exp"],
                    Flaw::NotYet => &["nbf"],
                    Flaw::Iss => &["iss"],
                    Flaw::Aud => &["aud"],
                    Flaw::Typ => &["typ"],
                    Flaw::Crit => &["crit"],
                    Flaw::Opaque | Flaw::Huge => &["unreadable"],
                    Flaw::Kid if has_kid => &["key", "signature"],
                    Flaw::Kid => &[],
                    Flaw::AlgNone => &["alg", "signature"],
                    Flaw::Alg => &["key", "signature"],
                    Flaw::Signature | Flaw::NoSignature | Flaw::Payload => &["signature"],
                };
                let name = (signer.algorithm(), flaw.name());
                assert_eq!(failures(&token, &signer, now), expected, "{name:?}");
            }
        }
    }

    #[test]
    fn names_are_unique_and_parse() {
        for flaw in Flaw::ALL {
            assert_eq!(flaw.name().parse(), Ok(flaw));
            assert!(!flaw.meaning().is_empty());
        }
        assert_eq!("Expired".parse::<Flaw>(), Err(UnknownFlaw));
    }
}
