//! The token service: its state, and how it records ids, selects keys and dates tokens.

use super::client_documents::{ClientDocuments, NoClientDocuments};
use super::decoy::Decoys;
use super::error::Unavailable;
use super::guard::rules::{GuardRules, Guards};
use super::remote_keys::RemoteKeys;
use super::resource::{Resource, Resources};
use super::run::{RefusedRun, Run};
use super::settings::{MAX_LEEWAY, ServiceSettings};
use super::state::ServiceState;
use super::token_policies::TokenPolicies;
use super::trust::{TrustedIssuer, TrustedIssuers};
use crate::clock::Timestamp;
use crate::clock::shared::SharedClock;
use crate::http::{Response, SHORT_TOKEN_PATH, TOKEN_PATH};
use crate::jose::algorithm::Family;
use crate::registry::Registry;
use crate::registry::client_cache::ClientCache;
use crate::registry::keys::persistence::KeysError;
use crate::registry::keys::ring::{Ring, SigningKeys};
use crate::registry::store::{Id, IdKind, StoreError};
use crate::registry::store_health::Reachability;
use crate::registry::token_buckets::TokenBuckets;
use crate::registry::wait::Wait;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Everything that a token service needs for an answer. Only [`ServiceState`] is mutable. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service {
    /// The issuer, byte for byte what tokens carry.
    pub issuer: String,
    /// The base URL of every endpoint, without a trailing slash.
    pub public_url: String,
    pub registry: Registry,
    /// The keys that sign and verify tokens.
    pub signing: SigningKeys,
    pub settings: ServiceSettings,
    /// The policies for tokens of this service.
    pub policies: TokenPolicies,
    /// Outlives requests and configuration reloads.
    pub state: Arc<ServiceState>,
    /// The protected resources (RFC 9728).
    pub resources: Arc<Resources>,
    pub guards: Arc<Guards>,
    /// The issuers whose tokens stand for clients.
    pub trust: Arc<TrustedIssuers>,
    /// The keys that clients and other issuers publish.
    pub remote_keys: Arc<dyn RemoteKeys>,
    /// The clients that describe themselves.
    pub documents: Arc<dyn ClientDocuments>,
    /// The request limit of each client, if configured.
    pub per_client: Option<Arc<TokenBuckets<String>>>,
    /// The waits that this run of a request may make.
    pub run: Run,
    /// The source of the current time.
    pub clock: SharedClock,
    /// `/openapi.json`, generated on first use.
    pub(super) openapi: Arc<OnceLock<Response>>,
    /// Verified when a client has no matching key.
    pub decoys: Arc<Decoys>,
}

#[derive(Clone, Debug)]
pub struct IssuerIdentity {
    /// The issuer, byte for byte what tokens carry.
    pub issuer: String,
    /// The base URL of every endpoint.
    pub public_url: String,
}

impl Service {
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
        let policies = TokenPolicies::new(&issuer, &public_url, signing.algorithms(), &settings);
        let resources = Resources::new(&public_url, settings.client_certificates, Vec::new());
        Self {
            guards: Arc::new(Guards::new(Vec::new(), &resources, &policies)),
            resources: Arc::new(resources),
            trust: Arc::default(),
            policies,
            state: Arc::default(),
            documents: Arc::new(NoClientDocuments),
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

    /// This service with another's state, so that a configuration reload keeps revocations and used ids.
    #[must_use]
    pub fn remembering(self, state: Arc<ServiceState>) -> Self {
        Self { state, ..self }
    }

    /// This service with these resources besides its own.
    #[must_use]
    pub fn with_resources(self, declared: Vec<Resource>) -> Self {
        let resources = Resources::new(&self.public_url, self.settings.client_certificates, declared);
        Self { resources: Arc::new(resources), ..self }
    }

    /// This service with these guards, after its resources are known.
    #[must_use]
    pub fn with_guards(self, rules: Vec<GuardRules>) -> Self {
        let guards = Guards::new(rules, &self.resources, &self.policies);
        Self { guards: Arc::new(guards), ..self }
    }

    /// This service with these trusted issuers.
    #[must_use]
    pub fn with_trust(self, issuers: Vec<TrustedIssuer>) -> Self {
        Self { trust: Arc::new(TrustedIssuers::new(issuers)), ..self }
    }

    /// This service with clients that describe themselves.
    #[must_use]
    pub fn with_documents(self, documents: Arc<dyn ClientDocuments>) -> Self {
        Self { documents, ..self }
    }

    /// This service with another clock.
    #[must_use]
    pub fn by(self, clock: SharedClock) -> Self {
        Self { clock, ..self }
    }

    /// Records an id until that time, here and in the store if there is one. True if it is new. A local
    /// revocation is written to the store again, since the first write may have failed.
    ///
    /// # Errors
    /// If it cannot be recorded: nobody may use the id then.
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
        // The id stays used even if the store did not record it: the client can retry with a new one.
        if let Some(registered) = self.registry.registered().filter(|_| id.kind != IdKind::Revoked) {
            registered.at_hand()?;
        }
        let fresh = set.insert(id.digest, &id.owner, id.until, now);
        let fresh = fresh.map_err(|full| Unavailable::openly(&full))?;
        let ask = fresh || id.kind == IdKind::Revoked;
        let Some(registered) = self.registry.registered().filter(|_| ask) else { return Ok(fresh) };
        let remembered = registered.remember(&self.for_all_nodes(id.clone(), registered), now);
        if id.kind != IdKind::Revoked && matches!(remembered, Err(StoreError::Unwritable(_))) {
            // It is recorded nowhere, so it may be presented again later.
            set.take_back(&id.digest);
        }
        Ok(remembered?)
    }

