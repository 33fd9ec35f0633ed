//! A running server acts on events, reloads certificates, and swaps its configuration without forgetting used
//! ids and revocations.

mod stopping;

use super::audit_log::AuditLog;
use super::banner::Banner;
use super::certificate_reload::CertificateFiles;
use super::command::Running;
use super::compose::{self, BannerFacts};
use super::console::{Console, PHASE};
use super::delayed_start::{DelayedStart, WaitResult};
use super::events::Event;
use super::limits::CallerLimits;
use super::observers::Observers;
use super::page;
use super::prepare;
use super::prepared::Prepared;
use super::remote_keys::Tell;
use super::run_settings::RunSettings;
use super::server_store::ServerStore;
use super::sockets::Sockets;
use super::store_sync::StoreSync;
use super::time_watch::{CLOCK, accepted};
use super::under_test;
use super::warnings::warnings;
use crate::cli::ServeArgs;
use crate::clock::Timestamp;
use crate::commands::{Report, store};
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use crate::registry::keys::ring::{Ring, SigningKeys};
use crate::server::bulkheads::Bulkheads;
use crate::server::engine::Engine;
use crate::server::gate::connection_limits::ConnectionLimits as CrowdLimits;
use crate::server::gate::tls::Tls;
use crate::server::gate::{Gate, GateSettings, Listener};
use crate::server::listen::room_for;
use crate::server::{Current, Serving};
use sd_notify::NotifyState;
use signal_hook::consts::SIGINT;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// The default of `limits.connections`.
const CONNECTIONS: usize = 10_000;
/// The default of `limits.idle_timeout`.
const IDLE: Duration = Duration::from_secs(20);
/// The interval between checks of the certificate files.
const TICK: Duration = Duration::from_secs(1);
/// The interval between reminders that a certificate ends soon, in seconds.
const REMIND: i64 = 86_400;
const STORE: &str = "store";
/// The extra time that each message asks of a service manager.
const EXTEND: Duration = Duration::from_secs(60);

pub(super) struct RunningServer<'a> {
    args: &'a ServeArgs,
    console: Arc<dyn Console>,
    watching: Arc<Observers>,
    gate: Gate,
    current: Arc<Current>,
    keeper: StoreSync,
    /// The places of requests that wait for the store.
    places: Arc<Bulkheads>,
    /// The URL of the server.
    url: String,
    /// The address of the metrics.
    metrics: Option<SocketAddr>,
    running: Configured,
}

/// The parts of the running configuration that the next one is compared with.
struct Configured {
    /// The file of the configuration.
    file: Option<PathBuf>,
    store: Option<ServerStore>,
    listen: SocketAddr,
    audit_log: Option<AuditLog>,
    run: RunSettings,
    limits: CallerLimits,
    certificates: Option<CertificateFiles>,
    ephemeral_key: bool,
    /// The time of the last reminder about the certificate.
    reminded: Timestamp,
}

impl Configured {
    fn of(prepared: &Prepared) -> Self {
        Self {
            file: prepared.file.clone(),
            store: prepared.store.clone(),
            listen: prepared.listen,
            audit_log: prepared.audit_log.clone(),
            run: prepared.run.clone(),
            limits: prepared.limits.clone(),
            certificates: prepared.tls.as_ref().map(|(files, _)| files.clone()),
            ephemeral_key: prepared.ephemeral_key,
            reminded: Timestamp::now(),
        }
    }

    /// Tells the store how long cached clients stay valid while it is unreachable, and how many connections
    /// to open.
    fn set_up_store(&self) {
        if let Some(store) = &self.store {
            store.registered.set_outage(store.outage);
            store.registered.store().set_connections(store.connections);
        }
    }
}

