//! The protocol, pure: a request value, a moment and random bytes go in, a response value and a
//! note for the log come out. No sockets, no clock, no files.
//!
//! Lines of the RFCs that do not apply here, or not yet, and why:
//!
//! | line | why |
//! |---|---|
//! | RFC 6749 4.4.3, 6: refresh tokens | none are issued: a client asks again |
//! | RFC 6749 2.1, 4.4: public clients | every client has a secret or a key; an entry without is refused |
//! | RFC 6749 3.1, 4.1, 4.2: authorization endpoint | no user is involved |
//! | RFC 6750 2.2, 2.3: token in body or query | not read; the header is the one way |
//! | RFC 7009 2.2.1: `unsupported_token_type` | there is one type of token; a hint is not needed to find it |
//! | RFC 7662 2.2: `username` | no user is involved |
//! | RFC 7523 2.1: assertions as grants | offered for client authentication only |
//! | RFC 8414 2.1: `signed_metadata` | optional, and nobody asks for it |
//! | RFC 8414 3.2: empty members are left out | as for `response_types_supported`, which a setting brings back |
//! | RFC 8693 2.1: delegation without actor | subject and actor token are both required |
//! | RFC 8693 4.4: `may_act` | no token of ours has it, and only ours are taken |
//! | RFC 8707 2: scope per resource | a client's scopes are one set for all of its resources |
//! | RFC 8705 2.2.2: certificates by `jwks_uri` | a configuration has them, as files or as `x5c` |
//! | RFC 8705 4: public clients with bound tokens | every client proves who it is |
//! | RFC 8705 5: `mtls_endpoint_aliases` | certificates are asked for where everything else is |
//! | RFC 9068 2.2.3.1: groups, roles | a configuration's extra claims can say them |
//! | RFC 9068 3: several resources | allowed; each must be on the client's list |
//! | RFC 9449 5: DPoP for refresh tokens, 10: `dpop_jkt` | no refresh tokens, no authorization request |
//! | RFC 9728: metadata of a protected resource | ours is an example; `protected_resources` names it |

pub mod active_token;
mod assertion;
pub mod authenticate;
pub mod decoy;
pub mod dpop;
mod endpoint;
pub mod error;
pub mod grant;
pub mod introspect;
pub mod log_record;
pub mod metadata;
pub mod openapi;
pub mod protected_resource;
mod remote_keys;
pub mod request;
pub mod revoke;
mod run;
pub mod token;
mod token_policies;

use crate::clock::Timestamp;
use crate::clock::shared::SharedClock;
use crate::http::Response;
use crate::issuer::decoy::Decoys;
use crate::issuer::error::Unavailable;
use crate::jose::algorithm::Family;
use crate::jose::digest::{self, RandomError};
use crate::jose::sign::TokenType;
use crate::registry::Registry;
use crate::registry::client_cache::ClientCache;
use crate::registry::expiring_set::ExpiringSet;
use crate::registry::keys::ring::{Ring, SigningKeys};
use crate::registry::secret_throttle::SecretThrottle;
use crate::registry::store::{Id, IdKind, StoreError};
use crate::registry::store_health::Reachability;
use crate::registry::token_buckets::{Rate, TokenBuckets};
use crate::registry::wait::Wait;
pub use log_record::LogRecord;
pub use remote_keys::{NoRemoteKeys, RemoteKeys, RemoteKeysError};
pub use run::Run;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
pub use token_policies::TokenPolicies;

/// By how much clocks may differ at most, whatever is configured.
pub const MAX_LEEWAY: Duration = Duration::from_secs(600);
/// Live ids that are remembered, of each kind: see [`crate::registry::expiring_set`] for what that takes.
pub const MAX_IDS: usize = 1_000_000;

/// Everything that a token service needs to know to answer; made once, then only read, but for
/// what [`ServiceState`] remembers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service {
    /// The issuer, byte for byte what tokens carry.
    pub issuer: String,
    /// The base of every endpoint's address, without a slash at its end.
    pub public_url: String,
    /// The clients.
    pub registry: Registry,
    /// The keys that sign and vouch for tokens.
    pub signing: SigningKeys,
    /// How it issues and answers.
    pub settings: ServiceSettings,
    /// What is expected of tokens of ours.
    pub policies: TokenPolicies,
    /// What must be remembered between requests.
    pub state: Arc<ServiceState>,
    /// Where clients' keys come from that they publish themselves.
    pub remote_keys: Arc<dyn RemoteKeys>,
    /// How often each client may ask, where that is limited.
    pub per_client: Option<Arc<TokenBuckets<String>>>,
    /// How far it goes with a request.
    pub run: Run,
    /// What it goes by: requests are answered as of its present moment.
    pub clock: SharedClock,
    /// `/openapi.json`, once somebody has asked for it.
    openapi: Arc<OnceLock<Response>>,
    /// What is verified where a client has no fitting key.
    pub decoys: Arc<Decoys>,
}

