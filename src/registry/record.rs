//! The record of a client in a store: plain values, the same for every engine, and their conversion to a
//! client.

use super::networks::Networks;
use super::secret_hash::SecretHash;
use super::{
    AssertionAudience, Client, ClientAuth, ClientKeys, InvalidClient, LiveSecret, Permissions, SecretMethod,
};
use crate::clock::Timestamp;
use crate::jose::keyset::KeySet;
use crate::scope::ScopeSet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A client as stored.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default)]
pub struct ClientRecord {
    pub id: String,
    /// Whether its requests are refused and its tokens invalid.
    pub disabled: bool,
    /// When it was added, in seconds since 1970.
    pub created: i64,
    /// The allowed scopes.
    pub scopes: ScopeSet,
    /// The scopes of a token if the request names none. `None` means all allowed scopes.
    pub default_scopes: Option<ScopeSet>,
    /// The resources for which it may request a token.
    pub audiences: Vec<String>,
    /// Token lifetime, in seconds.
    pub lifetime: Option<u64>,
    /// Additional claims of its tokens.
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// The authentication method by its metadata name. `None` means a secret, by Basic or in the body.
    pub auth_method: Option<String>,
    /// Its public keys.
    pub jwks: Option<serde_json::Value>,
    /// The URL of its public keys.
    pub jwks_uri: Option<String>,
    /// May introspect any token.
    pub introspect: bool,
    /// May exchange tokens on behalf of others.
    pub token_exchange: bool,
    /// All its tokens must be bound to its DPoP key.
    pub dpop_required: bool,
    /// Networks from which it may send requests.
    pub allow_from: Vec<String>,
}

/// A secret as stored.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
pub struct SecretRecord {
    /// Unique among the secrets of its client.
    pub number: i64,
    pub hash: String,
    /// In seconds since 1970.
    pub created: i64,
    /// In seconds since 1970.
    pub ends: Option<i64>,
}

impl fmt::Debug for SecretRecord {
    /// Without the hash: that of a weak secret could be cracked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretRecord")
            .field("number", &self.number)
            .field("created", &self.created)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

/// Seconds for which an expired secret is still listed: 30 days.
const TOLD_AFTER_END: i64 = 30 * 86_400;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredClient {
    pub record: ClientRecord,
    /// Oldest first.
    pub secrets: Vec<SecretRecord>,
}

impl ClientRecord {
    /// Whether it authenticates with keys and has no secret.
    #[must_use]
    pub const fn has_keys(&self) -> bool {
        self.jwks.is_some() || self.jwks_uri.is_some()
    }

    /// The stored JSON. Default values are omitted, because small rows are faster to read.
    ///
    /// # Errors
    /// If serialization fails, which plain values cannot.
    pub fn kept(&self) -> Result<String, serde_json::Error> {
        use serde_json::Value;
        let mut value = serde_json::to_value(self)?;
        if let Value::Object(members) = &mut value {
            members.retain(|_, value| match value {
                Value::Null | Value::Bool(false) => false,
                Value::Array(items) => !items.is_empty(),
                Value::Object(members) => !members.is_empty(),
                _ => true,
            });
        }
        serde_json::to_string(&value)
    }
}

impl StoredClient {
    /// A new client, with the hash of its secret if it has one.
    #[must_use]
    pub fn new(record: ClientRecord, hash: Option<String>) -> Self {
        let secret = |hash| SecretRecord { number: 1, hash, created: record.created, ends: None };
        Self { secrets: hash.map(secret).into_iter().collect(), record }
    }

