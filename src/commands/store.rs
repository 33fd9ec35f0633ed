//! Selects the store: flag, variable, configuration, else the user's file.

mod mistyped;
mod opening;

pub(super) use opening::PAUSE;

use super::declared::Declared;
use super::environment::{Sourced, data_folder, var};
use crate::exit::{Exit, Failure};
use crate::registry::keys::persistence;
use crate::registry::store::postgres::address::PostgresAddress;
use crate::registry::store::{OpenMode, Store, StoreError};
use crate::secret::looks_like_credential;
use crate::text::shell_word;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PHASE: &str = "store";
const FLAG: &str = "--store";
const FILE: &str = "heistctl.db";
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
    /// Use an empty store and create nothing.
    Empty,
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
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(folder.join(path))),
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

    /// The store from the flag, the variable or the configuration, else the user's file; `None` without a
    /// home folder.
    ///
    /// # Errors
    /// Exit 2 if the address is not valid.
    pub fn settle(flag: Option<&str>, configured: Option<Self>) -> Result<Option<Self>, Failure> {
        Ok(Self::named(flag, configured)?.or_else(Self::of_user))
    }

    /// The same, for a command that changes the store.
    ///
    /// # Errors
    /// Exit 2 if no store is known, or if it is in memory.
    pub fn settle_lasting(flag: Option<&str>) -> Result<Self, Failure> {
        let failure = |what| Failure::new(Exit::Usage, PHASE, what);
        let named = Self::named(flag, None)?;
        if named.is_none() {
            Self::as_declared()?;
        }
        match named.or_else(Self::of_user) {
            Some(Self::Memory) => Err(failure("memory: would not outlive this command")
                .hint("--store sqlite:heistctl.db names a file, which a server uses, too")),
            Some(url) => Ok(url),
            None => Err(failure("there is no folder for it: HOME is not set")
                .hint("--store sqlite:heistctl.db names a file")),
        }
    }

    /// Rejects the user's default store if a server's configuration here names another one.
    fn as_declared() -> Result<(), Failure> {
        let Some(Declared { file, store: Some(text), .. }) = Declared::find() else { return Ok(()) };
        let folder = file.parent().unwrap_or(Path::new(""));
        let Ok(url) = Self::parse(&text, folder, "store") else { return Ok(()) };
        let (url, is_shown) = match &url {
            Self::Memory => return Ok(()),
            Self::Sqlite(path) => (format!("sqlite:{}", path.display()), true),
            Self::Postgres { address, .. } if address.has_password() => (address.name().to_owned(), false),
            Self::Postgres { .. } => (text, true),
        };
        let what = format!("{} names the store {url}, and this command would use another", file.display());
        let typed: Vec<String> = std::env::args().skip(1).collect();
        let is_plain = is_shown && !typed.iter().any(|word| looks_like_credential(word));
        let hint = if is_plain {
            let words = typed.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
            format!("heistctl {words} --store {}", shell_word(&url))
        } else {
            format!("export {STORE}=…, the store in {}", file.display())
        };
        Err(Failure::new(Exit::Usage, PHASE, what).hint(hint))
    }

    /// The store from the flag or the variable, else from the configuration.
    ///
    /// # Errors
    /// Exit 2 if the address is not valid.
    pub fn named(flag: Option<&str>, configured: Option<Self>) -> Result<Option<Self>, Failure> {
        let here = Path::new("");
        if let Some(flag) = flag {
            return Self::parse(flag, here, FLAG).map(Some);
        }
        if let Some(Sourced { value, origin }) = var(STORE)? {
            return Self::parse(&value, here, &origin).map(Some);
        }
        Ok(configured)
    }

    /// The user's file; `None` without a home folder.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        data_folder().map(|folder| Self::Sqlite(folder.join(FILE)))
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
            Self::Missed | Self::Required | Self::Empty => OpenMode::Existing,
            Self::Checked => OpenMode::Look,
        }
    }

    /// Applies `--must-exist`.
    #[must_use]
    pub const fn unless_required(self, must_exist: bool) -> Self {
        if must_exist { Self::Required } else { self }
    }

    /// For commands that only read: nothing is created. A missing default file or database counts as empty;
    /// any other missing store is an error.
    #[must_use]
    pub fn for_list(url: &StoreUrl) -> Self {
        let is_there = matches!(url, StoreUrl::Postgres { .. });
        if is_there || StoreUrl::of_user().as_ref() == Some(url) { Self::Empty } else { Self::Missed }
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
