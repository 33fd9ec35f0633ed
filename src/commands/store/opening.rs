//! Opens a store: at once, within a time limit, or when it becomes reachable.

use super::{Absent, FLAG, OpenStore, PASSWORD, PHASE, PriorStore, StoreUrl, exposed_password, failed};
use crate::cli::StoreArgs;
use crate::commands::environment::{authorities, secret_var};
use crate::commands::file_access::{can_be_made, full_disk};
use crate::exit::{Exit, Failure};
use crate::registry::store::delayed::DelayedStore;
use crate::registry::store::memory::MemoryStore;
use crate::registry::store::postgres::address::PostgresAddress;
use crate::registry::store::postgres::{CURE, Postgres};
use crate::registry::store::sqlite::Sqlite;
use crate::registry::store::{StoreError, identity};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The delay between attempts to open an unreachable store.
pub(in crate::commands) const PAUSE: Duration = Duration::from_millis(500);
/// The hint for a server that has no place for its store.
pub(in crate::commands) const NO_PLACE: &str = "--store sqlite:PATH names a place; --store memory: does \
                                                without: clients, keys and revocations then end with this run";
const MAY_WRITE: &str = "is the path right, and may you write there? --store names another";
/// Part of the error for a file of another kind.
const NOT_A_STORE: &str = "is not a SQLite database";
/// The hint for a damaged store. The server keeps checking it.
const RESTORED: &str = "the server uses it once it is repaired";

impl StoreUrl {
    /// Opens the store.
    ///
    /// # Errors
    /// Exit 1 if it cannot be opened, 2 if it must exist and does not.
    pub fn open(&self, absent: Absent) -> Result<OpenStore, Failure> {
        self.try_open(absent).map_err(|why| self.not_opened(why))
    }

    /// Opens a server's store that nothing names. If it does not exist and cannot be created, as in a
    /// read-only container, a server whose key is `given` uses a store in memory, with a note.
    ///
    /// # Errors
    /// Exit 1 if the file exists but cannot be opened, because its revocations must stay in force; or if no
    /// key is given, because a key for one run would end with it.
    pub fn open_default(self, absent: Absent, given: bool) -> Result<(Self, OpenStore), Failure> {
        let why = match self.try_open(absent) {
            Ok(opened) => return Ok((self, opened)),
            Err(why) => why,
        };
        // A damaged store may consist of its log only.
        let is_there = matches!(why, NotOpen::Store(StoreError::Damaged(_)))
            || matches!(&self, Self::Sqlite(path) if path.exists());
        let failure = self.not_opened(why);
        if is_there || failure.may_pass {
            return Err(failure);
        }
        if !given {
            return Err(failure.hint(NO_PLACE));
        }
        let memory = Self::Memory.open(absent)?;
        let what = format!(
            "{}; without a store, revocations are lost at the end of this run: --store names a place, or memory:",
            failure.what
        );
        Ok((Self::Memory, OpenStore { warnings: vec![what], ..memory }))
    }

    /// Opens it according to the flags.
    ///
    /// # Errors
    /// As for [`StoreUrl::open`], from the last attempt.
    pub fn open_by(&self, flags: &StoreArgs, absent: Absent) -> Result<OpenStore, Failure> {
        self.open_within(absent.unless_required(flags.must_exist), flags.wait_for_store)
    }

    /// Opens it, retrying for up to `most` while it is unreachable.
    ///
    /// # Errors
    /// As for [`StoreUrl::open`], from the last attempt.
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

    /// A store that is opened when it becomes reachable.
    #[must_use]
    pub fn coming(&self, absent: Absent) -> OpenStore {
        let (url, name) = (self.clone(), self.name());
        let unusable = |why, cure| Err(StoreError::Unusable { why, cure });
        let open = move || match url.try_open(absent) {
            Ok(opened) => {
                let news = opened.emptiness()?;
                Ok((opened.store, news))
            }
            // The error has its own hint.
            Err(NotOpen::Store(StoreError::Damaged(why))) => unusable(why, RESTORED),
            Err(NotOpen::Store(error)) => Err(error),
            Err(NotOpen::Other(failure)) => unusable(failure.sentence(), url.cure()),
        };
        let (store, warnings) = (Arc::new(DelayedStore::new(open, self.cure())), self.exposed());
        OpenStore { store, name, warnings, before: PriorStore::There }
    }

