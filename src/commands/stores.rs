//! Which store: flag, variable, configuration, else a file of the user's.

mod opening;

pub(super) use opening::PAUSE;

use super::environment::{Sourced, data_folder, named_file, secret_var, var};
use crate::exit::{Exit, Failure};
use crate::jose::sealing::{SealError, SealingKey};
use crate::registry::keys::kept::KeysError;
use crate::registry::keys::{ChangeError, KeyError};
use crate::registry::store::postgres::address::Address;
use crate::registry::store::{Store, StoreError};
use crate::secret::Secret;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

const PHASE: &str = "store";
const FLAG: &str = "--store";
const FILE: &str = "heistctl.db";
const MAKE_STORE_KEY: &str = "openssl rand -base64 32 makes one";
/// Holds the key that seals the signing keys of a store.
pub const STORE_KEY: &str = "HEISTCTL_STORE_KEY";
/// Names the file with the key that seals the signing keys of a store.
pub const STORE_KEY_FILE: &str = "HEISTCTL_STORE_KEY_FILE";
const STORE: &str = "HEISTCTL_STORE";
/// Holds the secret that signs tokens, where the configuration names none.
pub const SIGNING_SECRET: &str = "HEISTCTL_SIGNING_SECRET";
/// What PostgreSQL's own programs take a password from, too.
const PASSWORD: &str = "PGPASSWORD";

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
        address: Box<Address>,
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
}

/// What becomes of a file that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It is made: something is to stand in it.
    Made,
    /// It is missed: whoever asks for what is in it has mistyped its path.
    Missed,
    /// It is as good as empty, and nothing is made.
    Empty,
    /// The same, where it is to be made later: that it cannot be is wrong already.
    Foreseen,
}

impl StoreUrl {
    /// Reads one; a relative path is relative to that folder.
    ///
    /// # Errors
    /// Exit 2 for what is none.
    pub fn parse(text: &str, folder: &Path, origin: &str) -> Result<Self, Failure> {
        match text.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(folder.join(path))),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                let address = Address::parse(text).map_err(|error| {
                    Failure::new(Exit::Usage, PHASE, format!("the store from {origin} {error}"))
                        .hint("write it as postgres://user@host/database?sslmode=verify-full")
                })?;
                Ok(Self::Postgres {
                    exposed: origin == FLAG && address.has_password(),
                    address: Box::new(address),
                })
            }
            // What stands there may have a password in it.
            _ => Err(Failure::new(Exit::Usage, PHASE, format!("the store from {origin} is none")).hint(
                "write it as sqlite:/var/lib/heistctl/heistctl.db, postgres://user@host/database, or memory:",
            )),
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
        match Self::settle(flag, None)? {
            Some(Self::Memory) => Err(failure("memory: would be gone with this command")
                .hint("--store sqlite:PATH names a file, which a server uses, too")),
            Some(url) => Ok(url),
            None => Err(failure("there is no folder for it: HOME is not set")
                .hint("--store sqlite:PATH names a file")),
        }
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

    /// Whether it is a file that is not there, as far as one may look.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Sqlite(path) if path.try_exists().is_ok_and(|there| !there))
    }

    /// Opens the user's file, which nobody has asked for. Where there is none and none can be made, as in a
    /// container that nobody writes to, one in memory takes its place, and that is said.
    ///
    /// # Errors
    /// Exit 1 where there is one and it cannot be opened: what was revoked there must stay so.
    pub fn open_of_user(self, absent: Absent) -> Result<(Self, OpenStore), Failure> {
        match self.open(absent) {
            Ok(opened) => Ok((self, opened)),
            Err(failure) if matches!(&self, Self::Sqlite(path) if path.exists()) => Err(failure),
            Err(failure) => {
                let memory = Self::Memory.open(absent)?;
                let what = format!(
                    "{}; without a store revocations and the signing key end with this run: \
                     --store names a place, or memory:",
                    failure.what
                );
                Ok((Self::Memory, OpenStore { warnings: vec![what], ..memory }))
            }
        }
    }
}

impl Absent {
    /// What becomes of it for a command that lists what is there: nothing, where nobody has named it.
    #[must_use]
    pub fn for_list(url: &StoreUrl) -> Self {
        if StoreUrl::of_user().as_ref() == Some(url) { Self::Empty } else { Self::Missed }
    }
}

