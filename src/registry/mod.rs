//! Who may ask for tokens: clients, what each is allowed, and how its secret is checked. Secrets
//! themselves are not kept, only what verifies them.

pub mod brake;
pub mod buckets;
pub mod expiring;
pub mod networks;
pub mod secret_hash;

use crate::jose::certificate::SubjectName;
use crate::jose::digest::sha256;
use crate::jose::keyset::KeySet;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use networks::Networks;
use secret_hash::SecretHash;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
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
    /// What it may do beside asking for tokens.
    pub may: Permissions,
    /// Where it may ask from; anywhere, where that is empty.
    pub allow_from: Networks,
}

impl Client {
    /// What verifies its secret, where it has one to show.
    fn secret_hash(&self) -> Option<&SecretHash> {
        match &self.auth {
            ClientAuth::Secret { hash, .. } => Some(hash),
            _ => None,
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
        /// What verifies it.
        hash: SecretHash,
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
pub enum Authentication<'a> {
    /// The secret is that client's.
    Authenticated(&'a Client),
    /// There is no such client.
    UnknownClient,
    /// There is, and the secret is another.
    WrongSecret,
    /// There is, and it proves itself in another way.
    OtherMethod,
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

    /// The client of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Client> {
        self.clients.get(id)
    }

    /// The clients in the order in which they were declared.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.order.iter().filter_map(|id| self.clients.get(id))
    }

    /// Whether some client needs TLS with certificates of clients.
    #[must_use]
    pub fn needs_certificates(&self) -> bool {
        self.clients.values().any(Client::has_bound_tokens)
    }

    /// Looks a client up and checks its secret. An unknown id takes the time of a known one: its
    /// secret is checked too, against that of a client which the id picks by a secret hash. So the
    /// time tells neither whether a client exists nor, where checks of different cost are mixed,
    /// which ids have which.
    #[must_use]
    pub fn authenticate(&self, id: &str, secret: &Secret, method: SecretMethod) -> Authentication<'_> {
        let digest = sha256(secret.expose());
        let client = self.clients.get(id);
        let unusable = SecretHash::unusable();
        let known = client.and_then(Client::secret_hash);
        let decoy = || self.decoy(id).and_then(Client::secret_hash);
        let hash = known.or_else(decoy).unwrap_or(&unusable);
        let verified = hash.verify(secret, &digest);
        match client {
            None => Authentication::UnknownClient,
            Some(client) if !takes(client, method) => Authentication::OtherMethod,
            Some(client) if verified && known.is_some() => Authentication::Authenticated(client),
            Some(_) => Authentication::WrongSecret,
        }
    }

    fn decoy(&self, id: &str) -> Option<&Client> {
        let count = u64::try_from(self.order.len()).ok().filter(|count| *count > 0)?;
        let index = usize::try_from(self.decoys.hash_one(id) % count).ok()?;
        self.clients.get(self.order.get(index)?)
    }
}

fn takes(client: &Client, method: SecretMethod) -> bool {
    matches!(&client.auth, ClientAuth::Secret { only, .. } if only.is_none_or(|only| only == method))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str, secret: &str) -> Client {
        Client {
            id: id.to_owned(),
            auth: ClientAuth::Secret { hash: SecretHash::of(&Secret::new(secret)), only: None },
            scopes: ScopeSet::empty(),
            default_scopes: ScopeSet::empty(),
            audiences: Vec::new(),
            lifetime: None,
            claims: serde_json::Map::new(),
            may: Permissions::default(),
            allow_from: Networks::default(),
        }
    }

    #[test]
    fn only_the_right_secret_of_the_right_client_authenticates() {
        let mut registry = Registry::default();
        registry.add(client("a", "secret-a")).unwrap();
        registry.add(client("b", "secret-b")).unwrap();
        let post =
            ClientAuth::Secret { hash: SecretHash::of(&Secret::new("p")), only: Some(SecretMethod::Post) };
        registry.add(Client { auth: post, ..client("post", "p") }).unwrap();
        let ask = |id: &str, secret: &str| match registry.authenticate(
            id,
            &Secret::new(secret),
            SecretMethod::Basic,
        ) {
            Authentication::Authenticated(client) => client.id.clone(),
            Authentication::WrongSecret => "wrong".to_owned(),
            Authentication::OtherMethod => "other".to_owned(),
            Authentication::UnknownClient => "unknown".to_owned(),
        };
        assert_eq!(ask("a", "secret-a"), "a");
        assert_eq!(ask("a", "secret-b"), "wrong");
        assert_eq!(ask("c", "secret-a"), "unknown");
        assert_eq!(ask("c", "secret-b"), "unknown");
        assert_eq!(ask("", ""), "unknown");
        assert_eq!(ask("post", "p"), "other");
        assert_eq!(registry.add(client("a", "x")), Err("a".to_owned()));
    }

    #[test]
    fn an_empty_registry_knows_nobody() {
        let registry = Registry::default();
        let answer = registry.authenticate("a", &Secret::new(""), SecretMethod::Post);
        assert!(matches!(answer, Authentication::UnknownClient));
    }
}