/// What is remembered between requests.
pub struct ServiceState {
    /// Tokens that were revoked, until they expire.
    pub revoked: ExpiringSet,
    /// Ids of client assertions that were used, until they expire.
    pub assertions: ExpiringSet,
    /// Ids of DPoP proofs that were used, until they expire.
    pub proofs: ExpiringSet,
    /// Wrong credentials that were shown lately.
    pub brake: SecretThrottle,
    /// Whether decisions cannot be put on record at present, so that nobody gets a token.
    pub unrecorded: AtomicBool,
    /// The key of DPoP nonces, made when the first is needed: random bytes take their time.
    nonce_key: OnceLock<[u8; 32]>,
}

impl fmt::Debug for ServiceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}

impl Default for ServiceState {
    fn default() -> Self {
        Self {
            revoked: ExpiringSet::new(MAX_IDS),
            assertions: ExpiringSet::new(MAX_IDS),
            proofs: ExpiringSet::new(MAX_IDS),
            brake: SecretThrottle::default(),
            unrecorded: AtomicBool::new(false),
            nonce_key: OnceLock::new(),
        }
    }
}

impl ServiceState {
    /// The key of DPoP nonces.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn nonce_key(&self) -> Result<[u8; 32], RandomError> {
        match self.nonce_key.get() {
            Some(key) => Ok(*key),
            None => {
                let made = digest::random()?;
                Ok(*self.nonce_key.get_or_init(|| made))
            }
        }
    }
}

/// Who a service is.
#[derive(Clone, Debug)]
pub struct IssuerIdentity {
    /// The issuer, byte for byte what tokens carry.
    pub issuer: String,
    /// The base of every endpoint's address.
    pub public_url: String,
}

impl Service {
    /// A service.
    #[must_use]
    pub fn new(
        identity: IssuerIdentity,
        registry: Registry,
        signing: impl Into<SigningKeys>,
        settings: ServiceSettings,
        remote_keys: Arc<dyn RemoteKeys>,
    ) -> Self {
        let (IssuerIdentity { issuer, public_url }, signing) = (identity, signing.into());
        let public_url = public_url.trim_end_matches('/').to_owned();
        Self {
            policies: TokenPolicies::new(&issuer, &public_url, signing.algorithms(), &settings),
            state: Arc::default(),
            per_client: settings.per_client.map(|rate| Arc::new(TokenBuckets::new(rate))),
            run: Run::WHOLE,
            clock: SharedClock::default(),
            openapi: Arc::default(),
            decoys: Arc::new(Decoys::beside(registry.declared())),
            issuer,
            public_url,
            registry,
            signing,
            settings,
            remote_keys,
        }
    }

    /// The same service with what another one remembers: a configuration changes, and what was revoked
    /// or used stays so.
    #[must_use]
    pub fn remembering(self, state: Arc<ServiceState>) -> Self {
        Self { state, ..self }
    }

    /// The same service by that clock.
    #[must_use]
    pub fn by(self, clock: SharedClock) -> Self {
        Self { clock, ..self }
    }

    /// Remembers an id until that moment: here, and in the store, where there is one. True where it was
    /// not remembered yet. What was revoked here goes to the store again: the first time it may have failed.
    ///
    /// # Errors
    /// Where it cannot be remembered: then nobody may use it.
    pub fn remember(&self, id: Id, now: Timestamp) -> Result<bool, Unavailable> {
        let now = self.clock.forgets(now);
        let set = match id.kind {
            IdKind::Revoked => &self.state.revoked,
            IdKind::Assertion => &self.state.assertions,
            IdKind::Proof => &self.state.proofs,
        };
        if let Some(registered) = self.registry.registered() {
            registered.may_wait(Wait::Write, self.run.patience).map_err(StoreError::from)?;
        }
        // One that is used is used, even if the store has not heard of it: better to be asked again.
        if let Some(registered) = self.registry.registered().filter(|_| id.kind != IdKind::Revoked) {
            registered.at_hand()?;
        }
        let fresh = set.insert(id.digest, &id.owner, id.until, now);
        let fresh = fresh.map_err(|full| Unavailable::openly(&full))?;
        let ask = fresh || id.kind == IdKind::Revoked;
        let Some(registered) = self.registry.registered().filter(|_| ask) else { return Ok(fresh) };
        let remembered = registered.remember(&self.for_all_nodes(id.clone(), registered), now);
        if id.kind != IdKind::Revoked && matches!(remembered, Err(StoreError::Unwritable(_))) {
            // It is put down nowhere, and may be shown again when it can be.
            set.take_back(&id.digest);
        }
        Ok(remembered?)
    }

