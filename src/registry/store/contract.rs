//! The interface of every store engine.

use super::changes::{Changes, Position, Revocations};
use super::error::StoreError;
use super::history::{Author, HistoryEntry, Of};
use super::id::Id;
use crate::clock::{Moment, Timestamp};
use crate::registry::record::{ClientRecord, SecretRecord, StoredClient};
use std::fmt;
use std::net::IpAddr;
use std::path::Path;

/// A small text that is replaced as a whole.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Versioned {
    /// Number of changes so far; 0 if the text never existed.
    pub version: i64,
    pub text: String,
}

impl fmt::Debug for Versioned {
    /// Without the text, which may hold signing keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Versioned").field("version", &self.version).finish_non_exhaustive()
    }
}

/// An entry in a list of clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The ID by which it is found and removed.
    pub id: String,
    /// The client and its secrets. [`StoreError::Damaged`] if they cannot be read.
    pub stored: Result<StoredClient, StoreError>,
}

/// The last known use of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub client: String,
    /// The number of the secret.
    pub number: i64,
    pub at: Timestamp,
    pub from: Option<IpAddr>,
}

/// Returns the new record for the current one. `None` leaves it unchanged.
pub type RecordChange<'a> = &'a mut dyn FnMut(&ClientRecord) -> Option<ClientRecord>;

/// Returns the new client for the current one. `None` leaves it unchanged.
pub type ClientChange<'a> = &'a mut dyn FnMut(&StoredClient) -> Option<StoredClient>;

/// Traits of clients that the whole server must know. Each has an index of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientTrait {
    /// May exchange tokens.
    Exchange,
    /// Signs with its secret.
    SecretJwt,
    /// Needs TLS that asks for client certificates.
    Certificate,
    /// Tokens of trusted issuers stand for it.
    Federated,
}

impl ClientTrait {
    pub(in crate::registry) const ALL: [Self; 4] =
        [Self::Exchange, Self::SecretJwt, Self::Certificate, Self::Federated];

    /// The column of the client's row.
    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::SecretJwt => "secret_jwt",
            Self::Certificate => "certificate",
            Self::Federated => "federated",
        }
    }

    pub(super) fn is_of(self, record: &ClientRecord) -> bool {
        match self {
            Self::Exchange => record.token_exchange,
            Self::SecretJwt => record.signs_with_secret(),
            Self::Certificate => record.uses_certificate(),
            Self::Federated => !record.federated.is_empty(),
        }
    }
}

const IN_MEMORY: &str = "--store names a file or a database";

/// A store. If the engine uses a disk, every change is on disk when the call returns.
pub trait Store: Send + Sync + fmt::Debug {
    /// A client and its secrets. May be some milliseconds old if another process changed them and no other
    /// query was made since.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn client(&self, id: &str) -> Result<Option<StoredClient>, StoreError>;

