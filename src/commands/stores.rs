//! Which store: flag, variable, configuration, else a file of the user's.

use super::environment::{Sourced, authorities, data_folder, secret_var, var};
use crate::exit::{Exit, Failure};
use crate::registry::store::memory::Memory;
use crate::registry::store::postgres::Postgres;
use crate::registry::store::postgres::address::Address;
use crate::registry::store::sqlite::Sqlite;
use crate::registry::store::{Store, StoreError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PHASE: &str = "store";
const FLAG: &str = "--store";
const FILE: &str = "heistctl.db";
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
        let here = Path::new("");
        if let Some(flag) = flag {
            return Self::parse(flag, here, FLAG).map(Some);
        }
        if let Some(Sourced { value, origin }) = var("HEISTCTL_STORE")? {
            return Self::parse(&value, here, &origin).map(Some);
        }
        if configured.is_some() {
            return Ok(configured);
        }
        Ok(data_folder().map(|folder| Self::Sqlite(folder.join(FILE))))
    }

    /// Opens it.
    ///
    /// # Errors
    /// Exit 1 where it cannot be opened.
    pub fn open(&self) -> Result<OpenStore, Failure> {
        match self {
            Self::Memory => {
                let (store, name) = (Arc::new(Memory::default()), "memory".to_owned());
                Ok(OpenStore { store, name, warnings: Vec::new() })
            }
            Self::Sqlite(path) => {
                let opened = Sqlite::open(path).map_err(|error| {
                    failed(&error).hint("is the path right, and may you write there? --store names another")
                })?;
                let name = path.display().to_string();
                Ok(OpenStore { store: Arc::new(opened.store), name, warnings: opened.warnings })
            }
            Self::Postgres { address, exposed } => postgres(address, *exposed),
        }
    }
}

fn postgres(address: &Address, exposed: bool) -> Result<OpenStore, Failure> {
    let name = address.name().to_owned();
    let password = secret_var(PASSWORD).map(|password| password.value);
    let trusted = authorities()?;
    let trusted = trusted.as_ref().map(|pem| pem.value.expose());
    let store = Postgres::open(address.clone().with_password(password.as_ref()), trusted).map_err(|error| {
        failed(&error).hint(format!(
            "is the server there, and may this user use the database? {PASSWORD} has the password where the URL has none"
        ))
    })?;
    let warning = format!(
        "the password in {FLAG} can be read by everybody on this machine: HEISTCTL_STORE or {PASSWORD} keep it to yourself"
    );
    Ok(OpenStore { store: Arc::new(store), name, warnings: exposed.then_some(warning).into_iter().collect() })
}

/// A store that cannot do what it should.
#[must_use]
pub fn failed(error: &StoreError) -> Failure {
    Failure::new(Exit::Local, PHASE, error.to_string())
}
