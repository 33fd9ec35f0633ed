//! The issuers whose tokens stand for clients.

use super::preset::{IdentityKind, Preset, Replay};
use crate::claims::{Claim, ClaimsView};
use crate::jose::algorithm::Algorithm;
use crate::jose::compact::{self, Jws};
use crate::jose::keyset::KeySet;
use crate::json::{Json, Object};
use crate::registry::KeysUrl;
use std::sync::Arc;

/// The type of an ID-JAG.
pub(super) const ID_JAG_TYPE: &str = "oauth-id-jag+jwt";

/// `[[trust]]`
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// The name by which rules refer to it.
    pub name: String,
    pub preset: &'static Preset,
    /// The `iss` of its tokens; of SPIFFE, the trust domain with its scheme.
    pub issuer: String,
    pub keys: TrustKeys,
    /// The accepted algorithms, all asymmetric.
    pub algorithms: Vec<Algorithm>,
    /// Accepted audiences beside this server's issuer.
    pub audiences: Vec<String>,
    /// The longest accepted lifetime, in seconds.
    pub max_lifetime: u64,
    pub replay: Replay,
}

/// The source of an issuer's keys.
#[derive(Clone, Debug)]
pub enum TrustKeys {
    /// A file of the operator.
    Fixed(Arc<KeySet>),
    /// The address of a key set or SPIFFE bundle, or an issuer whose metadata has it.
    At(KeysUrl),
}

impl TrustedIssuer {
    /// The platform whose issuer everybody shares, if it is one. The address decides, since strangers there get
    /// tokens whatever the preset is.
    pub(super) fn platform(&self) -> Option<&'static Preset> {
        Preset::of_shared(&self.issuer)
    }

    /// Whether it is the one that these unverified claims name.
    fn is_of(&self, claims: &Object) -> bool {
        let view = ClaimsView::of(claims);
        match self.preset.kind {
            IdentityKind::Spiffe => match view.sub {
                Claim::Value(sub) => trust_domain(sub) == Some(self.issuer.as_str()),
                Claim::Absent | Claim::Mistyped(_) => false,
            },
            IdentityKind::Jwt | IdentityKind::IdJag => view.iss == Claim::Value(self.issuer.as_str()),
        }
    }
}

/// The trust domain of a SPIFFE ID with its scheme, as in `spiffe://example.org`. The path must not be empty.
#[must_use]
pub fn trust_domain(id: &str) -> Option<&str> {
    const SCHEME: &str = "spiffe://";
    let rest = id.strip_prefix(SCHEME)?;
    let (domain, path) = rest.split_once('/')?;
    let is_domain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    let is_segment = |segment: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        !matches!(segment, "" | "." | "..") && segment.bytes().all(fits)
    };
    let is_id = !domain.is_empty() && domain.bytes().all(is_domain) && path.split('/').all(is_segment);
    is_id.then(|| &id[..SCHEME.len() + domain.len()])
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct TrustedIssuers(Vec<TrustedIssuer>);

impl TrustedIssuers {
    #[must_use]
    pub fn new(issuers: Vec<TrustedIssuer>) -> Self {
        Self(issuers)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &TrustedIssuer> {
        self.0.iter()
    }

    #[must_use]
    pub fn any(&self, kind: IdentityKind) -> bool {
        self.0.iter().any(|trust| trust.preset.kind == kind)
    }

    #[must_use]
    pub fn named(&self, name: &str) -> Option<&TrustedIssuer> {
        self.0.iter().find(|trust| trust.name == name)
    }

    /// The one that an unverified token names. The same issuer may make ID-JAGs and other tokens. A SPIFFE
    /// identity comes without an issuer.
    #[must_use]
    pub fn of(&self, jws: &Jws<'_>) -> Option<&TrustedIssuer> {
        let claims = jws.peek_unverified()?;
        if claims.get("iss").is_none() {
            return self.of_spiffe(claims);
        }
        let is_jag = jws.header_str("typ").is_some_and(|typ| compact::media_type(typ) == ID_JAG_TYPE);
        let of_kind = |jag: bool| {
            let is_other = |trust: &TrustedIssuer| match trust.preset.kind {
                IdentityKind::Spiffe => true,
                IdentityKind::IdJag => !jag,
                IdentityKind::Jwt => jag,
            };
            self.0.iter().find(|trust| !is_other(trust) && trust.is_of(claims))
        };
        of_kind(is_jag).or_else(|| of_kind(!is_jag))
    }

    /// The SPIFFE trust domain that unverified claims name, whatever their `iss`.
    #[must_use]
    pub fn of_spiffe(&self, claims: &Object) -> Option<&TrustedIssuer> {
        self.0.iter().find(|trust| trust.preset.kind == IdentityKind::Spiffe && trust.is_of(claims))
    }

    /// The subject as the log shows it.
    pub(super) fn subject(claims: &Object) -> &str {
        claims.get("sub").and_then(Json::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trust_domain_is_that_of_a_strict_spiffe_id() {
        for (id, domain) in [
            ("spiffe://example.org/ns/a/sa/b", Some("spiffe://example.org")),
            ("spiffe://example.org", None),
            ("spiffe://example.org/", None),
            ("spiffe://example.org//a", None),
            ("spiffe://example.org/a/../b", None),
            ("spiffe://example.org/a/", None),
            ("spiffe://Example.org/a", None),
            ("spiffe://example.org:443/a", None),
            ("spiffe://u@example.org/a", None),
            ("spiffe://example.org/a?b", None),
            ("spiffe://example.org/%61", None),
            ("SPIFFE://example.org/a", None),
            ("https://example.org/a", None),
        ] {
            assert_eq!(trust_domain(id), domain, "{id}");
        }
    }
}