/// The key that private keys in that store are sealed with: of `HEISTCTL_STORE_KEY`, or in the file that
/// `HEISTCTL_STORE_KEY_FILE` names. A database, which others look after, has none that lie open.
///
/// # Errors
/// Exit 2 for what is none, or where there must be one.
pub fn sealing_key(url: &StoreUrl) -> Result<Option<SealingKey>, Failure> {
    match (given_sealing_key()?, url) {
        (None, StoreUrl::Postgres { .. }) => {
            let what = "signing keys in PostgreSQL are sealed, and there is no key to seal them with";
            Err(Failure::new(Exit::Usage, PHASE, what)
                .hint(format!("{MAKE_STORE_KEY}; {STORE_KEY} or {STORE_KEY_FILE} has it on every node")))
        }
        (given, _) => Ok(given),
    }
}

/// Takes from a program's environment what only a server needs: what signs its tokens, what seals its keys,
/// what opens its database, and the service manager's sockets.
pub fn without_server_secrets(command: &mut Command) {
    const SECRETS: [&str; 7] = [
        STORE_KEY,
        STORE_KEY_FILE,
        SIGNING_SECRET,
        PASSWORD,
        "PGPASSFILE",
        "PGSSLPASSWORD",
        "CREDENTIALS_DIRECTORY",
    ];
    const MANAGER: [&str; 6] =
        ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"];
    for name in SECRETS.iter().chain(&MANAGER) {
        command.env_remove(name);
    }
    // A store without a password is fine: a script may register clients there. In what cannot be read there may
    // be one.
    let store = StoreUrl::named(None, None);
    if !store.is_ok_and(|store| store.is_none_or(|store| !store.has_password())) {
        command.env_remove(STORE);
    }
}

fn given_sealing_key() -> Result<Option<SealingKey>, Failure> {
    let path = var(STORE_KEY_FILE)?.map(|path| Sourced::new(PathBuf::from(path.value), path.origin));
    let text = match (secret_var(STORE_KEY), path) {
        (Some(_), Some(_)) => {
            let what = format!("{STORE_KEY} and {STORE_KEY_FILE} are both set");
            return Err(Failure::new(Exit::Usage, PHASE, what).hint("unset one of the two"));
        }
        (Some(text), None) => text,
        (None, Some(path)) => {
            let Sourced { value, origin } = named_file(&path, PHASE)?;
            Sourced::new(Secret::from_file_content(value.expose()), origin)
        }
        (None, None) => return Ok(None),
    };
    SealingKey::read(&text.value).map(Some).map_err(|why| {
        Failure::new(Exit::Usage, PHASE, format!("the store key from {}: {why}", text.origin))
            .hint(format!("{MAKE_STORE_KEY}; keep it where the store is not"))
    })
}

/// Signing keys in a store that are not to be had, or not to be changed.
#[must_use]
pub fn keys_failed(error: &KeysError) -> Failure {
    let usage = || Failure::new(Exit::Usage, "signing", error.to_string());
    match error {
        KeysError::Store(error) => failed(error),
        KeysError::Key(KeyError::Sealed(_, SealError::NoKey)) => {
            usage().hint(format!("{STORE_KEY}, or {STORE_KEY_FILE}, has the key that it was sealed with"))
        }
        KeysError::Key(KeyError::Sealed(_, SealError::WrongKey)) => usage().hint(format!(
            "{STORE_KEY} is another than the one that it was sealed with; where that one is lost, \
             heistctl key rotate --now --lost-store-key puts a new key in the place of all"
        )),
        KeysError::Key(KeyError::Open(_)) => usage().hint(format!(
            "start the server with {STORE_KEY}, which seals all of them; or unset it for this command"
        )),
        KeysError::Key(KeyError::Unreadable) => Failure::new(Exit::Local, "signing", error.to_string()).hint(
            "put a backup of the store in its place; without one, its clients have to move to a new store",
        ),
        KeysError::Change(ChangeError::UnderWay { kid, .. }) => usage().hint(format!(
            "heistctl key list tells when; heistctl key retire {kid} takes that one back; \
             --now puts a new key in the place of all, at once"
        )),
        KeysError::Change(ChangeError::Signs(_)) => {
            usage().hint("heistctl key rotate gives it a successor, and it retires by itself")
        }
        KeysError::Change(ChangeError::Missing(_)) => usage().hint("heistctl key list names them"),
        KeysError::Key(_) | KeysError::Busy => Failure::new(Exit::Local, "signing", error.to_string()),
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