impl<'a> RunningServer<'a> {
    pub(super) fn start(
        args: &'a ServeArgs,
        prepared: Prepared,
        sockets: Sockets,
        console: Arc<dyn Console>,
        watching: Arc<Observers>,
    ) -> Result<(Self, Banner), Failure> {
        let scheme = if prepared.tls.is_some() { "https" } else { "http" };
        let url = compose::url(scheme, sockets.address);
        let metrics = sockets.metrics.as_ref().map(|(_, address)| *address);
        let (facts, running) = (BannerFacts::of(&prepared, metrics), Configured::of(&prepared));
        running.set_up_store();
        let settings = settings(&prepared.limits, prepared.tls.as_ref().map(|(_, tls)| tls.clone()));
        let serving = compose::serving(prepared, &url, to(&console));
        let serving = page::add(serving, &console, &url, &facts);
        match serving.service.take_revocations(serving.service.clock.now()) {
            // A store that is still unreachable is asked once it is there.
            Err(error) if is_at_hand(&serving) => return Err(store::failed(&error)),
            _ => {}
        }
        let banner = compose::banner(&serving.service, &url, facts);
        watching.serves(&serving, settings.tls.as_ref());
        let current = Arc::new(Current::new(serving));
        watching.looks_at(current.clone());
        let places = Arc::new(Bulkheads::new(running.limits.store_places()));
        let keeper = StoreSync::start(&current, &console, &watching, &places)
            .map_err(|error| Failure::new(Exit::Local, PHASE, format!("cannot start: {}", plain(&error))))?;
        let engine = Box::new(Engine::new(current.clone(), watching.clone(), places.clone()));
        let mut listeners = vec![sockets.public];
        listeners.extend(sockets.metrics.map(|(socket, _)| (socket, Listener::Metrics)));
        let gate = Gate::open(listeners, settings, engine, watching.clone())
            .map_err(|error| Failure::new(Exit::Local, PHASE, format!("cannot start: {}", plain(&error))))?;
        Ok((Self { args, console, watching, gate, current, keeper, places, url, metrics, running }, banner))
    }

    /// Serves as soon as the store is there. A signal before that stops the server; its command never starts.
    ///
    /// # Errors
    /// The failure of the store once the wait is over.
    pub(super) fn wait_for(
        mut self,
        opening: DelayedStart,
        happened: &Receiver<Event>,
    ) -> Result<Result<(Self, Banner), Box<Report>>, Failure> {
        match opening.wait(happened, self.console.as_ref(), &tell_that_it_waits) {
            Ok(WaitResult::Came(prepared, missed)) => {
                let banner = self.come(*prepared)?;
                if missed {
                    self.console.notice(STORE, "the store is reachable now");
                }
                Ok(Ok((self, banner)))
            }
            Ok(WaitResult::Stopped(_)) if self.args.command.is_empty() => {
                self.stop().map(|()| Err(Box::new(Report::Served)))
            }
            Ok(WaitResult::Stopped(signal)) => {
                Ok(Err(Box::new(self.stop_with(u8::try_from(128 + signal).unwrap_or(u8::MAX)))))
            }
            Err(failure) => {
                self.stop_and_tell();
                Err(failure)
            }
        }
    }

    fn come(&mut self, prepared: Prepared) -> Result<Banner, Failure> {
        let facts = BannerFacts::of(&prepared, self.metrics);
        self.take_over(prepared)?;
        let _ = sd_notify::notify(&[NotifyState::Status("serving")]);
        Ok(compose::banner(&self.current.get().service, &self.url, facts))
    }

    pub(super) fn run(
        mut self,
        happened: &Receiver<Event>,
        command: Option<&Running>,
    ) -> anyhow::Result<Report> {
        loop {
            match (happened.recv_timeout(TICK), command) {
                (Ok(Event::Reload), _) => self.reload(),
                (Ok(Event::Ended(code)), _) => return Ok(self.stop_with(code)),
                (Ok(Event::Stop(signal)), Some(command)) => {
                    // The terminal sends Ctrl-C to the command itself.
                    if signal != SIGINT || !io::stdin().is_terminal() {
                        command.signal(signal);
                    }
                }
                (Err(RecvTimeoutError::Timeout), _) if self.gate.has_ended() => {
                    return Err(Failure::new(
                        Exit::Local,
                        PHASE,
                        "the listener has stopped: nothing is served",
                    )
                    .into());
                }
                (Err(RecvTimeoutError::Timeout), _) => self.look_at_certificates(),
                // Stop if no event can arrive any more.
                (Ok(Event::Stop(_)) | Err(RecvTimeoutError::Disconnected), _) => {
                    return self.stop().map(|()| Report::Served).map_err(anyhow::Error::from);
                }
            }
        }
    }

