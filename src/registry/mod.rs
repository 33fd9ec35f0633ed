//! Who may ask for tokens: clients, what each is allowed, and how its secret is checked. Secrets
//! themselves are not kept, only what verifies them.

pub mod secret_hash;

use crate::jose::digest::sha256;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use secret_hash::SecretHash;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A confidential client (RFC 6749 section 2.1).
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// What verifies its secret.
    pub secret: SecretHash,
    /// The scopes that it may have.
    pub scopes: ScopeSet,
    /// The scopes that it gets when it asks for none; a subset of `scopes`.
    pub default_scopes: ScopeSet,
    /// How long its tokens live, where that differs from the service's.
    pub lifetime: Option<Duration>,
    /// Claims that each of its tokens has beside the registered ones.
    pub claims: serde_json::Map<String, serde_json::Value>,
}

/// How a lookup with a secret ended.
#[derive(Debug)]
pub enum Authentication<'a> {
    /// The secret is that client's.
    Authenticated(&'a Client),
    /// There is no such client.
    UnknownClient,
    /// There is, and the secret is another.
    WrongSecret(&'a Client),
}

/// All clients, by id.
#[derive(Debug, Default)]
pub struct Registry {
    clients: HashMap<String, Client>,
    /// The ids in the order in which they were declared.
    order: Vec<String>,
    /// Keyed anew in each process: nobody can foresee which decoy an id gets.
    decoys: RandomState,
}

impl Registry {
    /// Adds a client.
    ///
    /// # Errors
    /// With the id, where there is one of that id already.
    pub fn add(&mut self, client: Client) -> Result<(), String> {
        if self.clients.contains_key(&client.id) {
            return Err(client.id);
        }
        self.order.push(client.id.clone());
        self.clients.insert(client.id.clone(), client);
        Ok(())
    }

    /// The clients in the order in which they were declared.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.order.iter().filter_map(|id| self.clients.get(id))
    }

    /// Looks a client up and checks its secret. An unknown id takes the time of a known one: its
    /// secret is checked too, against that of a client which the id picks by a secret hash. So the
    /// time tells neither whether a client exists nor, where checks of different cost are mixed,
    /// which ids have which.
    #[must_use]
    pub fn authenticate(&self, id: &str, secret: &Secret) -> Authentication<'_> {
        let digest = sha256(secret.expose());
        let client = self.clients.get(id);
        let decoy = SecretHash::unusable();
        let hash = client.or_else(|| self.decoy(id)).map_or(&decoy, |client| &client.secret);
        let verified = hash.verify(secret, &digest);
        match client {
            Some(client) if verified => Authentication::Authenticated(client),
            Some(client) => Authentication::WrongSecret(client),
            None => Authentication::UnknownClient,
        }
    }

    fn decoy(&self, id: &str) -> Option<&Client> {
        let count = u64::try_from(self.order.len()).ok().filter(|count| *count > 0)?;
        let index = usize::try_from(self.decoys.hash_one(id) % count).ok()?;
        self.clients.get(self.order.get(index)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str, secret: &str) -> Client {
        Client {
            id: id.to_owned(),
            secret: SecretHash::of(&Secret::new(secret)),
            scopes: ScopeSet::empty(),
            default_scopes: ScopeSet::empty(),
            lifetime: None,
            claims: serde_json::Map::new(),
        }
    }

    #[test]
    fn only_the_right_secret_of_the_right_client_authenticates() {
        let mut registry = Registry::default();
        registry.add(client("a", "secret-a")).unwrap();
        registry.add(client("b", "secret-b")).unwrap();
        let ask = |id: &str, secret: &str| match registry.authenticate(id, &Secret::new(secret)) {
            Authentication::Authenticated(client) => client.id.clone(),
            Authentication::WrongSecret(_) => "wrong".to_owned(),
            Authentication::UnknownClient => "unknown".to_owned(),
        };
        assert_eq!(ask("a", "secret-a"), "a");
        assert_eq!(ask("a", "secret-b"), "wrong");
        assert_eq!(ask("c", "secret-a"), "unknown");
        assert_eq!(ask("c", "secret-b"), "unknown");
        assert_eq!(ask("", ""), "unknown");
        assert_eq!(registry.add(client("a", "x")), Err("a".to_owned()));
    }

    #[test]
    fn an_empty_registry_knows_nobody() {
        let registry = Registry::default();
        let answer = registry.authenticate("a", &Secret::new(""));
        assert!(matches!(answer, Authentication::UnknownClient));
    }
}
