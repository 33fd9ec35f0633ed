//! A client as the server sees it: its permissions and its authentication method. Secrets are not stored,
//! only their hashes.

use super::federated::FederatedRule;
use super::networks::Networks;
use super::secret_hash::SecretHash;
use crate::claims::ScopeClaim;
use crate::clock::Timestamp;
use crate::jose::certificate::SubjectName;
use crate::jose::key::VerifyingKey;
use crate::jose::keyset::KeySet;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use std::time::Duration;

/// A confidential client (RFC 6749 section 2.1).
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    /// How it authenticates.
    pub auth: ClientAuth,
    /// The allowed scopes.
    pub scopes: ScopeSet,
    /// The scopes of a token if the request names none; a subset of `scopes`.
    pub default_scopes: ScopeSet,
    /// The resources for which it may request a token (RFC 8707).
    pub audiences: Vec<String>,
    /// The audience of its tokens if a request names none; a subset of `audiences`. Empty means the
    /// service's.
    pub default_audiences: Vec<String>,
    /// A claim that repeats the scope.
    pub scope_claim: Option<ScopeClaim>,
    /// Token lifetime, if it differs from the service's default.
    pub lifetime: Option<Duration>,
    /// Additional claims of its tokens.
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// The tokens of trusted issuers that stand for it.
    pub federated: Vec<FederatedRule>,
    /// Claims of such a token that its own tokens take over.
    pub claims_from: Vec<String>,
    pub may: Permissions,
    /// Networks from which it may send requests. Empty means any.
    pub allow_from: Networks,
    /// When it was registered, if known. Older tokens belong to a removed client with the same ID.
    pub created: Option<Timestamp>,
}

impl Client {
    /// A client that may have those scopes and nothing else.
    #[must_use]
    pub fn new(id: &str, auth: ClientAuth, scopes: ScopeSet) -> Self {
        Self {
            id: id.to_owned(),
            auth,
            default_scopes: scopes.clone(),
            scopes,
            audiences: Vec::new(),
            default_audiences: Vec::new(),
            scope_claim: None,
            lifetime: None,
            claims: serde_json::Map::new(),
            federated: Vec::new(),
            claims_from: Vec::new(),
            may: Permissions::default(),
            allow_from: Networks::default(),
            created: None,
        }
    }

    /// Its secrets. Empty if it uses another authentication method.
    pub(super) fn secrets(&self) -> &[LiveSecret] {
        match &self.auth {
            ClientAuth::Secret { secrets, .. } => secrets,
            _ => &[],
        }
    }

    /// Whether a token of a trusted issuer can stand for it.
    #[must_use]
    pub fn is_federated(&self) -> bool {
        !self.federated.is_empty()
    }

    /// Its rules for tokens of that trusted issuer.
    pub fn rules_of(&self, trust: &str) -> impl Iterator<Item = &FederatedRule> {
        self.federated.iter().filter(move |rule| rule.trust == trust)
    }

    /// Whether its tokens are bound to its client certificate (RFC 8705 section 3).
    #[must_use]
    pub fn has_bound_tokens(&self) -> bool {
        self.may.certificate_bound || self.auth.is_certificate()
    }
}

/// Permissions beyond requesting its own tokens. All are off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// May introspect any token (RFC 7662 section 2.1).
    pub introspect: bool,
    /// May exchange tokens on behalf of others (RFC 8693).
    pub exchange: bool,
    /// All its tokens must be bound to its DPoP key (RFC 9449 section 5.2).
    pub dpop_required: bool,
    /// All its tokens must be bound to its certificate, whatever its authentication method (RFC 8705 section
    /// 3.4).
    pub certificate_bound: bool,
}

