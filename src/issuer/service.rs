//! The token service: what answers requests, and how it remembers an id, finds its keys and dates its tokens.

use super::decoy::Decoys;
use super::error::Unavailable;
use super::remote_keys::RemoteKeys;
use super::run::{RefusedRun, Run};
use super::settings::{MAX_LEEWAY, ServiceSettings};
use super::state::ServiceState;
use super::token_policies::TokenPolicies;
use crate::clock::Timestamp;
use crate::clock::shared::SharedClock;
use crate::http::Response;
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

/// Everything that a token service needs for an answer. Only [`ServiceState`] changes. Cheap to clone.
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
    /// The checks of tokens that this service has issued.
    pub policies: TokenPolicies,
    /// Outlives requests, and a reload of the configuration.
    pub state: Arc<ServiceState>,
    /// Where clients' keys come from that they publish themselves.
    pub remote_keys: Arc<dyn RemoteKeys>,
    /// How often each client may ask, where that is limited.
    pub per_client: Option<Arc<TokenBuckets<String>>>,
    /// How far it goes with a request.
    pub run: Run,
    /// Requests are answered as of its present moment.
    pub clock: SharedClock,
    /// `/openapi.json`, once somebody has asked for it.
    pub(super) openapi: Arc<OnceLock<Response>>,
    /// Verified in place of a client's key where it has none that fits.
    pub decoys: Arc<Decoys>,
}

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

    /// The same service for such a run.
    #[must_use]
    pub fn running(&self, run: Run) -> Self {
        Self { run, ..self.clone() }
    }

    /// The same service for such a run, once the store has said what has changed, where the run begins by
    /// that: before a wrong secret is counted, since a slow store must not make many attempts of a few.
    #[must_use]
    pub fn resumed(&self, run: Run) -> Self {
        if run.confirms {
            self.registry.catch_up();
        }
        self.running(run)
    }

    /// The refusal of the run before, where this run has asked the store for changes and there were none.
    #[must_use]
    pub fn standing_refusal(&self) -> Option<&RefusedRun> {
        let refused = self.run.refused.as_deref().filter(|_| self.run.confirms)?;
        (refused.version == self.registry.version()).then_some(refused)
    }

    /// Extends the longest lifetime of tokens, which the store must know before the first is signed.
    ///
    /// # Errors
    /// Where the store must be told and cannot.
    pub fn cover(&self, lifetime: Duration, now: Timestamp) -> Result<(), KeysError> {
        let now = self.clock.ends(now);
        let Some(registered) = self.registry.registered() else { return self.signing.cover(lifetime, now) };
        registered.may_wait(Wait::Write, self.run.patience).map_err(StoreError::from)?;
        registered.cover(&self.signing, lifetime, now)
    }
}
