//! Which store: flag, variable, configuration, else a file of the user's.

mod mistyped;
mod opening;

pub(super) use opening::PAUSE;

use super::declared::Declared;
use super::environment::{Sourced, data_folder, var};
use super::shell::shell_word;
use crate::exit::{Exit, Failure};
use crate::registry::keys::persistence;
use crate::registry::store::postgres::address::PostgresAddress;
use crate::registry::store::{OpenMode, Store, StoreError};
use crate::secret::looks_like_credential;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PHASE: &str = "store";
const FLAG: &str = "--store";
const FILE: &str = "heistctl.db";
/// Names the store.
pub const STORE: &str = "HEISTCTL_STORE";
/// Holds the secret that signs tokens, where the configuration names none.
pub const SIGNING_SECRET: &str = "HEISTCTL_SIGNING_SECRET";
/// What PostgreSQL's own programs take a password from, too.
pub const PASSWORD: &str = "PGPASSWORD";

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// `memory:`
    Memory,
    /// `sqlite:PATH`
    Sqlite(PathBuf),
    /// `postgres://USER@HOST/DATABASE`
    Postgres {
        /// Where it is.
        address: Box<PostgresAddress>,
        /// Whether its password stood on the command line, where everybody on this machine can read it.
        exposed: bool,
    },
}

/// A store that is open.
pub struct OpenStore {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Where it is, for people.
    pub name: String,
    /// What should be known of it.
    pub warnings: Vec<String>,
    /// What was there before.
    pub before: PriorStore,
}

impl OpenStore {
    /// That it was made just now: in the place of the one that was meant, perhaps.
    #[must_use]
    pub fn news(&self) -> Option<String> {
        (self.before == PriorStore::Nothing)
            .then(|| format!("the store {} is new: it was made just now", self.name))
    }

    /// That it has nothing in it, new or not: what a server should say of it.
    ///
    /// # Errors
    /// Where it cannot be asked.
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

/// What was there before a store was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorStore {
    /// The store.
    There,
    /// Nothing: it is new, or would be.
    Nothing,
    /// A store of an older heistctl, which is left as it is; an empty one takes its place.
    Older {
        /// The version of its schema.
        found: i64,
        /// The version that this program makes of it.
        known: i64,
    },
}

/// What becomes of a store that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It is made: something is to stand in it.
    Made,
    /// It is missed: whoever asks for what is in it has mistyped its path.
    Missed,
    /// The same, because somebody has said so (`--must-exist`).
    Required,
    /// It is as good as empty, and nothing is made.
    Empty,
    /// The same, where it is to be made later: that it cannot be is wrong already. One that is there stays as
    /// it is.
    Checked,
}

impl StoreUrl {
    /// Reads one; a relative path is relative to that folder.
    ///
    /// # Errors
    /// Exit 2 for what is none.
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

    /// The flag's, the variable's, the configuration's, else the user's file; `None` where the user has
    /// no home.
    ///
    /// # Errors
    /// Exit 2 for what is none.
    pub fn settle(flag: Option<&str>, configured: Option<Self>) -> Result<Option<Self>, Failure> {
        Ok(Self::named(flag, configured)?.or_else(Self::of_user))
    }

    /// The same, for a command that changes what is in it.
    ///
    /// # Errors
    /// Exit 2 where there is none, or it would be gone with the command.
    pub fn settle_lasting(flag: Option<&str>) -> Result<Self, Failure> {
        let failure = |what| Failure::new(Exit::Usage, PHASE, what);
        let named = Self::named(flag, None)?;
        if named.is_none() {
            Self::as_declared()?;
        }
        match named.or_else(Self::of_user) {
            Some(Self::Memory) => Err(failure("memory: would be gone with this command")
                .hint("--store sqlite:heistctl.db names a file, which a server uses, too")),
            Some(url) => Ok(url),
            None => Err(failure("there is no folder for it: HOME is not set")
                .hint("--store sqlite:heistctl.db names a file")),
        }
    }

    /// Refuses the user's store where a server's configuration is at hand and names another: that one is meant.
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
            format!("export {STORE}=…, the store that stands in {}", file.display())
        };
        Err(Failure::new(Exit::Usage, PHASE, what).hint(hint))
    }

    /// The flag's, the variable's, else the configuration's.
    ///
    /// # Errors
    /// Exit 2 for what is none.
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

    /// The user's file; `None` where the user has no home.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        data_folder().map(|folder| Self::Sqlite(folder.join(FILE)))
    }

    /// Whether a password stands in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        matches!(self, Self::Postgres { address, .. } if address.has_password())
    }
}

impl Absent {
    /// What opening a store may do with it.
    const fn opening(self) -> OpenMode {
        match self {
            Self::Made => OpenMode::Make,
            Self::Missed | Self::Required | Self::Empty => OpenMode::Existing,
            Self::Checked => OpenMode::Look,
        }
    }

    /// The same for a run that was told that the store must be there.
    #[must_use]
    pub const fn unless_required(self, must_exist: bool) -> Self {
        if must_exist { Self::Required } else { self }
    }

    /// What becomes of it for a command that lists what is there: nothing, where nobody has named it, or it is
    /// a database that is there.
    #[must_use]
    pub fn for_list(url: &StoreUrl) -> Self {
        let is_there = matches!(url, StoreUrl::Postgres { .. });
        if is_there || StoreUrl::of_user().as_ref() == Some(url) { Self::Empty } else { Self::Missed }
    }
}

/// That a password stands where others can read it.
#[must_use]
pub fn exposed_password(place: &str) -> String {
    format!(
        "the password in {place} can be read by everybody on this machine: HEISTCTL_STORE or {PASSWORD} keep it to yourself"
    )
}

/// A store that cannot do what it should.
#[must_use]
pub fn failed(error: &StoreError) -> Failure {
    let hint = if let StoreError::Unusable { cure, .. } = error { Some((*cure).to_owned()) } else { None };
    let failure = Failure::new(Exit::Local, PHASE, error.to_string());
    Failure { hint, may_pass: error.may_pass(), ..failure }
}
