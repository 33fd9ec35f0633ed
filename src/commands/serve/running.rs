//! A server that is running: it does what the events ask, keeps up with certificates, and takes another
//! configuration's place without forgetting what was used or revoked.

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
use super::prepare;
use super::prepared::Prepared;
use super::remote_keys::Tell;
use super::server_store::ServerStore;
use super::sockets::Sockets;
use super::store_sync::StoreSync;
use super::time_watch::{CLOCK, accepted};
use super::warnings::warnings;
use crate::cli::ServeArgs;
use crate::clock::Timestamp;
use crate::commands::{Report, store};
use crate::exit::{Exit, Failure};
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

/// Connections at a time, unless the configuration says otherwise.
const CONNECTIONS: usize = 10_000;
/// How long a connection may be idle, unless the configuration says otherwise.
const IDLE: Duration = Duration::from_secs(20);
/// How often certificates are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often an operator is told of one that ends soon, in seconds.
const REMIND: i64 = 86_400;
const STORE: &str = "store";
/// For how much longer a service manager is asked to wait, each time.
const EXTEND: Duration = Duration::from_secs(60);

/// A server that is running.
pub(super) struct RunningServer<'a> {
    args: &'a ServeArgs,
    console: Arc<dyn Console>,
    watching: Arc<Observers>,
    gate: Gate,
    current: Arc<Current>,
    /// Keeps up with the store for as long as the server is there.
    keeper: StoreSync,
    /// Where requests wait for the store.
    places: Arc<Bulkheads>,
    /// Where it is reached.
    url: String,
    /// Where its metrics are, where anywhere.
    metrics: Option<SocketAddr>,
    running: Configured,
}

/// What of the running configuration the next one is compared with.
struct Configured {
    /// The configuration's file, where there is one.
    file: Option<PathBuf>,
    store: Option<ServerStore>,
    listen: SocketAddr,
    audit_log: Option<AuditLog>,
    limits: CallerLimits,
    certificates: Option<CertificateFiles>,
    ephemeral_key: bool,
    /// When an operator was last told of the certificate's end.
    reminded: Timestamp,
}

impl Configured {
    fn of(prepared: &Prepared) -> Self {
        Self {
            file: prepared.file.clone(),
            store: prepared.store.clone(),
            listen: prepared.listen,
            audit_log: prepared.audit_log.clone(),
            limits: prepared.limits.clone(),
            certificates: prepared.tls.as_ref().map(|(files, _)| files.clone()),
            ephemeral_key: prepared.ephemeral_key,
            reminded: Timestamp::now(),
        }
    }