    /// The store's name for messages, without a password.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Memory => "memory".to_owned(),
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres { address, .. } => address.name().to_owned(),
        }
    }

    fn try_open(&self, absent: Absent) -> Result<OpenStore, NotOpen> {
        let opened = match self {
            Self::Memory if absent == Absent::Required => {
                return Err(missed("the store memory: is a new one each time".to_owned(), absent).into());
            }
            Self::Memory => Ok(self.blank(PriorStore::There)),
            Self::Sqlite(path) => self.sqlite(path, absent),
            Self::Postgres { address, .. } => self.postgres(address, absent),
        };
        match opened {
            Ok(opened) => {
                if opened.before == PriorStore::Nothing {
                    // Before the first backup. If it fails now, a server does it later.
                    let _ = identity::of(opened.store.as_ref());
                }
                Ok(opened)
            }
            Err(NotOpen::Store(StoreError::NoStore)) => self.instead(absent),
            Err(NotOpen::Store(StoreError::Older { found, known })) => {
                Ok(self.blank(PriorStore::Older { found, known }))
            }
            Err(why) => Err(why),
        }
    }

    /// An empty store instead of one that does not exist or must not be changed.
    fn blank(&self, before: PriorStore) -> OpenStore {
        OpenStore {
            store: Arc::new(MemoryStore::default()),
            name: self.name(),
            warnings: self.exposed(),
            before,
        }
    }

    /// The replacement for a store that does not exist.
    fn instead(&self, absent: Absent) -> Result<OpenStore, NotOpen> {
        match (absent, self) {
            (Absent::Checked, Self::Sqlite(path)) => can_be_made(path).map_err(|why| unmade(path, &why))?,
            (Absent::Checked | Absent::Empty, _) => {}
            _ => return Err(missed(format!("there is no store at {}", self.name()), absent).into()),
        }
        Ok(self.blank(PriorStore::Nothing))
    }

    fn sqlite(&self, path: &Path, absent: Absent) -> Result<OpenStore, NotOpen> {
        if path.is_dir() {
            let what = format!("the store {} is a folder, not a file", path.display());
            let file = path.join("heistctl.db");
            return Err(Failure::new(Exit::Local, PHASE, what)
                .hint(format!("--store sqlite:{}", file.display()))
                .into());
        }
        // Opening a FIFO would wait for its other end.
        if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            let what = format!("the store {} is a device or a FIFO, not a file", path.display());
            return Err(Failure::new(Exit::Local, PHASE, what).hint("--store sqlite:heistctl.db").into());
        }
        let opened = Sqlite::open_to(path, absent.opening()).map_err(|error| match error {
            StoreError::Unusable { .. } if !path.exists() => can_be_made(path)
                .map_or_else(|why| NotOpen::Other(unmade(path, &why)), |()| NotOpen::Store(error)),
            // SQLite reports a full disk with several codes, including "disk I/O error".
            StoreError::Unavailable(why) => {
                let full = full_disk(path).map(|full| format!("{}: {full}", path.display()));
                NotOpen::Store(StoreError::Unavailable(full.unwrap_or(why)))
            }
            error => NotOpen::Store(error),
        })?;
        let (name, before) = (self.name(), before(opened.made));
        Ok(OpenStore { store: Arc::new(opened.store), name, warnings: opened.warnings, before })
    }

    fn postgres(&self, address: &PostgresAddress, absent: Absent) -> Result<OpenStore, NotOpen> {
        let password = secret_var(PASSWORD).map(|password| password.value);
        let trusted = authorities()?;
        let trusted = trusted.as_ref().map(|pem| pem.value.expose());
        let address = address.clone().with_password(password.as_ref());
        let (store, made) = Postgres::open_to(address, trusted, absent.opening())?;
        let (name, before) = (self.name(), before(made));
        Ok(OpenStore { store: Arc::new(store), name, warnings: self.exposed(), before })
    }

    /// A warning about a password on the command line.
    fn exposed(&self) -> Vec<String> {
        let is_exposed = matches!(self, Self::Postgres { exposed: true, .. });
        is_exposed.then(|| exposed_password(FLAG)).into_iter().collect()
    }

    /// The hint if the engine's error has none.
    const fn cure(&self) -> &'static str {
        match self {
            Self::Postgres { .. } => CURE,
            _ => "is it locked by another process, or is the disk damaged or full?",
        }
    }

    fn full_disk(&self) -> Option<String> {
        let Self::Sqlite(path) = self else { return None };
        full_disk(path).map(|_| format!("make room on its disk: df -h {}", path.display()))
    }

    fn not_opened(&self, why: NotOpen) -> Failure {
        let error = match why {
            // The error has its own hint.
            NotOpen::Store(error @ StoreError::Damaged(_)) => {
                let is_other = matches!(&error, StoreError::Damaged(why) if why.contains(NOT_A_STORE));
                let failure = failed(&error);
                return if is_other {
                    failure.hint("--store sqlite:heistctl.db is a new one")
                } else {
                    failure
                };
            }
            NotOpen::Store(error) => error,
            NotOpen::Other(failure) => return failure,
        };
        let failure = failed(&error);
        let mut hint =
            failure.hint.clone().unwrap_or_else(|| self.full_disk().unwrap_or(self.cure().to_owned()));
        self.exposed().iter().for_each(|warning| hint.extend(["; ", warning]));
        failure.hint(hint)
    }
}

/// The failure for a store that cannot be created.
fn unmade(path: &Path, why: &str) -> Failure {
    let what = format!("the store {} cannot be made: {why}", path.display());
    Failure::new(Exit::Local, PHASE, what).hint(MAY_WRITE)
}

fn missed(what: String, absent: Absent) -> Failure {
    Failure::new(Exit::Usage, PHASE, what).hint(match absent {
        Absent::Required => "--store names another; without --must-exist one is made",
        Absent::Reloaded => "is the path right? If it is, restart the server to make the store",
        _ => "--store names another; heistctl client add and heistctl key generate make one",
    })
}

fn before(made: bool) -> PriorStore {
    if made { PriorStore::Nothing } else { PriorStore::There }
}

/// Why a store cannot be opened.
enum NotOpen {
    /// A store error, with its own text.
    Store(StoreError),
    /// Another failure.
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
