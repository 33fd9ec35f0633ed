//! A start whose store may be unreachable. Clients of the configuration get tokens without the store if the
//! configuration also names a key. Otherwise only `/livez` works until the store is there.

use super::console::{Console, PHASE};
use super::events::Event;
use super::prepared::Prepared;
use super::without_store::StartWithoutStore;
use crate::commands::store::PAUSE;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A store that answers within this time is there before the first request.
const QUICK: Duration = Duration::from_millis(500);
/// A store that has not answered within this time counts as unreachable.
const FIRST: Duration = Duration::from_secs(3);
/// The interval between looks at the result of a try.
const LOOK: Duration = Duration::from_millis(50);
const RELOAD: &str =
    "the configuration is not reloaded before the store is reachable: send the signal again then, or restart";
const STORE: &str = "store";

/// The first result of a start.
pub(super) enum StartOutcome {
    /// Everything is there.
    Ready(Box<Prepared>),
    /// The store has not answered yet or is unreachable.
    Waiting(DelayedStart),
}

/// The end of a wait.
pub(super) enum WaitResult {
    /// The server can serve, with the store or without it; and whether the wait was reported.
    Came(Box<Prepared>, bool),
    /// A signal came.
    Stopped(i32),
}

/// Tries to open the store again and again, on a thread of its own because a try may hang.
pub(super) struct DelayedStart {
    unstored: Arc<StartWithoutStore>,
    tries: StoreAttempts,
    begun: Instant,
    /// The longest wait; `None` for no limit.
    wait: Option<Duration>,
    /// The failure of the last try; `None` while the first may still succeed.
    away: Option<Failure>,
    /// The last report to an operator.
    told: String,
}

/// The results of tries. Dropping it ends them.
struct StoreAttempts {
    done: Receiver<Result<Prepared, Failure>>,
    wanted: Arc<()>,
}

/// Begins to open the store, for at most `wait`. Returns within half a second, so that the server soon shows
/// that it is alive.
///
/// # Errors
/// A failure of the store that waiting does not cure.
pub(super) fn begin(
    unstored: &Arc<StartWithoutStore>,
    wait: Option<Duration>,
    console: &dyn Console,
) -> Result<StartOutcome, Failure> {
    if unstored.wanted.is_none() {
        return unstored.with_store(None).map(|prepared| StartOutcome::Ready(Box::new(prepared)));
    }
    let (tries, begun, unstored) = (open(unstored)?, Instant::now(), unstored.clone());
    let mut opening = DelayedStart { unstored, tries, begun, wait, away: None, told: String::new() };
    let came = match opening.tries.done.recv_timeout(QUICK) {
        Ok(tried) => opening.judge(tried, console)?,
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => return Err(broken()),
    };
    Ok(came.map_or_else(|| StartOutcome::Waiting(opening), StartOutcome::Ready))
}

/// Tries until the store is open, has a permanent fault, or the receiver is dropped.
fn open(unstored: &Arc<StartWithoutStore>) -> Result<StoreAttempts, Failure> {
    let (unstored, (sender, done)) = (unstored.clone(), channel());
    let tries = StoreAttempts { done, wanted: Arc::default() };
    let wanted = Arc::downgrade(&tries.wanted);
    let work = move || loop {
        let tried = unstored.with_store(None);
        let is_away = tried.as_ref().is_err_and(|failure| failure.may_pass);
        if sender.send(tried).is_err() || !is_away {
            return;
        }
        thread::sleep(PAUSE);
        if wanted.strong_count() == 0 {
            return;
        }
    };
    let started = thread::Builder::new().name("opening".to_owned()).spawn(work);
    started
        .map(|_| tries)
        .map_err(|error| Failure::new(Exit::Local, PHASE, format!("cannot start: {}", plain(&error))))
}

/// A failure, its consequence and its cure in one sentence.
fn sentence(away: &Failure, meanwhile: &str) -> String {
    let hint = away.hint.as_deref().map(|hint| format!(": {hint}")).unwrap_or_default();
    format!("{}; {meanwhile}{hint}", away.what)
}

