//! What was prepared without the store, and what becomes of it with the store, without it, and while it is
//! waited for.

use super::client_secrets::{self, ClientSecret};
use super::prepared::Prepared;
use super::problems::{blame_placeholders, wrong};
use super::server_store::ServerStore;
use super::signing;
use crate::cli::ServeArgs;
use crate::clock::shared::SharedClock;
use crate::commands::environment::user;
use crate::commands::store::{self, Absent, OpenStore, PriorStore, StoreUrl};
use crate::commands::store_key::sealing_key;
use crate::exit::{Exit, Failure};
use crate::registry::client_cache::ClientCache;
use crate::registry::shared_clock;
use crate::registry::store::history::Author;
use crate::registry::store::postgres::CONNECTIONS;
use crate::registry::store_health::{OUTAGE, Reachability};
use std::sync::Arc;
use std::time::Duration;

/// All that is needed to start, but what is in the store.
pub(super) struct StartWithoutStore {
    /// The rest: the clients of the configuration, and its key, where it names one.
    pub(super) base: Prepared,
    /// What is wanted of the store and of signing keys; nothing, where there is no store at all.
    pub(super) wanted: Option<(StoreConfig, signing::SigningConfig)>,
    /// The secrets of its clients, as far as they are judged: beside the signing keys there is more to say.
    pub(super) secrets: Vec<ClientSecret>,
    /// What is to be said of the store's password, where others may read it.
    pub(super) exposed: Option<String>,
}

/// What the configuration says of the store.
pub(super) struct StoreConfig {
    /// Where it is; the user's own, where that is not said.
    named: Option<StoreUrl>,
    /// How long it may be away.
    outage: Duration,
    /// By how many connections it is asked.
    connections: usize,
    /// Whether it is only to be checked whether all is right.
    checked: bool,
    /// Whether none may be made.
    must_exist: bool,
}

impl StartWithoutStore {
    /// What needs no store.
    pub(super) fn whole(base: Prepared) -> Self {
        Self { base, wanted: None, secrets: Vec::new(), exposed: None }
    }

    /// All that is needed to start. A store that is in use already stays open.
    ///
    /// # Errors
    /// Exit 1 where the store cannot be opened, 2 where something in it does not fit.
    pub(super) fn with_store(&self, running: Option<&ServerStore>) -> Result<Prepared, Failure> {
        let Some((store, keys)) = &self.wanted else { return Ok(self.base.clone()) };
        self.complete(keys, || store.used(running), store.checked)
            .map_err(|failure| blame_placeholders("", &self.base.inputs.placeholders, &failure))
    }

    /// Whether clients of the configuration get tokens without the store: it names some, and a key.
    pub(super) fn is_independent(&self) -> bool {
        let names_key = self.wanted.as_ref().is_some_and(|(_, keys)| keys.given.is_some());
        names_key && self.base.registry.declared().next().is_some()
    }

    /// Where the store is, for people.
    pub(super) fn place(&self) -> Option<String> {
        self.wanted.as_ref().and_then(|(store, _)| store.url()).map(|url| url.name())
    }

    /// The same while the store is away; it is opened when it comes.
    ///
    /// # Errors
    /// As for [`StartWithoutStore::with_store`].
    pub(super) fn without_store(&self) -> Result<Prepared, Failure> {
        let Some((store, keys)) = &self.wanted else { return Ok(self.base.clone()) };
        self.complete(keys, || Ok(store.coming()), store.checked)
    }

    /// What answers nothing until the store comes.
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
            // After a reload it has been said.
            used.warnings.extend(self.exposed.clone().filter(|warning| !used.warnings.contains(warning)));
            // While it is away nobody knows; who keeps up with it looks when it is back.
            let is_there = used.registered.reach() == Reachability::Well;
            let twice = is_there.then(|| base.registry.declared_twice(&used.registered)).transpose();
            if let Some(id) = twice.map_err(|error| store::failed(&error))?.unwrap_or_default().first() {
                return Err(wrong(format!("client {id:?} is declared here and registered in the store"))
                    .hint("keep one of the two: heistctl client remove ID takes it out of the store"));
            }
            base.registry = base.registry.with_store(used.registered.clone());
        }
        let (signing, ephemeral_key) = signing::keys(keys, store.as_ref(), checked)?;
        if let Some(used) = store.as_mut().filter(|_| !checked) {
            used.tell_of_key(&signing);
        }
        base.inputs.found.extend(client_secrets::warnings(&self.secrets, &signing.ring()));
        let clock = store.as_ref().map(|used| used.clock.clone()).unwrap_or_default();
        Ok(Prepared { signing, ephemeral_key, store, clock, ..base })
    }
}