    /// The same with an expiry for a store that other nodes share: nodes with a larger leeway accept an
    /// assertion longer. A store in memory is private to this node.
    fn for_all_nodes(&self, id: Id, registered: &ClientCache) -> Id {
        if id.kind != IdKind::Assertion || registered.store().is_immediate() {
            return id;
        }
        Id { until: id.until.after(MAX_LEEWAY.saturating_sub(self.settings.leeway)), ..id }
    }

    /// The current keys. If the store has been unreachable for too long, its keys may have been replaced,
    /// perhaps after a leak.
    ///
    /// # Errors
    /// If the keys may be outdated.
    pub fn keys(&self) -> Result<Arc<Ring>, StoreError> {
        match self.registry.registered() {
            Some(registered) if self.signing.are_stored() && registered.reach() == Reachability::Lost => {
                registered.at_hand()?;
            }
            _ => {}
        }
        Ok(self.signing.ring())
    }

    /// Loads the revocations that other nodes have written to the store.
    ///
    /// # Errors
    /// If the store is unreachable.
    pub fn take_revocations(&self, now: Timestamp) -> Result<(), StoreError> {
        let now = self.clock.forgets(now);
        let Some(registered) = self.registry.registered() else { return Ok(()) };
        for id in registered.new_revocations(now)? {
            self.state.revoked.admit(id.digest, &id.owner, id.until, now);
        }
        Ok(())
    }

    /// Whether a client that is not registered may describe itself at the URL that is its id.
    ///
    /// # Errors
    /// If the store is unavailable: the operator may have disabled the client there.
    pub fn allows_document(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.documents.allows(id) && !self.registry.is_disabled(id, self.run.patience)?)
    }

    /// The address of an endpoint.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// The addresses of the token endpoint. The first is the one in the metadata.
    #[must_use]
    pub fn token_urls(&self) -> [String; 2] {
        [self.url(TOKEN_PATH), self.url(SHORT_TOKEN_PATH)]
    }

    /// Whether the issuer is a URL and not just a name.
    #[must_use]
    pub fn issuer_is_url(&self) -> bool {
        self.issuer.starts_with("https://") || self.issuer.starts_with("http://")
    }

    /// Whether tokens are verified with a public key.
    #[must_use]
    pub fn has_public_keys(&self) -> bool {
        self.signing.ring().algorithm.family() != Family::Hmac
    }

    /// The path of the issuer's URL without a trailing slash; usually empty. Endpoints answer with it and
    /// without it.
    #[must_use]
    pub fn issuer_path(&self) -> &str {
        let rest = self.issuer.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("", |slash| rest[slash..].trim_end_matches('/'))
    }

    /// This service for such a run.
    #[must_use]
    pub fn running(&self, run: Run) -> Self {
        Self { run, ..self.clone() }
    }

    /// This service for such a run, after loading the store's changes if the run begins with that. It
    /// precedes the counting of wrong secrets, so that a slow store does not multiply attempts.
    #[must_use]
    pub fn resumed(&self, run: Run) -> Self {
        if run.confirms {
            self.registry.catch_up();
        }
        self.running(run)
    }

    /// The previous run's refusal, if this run found no changes in the store.
    #[must_use]
    pub fn standing_refusal(&self) -> Option<&RefusedRun> {
        let refused = self.run.refused.as_deref().filter(|_| self.run.confirms)?;
        (refused.version == self.registry.version()).then_some(refused)
    }

    /// Extends the longest token lifetime, which the store must record before the first such token is
    /// signed.
    ///
    /// # Errors
    /// If the store must record it and cannot.
    pub fn cover(&self, lifetime: Duration, now: Timestamp) -> Result<(), KeysError> {
        let now = self.clock.ends(now);
        let Some(registered) = self.registry.registered() else { return self.signing.cover(lifetime, now) };
        registered.may_wait(Wait::Write, self.run.patience).map_err(StoreError::from)?;
        registered.cover(&self.signing, lifetime, now)
    }
}