    /// Tells the store how it is used: how long its clients stay good without it, by how many connections
    /// it is asked.
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
        let (told, running) = (BannerFacts::of(&prepared, metrics), Configured::of(&prepared));
        running.set_up_store();
        let settings = settings(&prepared.limits, prepared.tls.as_ref().map(|(_, tls)| tls.clone()));
        let serving = compose::serving(prepared, &url, to(&console));
        match serving.service.take_revocations(serving.service.clock.now()) {
            // A store that has not come yet is asked when it does.
            Err(error) if is_at_hand(&serving) => return Err(store::failed(&error)),
            _ => {}
        }
        let banner = compose::banner(&serving.service, &url, told);
        watching.serves(&serving, settings.tls.as_ref());
        let current = Arc::new(Current::new(serving));
        watching.looks_at(current.clone());
        let places = Arc::new(Bulkheads::new(running.limits.store_places()));
        let keeper = StoreSync::start(&current, &console, &watching, &places)
            .map_err(|error| Failure::new(Exit::Local, PHASE, format!("cannot start: {error}")))?;
        let engine = Box::new(Engine::new(current.clone(), watching.clone(), places.clone()));
        let mut listeners = vec![(sockets.public, Listener::Public)];
        listeners.extend(sockets.metrics.map(|(socket, _)| (socket, Listener::Metrics)));
        let gate = Gate::open(listeners, settings, engine, watching.clone())
            .map_err(|error| Failure::new(Exit::Local, PHASE, format!("cannot start: {error}")))?;
        Ok((Self { args, console, watching, gate, current, keeper, places, url, metrics, running }, banner))
    }

    /// Serves once there is all that is needed, or stops for a signal before that: a command has not begun, and never
    /// will.
    ///
    /// # Errors
    /// What is wrong with the store, where it is not waited for any longer.
    pub(super) fn wait_for(
        mut self,
        opening: DelayedStart,
        happened: &Receiver<Event>,
    ) -> Result<Result<(Self, Banner), Box<Report>>, Failure> {
        match opening.wait(happened, self.console.as_ref(), &tell_that_it_waits) {
            Ok(WaitResult::Came(prepared, missed)) => {
                let banner = self.come(*prepared)?;
                if missed {
                    self.console.notice(STORE, "the store has come");
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
        let told = BannerFacts::of(&prepared, self.metrics);
        self.take_over(prepared)?;
        let _ = sd_notify::notify(&[NotifyState::Status("serving")]);
        Ok(compose::banner(&self.current.get().service, &self.url, told))
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
                    // What is typed at a terminal comes to the command by itself.
                    if signal != SIGINT || !io::stdin().is_terminal() {
                        command.signal(signal);
                    }
                }
                (Err(RecvTimeoutError::Timeout), _) if self.gate.has_ended() => {
                    return Err(
                        Failure::new(Exit::Local, PHASE, "the gate has ended: nothing is served").into()
                    );
                }
                (Err(RecvTimeoutError::Timeout), _) => self.look_at_certificates(),
                // Where nobody can tell it to stop any more, it stops.
                (Ok(Event::Stop(_)) | Err(RecvTimeoutError::Disconnected), _) => {
                    return self.stop().map(|()| Report::Served).map_err(anyhow::Error::from);
                }
            }
        }
    }

    /// Reads the configuration again; where it is wrong, the one that is running stays.
    fn reload(&mut self) {
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            let _ = sd_notify::notify(&[NotifyState::Reloading, now]);
        }
        self.watching.reopen();
        self.accept_clock();
        match prepare::prepare(self.args, self.running.store.as_ref())
            .and_then(|prepared| self.take_over(prepared))
        {
            Ok(()) => self.console.notice(PHASE, "the configuration has been read again"),
            Err(failure) => {
                let what = format!("the configuration stays as it was: {}", failure.sentence());
                self.console.alarm(PHASE, &what);
            }
        }
        let _ = sd_notify::notify(&[NotifyState::Ready]);
    }

    /// An operator who reloads the configuration accepts the clock as it is.
    fn accept_clock(&self) {
        let service = &self.current.get().service;
        if service.clock.accept() {
            self.console.notice(CLOCK, &accepted("as it is", &service.clock));
            // Other nodes and commands find it in the store.
            service.registry.registered().inspect(|registered| registered.wake());
        }
    }

    /// Puts a configuration in the place of the one that runs. What is remembered of tokens and ids, and
    /// a key that was made for this run, outlive it.
    fn take_over(&mut self, mut prepared: Prepared) -> Result<(), Failure> {
        if prepared.tls.is_some() != self.running.certificates.is_some() {
            let failure =
                Failure::new(Exit::Usage, PHASE, "https and plain http are not exchanged while it runs");
            return Err(failure.hint("start it again"));
        }
        if let Some(file) = self.running.file.as_ref().filter(|_| prepared.file.is_none()) {
            let what = format!("{} is not there any more", file.display());
            return Err(
                Failure::new(Exit::Usage, PHASE, what).hint("without it its clients would be gone, too")
            );
        }
        self.keep_what_stays(&mut prepared);
        let before = self.current.get();
        let algorithm = |keys: &SigningKeys| keys.ring().algorithm;
        let same = algorithm(&before.service.signing) == algorithm(&prepared.signing);
        if prepared.ephemeral_key && self.running.ephemeral_key && same {
            prepared.signing = before.service.signing.clone();
        }
        let gone = gone(&before.service.signing.ring(), &prepared.signing.ring());
        warnings(&prepared).iter().chain(&gone).for_each(|warning| self.console.notice(PHASE, warning));
        self.running = Configured::of(&prepared);
        self.running.set_up_store();
        let settings = settings(&prepared.limits, prepared.tls.as_ref().map(|(_, tls)| tls.clone()));
        let mut serving = compose::serving(prepared, &self.url, to(&self.console));
        serving.service = serving.service.remembering(before.service.state.clone());
        take_revocations(&serving, &before);
        self.watching.serves(&serving, settings.tls.as_ref());
        self.gate.set(settings);
        self.places.set(self.running.limits.store_places());
        self.current.set(serving);
        Ok(())
    }

    /// What only another start changes, and the clock of a server without a store.
    fn keep_what_stays(&self, prepared: &mut Prepared) {
        if prepared.listen != self.running.listen {
            self.console.notice(PHASE, "another listen address needs another start");
            prepared.listen = self.running.listen;
        }
        if prepared.audit_log != self.running.audit_log {
            self.console.notice(PHASE, "another audit_log needs another start");
            prepared.audit_log = self.running.audit_log.clone();
            prepared.settings.audited = prepared.audit_log.is_some();
        }
        if prepared.store.is_none() && self.running.store.is_none() {
            prepared.clock = self.current.get().service.clock.clone();
        }
    }

    /// Takes certificates that have changed; where they are wrong, those that are served stay.
    fn look_at_certificates(&mut self) {
        let Some(files) = &mut self.running.certificates else { return };
        let (now, changed) = (Timestamp::now(), files.have_changed());
        if !changed && now.unix() - self.running.reminded.unix() < REMIND {
            return;
        }
        self.running.reminded = now;
        match files.load(&self.current.get().service.registry, now) {
            Ok(tls) => {
                let again = format!("the certificate has been read again; it ends at {}", tls.expires);
                let notices = changed.then_some(again).into_iter().chain(files.notice(&tls, now));
                let notices = notices.chain(changed.then(|| files.warning(&tls)).flatten());
                let faults = changed.then(|| files.chain_warnings(&tls, now)).into_iter().flatten();
                let notices = notices.chain(faults);
                self.watching.metrics.set_certificate_expiry(tls.expires);
                self.gate.set(settings(&self.running.limits, Some(tls)));
                notices.for_each(|what| self.console.notice(PHASE, &what));
            }
            Err(failure) => {
                self.console.alarm(PHASE, &format!("the certificate stays as it was: {}", failure.what));
            }
        }
    }
}

