//! The part of a start that does not need the store, and how it continues with the store, without it, and
//! while waiting for it.

use super::client_secrets::{self, ClientSecret};
use super::marked_store;
use super::prepared::Prepared;
use super::problems::{blame_placeholders, wrong};
use super::server_store::ServerStore;
use super::signing;
use crate::cli::ServeArgs;
use crate::clock::MovableClock;
use crate::clock::shared::SharedClock;
use crate::commands::environment::user;
use crate::commands::store::place::{ConfiguredStore, StorePlace};
use crate::commands::store::{self, Absent, OpenStore, PriorStore, StoreUrl};
use crate::commands::store_key::{given_sealing_key, sealing_key};
use crate::exit::{Exit, Failure};
use crate::registry::client_cache::ClientCache;
use crate::registry::shared_clock;
use crate::registry::store::history::Author;
use crate::registry::store::postgres::CONNECTIONS;
use crate::registry::store_health::{OUTAGE, Reachability};
use std::sync::Arc;
use std::time::Duration;

/// A start without the content of the store.
pub(super) struct StartWithoutStore {
    /// The clients of the configuration, and its key if it names one.
    pub(super) base: Prepared,
    /// The settings of the store and of signing keys; `None` without a store.
    pub(super) wanted: Option<(StoreConfig, signing::SigningConfig)>,
    /// The judged secrets of clients. They are compared with the signing keys later.
    pub(super) secrets: Vec<ClientSecret>,
    /// The warning about a store password that other users can read.
    pub(super) exposed: Option<String>,
}

/// The settings of the store.
pub(super) struct StoreConfig {
    /// The store; `None` if there is no place for one.
    place: Option<StorePlace>,
    /// The time for which cached clients stay valid while the store is unreachable.
    outage: Duration,
    /// The number of connections to the store.
    connections: usize,
    /// Whether this is only a check.
    checked: bool,
    /// Whether a missing store is an error.
    must_exist: bool,
    /// The clock of a test.
    moved: Option<MovableClock>,
}

impl StartWithoutStore {
    pub(super) fn whole(base: Prepared) -> Self {
        Self { base, wanted: None, secrets: Vec::new(), exposed: None }
    }

    /// Completes the start with the store. The store that is already in use stays open.
    ///
    /// # Errors
    /// Exit 1 if the store cannot be opened, 2 if its content contradicts the configuration.
    pub(super) fn with_store(&self, running: Option<&ServerStore>) -> Result<Prepared, Failure> {
        let Some((store, keys)) = &self.wanted else { return Ok(self.base.clone()) };
        self.complete(keys, || store.used(running, keys.given.is_some()), store.checked)
            .map_err(|failure| blame_placeholders("", "", &self.base.inputs.placeholders, &failure))
    }

    /// Whether clients can get tokens without the store: the configuration has clients and names a key.
    pub(super) fn is_independent(&self) -> bool {
        let names_key = self.wanted.as_ref().is_some_and(|(_, keys)| keys.given.is_some());
        names_key && self.base.registry.declared().next().is_some()
    }

    /// The URL of the store, for messages.
    pub(super) fn place(&self) -> Option<String> {
        self.wanted.as_ref().and_then(|(store, _)| store.url()).map(|url| url.name())
    }

    /// Completes the start while the store is unreachable. It is opened later.
    ///
    /// # Errors
    /// As for [`StartWithoutStore::with_store`].
    pub(super) fn without_store(&self) -> Result<Prepared, Failure> {
        let Some((store, keys)) = &self.wanted else { return Ok(self.base.clone()) };
        self.complete(keys, || store.coming(), store.checked)
    }

    /// A server that refuses requests until the store is reachable.
    pub(super) fn waiting(&self) -> Prepared {
        Prepared { waiting: true, ..self.base.clone() }
    }

    fn complete(
        &self,
        keys: &signing::SigningConfig,
        store: impl FnOnce() -> Result<Option<ServerStore>, Failure>,
        checked: bool,
    ) -> Result<Prepared, Failure> {
        let mut base = self.base.clone();
        let mut store = store()?;
        if let Some(used) = &mut store {
            // A reload does not repeat the news.
            used.warnings.extend(self.exposed.clone().filter(|warning| !used.warnings.contains(warning)));
            // Unknown while the store is unreachable. The sync thread checks it later.
            let is_there = used.registered.reach() == Reachability::Well;
            let twice = is_there.then(|| base.registry.declared_twice(&used.registered)).transpose();
            if let Some(id) = twice.map_err(|error| store::failed(&error))?.unwrap_or_default().first() {
                return Err(wrong(format!(
                    "client {id:?} is declared in heist.toml and registered in the store"
                ))
                .hint("keep one of the two: heistctl client remove ID removes it from the store"));
            }
            base.registry = base.registry.with_store(used.registered.clone());
            base.reload_certificates()?;
        }
        let (signing, ephemeral_key) = signing::keys(keys, store.as_ref(), checked)?;
        if let Some(used) = store.as_mut().filter(|_| !checked) {
            used.tell_of_key(&signing);
        }
        base.inputs.found.extend(client_secrets::warnings(&self.secrets, &signing.ring()));
        let clock = store.as_ref().map_or_else(|| base.clock.clone(), |used| used.clock.clone());
        Ok(Prepared { signing, ephemeral_key, store, clock, ..base })
    }
}

