//! Keeps up with the store on a thread of its own: a store that hangs holds up neither signals nor
//! certificates. Takes changes, revocations and signing keys at once where the store tells of them, else
//! once a second.

use super::console::Console;
use super::observers::Observers;
use super::slow_store::SlowStoreAlarm;
use super::time_watch::TimeWatch;
use crate::clock::Timestamp;
use crate::clock::shared::SharedClock;
use crate::commands::store_key::keys_failed;
use crate::registry::client_cache::ClientCache;
use crate::registry::keys::persistence::KeysError;
use crate::registry::store::StoreError;
use crate::registry::store_health::Reachability;
use crate::server::bulkheads::Bulkheads;
use crate::server::{Current, Serving};
use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often a store is asked that tells of nothing.
const TICK: Duration = Duration::from_secs(1);
/// How often ids that do not matter any more are forgotten.
const PURGE: Duration = Duration::from_secs(60);
/// How often, while the store cannot be written to: so it is noticed that it can.
const PURGE_AGAIN: Duration = Duration::from_secs(5);

/// How long the last that is to be written may take.
const LAST: Duration = Duration::from_secs(2);

/// What is told of signing keys is told under this name.
const SIGNING: &str = "signing";
/// And this of the store.
const STORE: &str = "store";
const WRITTEN: &str =
    "the store can be written to again: what waited (uses of secrets, revocations) has been put down";

/// What keeps up, until it is dropped.
pub(super) struct StoreSync {
    current: Arc<Current>,
    ended: Arc<AtomicBool>,
    turn: Arc<Mutex<()>>,
}

impl StoreSync {
    /// Begins to keep up with the store of whatever configuration is current.
    pub(super) fn start(
        current: &Arc<Current>,
        console: &Arc<dyn Console>,
        watching: &Arc<Observers>,
        places: &Arc<Bulkheads>,
    ) -> io::Result<Self> {
        let (ended, turn) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(())));
        let rounds = SyncLoop {
            current: current.clone(),
            console: console.clone(),
            watching: watching.clone(),
            slowness: SlowStoreAlarm::new(places.clone()),
            known: None,
            said: Reachability::Well,
            // Then the store is back, or away, and either is told.
            unusable: SyncTrouble { cause: None, over: None },
            signing: SyncTrouble::ending("the signing keys in the store can be used again"),
            writing: SyncTrouble::ending(WRITTEN),
            forgetting: SyncTrouble::ending(
                "what is over can be forgotten again: the store can be written to",
            ),
            time: TimeWatch::default(),
            purged: None,
            ended: ended.clone(),
            turn: turn.clone(),
        };
        thread::Builder::new().name("keeper".to_owned()).spawn(move || rounds.run())?;
        Ok(Self { current: current.clone(), ended, turn })
    }
}

impl StoreSync {
    /// Writes what waits for that, when nothing more will come, and closes the store in good order. One that is
    /// away, or does not answer, does not hold up the end for long.
    ///
    /// # Errors
    /// Where it is not known to be written.
    pub(super) fn finish(&self) -> Result<(), StoreError> {
        self.ended.store(true, Ordering::Release);
        let serving = self.current.get();
        let Some(registered) = serving.service.registry.registered() else { return Ok(()) };
        let is_well = registered.reach() == Reachability::Well;
        let clock = serving.service.clock.clone();
        let (registered, turn, (sender, written)) = (registered.clone(), self.turn.clone(), channel());
        let started = thread::Builder::new().name("last".to_owned()).spawn(move || {
            // What is closed is asked by no round any more.
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let last = if is_well { registered.write(clock.forgets(clock.now())) } else { Ok(()) };
            registered.store().close();
            let _ = sender.send(last);
        });
        started.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        if !is_well {
            // Nothing is lost that could be had.
            return written.recv_timeout(LAST / 4).unwrap_or(Ok(()));
        }
        let late = |_| Err(StoreError::Unavailable("no answer in time".to_owned()));
        written.recv_timeout(LAST).unwrap_or_else(late)
    }
}

impl Drop for StoreSync {
    /// It may be waiting for a store that hangs, and is not waited for.
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(registered) = self.current.get().service.registry.registered() {
            registered.wake();
        }
    }
}

