//! A start whose store may be away. Clients that the configuration names get tokens by the key that it
//! names, whatever becomes of the store; else nothing is served until it comes, but that the process lives.

use super::prepare::Prepared;
use super::unstored::Unstored;
use super::{Console, Event, PHASE};
use crate::commands::stores::PAUSE;
use crate::exit::{Exit, Failure};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A store that has not answered within this time is away.
const FIRST: Duration = Duration::from_secs(3);
/// How often it is looked whether the store has come.
const LOOK: Duration = Duration::from_millis(50);
const RELOAD: &str = "the configuration is not read again before the store has come: send the signal again then, or start anew";
const STORE: &str = "store";

/// How a start has begun.
pub(super) enum Begun {
    /// With all that is needed.
    Ready(Box<Prepared>),
    /// Without the store, which is waited for.
    Waiting(Opening),
}

/// How a wait has ended.
pub(super) enum Waited {
    /// The store has come.
    Came(Box<Prepared>),
    /// A signal has ended it.
    Stopped(i32),
}

/// A store that is tried again and again, on a thread of its own: it may hang.
pub(super) struct Opening {
    tries: Tries,
    /// When the wait is over.
    deadline: Option<Instant>,
    /// What came of the last try.
    last: Failure,
    /// What an operator was told last.
    told: String,
}

/// What comes of each try. When it is dropped, none is begun any more.
struct Tries {
    done: Receiver<Result<Prepared, Failure>>,
    wanted: Arc<()>,
}

/// Begins to open the store, for which a start waits that long; for ever where that is `None`.
///
/// # Errors
/// What is wrong with the store, unless waiting may cure it.
pub(super) fn begin(
    unstored: &Arc<Unstored>,
    wait: Option<Duration>,
    console: &dyn Console,
) -> Result<Begun, Failure> {
    if unstored.wanted.is_none() {
        return unstored.with_store(None).map(|prepared| Begun::Ready(Box::new(prepared)));
    }
    let begun = Instant::now();
    let tries = open(unstored)?;
    let is_independent = unstored.is_independent();
    let patience = wait.filter(|_| !is_independent).map_or(FIRST, |wait| wait.min(FIRST));
    // A start that may not wait reports the one try, however long that takes.
    let first = if patience.is_zero() {
        tries.done.recv().map_err(|_| RecvTimeoutError::Disconnected)
    } else {
        tries.done.recv_timeout(patience)
    };
    let away = match first {
        Ok(Ok(prepared)) => return Ok(Begun::Ready(Box::new(prepared))),
        Ok(Err(failure)) if failure.may_pass => failure,
        Ok(Err(failure)) => return Err(failure),
        Err(RecvTimeoutError::Timeout) => silent(patience),
        Err(RecvTimeoutError::Disconnected) => return Err(broken()),
    };
    if is_independent {
        let meanwhile = "its own clients get tokens, all else is refused until the store comes";
        console.alarm(STORE, &sentence(&away, meanwhile));
        return unstored.without_store().map(|prepared| Begun::Ready(Box::new(prepared)));
    }
    if patience.is_zero() {
        return Err(away);
    }
    let deadline = wait.and_then(|wait| begun.checked_add(wait));
    Ok(Begun::Waiting(Opening { tries, deadline, last: away, told: String::new() }))
}

/// Tries until the store is open, or something is wrong with it, or nobody waits any more.
fn open(unstored: &Arc<Unstored>) -> Result<Tries, Failure> {
    let (unstored, (sender, done)) = (unstored.clone(), channel());
    let tries = Tries { done, wanted: Arc::default() };
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
    started.map(|_| tries).map_err(|error| Failure::new(Exit::Local, PHASE, format!("cannot start: {error}")))
}

/// What is wrong, what follows from it, and what to do.
fn sentence(away: &Failure, meanwhile: &str) -> String {
    let hint = away.hint.as_deref().map(|hint| format!(": {hint}")).unwrap_or_default();
    format!("{}; {meanwhile}{hint}", away.what)
}

fn silent(patience: Duration) -> Failure {
    let what =
        format!("the store cannot be asked: no answer within {}", humantime::format_duration(patience));
    let failure = Failure::new(Exit::Local, STORE, what).hint("is it there, and is the way to it open?");
    Failure { may_pass: true, ..failure }
}

/// The thread has panicked, and stderr has the details.
fn broken() -> Failure {
    Failure::new(Exit::Local, STORE, "heistctl itself has failed while it opened the store")
        .hint("please report this")
}

impl Opening {
    /// Waits until the store comes, a signal, or the end of the wait. The service `manager` is told with each
    /// try.
    ///
    /// # Errors
    /// What came of the last try, where the wait is over, or waiting does not cure it.
    pub(super) fn wait(
        mut self,
        happened: &Receiver<Event>,
        console: &dyn Console,
        manager: &dyn Fn(&str),
    ) -> Result<Waited, Failure> {
        self.tell(console, manager);
        loop {
            match happened.recv_timeout(LOOK) {
                Ok(Event::Reload) => console.notice(PHASE, RELOAD),
                Ok(Event::Stop(signal)) => return Ok(Waited::Stopped(signal)),
                // No command runs yet.
                Ok(Event::Ended(_)) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(LOOK),
            }
            match self.tries.done.try_recv() {
                Ok(Ok(prepared)) => return Ok(Waited::Came(Box::new(prepared))),
                Ok(Err(failure)) if failure.may_pass => {
                    self.last = failure;
                    self.tell(console, manager);
                }
                Ok(Err(failure)) => return Err(failure),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return Err(broken()),
            }
            if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(self.last);
            }
        }
    }

    /// Tells an operator when the reason becomes another, and a service manager with each try: it would
    /// lose patience.
    fn tell(&mut self, console: &dyn Console, manager: &dyn Fn(&str)) {
        let what = sentence(&self.last, "nothing is served until it comes, but /livez");
        if what != self.told {
            console.alarm(STORE, &what);
            self.told = what;
        }
        manager(&format!("waiting for the store: {}", self.last.what));
    }
}