    /// The same for a store that other nodes may use: one whose leeway is larger takes an assertion longer.
    /// A store in memory is this node's own.
    fn for_all_nodes(&self, id: Id, registered: &ClientCache) -> Id {
        if id.kind != IdKind::Assertion || registered.store().is_immediate() {
            return id;
        }
        Id { until: id.until.after(MAX_LEEWAY.saturating_sub(self.settings.leeway)), ..id }
    }

    /// The keys that sign and vouch now. Those of a store that has been away for too long may have been
    /// replaced there since: one of them has leaked, perhaps.
    ///
    /// # Errors
    /// Where nobody knows that they are good still.
    pub fn keys(&self) -> Result<Arc<Ring>, StoreError> {
        match self.registry.registered() {
            Some(registered) if self.signing.are_stored() && registered.reach() == Reachability::Lost => {
                registered.at_hand()?;
            }
            _ => {}
        }
        Ok(self.signing.ring())
    }

    /// Takes the revocations that others have put into the store.
    ///
    /// # Errors
    /// Where the store cannot be asked.
    pub fn take_revocations(&self, now: Timestamp) -> Result<(), StoreError> {
        let now = self.clock.forgets(now);
        let Some(registered) = self.registry.registered() else { return Ok(()) };
        for id in registered.new_revocations(now)? {
            self.state.revoked.admit(id.digest, &id.owner, id.until, now);
        }
        Ok(())
    }

    /// The address of an endpoint.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// True where the issuer is a URL and no mere name.
    #[must_use]
    pub fn issuer_is_url(&self) -> bool {
        self.issuer.starts_with("https://") || self.issuer.starts_with("http://")
    }

    /// True where tokens are verified by a key that can be published.
    #[must_use]
    pub fn has_public_keys(&self) -> bool {
        self.signing.ring().algorithm.family() != Family::Hmac
    }

    /// The path of the issuer's URL, without a slash at its end; mostly empty. Endpoints answer with
    /// it and without it.
    #[must_use]
    pub fn issuer_path(&self) -> &str {
        let rest = self.issuer.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("", |slash| rest[slash..].trim_end_matches('/'))
    }
}

/// RFC 9068 wants an audience: only with one is a token of that type.
fn token_type(audience: &[String]) -> TokenType {
    if audience.is_empty() { TokenType::Jwt } else { TokenType::AccessToken }
}

/// The settings of a [`Service`].
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// How long tokens live.
    pub lifetime: Duration,
    /// By how much clocks may differ when a token is judged.
    pub leeway: Duration,
    /// The audience of every token.
    pub audience: Vec<String>,
    /// Whether a refusal tells an unknown client from a wrong secret. Tells an attacker, too.
    pub explain_client_errors: bool,
    /// Whether metadata has an empty `response_types_supported`: RFC 8414 section 2 requires the
    /// member, section 3.2 forbids it without elements; some clients insist on the first.
    pub response_types_supported: bool,
    /// Whether DPoP proofs must have a nonce of ours (RFC 9449 section 8).
    pub dpop_nonce: bool,
    /// Whether notes tell of tokens, too, by id and fingerprint: for an audit log. A hash has its price.
    pub audited: bool,
    /// Whether connections can show certificates of clients (RFC 8705), which takes TLS.
    pub client_certificates: bool,
    /// How often each client may ask.
    pub per_client: Option<Rate>,
}

impl Default for ServiceSettings {
    /// One hour, five seconds, no audience, no explanations, no nonces, no audit, no certificates, no
    /// limit.
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(3600),
            leeway: Duration::from_secs(5),
            audience: Vec::new(),
            explain_client_errors: false,
            response_types_supported: false,
            dpop_nonce: false,
            audited: false,
            client_certificates: false,
            per_client: None,
        }
    }
}

/// An answer and what the log says of it.
#[derive(Clone, Debug)]
pub struct LoggedResponse {
    /// What the caller gets.
    pub response: Response,
    /// What the log gets.
    pub record: LogRecord,
}