/// What is done again and again.
struct SyncLoop {
    current: Arc<Current>,
    console: Arc<dyn Console>,
    watching: Arc<Observers>,
    /// Whether the store is slow.
    slowness: SlowStoreAlarm,
    /// The store that it keeps up with.
    known: Option<Arc<ClientCache>>,
    /// What an operator was told last of it.
    said: Reachability,
    /// Why the store refuses this server, where waiting does not cure that.
    unusable: SyncTrouble,
    /// What is wrong with the signing keys.
    signing: SyncTrouble,
    /// Why what was noted cannot be written.
    writing: SyncTrouble,
    /// Why what does not matter any more cannot be forgotten.
    forgetting: SyncTrouble,
    /// Whether the clocks are right.
    time: TimeWatch,
    /// When ids that do not matter any more were last forgotten.
    purged: Option<Instant>,
    /// Whether the server stops.
    ended: Arc<AtomicBool>,
    /// Held during a round.
    turn: Arc<Mutex<()>>,
}

/// A trouble. It is told when it comes, when its cause changes, and once when it is over.
struct SyncTrouble {
    cause: Option<String>,
    /// What is told at its end; `None` where something else tells that.
    over: Option<&'static str>,
}

impl SyncTrouble {
    const fn ending(over: &'static str) -> Self {
        Self { cause: None, over: Some(over) }
    }

    fn is(&mut self, now: Option<String>, console: &dyn Console, phase: &str) {
        match (&now, &self.cause) {
            (Some(cause), before) if before.as_ref() != Some(cause) => console.alarm(phase, cause),
            (None, Some(_)) => self.over.into_iter().for_each(|over| console.notice(phase, over)),
            _ => {}
        }
        self.cause = now;
    }
}

impl SyncLoop {
    fn run(mut self) {
        loop {
            match self.current.get().service.registry.registered() {
                Some(registered) => drop(registered.wait(TICK)),
                // Another configuration may have one.
                None => thread::sleep(TICK),
            }
            let turn = self.turn.clone();
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            if self.ended.load(Ordering::Acquire) {
                return;
            }
            self.round();
        }
    }

    /// One round. What panics in it has failed like anything else: somebody is told, and the next one comes.
    /// A thread that had ended would leave the server with what it knows for ever.
    fn round(&mut self) {
        let serving = self.current.get();
        let registered = serving.service.registry.registered();
        registered.into_iter().for_each(|registered| self.meet(registered));
        let kept = catch_unwind(AssertUnwindSafe(|| {
            self.before_the_store(&serving);
            registered.map_or(Ok(()), |registered| self.keep_up(&serving, registered))
        }));
        let Some(registered) = registered else { return };
        let error = match kept {
            Ok(kept) => kept.err(),
            Err(panic) => Some(StoreError::Unavailable(broken(panic.as_ref()))),
        };
        if let Some(error) = &error {
            registered.missed(error);
        }
        if error.is_none() {
            self.slowness.look(registered, self.console.as_ref());
        }
        self.look(&serving, registered, error.as_ref());
        self.say(registered, error);
    }

    /// Another store may have come with another configuration. That one is away from the start was said there.
    fn meet(&mut self, registered: &Arc<ClientCache>) {
        if !self.known.as_ref().is_some_and(|known| Arc::ptr_eq(known, registered)) {
            self.known = Some(registered.clone());
            self.said = if registered.reach() == Reachability::Well {
                Reachability::Well
            } else {
                Reachability::Away
            };
        }
    }

    /// What each round begins with, whether the store is at hand or not: nothing here may wait for it.
    fn before_the_store(&mut self, serving: &Serving) {
        let (service, metrics) = (&serving.service, &self.watching.metrics);
        service.clock.read_own();
        let unrecorded = self.watching.audit_trouble().is_some();
        service.state.unrecorded.store(unrecorded, Ordering::Relaxed);
        self.time.look(&service.clock, service.settings.leeway, metrics, self.console.as_ref());
        if let Some(registered) = serving.service.registry.registered() {
            // One that has come with another configuration does not tell of changes yet.
            registered.listen();
        }
        let now = service.clock.ends(service.clock.now());
        self.tell_of_keys(serving, &service.signing.step(now));
    }

    fn tell_of_keys(&self, serving: &Serving, told: &[String]) {
        told.iter().for_each(|what| self.console.notice(SIGNING, what));
        self.watching.metrics.set_signing_key_since(serving.service.signing.ring().since);
    }

