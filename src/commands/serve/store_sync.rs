//! Follows the store on a thread of its own, so that a store that hangs delays neither signals nor
//! certificates. Reads changes, revocations and signing keys when the store announces them, else once a
//! second.

use super::console::Console;
use super::observers::Observers;
use super::slow_store::SlowStoreAlarm;
use super::time_watch::TimeWatch;
use crate::clock::Timestamp;
use crate::clock::shared::SharedClock;
use crate::commands::store_key::keys_failed;
use crate::os_error::plain;
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

/// The interval for a store that does not announce changes.
const TICK: Duration = Duration::from_secs(1);
/// The interval between removals of ids that have expired.
const PURGE: Duration = Duration::from_secs(60);
/// The interval while the store cannot be written to, to notice when it can.
const PURGE_AGAIN: Duration = Duration::from_secs(5);

/// The time for the last writes at a stop.
const LAST: Duration = Duration::from_secs(2);

/// The phase of messages about signing keys.
const SIGNING: &str = "signing";
/// The phase of messages about the store.
const STORE: &str = "store";
const WRITTEN: &str = "the store is writable again: pending uses of secrets and revocations were written";

/// The handle of the thread, which ends when this is dropped.
pub(super) struct StoreSync {
    current: Arc<Current>,
    ended: Arc<AtomicBool>,
    turn: Arc<Mutex<()>>,
}

impl StoreSync {
    /// Starts the thread. It follows the store of the current configuration, even after a reload.
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
            // No message at its end: the store is then back or unreachable, which is reported anyway.
            unusable: SyncTrouble { cause: None, over: None },
            signing: SyncTrouble::ending("the signing keys in the store can be used again"),
            writing: SyncTrouble::ending(WRITTEN),
            forgetting: SyncTrouble::ending("expired records are removed again: the store is writable"),
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
    /// Writes what is pending and closes the store. A store that is unreachable or hangs delays this only
    /// briefly.
    ///
    /// # Errors
    /// If it is not certain that everything was written.
    pub(super) fn finish(&self) -> Result<(), StoreError> {
        self.ended.store(true, Ordering::Release);
        let serving = self.current.get();
        let Some(registered) = serving.service.registry.registered() else { return Ok(()) };
        let is_well = registered.reach() == Reachability::Well;
        let clock = serving.service.clock.clone();
        let (registered, turn, (sender, written)) = (registered.clone(), self.turn.clone(), channel());
        let started = thread::Builder::new().name("last".to_owned()).spawn(move || {
            // Wait for the current round, so that no round uses a closed store.
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let last = if is_well { registered.write(clock.forgets(clock.now())) } else { Ok(()) };
            registered.store().close();
            let _ = sender.send(last);
        });
        started.map_err(|error| StoreError::Unavailable(plain(&error)))?;
        if !is_well {
            // Nothing is written to a store that is unreachable.
            return written.recv_timeout(LAST / 4).unwrap_or(Ok(()));
        }
        let late = |_| Err(StoreError::Unavailable("no answer in time".to_owned()));
        written.recv_timeout(LAST).unwrap_or_else(late)
    }
}

impl Drop for StoreSync {
    /// The thread may hang in the store, so this does not wait for it.
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(registered) = self.current.get().service.registry.registered() {
            registered.wake();
        }
    }
}

/// The state of the thread.
struct SyncLoop {
    current: Arc<Current>,
    console: Arc<dyn Console>,
    watching: Arc<Observers>,
    slowness: SlowStoreAlarm,
    /// The store of the last round.
    known: Option<Arc<ClientCache>>,
    /// The last reported state.
    said: Reachability,
    /// A refusal by the store that does not pass by itself.
    unusable: SyncTrouble,
    /// Trouble with the signing keys.
    signing: SyncTrouble,
    /// Trouble while writing uses of secrets and revocations.
    writing: SyncTrouble,
    /// Trouble while removing expired ids.
    forgetting: SyncTrouble,
    time: TimeWatch,
    /// The time of the last removal of expired ids.
    purged: Option<Instant>,
    /// Whether the server stops.
    ended: Arc<AtomicBool>,
    /// Held during a round.
    turn: Arc<Mutex<()>>,
}

/// A trouble. It is reported when it begins, when its cause changes, and once when it ends.
struct SyncTrouble {
    cause: Option<String>,
    /// The sentence for its end; `None` if something else reports that.
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
                // A reload may bring a store.
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

    /// One round. A panic is reported like any failure, and the next round follows. If the thread ended, the
    /// server would never learn anything new.
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

    /// Notices a store that came with another configuration. If that one is unreachable, the start has
    /// reported it.
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