    /// Up to `limit` clients after the ID `after`, in the order of their IDs. A damaged client does not hide
    /// the others.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn clients(&self, after: &str, limit: usize) -> Result<Vec<Listed>, StoreError> {
        self.clients_beginning("", after, limit)
    }

    /// Like [`Self::clients`], for IDs with that prefix.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn clients_beginning(&self, prefix: &str, after: &str, limit: usize) -> Result<Vec<Listed>, StoreError>;

    /// Adds clients, all or none, each with the hash of its secret if it has one.
    ///
    /// # Errors
    /// [`StoreError::Exists`] with the first ID that already exists or occurs twice in `clients`.
    fn add(&self, clients: &[(ClientRecord, Option<String>)]) -> Result<(), StoreError> {
        let stored =
            |(record, hash): &(ClientRecord, Option<String>)| StoredClient::new(record.clone(), hash.clone());
        self.add_stored(&clients.iter().map(stored).collect::<Vec<_>>())
    }

    /// Like [`Self::add`], each with all its secrets.
    ///
    /// # Errors
    /// As for [`Self::add`].
    fn add_stored(&self, clients: &[StoredClient]) -> Result<(), StoreError>;

    /// Changes the record of a client; its secrets stay. As [`Self::change_client`] otherwise.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the client does not exist.
    fn change(&self, id: &str, change: RecordChange<'_>) -> Result<bool, StoreError> {
        self.change_client(id, &mut |there| {
            change(&there.record).map(|record| StoredClient { record, ..there.clone() })
        })
    }

    /// Changes a client, with its secrets. The change is atomic. `change` may be called again if the database
    /// requires a retry. Returns false if nothing changed; then nothing is written.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the client does not exist.
    fn change_client(&self, id: &str, change: ClientChange<'_>) -> Result<bool, StoreError>;

    /// Removes a client and its secrets.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the client does not exist.
    fn remove(&self, id: &str) -> Result<(), StoreError>;

    /// Adds a secret and limits the existing ones to the given end, unless they end earlier.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the client does not exist.
    fn rotate(
        &self,
        id: &str,
        hash: &str,
        now: Timestamp,
        old_end: Timestamp,
    ) -> Result<SecretRecord, StoreError>;

    /// The last use of each used secret of these clients, in the order of the IDs.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn uses(&self, ids: &[&str]) -> Result<Vec<Use>, StoreError>;

    /// Records uses of secrets, which need not be on disk at once. Uses of removed clients are dropped.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn note_uses(&self, uses: &[Use]) -> Result<(), StoreError>;

    /// The last change.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn last_change(&self) -> Result<Position, StoreError>;

    /// The changes after `after`.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn changes(&self, after: Position) -> Result<Changes, StoreError>;

    /// Stores an ID until it expires. Returns false if it was already stored.
    ///
    /// # Errors
    /// If the store is unavailable; then it is unknown whether the ID was stored.
    fn remember(&self, id: &Id, now: Timestamp) -> Result<bool, StoreError>;

    /// The revocations after `after` that are unexpired as of `now`. All of them, if `after` is missing.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn revocations(&self, after: Position, now: Timestamp) -> Result<Revocations, StoreError>;

    /// The text with that name.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn text(&self, name: &str) -> Result<Versioned, StoreError>;

    /// Replaces a text, unless it has changed since version `since`. If two callers do so at once, one
    /// succeeds. Returns whether it was replaced.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn put_text(&self, name: &str, since: i64, text: &str) -> Result<bool, StoreError> {
        self.put_text_noting(name, since, text, "")
    }

    /// Like [`Self::put_text`], with an entry in the history of the signing keys unless `detail` is empty.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn put_text_noting(&self, name: &str, since: i64, text: &str, detail: &str) -> Result<bool, StoreError>;

    /// Up to `limit` history entries after number `after`, oldest first.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn history(&self, of: Of<'_>, after: i64, limit: usize) -> Result<Vec<HistoryEntry>, StoreError>;

    /// Sets the author of changes through this handle, for the store's history.
    fn sign(&self, author: Author);

    /// Deletes expired IDs, changes beyond `MAX_CHANGES`, and history older than two years.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn purge(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Whether any client has this trait.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn any(&self, of: ClientTrait) -> Result<bool, StoreError>;

    /// Up to `limit` clients with this trait, in the order of their IDs.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn clients_with(&self, of: ClientTrait, limit: usize) -> Result<Vec<Listed>, StoreError>;

    /// Whether the store is in the memory of this process: no call waits, and no other process uses it.
    fn is_immediate(&self) -> bool {
        false
    }

    /// Limits the number of concurrent connections, if the engine uses connections.
    fn set_connections(&self, most: usize) {
        let _ = most;
    }

    /// Checks that the open file is still the one at the store's path.
    ///
    /// # Errors
    /// If it was removed or replaced.
    fn in_place(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Number of lost connections, if the engine uses connections. After a loss another server may answer, or
    /// the same one with another state.
    fn losses(&self) -> u64 {
        0
    }

    /// Messages about a store that became available after the start, each returned once.
    fn news(&self) -> Vec<String> {
        Vec::new()
    }

    /// Checks the engine's whole file. Returns the faults, one sentence each.
    ///
    /// # Errors
    /// If the file cannot be read.
    fn faults(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    /// Copies the store into an empty file, as of the moment when the copy begins; others read and write
    /// meanwhile. Whatever the engine, the copy is a SQLite store.
    ///
    /// # Errors
    /// If the store or the file is unavailable.
    fn back_up(&self, file: &Path) -> Result<(), StoreError> {
        let _ = file;
        Err(StoreError::Unusable { why: "it is not a database".to_owned(), cure: IN_MEMORY })
    }

    /// Replaces the content with that of a copy, in one transaction. Returns false, and changes nothing, if
    /// there are clients or keys and `replaces` is not set.
    ///
    /// # Errors
    /// If the store or the file is unavailable.
    fn restore(&self, file: &Path, replaces: bool) -> Result<bool, StoreError> {
        let _ = (file, replaces);
        Err(StoreError::Unusable { why: "it is not a database".to_owned(), cure: IN_MEMORY })
    }

    /// Closes the store and merges its log files. Later queries fail. Work that cannot be done now is done at
    /// the next opening.
    fn close(&self) {}

    /// The hint for a store that is unavailable.
    fn cure(&self) -> String {
        "is it there, and may the server use it?".to_owned()
    }

    /// The time of the store's own clock, which all its users share. `None` if it has no clock.
    ///
    /// # Errors
    /// If the store is unavailable.
    fn clock(&self) -> Result<Option<Moment>, StoreError> {
        Ok(None)
    }

    /// Calls `told` on every change by others, for as long as the store is open. The callback then queries
    /// the store. An engine without notifications never calls it; its users have to poll.
    fn watch(&self, told: Box<dyn Fn() + Send>) {
        drop(told);
    }
}