    /// Takes the signing keys that others have changed, and changes them where that is due.
    fn keep_up_with_keys(&mut self, serving: &Serving, now: Timestamp) -> Result<(), StoreError> {
        let trouble = match serving.service.signing.keep_up(now) {
            Ok(kept_up) => {
                self.tell_of_keys(serving, &kept_up.told);
                kept_up.trouble
            }
            Err(KeysError::Store(error)) if !matches!(error, StoreError::Damaged(_)) => return Err(error),
            // The keys stay as they were, and the store is well.
            Err(error) => Some(error),
        };
        let trouble = trouble.map(|error| keys_failed(&error).sentence());
        self.signing.is(trouble, self.console.as_ref(), SIGNING);
        Ok(())
    }

    /// Takes what others have changed in the store, and writes what waits for that.
    fn keep_up(&mut self, serving: &Serving, registered: &ClientCache) -> Result<(), StoreError> {
        let clock = &serving.service.clock;
        registered.keep_up()?;
        self.time.read(registered.store().as_ref(), clock, self.console.as_ref())?;
        let now = clock.now();
        serving.service.take_revocations(now)?;
        registered.news().iter().for_each(|what| self.console.alarm(STORE, what));
        self.keep_up_with_keys(serving, clock.ends(now))?;
        registered.reached(now);
        self.write(registered, clock);
        Ok(())
    }

    /// Writes what waits for that, and now and then forgets what is over. A store that takes neither, as one
    /// that is locked or on a disk that is full, can be asked nevertheless.
    fn write(&mut self, registered: &ClientCache, clock: &SharedClock) {
        const CURE: &str =
            "does nobody else hold it locked, is there room on the disk, and may it be written to?";
        let now = clock.forgets(clock.now());
        let written = registered.write(now).err();
        let what = written.map(|error| {
            format!(
                "what waits to be put down (uses of secrets, revocations) cannot be: {}; {CURE}",
                error.cause()
            )
        });
        self.writing.is(what, self.console.as_ref(), STORE);
        self.time.leave(registered.store().as_ref(), clock);
        let every = if registered.unwritable().is_some() { PURGE_AGAIN } else { PURGE };
        if self.purged.is_none_or(|at| at.elapsed() >= every) && clock.is_settled() {
            self.purged = Some(Instant::now());
            let forgotten = registered.purge(now).err();
            let what =
                forgotten.map(|error| format!("what is over cannot be forgotten: {}; {CURE}", error.cause()));
            self.forgetting.is(what, self.console.as_ref(), STORE);
        }
    }

    /// Alarms when a store that was away begins to refuse this server. When the store is back, alarms about
    /// clients that are both declared and registered: a start without the store could not refuse them.
    fn look(&mut self, serving: &Serving, registered: &ClientCache, error: Option<&StoreError>) {
        let unusable = match error {
            Some(StoreError::Unusable { why, cure }) => {
                Some(format!("it refuses this server: {why}; {cure}"))
            }
            _ => None,
        };
        if self.said == Reachability::Well {
            // That it is gone is about to be said, and why.
            self.unusable.cause = unusable;
            return;
        }
        self.unusable.is(unusable, self.console.as_ref(), STORE);
        if error.is_none() {
            let twice = serving.service.registry.declared_twice(registered).unwrap_or_default();
            for id in twice {
                let what = format!(
                    "client {id:?} is declared in heist.toml and registered in the store: that of heist.toml \
                     counts; heistctl client remove {id} takes the other out"
                );
                self.console.alarm(STORE, &what);
            }
        }
    }

    /// That the store is gone is said once, that nothing is known of it any more, and that it is back.
    fn say(&mut self, registered: &ClientCache, error: Option<StoreError>) {
        let reach = if error.is_none() { Reachability::Well } else { registered.reach() };
        let before = std::mem::replace(&mut self.said, reach);
        match (before, reach, error) {
            (Reachability::Well, Reachability::Away, Some(error)) => {
                let what = "clients that are known go on for store_outage, all else is refused";
                self.console.alarm(STORE, &format!("{error}; {what}: {}", registered.store().cure()));
            }
            (Reachability::Well | Reachability::Away, Reachability::Lost, Some(error)) => {
                let error = registered.at_hand().err().unwrap_or(error);
                let cure = registered.store().cure();
                self.console.alarm(STORE, &format!("{error}; its clients are refused: {cure}"));
            }
            (Reachability::Away | Reachability::Lost, Reachability::Well, _) => {
                self.console.notice(STORE, "the store is back")
            }
            _ => {}
        }
    }
}

/// What an operator is told of a panic, which says more on stderr.
fn broken(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown");
    format!("heistctl itself has failed while it kept up with it: {text}; it goes on, please report this")
}

#[cfg(test)]
#[path = "store_sync_tests.rs"]
mod tests;