    /// Adds a secret and limits the existing ones to `old_end`, unless they end earlier. Long-expired ones
    /// are deleted.
    pub fn rotate(&mut self, hash: String, now: Timestamp, old_end: Timestamp) -> SecretRecord {
        let number = self.secrets.iter().map(|secret| secret.number).max().unwrap_or(0).saturating_add(1);
        for old in &mut self.secrets {
            old.ends = Some(old.ends.map_or(old_end.unix(), |ends| ends.min(old_end.unix())));
        }
        let long_ago = now.unix().saturating_sub(TOLD_AFTER_END);
        self.secrets.retain(|old| old.ends.is_none_or(|end| end > long_ago));
        let made = SecretRecord { number, hash, created: now.unix(), ends: None };
        self.secrets.push(made.clone());
        made
    }

    /// The client for a server. `None` if it is disabled.
    ///
    /// # Errors
    /// [`InvalidClient`] if the record is not valid because another program wrote it.
    pub fn client(self) -> Result<Option<Client>, InvalidClient> {
        if self.record.disabled { Ok(None) } else { self.made().map(Some) }
    }

    /// The client, disabled or not, because it may be enabled later.
    ///
    /// # Errors
    /// [`InvalidClient`] if a server cannot use it.
    pub fn made(self) -> Result<Client, InvalidClient> {
        let auth = self.auth()?;
        let record = self.record;
        let allow_from = Networks::parse(&record.allow_from);
        let allow_from = allow_from.map_err(|error| {
            InvalidClient::new(format!("allow_from: {}", error.what), format!("write {}", error.cure))
        })?;
        let client = Client {
            auth,
            default_scopes: record.default_scopes.unwrap_or_else(|| record.scopes.clone()),
            id: record.id,
            scopes: record.scopes,
            audiences: record.audiences,
            lifetime: record.lifetime.map(Duration::from_secs),
            claims: record.claims,
            may: Permissions {
                introspect: record.introspect,
                exchange: record.token_exchange,
                dpop_required: record.dpop_required,
                certificate_bound: false,
            },
            allow_from,
            created: Some(Timestamp::from_unix(record.created)),
        };
        client.fit()
    }

    fn auth(&self) -> Result<ClientAuth, InvalidClient> {
        let method = self.record.auth_method.as_deref();
        let only = match method {
            None => None,
            Some("client_secret_basic") => Some(SecretMethod::Basic),
            Some("client_secret_post") => Some(SecretMethod::Post),
            Some("private_key_jwt") => return self.keys(),
            Some(_) => {
                let hint = "it must be client_secret_basic, client_secret_post or private_key_jwt";
                return Err(InvalidClient::new("its auth_method is not supported in a store", hint));
            }
        };
        if self.record.has_keys() {
            let what = match method {
                Some(method) => format!("{method} needs a secret, and the client has keys"),
                None => "private_key_jwt must be the auth_method of a client with keys".to_owned(),
            };
            return Err(InvalidClient::new(
                what,
                "keys go with private_key_jwt; heistctl client add makes a client with a secret",
            ));
        }
        let live = |secret: &SecretRecord| -> Result<LiveSecret, InvalidClient> {
            let another = |_| {
                InvalidClient::new(
                    "a secret's hash is not valid",
                    "heistctl client rotate ID makes a new secret",
                )
            };
            let hash: SecretHash = secret.hash.parse().map_err(another)?;
            Ok(LiveSecret { hash, ends: secret.ends.map(Timestamp::from_unix), number: Some(secret.number) })
        };
        let secrets = self.secrets.iter().filter(|secret| !self.is_replaced(secret)).map(live);
        Ok(ClientAuth::Secret { secrets: secrets.collect::<Result<_, _>>()?, only })
    }

    /// Whether the secret had expired when its successor was made. It may have leaked, so it is refused
    /// whatever the server's clock says.
    fn is_replaced(&self, secret: &SecretRecord) -> bool {
        let ended_by = |other: &SecretRecord| {
            other.number > secret.number && secret.ends.is_some_and(|end| end <= other.created)
        };
        self.secrets.iter().any(ended_by)
    }