/// The thread has panicked; stderr has the details.
fn broken() -> Failure {
    Failure::new(Exit::Local, STORE, "heistctl itself has failed while it opened the store")
        .hint("please report this")
}

impl DelayedStart {
    /// Waits for the store, a signal or the end of the time. Tells the service `manager` about each try.
    ///
    /// # Errors
    /// The failure of the last try, if the time is over or waiting does not cure it.
    pub(super) fn wait(
        mut self,
        happened: &Receiver<Event>,
        console: &dyn Console,
        manager: &dyn Fn(&str),
    ) -> Result<WaitResult, Failure> {
        self.tell(console, manager);
        loop {
            match happened.recv_timeout(LOOK) {
                Ok(Event::Reload) => console.notice(PHASE, RELOAD),
                Ok(Event::Stop(signal)) => return Ok(WaitResult::Stopped(signal)),
                // No command runs yet.
                Ok(Event::Ended(_)) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(LOOK),
            }
            let came = match self.tries.done.try_recv() {
                Ok(tried) => self.judge(tried, console)?,
                Err(TryRecvError::Disconnected) => return Err(broken()),
                Err(TryRecvError::Empty) => match self.silence() {
                    Some(silent) => self.miss(silent, console)?,
                    None if self.is_over() => match self.away.take() {
                        Some(away) => return Err(away),
                        // A start without a wait reports its one try, however long that takes.
                        None => continue,
                    },
                    None => continue,
                },
            };
            if let Some(prepared) = came {
                return Ok(WaitResult::Came(prepared, !self.told.is_empty()));
            }
            self.tell(console, manager);
        }
    }

    /// The result to serve with after a try; `None` if the wait goes on.
    fn judge(
        &mut self,
        tried: Result<Prepared, Failure>,
        console: &dyn Console,
    ) -> Result<Option<Box<Prepared>>, Failure> {
        match tried {
            Ok(prepared) => Ok(Some(Box::new(prepared))),
            Err(failure) if failure.may_pass => self.miss(failure, console),
            Err(failure) => Err(failure),
        }
    }

    /// The result to serve with while the store is unreachable; `None` if the wait goes on.
    fn miss(&mut self, away: Failure, console: &dyn Console) -> Result<Option<Box<Prepared>>, Failure> {
        if self.unstored.is_independent() {
            let meanwhile = "clients of heist.toml get tokens, all other requests are refused until the \
                             store is reachable";
            console.alarm(STORE, &sentence(&away, meanwhile));
            return self.unstored.without_store().map(|prepared| Some(Box::new(prepared)));
        }
        if self.is_over() {
            return Err(away);
        }
        self.away = Some(away);
        Ok(None)
    }

    fn is_over(&self) -> bool {
        self.wait.is_some_and(|wait| self.begun.elapsed() >= wait)
    }

    /// The failure of a store that has not answered the first try in time.
    fn silence(&self) -> Option<Failure> {
        let wait = self.wait.filter(|_| !self.unstored.is_independent());
        let patience = wait.map_or(FIRST, |wait| wait.min(FIRST));
        if self.away.is_some() || patience.is_zero() || self.begun.elapsed() < patience {
            return None;
        }
        let place = self.unstored.place().map(|place| format!("{place}: ")).unwrap_or_default();
        let within = humantime::format_duration(patience);
        let what = format!("the store is unavailable: {place}no answer within {within}");
        let failure = Failure::new(Exit::Local, STORE, what)
            .hint("check that the store runs and that this machine can reach it");
        Some(Failure { may_pass: true, ..failure })
    }

    /// Reports to an operator when the reason changes, and to the service manager at each try, or it would
    /// give up.
    fn tell(&mut self, console: &dyn Console, manager: &dyn Fn(&str)) {
        let Some(away) = &self.away else { return };
        let what = sentence(away, "only /livez is served until the store is reachable");
        if what != self.told {
            console.alarm(STORE, &what);
            self.told = what;
        }
        manager(&format!("waiting for the store: {}", away.what));
    }
}
