//! Which store: flag, variable, configuration, else a file of the user's.

use super::environment::{Sourced, data_folder, var};
use crate::exit::{Exit, Failure};
use crate::registry::store::memory::Memory;
use crate::registry::store::sqlite::Sqlite;
use crate::registry::store::{Store, StoreError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PHASE: &str = "store";
const FILE: &str = "heistctl.db";

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// `memory:`
    Memory,
    /// `sqlite:PATH`
    Sqlite(PathBuf),
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
            // What stands there may have a password in it.
            _ => Err(Failure::new(Exit::Usage, PHASE, format!("the store from {origin} is none"))
                .hint("write it as sqlite:/var/lib/heistctl/heistctl.db, or memory:")),
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
            return Self::parse(flag, here, "--store").map(Some);
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
        }
    }
}

/// A store that cannot do what it should.
#[must_use]
pub fn failed(error: &StoreError) -> Failure {
    Failure::new(Exit::Local, PHASE, error.to_string())
}
