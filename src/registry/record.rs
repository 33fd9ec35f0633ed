//! The record of a client in a store: plain values, the same for every engine, and their conversion to a
//! client.

use super::certificate_names::{NAME_KEYS, subject_name};
use super::federated::FederatedRule;
use super::networks::Networks;
use super::secret_hash::SecretHash;
use super::{
    Client, ClientAuth, ClientKeys, InvalidClient, LiveSecret, Permissions, SecretMethod, SharedKey,
    assertion_audience, own_certificates, scope_claim, shared_key, shared_secrets,
};
use crate::clock::Timestamp;
use crate::jose::digest::sha256;
use crate::jose::sealing::SealingKey;
use crate::scope::ScopeSet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A client as stored.
///
/// A member that this version does not know makes it unreadable: it may restrict the client.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default, deny_unknown_fields)]
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
    /// The audience of its tokens if a request names none.
    pub default_audiences: Vec<String>,
    /// The name of a claim that repeats the scope.
    pub scope_claim: Option<String>,
    /// The form of that claim.
    pub scope_claim_form: Option<String>,
    /// Token lifetime, in seconds.
    pub lifetime: Option<u64>,
    /// Additional claims of its tokens.
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// The authentication method by its metadata name. `None` means a secret, by Basic or in the body.
    pub auth_method: Option<String>,
    /// The audience that its assertions must have.
    pub assertion_audience: Option<String>,
    /// Its public keys.
    pub jwks: Option<serde_json::Value>,
    /// The URL of its public keys.
    pub jwks_uri: Option<String>,
    /// The name in its certificate, one of five (RFC 8705 section 2.1.2).
    pub tls_client_auth_subject_dn: Option<String>,
    pub tls_client_auth_san_dns: Option<String>,
    pub tls_client_auth_san_uri: Option<String>,
    pub tls_client_auth_san_ip: Option<String>,
    pub tls_client_auth_san_email: Option<String>,
    /// Its own certificates, PEM.
    pub tls_certificate: Option<String>,
    /// All its tokens must be bound to its certificate, whatever its authentication method.
    pub tls_client_certificate_bound_access_tokens: bool,
    /// The tokens of trusted issuers that stand for it.
    pub federated: Vec<FederatedRule>,
    /// Claims of such a token that its own tokens take over.
    pub claims_from: Vec<String>,
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
    /// Its hash; or itself, as [`shared_secrets::text`] writes it, if the client signs with it.
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
    /// Whether it has public keys.
    #[must_use]
    pub const fn has_keys(&self) -> bool {
        self.jwks.is_some() || self.jwks_uri.is_some()
    }

    /// Whether it authenticates with a secret. One that is known by its rules needs none.
    #[must_use]
    pub fn needs_secret(&self) -> bool {
        const SECRETLESS: [&str; 3] = ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"];
        let is_federated = self.auth_method.is_none() && !self.federated.is_empty();
        !self.has_keys()
            && !is_federated
            && self.auth_method.as_deref().is_none_or(|method| !SECRETLESS.contains(&method))
    }

    /// Whether it signs with its secret, so that a hash of it is not enough.
    #[must_use]
    pub fn signs_with_secret(&self) -> bool {
        self.auth_method.as_deref() == Some("client_secret_jwt")
    }

    /// Whether it needs TLS that asks for client certificates.
    #[must_use]
    pub fn uses_certificate(&self) -> bool {
        let method = self.auth_method.as_deref();
        self.tls_client_certificate_bound_access_tokens
            || matches!(method, Some("tls_client_auth" | "self_signed_tls_client_auth"))
    }

    /// The names in its certificate, each with its kind.
    pub fn certificate_names(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let names = [
            &self.tls_client_auth_subject_dn,
            &self.tls_client_auth_san_dns,
            &self.tls_client_auth_san_uri,
            &self.tls_client_auth_san_ip,
            &self.tls_client_auth_san_email,
        ];
        NAME_KEYS.into_iter().zip(names).filter_map(|(key, name)| Some((key, name.as_deref()?)))
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

    /// The client for a server. `None` if it is disabled. `sealing` opens the secrets that it signs with.
    ///
    /// # Errors
    /// [`InvalidClient`] if the record is not valid because another program wrote it, or a secret does not
    /// open.
    pub fn client(self, sealing: Option<&SealingKey>) -> Result<Option<Client>, InvalidClient> {
        if self.record.disabled {
            return Ok(None);
        }
        let secrets = self.shared_keys(sealing)?;
        self.with(secrets).map(Some)
    }

    /// The client, disabled or not, because it may be enabled later. Secrets that it signs with stay closed.
    ///
    /// # Errors
    /// [`InvalidClient`] if a server cannot use it.
    pub fn made(self) -> Result<Client, InvalidClient> {
        self.with(Vec::new())
    }

    /// Everything that makes a server refuse it.
    pub fn faults(self) -> Vec<InvalidClient> {
        self.unchecked(Vec::new()).map_or_else(|why| vec![why], |client| client.faults())
    }

    fn with(self, secrets: Vec<SharedKey>) -> Result<Client, InvalidClient> {
        self.unchecked(secrets)?.fit()
    }

    fn unchecked(self, secrets: Vec<SharedKey>) -> Result<Client, InvalidClient> {
        let auth = self.auth(secrets)?;
        let record = self.record;
        let allow_from = Networks::parse(&record.allow_from);
        let allow_from = allow_from.map_err(|error| {
            InvalidClient::new(format!("allow_from: {}", error.what), format!("write {}", error.cure))
        })?;
        let scope_claim = scope_claim(record.scope_claim.as_deref(), record.scope_claim_form.as_deref())?;
        Ok(Client {
            default_scopes: record.default_scopes.unwrap_or_else(|| record.scopes.clone()),
            id: record.id,
            scopes: record.scopes,
            audiences: record.audiences,
            default_audiences: record.default_audiences,
            scope_claim,
            lifetime: record.lifetime.map(Duration::from_secs),
            claims: record.claims,
            federated: record.federated,
            claims_from: record.claims_from,
            may: Permissions {
                introspect: record.introspect,
                exchange: record.token_exchange,
                dpop_required: record.dpop_required,
                certificate_bound: record.tls_client_certificate_bound_access_tokens || auth.is_certificate(),
            },
            auth,
            allow_from,
            created: Some(Timestamp::from_unix(record.created)),
        })
    }

    fn auth(&self, shared: Vec<SharedKey>) -> Result<ClientAuth, InvalidClient> {
        let record = &self.record;
        let method = record.auth_method.as_deref();
        self.has_only_its_own(method)?;
        let audience = assertion_audience(record.assertion_audience.as_deref())?;
        let only = match method {
            None if !record.federated.is_empty() && self.secrets.is_empty() => {
                return Ok(ClientAuth::Federated);
            }
            None => None,
            Some("client_secret_basic") => Some(SecretMethod::Basic),
            Some("client_secret_post") => Some(SecretMethod::Post),
            Some("client_secret_jwt") => return Ok(ClientAuth::SecretJwt { secrets: shared, audience }),
            Some("private_key_jwt") => {
                let keys = ClientKeys::stored(record.jwks.as_ref(), record.jwks_uri.as_deref())?;
                return Ok(ClientAuth::PrivateKeyJwt { keys, audience });
            }
            Some("tls_client_auth") => return self.certificate_name(),
            Some("self_signed_tls_client_auth") => return self.own_certificates(),
            Some(_) => {
                let hint = "heistctl client set --help lists the methods";
                return Err(InvalidClient::new("its auth_method is not a method", hint));
            }
        };
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
        // A secret that it has signed with has no hash. It stays unused after a change of the method.
        let secrets = self.lasting().filter(|secret| !shared_secrets::is_kept(&secret.hash)).map(live);
        Ok(ClientAuth::Secret { secrets: secrets.collect::<Result<_, _>>()?, only })
    }

    /// Keys, names and certificates have no effect with another method, so they are refused.
    fn has_only_its_own(&self, method: Option<&str>) -> Result<(), InvalidClient> {
        let record = &self.record;
        if record.has_keys() && method != Some("private_key_jwt") {
            let what = match method {
                Some(method) => format!("{method} does not use keys, and the client has keys"),
                None => "private_key_jwt must be the auth_method of a client with keys".to_owned(),
            };
            let hint = "keys go with private_key_jwt; heistctl client add makes a client with a secret";
            return Err(InvalidClient::new(what, hint));
        }
        if record.certificate_names().next().is_some() && method != Some("tls_client_auth") {
            let what = "it has the name of a certificate, which its auth_method does not use";
            return Err(InvalidClient::new(what, "names go with tls_client_auth"));
        }
        if record.tls_certificate.is_some() && method != Some("self_signed_tls_client_auth") {
            let what = "it has a certificate, which its auth_method does not use";
            return Err(InvalidClient::new(what, "certificates go with self_signed_tls_client_auth"));
        }
        Ok(())
    }

    fn certificate_name(&self) -> Result<ClientAuth, InvalidClient> {
        let mut names = self.record.certificate_names();
        match (names.next(), names.next()) {
            (Some((key, text)), None) => subject_name(key, text).map(ClientAuth::Tls),
            _ => Err(InvalidClient::new(
                "tls_client_auth needs exactly one name (RFC 8705 section 2.1.2)",
                "--tls-san-dns app.example.com; or --tls-subject-dn, --tls-san-uri, --tls-san-ip or \
                 --tls-san-email",
            )),
        }
    }

    fn own_certificates(&self) -> Result<ClientAuth, InvalidClient> {
        const HINT: &str = "--tls-certificate FILE names a PEM of its certificates";
        let Some(pem) = &self.record.tls_certificate else {
            return Err(InvalidClient::new(
                "self_signed_tls_client_auth needs the client's certificate",
                HINT,
            ));
        };
        let found = own_certificates(pem.as_bytes())
            .map_err(|why| InvalidClient::new(format!("tls_certificate: {why}"), HINT))?;
        Ok(ClientAuth::SelfSignedTls(found.iter().map(|der| sha256(der)).collect()))
    }

    /// The secrets that it signs with, the newest first. One that does not open counts only if no other does:
    /// after the loss of a store key, `client rotate` adds one that does.
    fn shared_keys(&self, sealing: Option<&SealingKey>) -> Result<Vec<SharedKey>, InvalidClient> {
        if !self.record.signs_with_secret() {
            return Ok(Vec::new());
        }
        let open = |secret: &SecretRecord| -> Result<SharedKey, InvalidClient> {
            let clear = shared_secrets::opened(&self.record.id, &secret.hash, sealing).map_err(|error| {
                let hint = "the server needs the store key that it was sealed with; if that is lost, heistctl \
                            client rotate ID makes a new secret";
                InvalidClient::new(format!("its secret cannot be read: {error}"), hint)
            })?;
            let ends = secret.ends.map(Timestamp::from_unix);
            Ok(SharedKey { ends, ..shared_key(clear, "the client's secret")? })
        };
        let secrets = self.lasting().filter(|secret| shared_secrets::is_kept(&secret.hash));
        let mut opened: Vec<Result<SharedKey, InvalidClient>> = secrets.map(open).collect();
        opened.reverse();
        if opened.iter().any(Result::is_ok) {
            opened.retain(Result::is_ok);
        }
        opened.into_iter().collect()
    }

    /// The secrets that have not been replaced.
    fn lasting(&self) -> impl Iterator<Item = &SecretRecord> {
        self.secrets.iter().filter(|secret| !self.is_replaced(secret))
    }

    /// Whether the secret had expired when its successor was made. It may have leaked, so it is refused
    /// whatever the server's clock says.
    fn is_replaced(&self, secret: &SecretRecord) -> bool {
        let ended_by = |other: &SecretRecord| {
            other.number > secret.number && secret.ends.is_some_and(|end| end <= other.created)
        };
        self.secrets.iter().any(ended_by)
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