/// Tells notices to that console.
fn to(console: &Arc<dyn Console>) -> Tell {
    let console = console.clone();
    Box::new(move |what| console.notice(PHASE, what))
}

/// Takes the revocations of the store. Another one than `before` has its own; where it cannot be asked now, none
/// of them is known until the thread that keeps up with it has asked.
fn take_revocations(serving: &Serving, before: &Serving) {
    let registered = |serving: &Serving| serving.service.registry.registered().cloned();
    if let (Err(_), Some(used)) =
        (serving.service.take_revocations(serving.service.clock.now()), registered(serving))
        && !registered(before).is_some_and(|known| Arc::ptr_eq(&known, &used))
    {
        used.forget_revocations();
    }
}

/// Tells the service manager why the server is not ready yet, and asks it for more time.
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

/// The keys that another configuration takes away, each in a sentence.
fn gone(before: &Ring, after: &Ring) -> Vec<String> {
    let stays = |kid: &&String| after.keys.keys.iter().any(|key| key.kid.as_ref() == Some(*kid));
    let sentence = |kid: &String| {
        format!("key {kid} vouches for no token any more: those that it has signed are refused")
    };
    let kids = before.keys.keys.iter().filter_map(|key| key.kid.as_ref());
    kids.filter(|kid| !stays(kid)).map(sentence).collect()
}

/// What the gate is told of a configuration.
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
