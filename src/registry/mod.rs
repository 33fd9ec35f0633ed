//! Who may ask for tokens: clients, what each is allowed, and how its secret is checked. Secrets
//! themselves are not kept, only what verifies them.

pub mod cached_clients;
pub mod client_cache;
mod client_rules;
pub mod expiring_set;
pub mod generated_secret;
pub mod keys;
pub mod networks;
pub mod record;
mod revalidate;
mod rollback;
pub mod secret_hash;
pub mod secret_throttle;
pub mod shared_clock;
mod single_flight;
pub mod store;
pub mod store_health;
mod store_latency;
pub mod token_buckets;
pub mod wait;
mod wakeup;
mod write_backoff;
pub mod write_behind;

use crate::clock::Timestamp;
use crate::jose::certificate::SubjectName;
use crate::jose::digest::sha256;
use crate::jose::keyset::KeySet;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use client_cache::ClientCache;
pub use client_rules::{InvalidClient, MIN_SECRET};
use networks::Networks;
use secret_hash::{SecretHash, VerifiedSecrets};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use store::StoreError;
use wait::{Wait, WaitPolicy, WouldWait};

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
    /// What it may do beside asking for tokens.
    pub may: Permissions,
    /// Where it may ask from; anywhere, where that is empty.
    pub allow_from: Networks,
    /// When it was registered, where that is known: tokens from before are not its own, but those of a
    /// client of the same id that was removed.
    pub created: Option<Timestamp>,
}

impl Client {
    /// What verifies its secrets, where it has any to show.
    fn secrets(&self) -> &[LiveSecret] {
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

/// What a client may do beside asking for its own tokens; nothing unless its entry says so.
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
        /// What verifies it; while it is exchanged for another, each of several.
        secrets: Vec<LiveSecret>,
        /// The only way that is taken, where that is fixed.
        only: Option<SecretMethod>,
    },
    /// An assertion by a shared secret (`client_secret_jwt`).
    SecretJwt {
        /// The key that verifies it.
        keys: KeySet,
        /// Whom it may be meant for.
        audience: AssertionAudience,
    },
    /// An assertion by a private key (`private_key_jwt`, RFC 7523).
    PrivateKeyJwt {
        /// The keys that verify it.
        keys: ClientKeys,
        /// Whom it may be meant for.
        audience: AssertionAudience,
    },
    /// A certificate of a trusted authority that has this name (`tls_client_auth`, RFC 8705 section 2.1).
    Tls(SubjectName),
    /// One of the certificates of these SHA-256, whoever has signed it (`self_signed_tls_client_auth`,
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
    /// What verifies it.
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

    fn is_live(&self, now: Timestamp) -> bool {
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

/// Whom a client assertion may name as its audience.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AssertionAudience {
    /// The issuer, as the sole string (rfc7523bis section 4).
    #[default]
    Issuer,
    /// The token endpoint's URL, too, which older libraries send.
    IssuerOrTokenUrl,
}

/// How a lookup with a secret ended.
#[derive(Debug)]
pub enum Authentication {
    /// The secret is that client's.
    Authenticated(Arc<Client>),
    /// There is no such client.
    UnknownClient,
    /// There is, and the secret is another.
    WrongSecret,
    /// There is, and it proves itself in another way.
    OtherMethod,
    /// The store has to be asked, or the secret to be checked slowly, and this run may not wait for that.
    WouldWait(WouldWait),
}

/// All clients, by id: those of the configuration, and those of the store. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    declared: Arc<HashMap<String, Arc<Client>>>,
    /// The ids in the order in which they were declared.
    order: Arc<Vec<String>>,
    registered: Option<Arc<ClientCache>>,
    /// Keyed anew in each process: nobody can foresee which decoy an id gets.
    decoys: RandomState,
    /// Slow hashes that have been checked.
    checked: Arc<VerifiedSecrets>,
}

impl Registry {
    /// Adds a client of the configuration.
    ///
    /// # Errors
    /// With the id, where there is one of that id already.
    pub fn add(&mut self, client: Client) -> Result<(), String> {
        if self.declared.contains_key(&client.id) {
            return Err(client.id);
        }
        Arc::make_mut(&mut self.order).push(client.id.clone());
        Arc::make_mut(&mut self.declared).insert(client.id.clone(), Arc::new(client));
        Ok(())
    }

    /// Looks up in a store, too.
    #[must_use]
    pub fn with_store(self, registered: Arc<ClientCache>) -> Self {
        Self { registered: Some(registered), ..self }
    }

    /// The clients of the store, where there is one.
    #[must_use]
    pub fn registered(&self) -> Option<&Arc<ClientCache>> {
        self.registered.as_ref()
    }

    /// The client of that id.
    ///
    /// # Errors
    /// Where the store cannot be asked, or only by waiting for it, which is not allowed.
    pub fn get(&self, id: &str, patience: WaitPolicy) -> Result<Option<Arc<Client>>, StoreError> {
        match (self.declared.get(id), &self.registered) {
            (Some(client), _) => Ok(Some(client.clone())),
            (None, Some(registered)) => registered.find(id, patience),
            (None, None) => Ok(None),
        }
    }