impl StoreConfig {
    /// What flags and configuration say: where it is, how long it may be away, and by how many connections it
    /// is asked.
    ///
    /// # Errors
    /// Exit 2 for what is not a store.
    pub(super) fn of(
        args: &ServeArgs,
        configured: Option<StoreUrl>,
        outage: Option<Duration>,
        connections: Option<usize>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            named: StoreUrl::named(args.store.as_deref(), configured)?,
            outage: outage.unwrap_or(OUTAGE),
            connections: connections.unwrap_or(CONNECTIONS),
            checked: args.check,
            must_exist: args.must_exist,
        })
    }

    /// The store that somebody has named, else the user's own.
    pub(super) fn url(&self) -> Option<StoreUrl> {
        self.named.clone().or_else(StoreUrl::of_user)
    }

    /// Nothing, where the keys that are to be in it can be sealed. A start must not wait for the store and
    /// fail by that when it has come.
    ///
    /// # Errors
    /// Exit 2 for a sealing key that is missing, or is not one.
    pub(super) fn check_sealing(&self) -> Result<(), Failure> {
        self.url().map_or(Ok(()), |url| sealing_key(&url).map(drop))
    }

    /// What becomes of one that is not there.
    fn absent(&self) -> Absent {
        if self.checked { Absent::Checked } else { Absent::Made.unless_required(self.must_exist) }
    }

    /// Opens it; one that is in use already stays open.
    /// Where it is only to be checked whether all is right, none is made or changed.
    fn used(&self, running: Option<&ServerStore>) -> Result<Option<ServerStore>, Failure> {
        let Some(url) = self.url() else { return self.homeless() };
        let is_same =
            |running: &&ServerStore| running.url == url || (self.named.is_none() && running.instead);
        if let Some(running) = running.filter(is_same) {
            let (running, news) = (running.clone(), Vec::new());
            let (outage, connections) = (self.outage, self.connections);
            return Ok(Some(ServerStore { outage, connections, news, ..running }));
        }
        let (url, mut opened) = if self.named.is_some() || self.must_exist {
            let opened = url.open(self.absent())?;
            (url, opened)
        } else {
            url.open_of_user(self.absent())?
        };
        if self.must_exist && (opened.before == PriorStore::Nothing || url == StoreUrl::Memory) {
            url.open(Absent::Required)?;
        }
        let news = self.look(&url, &mut opened)?;
        let clock = shared_clock::open(opened.store.as_ref()).map_err(|error| store::failed(&error))?;
        let registered = ClientCache::new(opened.store.clone(), clock.now());
        let registered = registered.map_err(|error| store::failed(&error))?;
        if !self.checked {
            registered.identify();
        }
        Ok(Some(ServerStore { news, ..self.with(url, opened, registered, clock) }))
    }

    /// Nothing, where nobody has named a store and the user has no folder for one.
    fn homeless(&self) -> Result<Option<ServerStore>, Failure> {
        if !self.must_exist {
            return Ok(None);
        }
        let missed = Failure::new(Exit::Usage, "store", "there is no folder for a store: HOME is not set");
        Err(missed.hint("--store sqlite:PATH names one"))
    }

    /// What is to be said of a store that has nothing in it: in the place of the one that was meant, perhaps. A
    /// check warns of what a start would do.
    fn look(&self, url: &StoreUrl, opened: &mut OpenStore) -> Result<Vec<String>, Failure> {
        let name = &opened.name;
        if self.checked {
            opened.warnings.extend(match opened.before {
                PriorStore::Nothing => Some(format!("there is no store at {name} yet: a start makes it")),
                PriorStore::Older { found, known } => Some(format!(
                    "the store {name} has schema {found}: a start brings it to schema {known}; its records were \
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

    /// The same while it is away.
    fn coming(&self) -> Option<ServerStore> {
        let url = self.url()?;
        let coming = url.coming(self.absent());
        // The machine's own, until it can be asked for its clock.
        let clock = SharedClock::default();
        let registered = ClientCache::away(coming.store.clone(), clock.now());
        Some(self.with(url, coming, registered, clock))
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
        let instead = self.named.is_none() && url == StoreUrl::Memory;
        let (outage, connections) = (self.outage, self.connections);
        let (registered, news) = (Arc::new(registered), Vec::new());
        ServerStore { url, name, instead, registered, clock, outage, connections, warnings, news }
    }
}
