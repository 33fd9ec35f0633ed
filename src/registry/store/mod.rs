//! What outlives a process: clients and their secrets, behind one trait. Each engine has a file; what an
//! answer means is decided elsewhere.

pub mod memory;
pub mod sqlite;

use super::record::{ClientRecord, SecretRecord, Stored};
use crate::clock::Timestamp;
use std::fmt;
use std::net::IpAddr;

/// Why a store has not done what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is a client of that id already.
    #[error("there is a client of that id already")]
    Exists,
    /// There is no client of that id.
    #[error("there is no client of that id")]
    Missing,
    /// It cannot be asked now.
    #[error("the store cannot be asked: {0}")]
    Unavailable(String),
}

/// Clients that have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The number of the last change; the next question begins after it.
    pub upto: i64,
    /// Whose.
    pub clients: Vec<String>,
}

/// A use of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The secret's number.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub from: Option<IpAddr>,
}

/// A store. Every change is on disk when the call returns, where the engine has one.
pub trait Store: Send + Sync + fmt::Debug {
    /// A client and its secrets.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn client(&self, id: &str) -> Result<Option<Stored>, StoreError>;

    /// The clients after that id, in the order of their ids, so many at most.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn clients(&self, after: &str, limit: usize) -> Result<Vec<Stored>, StoreError>;

    /// Adds clients, all or none, each with the hash of its secret, where it has one.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where there is one of them.
    fn add(&self, clients: &[(ClientRecord, Option<String>)]) -> Result<(), StoreError>;

    /// Puts a record in the place of the one of the same id; its secrets stay.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none.
    fn replace(&self, record: &ClientRecord) -> Result<(), StoreError>;

    /// Removes a client and its secrets.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none.
    fn remove(&self, id: &str) -> Result<(), StoreError>;

    /// Adds a secret, and gives those that are there an end, where they have none that is earlier.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is no such client.
    fn rotate(
        &self,
        id: &str,
        hash: &str,
        now: Timestamp,
        old_end: Timestamp,
    ) -> Result<SecretRecord, StoreError>;

    /// Notes uses of secrets, which need not be on disk at once.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn note_uses(&self, uses: &[Use]) -> Result<(), StoreError>;

    /// The number of the last change.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn last_change(&self) -> Result<i64, StoreError>;

    /// What has changed after that number.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn changes(&self, after: i64) -> Result<Changes, StoreError>;

    /// Whether there is any client that may exchange tokens.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn any_exchange(&self) -> Result<bool, StoreError>;
}
