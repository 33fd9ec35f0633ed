//! A client as a server knows it: what it may ask for, and how it proves who it is. Secrets themselves are not
//! kept, only what verifies them.

use super::networks::Networks;
use super::secret_hash::SecretHash;
use crate::clock::Timestamp;
use crate::jose::certificate::SubjectName;
use crate::jose::keyset::KeySet;
use crate::scope::ScopeSet;
use std::time::Duration;

/// A confidential client (RFC 6749 section 2.1).
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// How it proves who it is.
    pub auth: ClientAuth,
    /// The scopes that it may have.
    pub scopes: ScopeSet,
    /// The scopes that it gets when it asks for none; a subset of `scopes`.
    pub default_scopes: ScopeSet,
    /// The resources that it may ask a token for (RFC 8707).
    pub audiences: Vec<String>,
    /// How long its tokens live, where that differs from the service's.
    pub lifetime: Option<Duration>,
    /// Claims that each of its tokens has beside the registered ones.
    pub claims: serde_json::Map<String, serde_json::Value>,
    pub may: Permissions,
    /// Where it may ask from; anywhere, where that is empty.
    pub allow_from: Networks,
    /// When it was registered, where that is known: tokens from before are not its own, but those of a
    /// client of the same id that was removed.
    pub created: Option<Timestamp>,
}

impl Client {
    /// Its secrets; empty where it authenticates in another way.
    pub(super) fn secrets(&self) -> &[LiveSecret] {
        match &self.auth {
            ClientAuth::Secret { secrets, .. } => secrets,
            _ => &[],
        }
    }

    /// Whether its tokens are bound to the certificate with which it asks for them (RFC 8705 section 3).
    #[must_use]
    pub fn has_bound_tokens(&self) -> bool {
        self.may.certificate_bound || self.auth.is_certificate()
    }
}

/// Permissions beside asking for its own tokens. None unless the client's entry says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Ask about any token (RFC 7662 section 2.1).
    pub introspect: bool,
    /// Act for another (RFC 8693).
    pub exchange: bool,
    /// Has nothing but tokens bound to a key of its own (RFC 9449 section 5.2).
    pub dpop_required: bool,
    /// Has nothing but tokens bound to a certificate of its own, however it proves who it is (RFC 8705
    /// section 3.4).
    pub certificate_bound: bool,
}

/// The one registered way in which a client proves who it is (RFC 6749 section 2.3.2).
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// A secret, by Basic or in the body, or by only one of the two.
    Secret {
        /// Several during a rotation.
        secrets: Vec<LiveSecret>,
        /// The only way that is taken, where that is fixed.
        only: Option<SecretMethod>,
    },
    /// An assertion by a shared secret (`client_secret_jwt`).
    SecretJwt {
        /// The key that verifies it.
        keys: KeySet,
        audience: AssertionAudience,
    },
    /// An assertion by a private key (`private_key_jwt`, RFC 7523).
    PrivateKeyJwt {
        /// The keys that verify it.
        keys: ClientKeys,
        audience: AssertionAudience,
    },
    /// A certificate of a trusted authority that has this name (`tls_client_auth`, RFC 8705 section 2.1).
    Tls(SubjectName),
    /// One of the certificates of these SHA-256, signed by anybody (`self_signed_tls_client_auth`,
    /// section 2.2).
    SelfSignedTls(Vec<[u8; 32]>),
}

impl ClientAuth {
    /// Whether it is by a certificate (RFC 8705 section 2).
    #[must_use]
    pub const fn is_certificate(&self) -> bool {
        matches!(self, Self::Tls(_) | Self::SelfSignedTls(_))
    }
}

/// A secret that is good until its end.
#[derive(Clone, Debug)]
pub struct LiveSecret {
    pub hash: SecretHash,
    /// When it ends.
    pub ends: Option<Timestamp>,
    /// Its number in the store, where it is registered there: its uses are noted.
    pub number: Option<i64>,
}

impl LiveSecret {
    /// A secret without an end.
    #[must_use]
    pub fn lasting(hash: SecretHash) -> Self {
        Self { hash, ends: None, number: None }
    }

    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.ends.is_none_or(|end| now < end)
    }
}

/// The two ways of sending a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretMethod {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
}

/// Where a client's public keys are.
#[derive(Clone, Debug)]
pub enum ClientKeys {
    /// In its configuration.
    Fixed(KeySet),
    /// At an address that it keeps up to date (`jwks_uri`).
    At(String),
}

/// The accepted audience of a client assertion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AssertionAudience {
    /// The issuer, as the sole string (rfc7523bis section 4).
    #[default]
    Issuer,
    /// The token endpoint's URL, too, which older libraries send.
    IssuerOrTokenUrl,
}
