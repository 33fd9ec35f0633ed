//! Finds a client by its id, among those of the configuration and those of the store, and checks its secret.

use super::client::{Client, ClientAuth, LiveSecret, SecretMethod};
use super::client_cache::ClientCache;
use super::secret_hash::{SecretHash, VerifiedSecrets};
use super::store::StoreError;
use super::wait::{Wait, WaitPolicy, WouldWait};
use crate::clock::Timestamp;
use crate::jose::digest::sha256;
use crate::secret::Secret;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;

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

    /// Whether a client of that id stands in the configuration: a store that has one, too, is not asked.
    pub(super) fn is_declared(&self, id: &str) -> bool {
        self.declared.contains_key(id)
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

    /// The secret to check against where the client has none: as a client's of the
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
#[path = "lookup_tests.rs"]
mod tests;
