//! Looks up a client by its ID in the configuration and the store, and checks its secret.

use super::client::{Client, ClientAuth, LiveSecret, SecretMethod};
use super::client_cache::ClientCache;
use super::federated_clients::FoundClients;
use super::federated_index::FederatedIndex;
use super::secret_hash::{SecretHash, VerifiedSecrets};
use super::store::{ClientTrait, StoreError};
use super::wait::{Wait, WaitPolicy, WouldWait};
use crate::clock::Timestamp;
use crate::jose::digest::sha256;
use crate::secret::Secret;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;

/// The result of a lookup with a secret.
#[derive(Debug)]
pub enum Authentication {
    /// The secret is right. With its end, if it expires.
    Authenticated(Arc<Client>, Option<Timestamp>),
    /// No client has this ID.
    UnknownClient,
    /// The client exists, and the secret is wrong.
    WrongSecret,
    /// The client uses another authentication method.
    OtherMethod,
    /// The store must be queried or a slow hash computed, and this run may not wait.
    WouldWait(WouldWait),
}

/// All clients by ID, from the configuration and the store. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    declared: Arc<HashMap<String, Arc<Client>>>,
    /// The IDs in the order of the configuration.
    order: Arc<Vec<String>>,
    /// Those of the configuration with rules.
    federated: Arc<FederatedIndex>,
    registered: Option<Arc<ClientCache>>,
    /// Random per process, so that nobody can predict the decoy of an ID.
    decoys: RandomState,
    /// Slow hashes that were already verified.
    checked: Arc<VerifiedSecrets>,
}

impl Registry {
    /// Adds a client of the configuration.
    ///
    /// # Errors
    /// The ID, if it is already taken.
    pub fn add(&mut self, client: Client) -> Result<(), String> {
        if self.declared.contains_key(&client.id) {
            return Err(client.id);
        }
        Arc::make_mut(&mut self.order).push(client.id.clone());
        let client = Arc::new(client);
        if client.is_federated() {
            Arc::make_mut(&mut self.federated).add(client.clone());
        }
        Arc::make_mut(&mut self.declared).insert(client.id.clone(), client);
        Ok(())
    }

    /// Adds the clients of a store.
    #[must_use]
    pub fn with_store(self, registered: Arc<ClientCache>) -> Self {
        Self { registered: Some(registered), ..self }
    }

    /// The clients of the store, if there is one.
    #[must_use]
    pub fn registered(&self) -> Option<&Arc<ClientCache>> {
        self.registered.as_ref()
    }

    /// Looks up a client.
    ///
    /// # Errors
    /// If the store is unavailable, or must be waited for and `patience` does not allow it.
    pub fn get(&self, id: &str, patience: WaitPolicy) -> Result<Option<Arc<Client>>, StoreError> {
        match (self.declared.get(id), &self.registered) {
            (Some(client), _) => Ok(Some(client.clone())),
            (None, Some(registered)) => registered.find(id, patience),
            (None, None) => Ok(None),
        }
    }

    /// Whether the client is in the store, and disabled.
    ///
    /// # Errors
    /// As [`Registry::get`].
    pub fn is_disabled(&self, id: &str, patience: WaitPolicy) -> Result<bool, StoreError> {
        self.registered.as_ref().map_or(Ok(false), |registered| registered.is_disabled(id, patience))
    }

    #[must_use]
    pub fn any_exchange(&self) -> bool {
        self.declared().any(|client| client.may.exchange) || self.any_registered(ClientTrait::Exchange)
    }

    /// All clients with rules; `None` if there are too many to search.
    ///
    /// # Errors
    /// As [`Registry::get`].
    pub fn federated(&self, patience: WaitPolicy) -> Result<Option<Vec<Arc<Client>>>, StoreError> {
        let stored = self.stored_federated(patience)?;
        Ok(stored.map(|stored| self.with_declared(self.federated.clients().iter(), stored.clients().iter())))
    }

    /// The clients with a rule of that trust that may fit the subject; `None` if there are too many to search.
    ///
    /// # Errors
    /// As [`Registry::get`].
    pub fn candidates(
        &self,
        trust: &str,
        sub: &str,
        patience: WaitPolicy,
    ) -> Result<Option<Vec<Arc<Client>>>, StoreError> {
        let stored = self.stored_federated(patience)?;
        Ok(stored.map(|stored| {
            self.with_declared(self.federated.candidates(trust, sub), stored.candidates(trust, sub))
        }))
    }

    fn stored_federated(&self, patience: WaitPolicy) -> Result<FoundClients, StoreError> {
        self.registered.as_ref().map_or(Ok(Some(Arc::default())), |registered| registered.federated(patience))
    }

    fn with_declared<'a>(
        &self,
        declared: impl Iterator<Item = &'a Arc<Client>>,
        stored: impl Iterator<Item = &'a Arc<Client>>,
    ) -> Vec<Arc<Client>> {
        declared.chain(stored.filter(|client| !self.is_declared(&client.id))).cloned().collect()
    }

    /// Whether a client signs with its secret (`client_secret_jwt`).
    #[must_use]
    pub fn any_secret_jwt(&self) -> bool {
        self.declared().any(|client| matches!(client.auth, ClientAuth::SecretJwt { .. }))
            || self.any_registered(ClientTrait::SecretJwt)
    }

    fn any_registered(&self, of: ClientTrait) -> bool {
        self.registered.as_ref().is_some_and(|registered| registered.any(of))
    }

    /// Whether the configuration has this client. It then takes precedence over the store.
    pub(super) fn is_declared(&self, id: &str) -> bool {
        self.declared.contains_key(id)
    }

    /// The clients of the configuration, in order.
    pub fn declared(&self) -> impl Iterator<Item = &Client> {
        self.order.iter().filter_map(|id| self.declared.get(id)).map(Arc::as_ref)
    }

    /// The IDs that are also in the store. Each client must be in one of the two.
    ///
    /// # Errors
    /// If the store is unavailable.
    pub fn declared_twice(&self, registered: &ClientCache) -> Result<Vec<String>, StoreError> {
        let mut twice = Vec::new();
        for client in self.declared() {
            if registered.store().client(&client.id)?.is_some() {
                twice.push(client.id.clone());
            }
        }
        Ok(twice)
    }

    /// Whether a client needs TLS client certificates.
    #[must_use]
    pub fn needs_certificates(&self) -> bool {
        self.declared().any(Client::has_bound_tokens) || self.any_registered(ClientTrait::Certificate)
    }

    /// Looks up a client and checks its secret. An unknown ID takes as long as a known one: its secret is
    /// checked against that of a decoy, which a keyed hash of the ID selects. So the time reveals neither
    /// whether a client exists nor, with hashes of different cost, which client has which.
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
                    let ends = client.secrets().iter().find(|secret| secret.number == number);
                    let ends = ends.and_then(|secret| secret.ends);
                    Authentication::Authenticated(client, ends)
                }
                None => Authentication::WrongSecret,
            },
        })
    }

    /// The number of the matching secret. Fast hashes and already verified ones are tried before slow ones. A
    /// mismatch is returned only after a query for changes.
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
        // First: a slow check must not be wasted or repeated.
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

    /// The decoy secrets for a client without secrets: those of a client of the configuration, or one like
    /// the store's, fast or, if slow hashes have been seen, slow.
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
#[path = "lookup_tests.rs"]
mod tests;