impl StoreConfig {
    /// Reads the store settings from flags and configuration.
    ///
    /// # Errors
    /// Exit 2 for a URL that is not a store.
    pub(super) fn of(
        args: &ServeArgs,
        configured: Option<ConfiguredStore<'_>>,
        outage: Option<Duration>,
        connections: Option<usize>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            place: StorePlace::of_server(args, configured)?,
            outage: outage.unwrap_or(OUTAGE),
            connections: connections.unwrap_or(CONNECTIONS),
            checked: args.check,
            must_exist: args.must_exist,
            moved: None,
        })
    }

    /// With the clock of a test.
    pub(super) fn moved_by(self, clock: MovableClock) -> Self {
        Self { moved: Some(clock), ..self }
    }

    /// The clock of a test, which does not ask the store.
    fn moved_clock(&self) -> Option<SharedClock> {
        self.moved.clone().map(SharedClock::moved_by)
    }

    pub(super) fn url(&self) -> Option<StoreUrl> {
        self.place.as_ref().map(|place| place.url.clone())
    }

    /// Whether nothing names the store.
    fn is_default(&self) -> bool {
        self.place.as_ref().is_none_or(|place| place.is_default)
    }

    /// Checks that signing keys can be sealed in the store. Otherwise a start would wait for the store only
    /// to fail.
    ///
    /// # Errors
    /// Exit 2 for a sealing key that is missing or invalid.
    pub(super) fn check_sealing(&self) -> Result<(), Failure> {
        self.url().map_or(Ok(()), |url| sealing_key(&url).map(drop))
    }

    /// How to treat a store that does not exist.
    fn absent(&self) -> Absent {
        if self.checked { Absent::Checked } else { Absent::Made.unless_required(self.must_exist) }
    }

    /// Opens the store. The one that is already in use stays open. A check does not make or change a store.
    /// Only a server whose key is `given` can do without a store that nothing names.
    fn used(&self, running: Option<&ServerStore>, given: bool) -> Result<Option<ServerStore>, Failure> {
        let Some(url) = self.url() else { return self.homeless(given) };
        let is_same = |running: &&ServerStore| running.url == url || (self.is_default() && running.instead);
        if let Some(running) = running.filter(is_same) {
            let (running, news) = (running.clone(), Vec::new());
            let (outage, connections) = (self.outage, self.connections);
            return Ok(Some(ServerStore { outage, connections, news, ..running }));
        }
        // A reload makes no store: under a mistyped name it would forget all clients and revocations.
        let absent = if running.is_some() { Absent::Reloaded } else { self.absent() };
        let (url, mut opened) = if !self.is_default() || self.must_exist || running.is_some() {
            let opened = url.open(absent)?;
            (url, opened)
        } else {
            url.open_default(absent, given)?
        };
        if self.must_exist && (opened.before == PriorStore::Nothing || url == StoreUrl::Memory) {
            url.open(Absent::Required)?;
        }
        let news = self.look(&url, &mut opened)?;
        if self.moved.is_some() && url != StoreUrl::Memory {
            marked_store::take(opened.store.as_ref(), &opened.name, self.checked)?;
        }
        let opening = || shared_clock::open(opened.store.as_ref()).map_err(|error| store::failed(&error));
        let clock = self.moved_clock().map_or_else(opening, Ok)?;
        let registered = ClientCache::new(opened.store.clone(), clock.now());
        let registered = registered.map_err(|error| store::failed(&error))?;
        let registered = registered.with_sealing(given_sealing_key()?);
        if !self.checked {
            registered.identify();
        }
        Ok(Some(ServerStore { news, ..self.with(url, opened, registered, clock) }))
    }

    /// Returns `None` if there is no place for a store, and none is needed.
    fn homeless(&self, given: bool) -> Result<Option<ServerStore>, Failure> {
        if given && !self.must_exist {
            return Ok(None);
        }
        let missed = Failure::new(Exit::Usage, "store", "there is no folder for a store: HOME is not set");
        Err(missed.hint(store::NO_PLACE))
    }

    /// Warns about a store without content, which may not be the intended one. A check also warns about what
    /// a start would change.
    fn look(&self, url: &StoreUrl, opened: &mut OpenStore) -> Result<Vec<String>, Failure> {
        let name = &opened.name;
        if self.checked {
            opened.warnings.extend(match opened.before {
                PriorStore::Nothing => Some(format!("there is no store at {name} yet: a start creates it")),
                PriorStore::Older { found, known } => Some(format!(
                    "the store {name} has schema {found}: a start upgrades it to schema {known}; its \
                     records were \
                     not checked"
                )),
                PriorStore::There => None,
            });
        }
        if self.checked || *url == StoreUrl::Memory {
            return Ok(Vec::new());
        }
        Ok(opened.emptiness().map_err(|error| store::failed(&error))?.into_iter().collect())
    }

    /// The store while it is unreachable.
    fn coming(&self) -> Result<Option<ServerStore>, Failure> {
        let Some(url) = self.url() else { return Ok(None) };
        let coming = url.coming(self.absent());
        // The machine's clock, until the store's clock can be read.
        let clock = self.moved_clock().unwrap_or_default();
        let registered = ClientCache::away(coming.store.clone(), clock.now());
        let registered = registered.with_sealing(given_sealing_key()?);
        Ok(Some(self.with(url, coming, registered, clock)))
    }

    fn with(
        &self,
        url: StoreUrl,
        opened: OpenStore,
        registered: ClientCache,
        clock: SharedClock,
    ) -> ServerStore {
        let OpenStore { store, name, warnings, .. } = opened;
        store.sign(Author::new("serve", &user()));
        let instead = self.is_default() && url == StoreUrl::Memory;
        let (outage, connections) = (self.outage, self.connections);
        let (registered, news) = (Arc::new(registered), Vec::new());
        ServerStore { url, name, instead, registered, clock, outage, connections, warnings, news }
    }
}
