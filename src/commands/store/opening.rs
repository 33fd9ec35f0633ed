//! A store is opened: at once, when it comes within a time, or whenever it comes.

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

/// How soon a store that is away is tried again.
pub(in crate::commands) const PAUSE: Duration = Duration::from_millis(500);
const MAY_WRITE: &str = "is the path right, and may you write there? --store names another";
/// A store that is damaged says what to do with it.
const RESTORED: &str = "the server takes it up as soon as it is whole";

impl StoreUrl {
    /// Opens it.
    ///
    /// # Errors
    /// Exit 1 where it cannot be opened, 2 where it is missed.
    pub fn open(&self, absent: Absent) -> Result<OpenStore, Failure> {
        self.try_open(absent).map_err(|why| self.not_opened(why))
    }

    /// Opens the user's file, which nobody has asked for. Where there is none and none can be made, as in a
    /// container that nobody writes to, one in memory takes its place, and that is said.
    ///
    /// # Errors
    /// Exit 1 where there is one and it cannot be opened: what was revoked there must stay so.
    pub fn open_of_user(self, absent: Absent) -> Result<(Self, OpenStore), Failure> {
        let why = match self.try_open(absent) {
            Ok(opened) => return Ok((self, opened)),
            Err(why) => why,
        };
        // Of one that is damaged the log may be all that is left.
        let is_there = matches!(why, NotOpen::Store(StoreError::Damaged(_)))
            || matches!(&self, Self::Sqlite(path) if path.exists());
        let failure = self.not_opened(why);
        if is_there {
            return Err(failure);
        }
        let memory = Self::Memory.open(absent)?;
        let what = format!(
            "{}; without a store revocations and the signing key end with this run: --store names a place, \
             or memory:",
            failure.what
        );
        Ok((Self::Memory, OpenStore { warnings: vec![what], ..memory }))
    }

    /// Opens it as those flags say.
    ///
    /// # Errors
    /// As for [`StoreUrl::open`], as of the last try.
    pub fn open_by(&self, flags: &StoreArgs, absent: Absent) -> Result<OpenStore, Failure> {
        self.open_within(absent.unless_required(flags.must_exist), flags.wait_for_store)
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
    pub fn coming(&self, absent: Absent) -> OpenStore {
        let (url, name) = (self.clone(), self.name());
        let unusable = |why, cure| Err(StoreError::Unusable { why, cure });
        let open = move || match url.try_open(absent) {
            Ok(opened) => {
                let news = opened.emptiness()?;
                Ok((opened.store, news))
            }
            // It says what to do.
            Err(NotOpen::Store(StoreError::Damaged(why))) => unusable(why, RESTORED),
            Err(NotOpen::Store(error)) => Err(error),
            Err(NotOpen::Other(failure)) => unusable(failure.sentence(), url.cure()),
        };
        let (store, warnings) = (Arc::new(DelayedStore::new(open, self.cure())), self.exposed());
        OpenStore { store, name, warnings, before: PriorStore::There }
    }

    /// Where it is, for people: without a password.
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
                    // Before the first backup. Where it fails now, a server does it.
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

    /// An empty store in the place of one that is not there, or is not to be touched.
    fn blank(&self, before: PriorStore) -> OpenStore {
        OpenStore {
            store: Arc::new(MemoryStore::default()),
            name: self.name(),
            warnings: self.exposed(),
            before,
        }
    }

    /// What takes the place of a store that is not there.
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
            let what = format!("the store {} is a folder; a file belongs there", path.display());
            let file = path.join("heistctl.db");
            return Err(Failure::new(Exit::Local, PHASE, what)
                .hint(format!("--store sqlite:{}", file.display()))
                .into());
        }
        let opened = Sqlite::open_to(path, absent.opening()).map_err(|error| match error {
            StoreError::Unusable { .. } if !path.exists() => can_be_made(path)
                .map_or_else(|why| NotOpen::Other(unmade(path, &why)), |()| NotOpen::Store(error)),
            // SQLite tells a full disk by several codes, one of which is "disk I/O error".
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

    /// That its password stood on the command line, where it did.
    fn exposed(&self) -> Vec<String> {
        let is_exposed = matches!(self, Self::Postgres { exposed: true, .. });
        is_exposed.then(|| exposed_password(FLAG)).into_iter().collect()
    }

    /// What to do where it cannot be opened and its engine says no more than that.
    const fn cure(&self) -> &'static str {
        match self {
            Self::Postgres { .. } => CURE,
            _ => "does nobody else hold it locked, is the disk well, and is there room on it?",
        }
    }

    fn full_disk(&self) -> Option<String> {
        let Self::Sqlite(path) = self else { return None };
        full_disk(path).map(|_| format!("make room on its disk: df -h {}", path.display()))
    }

    fn not_opened(&self, why: NotOpen) -> Failure {
        let error = match why {
            // It says what to do.
            NotOpen::Store(error @ StoreError::Damaged(_)) => return failed(&error),
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

/// What stands in the way of a new store.
fn unmade(path: &Path, why: &str) -> Failure {
    let what = format!("the store {} cannot be made: {why}", path.display());
    Failure::new(Exit::Local, PHASE, what).hint(MAY_WRITE)
}

fn missed(what: String, absent: Absent) -> Failure {
    Failure::new(Exit::Usage, PHASE, what).hint(match absent {
        Absent::Required => "--store names another; without --must-exist one is made",
        _ => "--store names another; heistctl client add and heistctl key generate make one",
    })
}

fn before(made: bool) -> PriorStore {
    if made { PriorStore::Nothing } else { PriorStore::There }
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