/// The single registered authentication method of a client (RFC 6749 section 2.3.2).
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// A secret, sent by Basic or in the body, or by only one of the two.
    Secret {
        /// More than one during a rotation.
        secrets: Vec<LiveSecret>,
        /// The only accepted way to send it, if restricted.
        only: Option<SecretMethod>,
    },
    /// An assertion signed with a shared secret (`client_secret_jwt`).
    SecretJwt {
        /// The verification keys, the newest first. More than one during a rotation.
        secrets: Vec<SharedKey>,
        audience: AssertionAudience,
    },
    /// An assertion signed with a private key (`private_key_jwt`, RFC 7523).
    PrivateKeyJwt {
        /// The verification keys.
        keys: ClientKeys,
        audience: AssertionAudience,
    },
    /// A certificate from a trusted authority with this subject name (`tls_client_auth`, RFC 8705 section
    /// 2.1).
    Tls(SubjectName),
    /// A certificate with one of these SHA-256 fingerprints, from any issuer (`self_signed_tls_client_auth`,
    /// section 2.2).
    SelfSignedTls(Vec<[u8; 32]>),
    /// Only a token of a trusted issuer, by its rules.
    Federated,
}

impl ClientAuth {
    /// Whether it uses a certificate (RFC 8705 section 2).
    #[must_use]
    pub const fn is_certificate(&self) -> bool {
        matches!(self, Self::Tls(_) | Self::SelfSignedTls(_))
    }
}

/// A secret as a verification key, and its expiry.
#[derive(Clone, Debug)]
pub struct SharedKey {
    pub key: VerifyingKey,
    pub ends: Option<Timestamp>,
}

impl SharedKey {
    /// A secret that does not expire. `origin` is for messages.
    #[must_use]
    pub fn lasting(secret: Secret, origin: &str) -> Self {
        Self { key: VerifyingKey::hmac(secret, origin), ends: None }
    }

    /// The keys that have not expired.
    #[must_use]
    pub fn live(secrets: &[Self], now: Timestamp) -> KeySet {
        let live = secrets.iter().filter(|secret| secret.ends.is_none_or(|end| now < end));
        KeySet { given: true, keys: live.map(|secret| secret.key.clone()).collect(), ..KeySet::none() }
    }
}

/// A secret and its expiry.
#[derive(Clone, Debug)]
pub struct LiveSecret {
    pub hash: SecretHash,
    pub ends: Option<Timestamp>,
    /// Its number in the store, under which uses are recorded. `None` for secrets of the configuration.
    pub number: Option<i64>,
}

impl LiveSecret {
    /// A secret that does not expire.
    #[must_use]
    pub fn lasting(hash: SecretHash) -> Self {
        Self { hash, ends: None, number: None }
    }

    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.ends.is_none_or(|end| now < end)
    }
}

/// The two ways to send a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretMethod {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
}

/// The source of a client's public keys.
#[derive(Clone, Debug)]
pub enum ClientKeys {
    /// The configuration or the store.
    Fixed(KeySet),
    /// The client's `jwks_uri`.
    At(KeysUrl),
}

/// Where a client or another issuer publishes its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysUrl {
    /// The address of the key set, or the issuer whose metadata names it.
    pub uri: String,
    pub named_by: KeysNamedBy,
}

/// The source of a [`KeysUrl`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeysNamedBy {
    /// The operator, in a client's entry.
    Operator,
    /// The client itself, in its document.
    Document {
        /// The URL of the document.
        id: String,
        /// Whether it may name an address that is not public.
        private: bool,
    },
    /// The metadata of an issuer that the operator trusts.
    Issuer,
}

impl KeysUrl {
    /// The address that an operator registered.
    #[must_use]
    pub fn registered(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), named_by: KeysNamedBy::Operator }
    }

    /// The keys of the issuer at this URL.
    #[must_use]
    pub fn of_issuer(issuer: impl Into<String>) -> Self {
        Self { uri: issuer.into(), named_by: KeysNamedBy::Issuer }
    }
}

/// The accepted audience of a client assertion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AssertionAudience {
    /// Only the issuer (rfc7523bis section 4).
    #[default]
    Issuer,
    /// Also the token endpoint's URL, which older libraries send.
    IssuerOrTokenUrl,
}

impl AssertionAudience {
    /// The names in the configuration.
    pub const NAMES: [&'static str; 2] = ["issuer", "issuer-or-token-url"];

    /// The audience of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "issuer" => Some(Self::Issuer),
            "issuer-or-token-url" => Some(Self::IssuerOrTokenUrl),
            _ => None,
        }
    }
}