    /// Whether any client may exchange tokens.
    #[must_use]
    pub fn any_exchange(&self) -> bool {
        self.declared().any(|client| client.may.exchange)
            || self.registered.as_ref().is_some_and(|registered| registered.any_exchange())
    }

    /// The clients of the configuration, in the order in which they were declared.
    pub fn declared(&self) -> impl Iterator<Item = &Client> {
        self.order.iter().filter_map(|id| self.declared.get(id)).map(Arc::as_ref)
    }

    /// The ids that a store has, too. Each client is to stand in one of the two.
    ///
    /// # Errors
    /// Where the store cannot be asked.
    pub fn declared_twice(&self, registered: &ClientCache) -> Result<Vec<String>, StoreError> {
        let mut twice = Vec::new();
        for client in self.declared() {
            if registered.store().client(&client.id)?.is_some() {
                twice.push(client.id.clone());
            }
        }
        Ok(twice)
    }

    /// Whether some client of the configuration needs TLS with certificates of clients.
    #[must_use]
    pub fn needs_certificates(&self) -> bool {
        self.declared().any(Client::has_bound_tokens)
    }

    /// Looks a client up and checks its secret. An unknown id takes the time of a known one: its
    /// secret is checked too, against that of a client which the id picks by a secret hash. So the
    /// time tells neither whether a client exists nor, where checks of different cost are mixed,
    /// which ids have which.
    ///
    /// # Errors
    /// As [`Registry::get`].
    pub fn authenticate(
        &self,
        id: &str,
        secret: &Secret,
        method: SecretMethod,
        (from, now): (Option<IpAddr>, Timestamp),
        patience: WaitPolicy,
    ) -> Result<Authentication, StoreError> {
        let digest = sha256(secret.expose());
        let found = self.get(id, patience)?;
        let known = found.as_deref().map_or(&[][..], Client::secrets);
        let live = known.iter().filter(|secret| secret.is_live(now));
        let right = if live.clone().next().is_some() {
            self.right(live, secret, &digest, patience)
        } else {
            self.right(self.decoy(id).iter(), secret, &digest, patience).map(|_| None)
        };
        let right = match right {
            Ok(right) => right,
            Err(would_wait) => return Ok(Authentication::WouldWait(would_wait)),
        };
        Ok(match found {
            None => Authentication::UnknownClient,
            Some(client) if !takes(&client, method) => Authentication::OtherMethod,
            Some(client) => match right {
                Some(number) => {
                    self.note_use(&client.id, number, from, now);
                    Authentication::Authenticated(client)
                }
                None => Authentication::WrongSecret,
            },
        })
    }

    /// The number of the secret that it is, among those. What is checked fast, or was checked before, comes
    /// first: a slow check is for who is not known by then. That none fits is said only of what is confirmed.
    fn right<'a>(
        &self,
        tried: impl Iterator<Item = &'a LiveSecret> + Clone,
        secret: &Secret,
        digest: &[u8; 32],
        patience: WaitPolicy,
    ) -> Result<Option<Option<i64>>, WouldWait> {
        let number = |live: &LiveSecret| live.number;
        let fast = tried.clone().filter(|live| self.checked.is_known(&live.hash, digest)).map(number).last();
        if fast.is_some() {
            return Ok(fast);
        }
        // First: a slow check must not be for nothing, nor done twice.
        self.confirmed(patience)?;
        let mut right = None;
        for live in tried.filter(|live| live.hash.is_slow()) {
            patience.allow(Wait::Secret)?;
            if self.checked.verify(&live.hash, secret, digest) {
                right = Some(live.number);
            }
        }
        Ok(right)
    }

    fn note_use(&self, client: &str, number: Option<i64>, from: Option<IpAddr>, now: Timestamp) {
        if let (Some(registered), Some(number)) = (&self.registered, number) {
            registered.note_use(client, number, from, now);
        }
    }

    /// What a secret is checked against where there is nothing to check it against: as a client's of the
    /// configuration, or as one of the store, which is fast or, where such have been seen, slow.
    fn decoy(&self, id: &str) -> Vec<LiveSecret> {
        let mut kinds: Vec<Option<SecretHash>> = Vec::new();
        if self.registered.is_some() || self.order.is_empty() {
            kinds.push(None);
            kinds.extend(self.checked.slow_one().map(Some));
        }
        let count = (self.order.len() + kinds.len()) as u64;
        let index = usize::try_from(self.decoys.hash_one(id) % count).unwrap_or(0);
        let declared = self.order.get(index).and_then(|id| self.declared.get(id));
        let mut secrets = declared.map(|client| client.secrets().to_vec()).unwrap_or_default();
        if secrets.is_empty() {
            let kind = index.checked_sub(self.order.len()).and_then(|index| kinds.swap_remove(index));
            secrets.push(LiveSecret::lasting(kind.unwrap_or_else(SecretHash::unusable)));
        }
        secrets
    }
}

fn takes(client: &Client, method: SecretMethod) -> bool {
    matches!(&client.auth, ClientAuth::Secret { only, .. } if only.is_none_or(|only| only == method))
}

#[cfg(test)]
mod tests;