    fn keys(&self) -> Result<ClientAuth, InvalidClient> {
        let keys = match (&self.record.jwks, &self.record.jwks_uri) {
            (Some(set), None) => {
                let keys = KeySet::read(set.to_string().as_bytes(), "the store");
                let keys = keys.map_err(|error| {
                    InvalidClient::new(format!("jwks: {error}"), "public keys: PEM, JWK or JWK Set")
                })?;
                ClientKeys::fixed(keys)?
            }
            (None, Some(uri)) => ClientKeys::At(uri.clone()),
            (Some(_), Some(_)) => {
                return Err(InvalidClient::new(
                    "jwks and jwks_uri exclude one another",
                    "choose one of the two",
                ));
            }
            (None, None) => {
                return Err(InvalidClient::new(
                    "private_key_jwt needs the client's public keys (jwks or jwks_uri)",
                    "--jwks public.pem, or --jwks-uri https://client.example.com/jwks.json",
                ));
            }
        };
        Ok(ClientAuth::PrivateKeyJwt { keys, audience: AssertionAudience::Issuer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn a_record_is_kept_without_what_a_blank_one_says() {
        let scopes: ScopeSet = "x y".parse().unwrap();
        let record = ClientRecord { id: "a".to_owned(), scopes, created: 7, ..ClientRecord::default() };
        let kept = record.kept().unwrap();
        assert_eq!(kept, r#"{"created":7,"id":"a","scopes":"x y"}"#);
        assert_eq!(serde_json::from_str::<ClientRecord>(&kept).unwrap(), record);
        let none = Some(ScopeSet::empty());
        let full = ClientRecord { default_scopes: none, disabled: true, lifetime: Some(0), ..record };
        assert_eq!(serde_json::from_str::<ClientRecord>(&full.kept().unwrap()).unwrap(), full);
    }

    #[test]
    fn what_is_kept_makes_a_client_or_says_why_not() {
        let record =
            ClientRecord { id: "a".to_owned(), scopes: "x y".parse().unwrap(), ..ClientRecord::default() };
        let hash = SecretHash::of(&Secret::new("s")).text();
        let secret = SecretRecord { number: 7, hash, created: 1, ends: Some(9) };
        let stored = StoredClient { record: record.clone(), secrets: vec![secret.clone()] };
        let client = stored.clone().client().unwrap().unwrap();
        assert_eq!((client.default_scopes.as_str(), client.secrets()[0].number), ("x y", Some(7)));
        let disabled =
            StoredClient { record: ClientRecord { disabled: true, ..record.clone() }, ..stored.clone() };
        assert!(disabled.client().unwrap().is_none());
        let method = |name: &str| ClientRecord { auth_method: Some(name.to_owned()), ..record.clone() };
        for (record, hash, why) in [
            (method("none"), "sha256:00", "not supported in a store"),
            (method("private_key_jwt"), "sha256:00", "needs the client's public keys"),
            (record.clone(), "hunter2", "hash is not valid"),
            (
                ClientRecord { allow_from: vec!["hunter2".to_owned()], ..record.clone() },
                &secret.hash,
                "entry 1 is not an address",
            ),
        ] {
            let secrets = vec![SecretRecord { hash: hash.to_owned(), ..secret.clone() }];
            let error = StoredClient { record, secrets }.client().unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_secret_that_ends_at_once_has_ended_by_any_clock() {
        let record = ClientRecord { id: "a".to_owned(), ..ClientRecord::default() };
        let hash = |secret: &str| SecretHash::of(&Secret::new(secret)).text();
        let numbers = |end: i64| {
            let mut stored = StoredClient::new(record.clone(), Some(hash("1")));
            stored.rotate(hash("2"), Timestamp::from_unix(100), Timestamp::from_unix(end));
            let client = stored.client().unwrap().unwrap();
            client.secrets().iter().map(|secret| secret.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(100), [Some(2)], "a server's clock may be behind");
        assert_eq!(numbers(101), [Some(1), Some(2)]);
    }
}
