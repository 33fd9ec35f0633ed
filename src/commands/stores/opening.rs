//! A store is opened: at once, when it comes within a time, or whenever it comes.

use super::{Absent, FLAG, OpenStore, PASSWORD, PHASE, StoreUrl, exposed_password, failed};
use crate::commands::access::can_be_made;
use crate::commands::environment::{authorities, secret_var};
use crate::exit::{Exit, Failure};
use crate::registry::store::StoreError;
use crate::registry::store::coming::Coming;
use crate::registry::store::memory::Memory;
use crate::registry::store::postgres::address::Address;
use crate::registry::store::postgres::{CURE, Postgres};
use crate::registry::store::sqlite::Sqlite;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How soon a store that is away is tried again.
pub(in crate::commands) const PAUSE: Duration = Duration::from_millis(500);

impl StoreUrl {
    /// Opens it.
    ///
    /// # Errors
    /// Exit 1 where it cannot be opened, 2 where it is missed.
    pub fn open(&self, absent: Absent) -> Result<OpenStore, Failure> {
        self.try_open(absent).map_err(|why| match why {
            NotOpen::Store(error) => self.not_opened(&error),
            NotOpen::Other(failure) => failure,
        })
    }

    /// The same, and tries again while it is away, until `most` is over.
    ///
    /// # Errors
    /// As for [`StoreUrl::open`], as of the last try.
    pub fn open_within(&self, absent: Absent, most: Duration) -> Result<OpenStore, Failure> {
        let begun = Instant::now();
        loop {
            let opened = self.open(absent);
            let left = most.saturating_sub(begun.elapsed());
            match opened {
                Err(failure) if failure.may_pass && !left.is_zero() => thread::sleep(PAUSE.min(left)),
                done => return done,
            }
        }
    }

    /// The same store where it is away: it is opened when it comes.
    #[must_use]
    pub fn coming(&self) -> OpenStore {
        let (url, name) = (self.clone(), self.name());
        let open = move || match url.try_open(Absent::Made) {
            Ok(opened) => Ok(opened.store),
            Err(NotOpen::Store(error)) => Err(error),
            Err(NotOpen::Other(failure)) => {
                Err(StoreError::Unusable { why: failure.sentence(), cure: url.cure() })
            }
        };
        let warnings = match self {
            Self::Postgres { exposed: true, .. } => vec![exposed_password(FLAG)],
            _ => Vec::new(),
        };
        OpenStore { store: Arc::new(Coming::new(open, self.cure())), name, warnings }
    }

    /// Where it is, for people: without a password.
    fn name(&self) -> String {
        match self {
            Self::Memory => "memory".to_owned(),
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres { address, .. } => address.name().to_owned(),
        }
    }

    fn try_open(&self, absent: Absent) -> Result<OpenStore, NotOpen> {
        let blank =
            || OpenStore { store: Arc::new(Memory::default()), name: self.name(), warnings: Vec::new() };
        match self {
            Self::Memory => Ok(blank()),
            Self::Sqlite(_) if absent == Absent::Empty && self.is_absent() => Ok(blank()),
            Self::Sqlite(path) if absent == Absent::Foreseen && self.is_absent() => {
                can_be_made(path).map_err(|why| {
                    let what = format!("the store {} cannot be made: {why}", path.display());
                    Failure::new(Exit::Local, PHASE, what)
                        .hint("is the path right, and may you write there? --store names another")
                })?;
                Ok(blank())
            }
            Self::Sqlite(path) if absent == Absent::Missed && self.is_absent() => {
                let what = format!("there is no store at {}", path.display());
                let missed = Failure::new(Exit::Usage, PHASE, what);
                Err(missed
                    .hint("--store names another; heistctl client add and heistctl key generate make one")
                    .into())
            }
            Self::Sqlite(path) => {
                let opened = Sqlite::open(path)?;
                Ok(OpenStore { store: Arc::new(opened.store), name: self.name(), warnings: opened.warnings })
            }
            Self::Postgres { address, exposed } => postgres(address, *exposed),
        }
    }

    /// What to do where it cannot be opened and its engine says no more than that.
    const fn cure(&self) -> &'static str {
        match self {
            Self::Postgres { .. } => CURE,
            _ => "does nobody else hold it locked, is the disk well, and is there room on it?",
        }
    }

    fn not_opened(&self, error: &StoreError) -> Failure {
        let failure = failed(error);
        let mut hint = failure.hint.clone().unwrap_or_else(|| self.cure().to_owned());
        if let Self::Postgres { exposed: true, .. } = self {
            hint.extend(["; ".to_owned(), exposed_password(FLAG)]);
        }
        failure.hint(hint)
    }
}

/// Why a store is not open.
enum NotOpen {
    /// It says so.
    Store(StoreError),
    /// Something else is missing.
    Other(Failure),
}

impl From<StoreError> for NotOpen {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for NotOpen {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

fn postgres(address: &Address, exposed: bool) -> Result<OpenStore, NotOpen> {
    let name = address.name().to_owned();
    let password = secret_var(PASSWORD).map(|password| password.value);
    let trusted = authorities()?;
    let trusted = trusted.as_ref().map(|pem| pem.value.expose());
    let warnings: Vec<String> = exposed.then(|| exposed_password(FLAG)).into_iter().collect();
    let store = Postgres::open(address.clone().with_password(password.as_ref()), trusted)?;
    Ok(OpenStore { store: Arc::new(store), name, warnings })
}