    /// Runs first in each round, even if the store is unreachable, so nothing here may wait for it.
    fn before_the_store(&mut self, serving: &Serving) {
        let (service, metrics) = (&serving.service, &self.watching.metrics);
        service.clock.read_own();
        let unrecorded = self.watching.audit_trouble().is_some();
        service.state.unrecorded.store(unrecorded, Ordering::Relaxed);
        self.time.look(&service.clock, service.settings.leeway, metrics, self.console.as_ref());
        if let Some(registered) = serving.service.registry.registered() {
            // A store that came with another configuration does not announce changes yet.
            registered.listen();
        }
        let now = service.clock.ends(service.clock.now());
        self.tell_of_keys(serving, &service.signing.step(now));
    }

    fn tell_of_keys(&self, serving: &Serving, told: &[String]) {
        told.iter().for_each(|what| self.console.notice(SIGNING, what));
        self.watching.metrics.set_signing_key_since(serving.service.signing.ring().since);
    }

    /// Loads signing keys that others have changed, and makes or rotates keys when due.
    fn keep_up_with_keys(&mut self, serving: &Serving, now: Timestamp) -> Result<(), StoreError> {
        let trouble = match serving.service.signing.keep_up(now) {
            Ok(kept_up) => {
                self.tell_of_keys(serving, &kept_up.told);
                kept_up.trouble
            }
            Err(KeysError::Store(error)) if !matches!(error, StoreError::Damaged(_)) => return Err(error),
            // The keys stay as they were; the store itself is fine.
            Err(error) => Some(error),
        };
        let trouble = trouble.map(|error| keys_failed(&error).sentence());
        self.signing.is(trouble, self.console.as_ref(), SIGNING);
        Ok(())
    }

    /// Reads the changes of others and writes what is pending.
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

    /// Writes what is pending, and removes what has expired from time to time. If both fail, as with a locked
    /// store or a full disk, the store can still be read.
    fn write(&mut self, registered: &ClientCache, clock: &SharedClock) {
        const CURE: &str = "check for a lock by another process, a full disk and missing write permission";
        let now = clock.forgets(clock.now());
        let written = registered.write(now).err();
        let what = written.map(|error| {
            format!("cannot write pending uses of secrets and revocations: {}; {CURE}", error.cause())
        });
        self.writing.is(what, self.console.as_ref(), STORE);
        self.time.leave(registered.store().as_ref(), clock);
        let every = if registered.unwritable().is_some() { PURGE_AGAIN } else { PURGE };
        if self.purged.is_none_or(|at| at.elapsed() >= every) && clock.is_settled() {
            self.purged = Some(Instant::now());
            let forgotten = registered.purge(now).err();
            let what =
                forgotten.map(|error| format!("cannot remove expired records: {}; {CURE}", error.cause()));
            self.forgetting.is(what, self.console.as_ref(), STORE);
        }
    }

    /// Alarms if a store that was unreachable now refuses this server. Once the store is back, alarms about
    /// clients that are both declared and registered, which a start without the store could not refuse.
    fn look(&mut self, serving: &Serving, registered: &ClientCache, error: Option<&StoreError>) {
        let unusable = match error {
            Some(StoreError::Unusable { why, cure }) => {
                Some(format!("it refuses this server: {why}; {cure}"))
            }
            _ => None,
        };
        if self.said == Reachability::Well {
            // The state is reported below, with the reason.
            self.unusable.cause = unusable;
            return;
        }
        self.unusable.is(unusable, self.console.as_ref(), STORE);
        if error.is_none() {
            let twice = serving.service.registry.declared_twice(registered).unwrap_or_default();
            for id in twice {
                let what = format!(
                    "client {id:?} is declared in heist.toml and registered in the store: the one in \
                     heist.toml is used; heistctl client remove {id} removes the other"
                );
                self.console.alarm(STORE, &what);
            }
        }
    }

    /// Reports once each that the store is unreachable, that cached clients have expired, and that it is
    /// back.
    fn say(&mut self, registered: &ClientCache, error: Option<StoreError>) {
        let reach = if error.is_none() { Reachability::Well } else { registered.reach() };
        let before = std::mem::replace(&mut self.said, reach);
        match (before, reach, error) {
            (Reachability::Well, Reachability::Away, Some(error)) => {
                let what = "cached clients are served for store_outage, all other requests are refused";
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

/// The alarm for a panic; stderr has the details.
fn broken(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown");
    format!(
        "heistctl itself has failed while it followed the store: {text}; it continues, please report this"
    )
}

#[cfg(test)]
#[path = "store_sync_tests.rs"]
mod tests;
