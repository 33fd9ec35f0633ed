//! Keeps up with the store on a thread of its own: a store that hangs holds up neither signals nor
//! certificates. Takes changes, revocations and signing keys at once where the store tells of them, else
//! once a second.

use super::Console;
use super::watching::Watching;
use crate::clock::Timestamp;
use crate::commands::stores::keys_failed;
use crate::registry::contact::Reach;
use crate::registry::keys::kept::KeysError;
use crate::registry::registered::Registered;
use crate::registry::store::StoreError;
use crate::server::{Current, Serving};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How often a store is asked that tells of nothing.
const TICK: Duration = Duration::from_secs(1);
/// How often ids that do not matter any more are forgotten, in seconds.
const PURGE: i64 = 60;

/// What is told of signing keys is told under this name.
const SIGNING: &str = "signing";

/// What keeps up, until it is dropped.
pub(super) struct Keeper {
    current: Arc<Current>,
    ended: Arc<AtomicBool>,
}

impl Keeper {
    /// Begins to keep up with the store of whatever configuration is current.
    pub(super) fn start(
        current: &Arc<Current>,
        console: &Arc<dyn Console>,
        watching: &Arc<Watching>,
    ) -> io::Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let rounds = Rounds {
            current: current.clone(),
            console: console.clone(),
            watching: watching.clone(),
            said: Reach::Well,
            trouble: None,
            purged: Timestamp::now(),
        };
        let seen = ended.clone();
        thread::Builder::new().name("keeper".to_owned()).spawn(move || rounds.run(&seen))?;
        Ok(Self { current: current.clone(), ended })
    }
}

impl Drop for Keeper {
    /// It may be waiting for a store that hangs, and is not waited for.
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(registered) = self.current.get().service.registry.registered() {
            registered.wake();
        }
    }
}

/// What is done again and again.
struct Rounds {
    current: Arc<Current>,
    console: Arc<dyn Console>,
    watching: Arc<Watching>,
    /// What an operator was told last.
    said: Reach,
    /// What is wrong with the signing keys, as an operator was told.
    trouble: Option<String>,
    /// When ids that do not matter any more were last forgotten.
    purged: Timestamp,
}

impl Rounds {
    fn run(mut self, ended: &AtomicBool) {
        loop {
            match self.current.get().service.registry.registered() {
                Some(registered) => registered.wait(TICK),
                // Another configuration may have one.
                None => thread::sleep(TICK),
            }
            if ended.load(Ordering::Relaxed) {
                return;
            }
            let serving = self.current.get();
            self.before_the_store(&serving);
            if let Some(registered) = serving.service.registry.registered() {
                self.keep_up(&serving, registered);
            }
        }
    }

    /// What each round begins with, whether the store is at hand or not: nothing here may wait for it.
    fn before_the_store(&self, serving: &Serving) {
        if let Some(registered) = serving.service.registry.registered() {
            // One that has come with another configuration does not tell of changes yet.
            registered.listen();
        }
        self.tell_of_keys(serving, &serving.service.signing.step(Timestamp::now()));
    }

    fn tell_of_keys(&self, serving: &Serving, told: &[String]) {
        told.iter().for_each(|what| self.console.notice(SIGNING, what));
        self.watching.metrics.set_signing_key_since(serving.service.signing.ring().since);
    }

    /// Takes the signing keys that others have changed, and changes them where that is due.
    fn keep_up_with_keys(&mut self, serving: &Serving, now: Timestamp) -> Result<(), StoreError> {
        let trouble = match serving.service.signing.keep_up(now) {
            Ok(told) => {
                self.tell_of_keys(serving, &told);
                serving.service.signing.ring().trouble.clone().map(KeysError::from)
            }
            Err(KeysError::Store(error)) => return Err(error),
            // The keys stay as they were, and the store is well.
            Err(error) => Some(error),
        };
        let trouble = trouble.map(|error| keys_failed(&error).sentence());
        if let Some(trouble) = trouble.as_ref().filter(|trouble| self.trouble.as_ref() != Some(*trouble)) {
            self.console.alarm(SIGNING, trouble);
        }
        self.trouble = trouble;
        Ok(())
    }

    /// Takes what others have changed in the store.
    fn keep_up(&mut self, serving: &Serving, registered: &Registered) {
        let now = Timestamp::now();
        let taken = registered.keep_up();
        let taken = taken.and_then(|()| serving.service.take_revocations(now));
        let taken = taken.and_then(|()| self.keep_up_with_keys(serving, now));
        match &taken {
            Ok(()) => registered.reached(now),
            Err(error) => registered.missed(error),
        }
        self.say(registered, taken.err());
        if now.unix() - self.purged.unix() >= PURGE && registered.reach() == Reach::Well {
            self.purged = now;
            if let Err(error) = registered.store().purge(now) {
                self.console.alarm("store", &format!("what is over cannot be forgotten: {error}"));
            }
        }
    }

    /// That the store is gone is said once, that nothing is known of it any more, and that it is back.
    fn say(&mut self, registered: &Registered, error: Option<StoreError>) {
        let reach = if error.is_none() { Reach::Well } else { registered.reach() };
        let before = std::mem::replace(&mut self.said, reach);
        match (before, reach, error) {
            (Reach::Well, Reach::Away, Some(error)) => {
                let what =
                    format!("{error}; clients that are known go on for store_outage, all else is refused");
                self.console.alarm("store", &what);
            }
            (Reach::Well | Reach::Away, Reach::Lost, Some(error)) => {
                let error = registered.at_hand().err().unwrap_or(error);
                self.console.alarm("store", &format!("{error}; its clients are refused"));
            }
            (Reach::Away | Reach::Lost, Reach::Well, _) => self.console.notice("store", "the store is back"),
            _ => {}
        }
    }
}
