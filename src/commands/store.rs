//! The store of a command: its address, and what opening it does.

mod mistyped;
mod opening;
pub mod place;

pub(super) use opening::{NO_PLACE, PAUSE};

use crate::exit::{Exit, Failure};
use crate::registry::keys::persistence;
use crate::registry::store::postgres::address::PostgresAddress;
use crate::registry::store::{OpenMode, Store, StoreError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PHASE: &str = "store";
const FLAG: &str = "--store";
/// Names the store.
pub const STORE: &str = "HEISTCTL_STORE";
/// Holds the signing secret, if the configuration has none.
pub const SIGNING_SECRET: &str = "HEISTCTL_SIGNING_SECRET";
/// The password variable of PostgreSQL's own programs.
pub const PASSWORD: &str = "PGPASSWORD";

/// A store's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// `memory:`
    Memory,
    /// `sqlite:PATH`
    Sqlite(PathBuf),
    /// `postgres://USER@HOST/DATABASE`
    Postgres {
        /// The parsed address.
        address: Box<PostgresAddress>,
        /// Whether its password was on the command line, where every user of this machine can read it.
        exposed: bool,
    },
}

/// An open store.
pub struct OpenStore {
    pub store: Arc<dyn Store>,
    /// Its name for messages.
    pub name: String,
    /// Notes for the user.
    pub warnings: Vec<String>,
    /// The store's state before it was opened.
    pub before: PriorStore,
}

impl OpenStore {
    /// A note that the store is new. A mistyped path has the same effect.
    #[must_use]
    pub fn news(&self) -> Option<String> {
        (self.before == PriorStore::Nothing)
            .then(|| format!("the store {} is new: it was just created", self.name))
    }

    /// A note for servers that the store is empty.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn emptiness(&self) -> Result<Option<String>, StoreError> {
        if let Some(news) = self.news() {
            return Ok(Some(format!("{news}, and has no clients (--must-exist refuses that)")));
        }
        let store = self.store.as_ref();
        let has_no_key = matches!(persistence::load(store), Ok((_, keys)) if keys.0.is_empty());
        let is_empty = has_no_key && store.clients("", 1)?.is_empty();
        let what = format!("the store {} is empty: it has no clients and no signing keys", self.name);
        Ok(is_empty.then_some(what))
    }
}

/// The state of a store before it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorStore {
    There,
    /// Nothing. The store is new, or would be.
    Nothing,
    /// A store of an older heistctl, which stays unchanged. An empty store is used instead.
    Older {
        /// The version of its schema.
        found: i64,
        /// The version that this program migrates it to.
        known: i64,
    },
}

/// The action for a store that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Create it, because the command writes to it.
    Made,
    /// Fail, because the command reads and the path is probably mistyped.
    Missed,
    /// Fail, because of `--must-exist`.
    Required,
    /// Fail, because a server that is reloaded may have a mistyped path.
    Reloaded,
    /// Use an empty store and create nothing.
    Empty,
    /// Fail, because the command reads. An existing store stays unchanged.
    Unchanged,
    /// Like `Empty`, but fail if it could not be created later. An existing store stays unchanged.
    Checked,
}

impl StoreUrl {
    /// Parses a store's address. A relative path is relative to `folder`.
    ///
    /// # Errors
    /// Exit 2 if it is not valid.
    pub fn parse(text: &str, folder: &Path, origin: &str) -> Result<Self, Failure> {
        mistyped::check(text, PHASE, origin)?;
        match text.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::file(folder, path)),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                let address = PostgresAddress::parse(text).map_err(|error| {
                    Failure::new(Exit::Usage, PHASE, format!("{origin}: in the postgres:// URL: {error}"))
                        .hint(error.cure)
                })?;
                Ok(Self::Postgres {
                    exposed: origin == FLAG && address.has_password(),
                    address: Box::new(address),
                })
            }
            _ => Err(mistyped::unknown(text, PHASE, origin)),
        }
    }

    /// A file, named relative to a folder.
    fn file(folder: &Path, path: &str) -> Self {
        let path = folder.join(path);
        Self::Sqlite(path.strip_prefix(".").map(Path::to_owned).unwrap_or(path))
    }

    /// Whether the URL has a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        matches!(self, Self::Postgres { address, .. } if address.has_password())
    }
}

impl Absent {
    /// The mode for opening a store.
    const fn opening(self) -> OpenMode {
        match self {
            Self::Made => OpenMode::Make,
            Self::Missed | Self::Required | Self::Reloaded | Self::Empty => OpenMode::Existing,
            Self::Checked | Self::Unchanged => OpenMode::Look,
        }
    }

    /// Applies `--must-exist`.
    #[must_use]
    pub const fn unless_required(self, must_exist: bool) -> Self {
        if must_exist { Self::Required } else { self }
    }
}

/// A warning about a password on the command line.
#[must_use]
pub fn exposed_password(place: &str) -> String {
    format!(
        "the password in {place} can be read by every user of this machine: HEISTCTL_STORE or {PASSWORD} hide it"
    )
}

/// The failure for a store error.
#[must_use]
pub fn failed(error: &StoreError) -> Failure {
    let hint = if let StoreError::Unusable { cure, .. } = error { Some((*cure).to_owned()) } else { None };
    let failure = Failure::new(Exit::Local, PHASE, error.to_string());
    Failure { hint, may_pass: error.may_pass(), ..failure }
}