    /// Reads the configuration again. If it is wrong, the running one stays.
    fn reload(&mut self) {
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            let _ = sd_notify::notify(&[NotifyState::Reloading, now]);
        }
        self.watching.reopen();
        self.accept_clock();
        match prepare::prepare(self.args, self.running.store.as_ref())
            .and_then(|prepared| self.take_over(prepared))
        {
            Ok(()) => self.console.notice(PHASE, "the configuration was reloaded"),
            Err(failure) => {
                for failure in failure.each() {
                    let what = format!("the configuration is unchanged: {}", failure.sentence());
                    self.console.alarm(PHASE, &what);
                }
            }
        }
        let _ = sd_notify::notify(&[NotifyState::Ready]);
    }

    /// An operator who reloads the configuration accepts the clock as it is.
    fn accept_clock(&self) {
        let service = &self.current.get().service;
        if service.clock.accept() {
            self.console.notice(CLOCK, &accepted("as it is", &service.clock));
            // Other nodes and commands read that from the store.
            service.registry.registered().inspect(|registered| registered.wake());
        }
    }

    /// Swaps the configuration. Revocations, used ids and a key that was made for this run survive.
    fn take_over(&mut self, mut prepared: Prepared) -> Result<(), Failure> {
        if prepared.tls.is_some() != self.running.certificates.is_some() {
            let failure = Failure::new(
                Exit::Usage,
                PHASE,
                "cannot switch between https and plain http while the server runs",
            );
            return Err(failure.hint("restart the server"));
        }
        if let Some(file) = self.running.file.as_ref().filter(|_| prepared.file.is_none()) {
            let what = format!("{} no longer exists", file.display());
            return Err(Failure::new(Exit::Usage, PHASE, what)
                .hint("restore it: without it its clients would be removed"));
        }
        self.keep_what_stays(&mut prepared)?;
        let before = self.current.get();
        let algorithm = |keys: &SigningKeys| keys.ring().algorithm;
        let same = algorithm(&before.service.signing) == algorithm(&prepared.signing);
        if prepared.ephemeral_key && self.running.ephemeral_key && same {
            prepared.signing = before.service.signing.clone();
        }
        let gone = gone(&before.service.signing.ring(), &prepared.signing.ring());
        warnings(&prepared).iter().chain(&gone).for_each(|warning| self.console.notice(PHASE, warning));
        let facts = BannerFacts::of(&prepared, self.metrics);
        self.running = Configured::of(&prepared);
        self.running.set_up_store();
        let settings = settings(&prepared.limits, prepared.tls.as_ref().map(|(_, tls)| tls.clone()));
        let serving = compose::serving(prepared, &self.url, to(&self.console));
        let mut serving = page::add(serving, &self.console, &self.url, &facts);
        serving.service = serving.service.remembering(before.service.state.clone());
        take_revocations(&serving, &before);
        self.watching.serves(&serving, settings.tls.as_ref());
        self.gate.set(settings);
        self.places.set(self.running.limits.store_places());
        self.current.set(serving);
        Ok(())
    }

    /// Keeps the settings that only a restart changes, and the clock of a server without a store.
    fn keep_what_stays(&self, prepared: &mut Prepared) -> Result<(), Failure> {
        if prepared.listen != self.running.listen {
            self.console.notice(PHASE, "a new listen address takes effect after a restart");
            prepared.listen = self.running.listen;
        }
        for key in prepared.run.differing(&self.running.run) {
            self.console.notice(PHASE, &format!("a new {key} takes effect after a restart"));
        }
        prepared.run = self.running.run.clone();
        if prepared.audit_log != self.running.audit_log {
            self.console.notice(PHASE, "a new audit_log takes effect after a restart");
            prepared.audit_log = self.running.audit_log.clone();
            prepared.settings.audited = prepared.audit_log.is_some();
        }
        if prepared.store.is_none() && self.running.store.is_none() {
            prepared.clock = self.current.get().service.clock.clone();
        }
        under_test::keep(prepared, &self.current.get(), self.running.store.as_ref())
    }

    /// Loads certificates that have changed. If they are wrong, the old ones stay.
    fn look_at_certificates(&mut self) {
        let Some(files) = &mut self.running.certificates else { return };
        let serving = self.current.get();
        let (now, changed) = (Timestamp::now(), files.have_changed(&serving.service.registry));
        if !changed && now.unix() - self.running.reminded.unix() < REMIND {
            return;
        }
        self.running.reminded = now;
        match files.load(&serving.service.registry, now) {
            Ok(tls) => {
                let again = format!("the certificate was reloaded; it ends at {}", tls.expires);
                let notices = changed.then_some(again).into_iter().chain(files.notice(&tls, now));
                let notices = notices.chain(changed.then(|| files.warning(&tls)).flatten());
                let faults = changed.then(|| files.chain_warnings(&tls, now)).into_iter().flatten();
                let notices = notices.chain(faults);
                self.watching.metrics.set_certificate_expiry(tls.expires);
                self.gate.set(settings(&self.running.limits, Some(tls)));
                notices.for_each(|what| self.console.notice(PHASE, &what));
            }
            Err(failure) => {
                for failure in failure.each() {
                    let what = format!("the certificate is unchanged: {}", failure.what);
                    self.console.alarm(PHASE, &what);
                }
            }
        }
    }
}

fn to(console: &Arc<dyn Console>) -> Tell {
    let console = console.clone();
    Box::new(move |what| console.notice(PHASE, what))
}

/// Loads the revocations of the store. If a new store cannot be asked now, revocations count as unknown until
/// the sync thread has read them.
fn take_revocations(serving: &Serving, before: &Serving) {
    let registered = |serving: &Serving| serving.service.registry.registered().cloned();
    if let (Err(_), Some(used)) =
        (serving.service.take_revocations(serving.service.clock.now()), registered(serving))
        && !registered(before).is_some_and(|known| Arc::ptr_eq(&known, &used))
    {
        used.forget_revocations();
    }
}

/// Tells the service manager why the server is not ready yet, and asks for more time.
fn tell_that_it_waits(why: &str) {
    let longer = u32::try_from(EXTEND.as_micros()).unwrap_or(u32::MAX);
    let _ = sd_notify::notify(&[NotifyState::Status(why), NotifyState::ExtendTimeoutUsec(longer)]);
}

fn tell_that_it_stops() {
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
}

fn is_at_hand(serving: &Serving) -> bool {
    serving.service.registry.registered().is_none_or(|registered| registered.at_hand().is_ok())
}

/// A sentence for each key that the new configuration removes.
fn gone(before: &Ring, after: &Ring) -> Vec<String> {
    let stays = |kid: &&String| after.keys.keys.iter().any(|key| key.kid.as_ref() == Some(*kid));
    let sentence = |kid: &String| format!("key {kid} was removed: the tokens that it signed are refused");
    let kids = before.keys.keys.iter().filter_map(|key| key.kid.as_ref());
    kids.filter(|kid| !stays(kid)).map(sentence).collect()
}

/// The settings of the gate in a configuration.
fn settings(limits: &CallerLimits, tls: Option<Tls>) -> GateSettings {
    let connections = room_for(limits.connections.unwrap_or(CONNECTIONS));
    let per_address = limits.connections_per_address.unwrap_or_else(|| connections.div_ceil(4));
    GateSettings {
        limits: CrowdLimits { connections, per_address: per_address.min(connections) },
        rates: limits.rates(tls.as_ref()),
        idle: limits.idle_timeout.unwrap_or(IDLE),
        tls,
        allow_from: limits.allow_from.clone(),
        trusted_proxies: limits.trusted_proxies.clone(),
    }
}
