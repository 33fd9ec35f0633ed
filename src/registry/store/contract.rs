//! The interface of every store, for any engine.

use super::changes::{Changes, Position, Revocations};
use super::error::StoreError;
use super::history::{Author, HistoryEntry, Of};
use super::id::Id;
use crate::clock::{Moment, Timestamp};
use crate::registry::record::{ClientRecord, SecretRecord, StoredClient};
use std::fmt;
use std::net::IpAddr;

/// A small text that changes as a whole.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Versioned {
    /// How often it has changed; 0 where it was never there.
    pub version: i64,
    /// The text.
    pub text: String,
}

impl fmt::Debug for Versioned {
    /// Without the text: signing keys are one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Versioned").field("version", &self.version).finish_non_exhaustive()
    }
}

/// A client as it stands in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The id under which it is found, and removed.
    pub id: String,
    /// The client and its secrets; [`StoreError::Damaged`] where these cannot be read.
    pub stored: Result<StoredClient, StoreError>,
}

/// The last use of a secret that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub client: String,
    /// The secret's number.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub from: Option<IpAddr>,
}

/// Makes a new record of the present one; `None` leaves it as it is.
pub type ClientChange<'a> = &'a mut dyn FnMut(&ClientRecord) -> Option<ClientRecord>;

/// A store. Every change is on disk when the call returns, where the engine has one.
pub trait Store: Send + Sync + fmt::Debug {
    /// A client and its secrets, as they are; or as they were some milliseconds ago, where somebody else
    /// has changed them and nothing else was asked since.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn client(&self, id: &str) -> Result<Option<StoredClient>, StoreError>;

    /// The clients after that id, in the order of their ids, so many at most. One that is damaged hides none
    /// of the others.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn clients(&self, after: &str, limit: usize) -> Result<Vec<Listed>, StoreError> {
        self.clients_beginning("", after, limit)
    }

    /// The same of those whose ids begin so.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn clients_beginning(&self, prefix: &str, after: &str, limit: usize) -> Result<Vec<Listed>, StoreError>;

    /// Adds clients, all or none, each with the hash of its secret, where it has one.
    ///
    /// # Errors
    /// [`StoreError::Exists`] with the id of one that is there, or stands among them twice.
    fn add(&self, clients: &[(ClientRecord, Option<String>)]) -> Result<(), StoreError>;

    /// Changes the record of a client, whose secrets stay. Nobody else's change comes between the record
    /// that `change` is shown and the one that it makes; it is called again where a database asks for that.
    /// False where nothing has changed, and then nothing is written.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none.
    fn change(&self, id: &str, change: ClientChange<'_>) -> Result<bool, StoreError>;

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

    /// The last use of each secret of some clients, where it was ever used; in the order of their ids.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn uses(&self, ids: &[&str]) -> Result<Vec<Use>, StoreError>;

    /// Notes uses of secrets, which need not be on disk at once; those of clients that are gone are not
    /// kept.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn note_uses(&self, uses: &[Use]) -> Result<(), StoreError>;

    /// The last change.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn last_change(&self) -> Result<Position, StoreError>;

    /// The changes after that one.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn changes(&self, after: Position) -> Result<Changes, StoreError>;

    /// Remembers an id until it does not matter any more. True where it was not remembered yet.
    ///
    /// # Errors
    /// Where it cannot be asked: then nobody knows.
    fn remember(&self, id: &Id, now: Timestamp) -> Result<bool, StoreError>;

    /// The revocations after that one, those that matter still as of `now`; all, where that one is not there.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn revocations(&self, after: Position, now: Timestamp) -> Result<Revocations, StoreError>;

    /// The text under that name.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn text(&self, name: &str) -> Result<Versioned, StoreError>;

    /// Puts a text under that name, unless it has changed since that version: of two who do so at once,
    /// one does. True where it was put.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn put_text(&self, name: &str, since: i64, text: &str) -> Result<bool, StoreError> {
        self.put_text_noting(name, since, text, "")
    }

    /// The same, with an entry in the history of the signing keys, unless `detail` is empty.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn put_text_noting(&self, name: &str, since: i64, text: &str, detail: &str) -> Result<bool, StoreError>;

    /// The changes that are on record after that number, oldest first, so many at most.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn history(&self, of: Of<'_>, after: i64, limit: usize) -> Result<Vec<HistoryEntry>, StoreError>;

    /// Records the author of changes through this handle, for the store's history.
    fn sign(&self, author: Author);

    /// Forgets ids that do not matter any more, changes beyond [`MAX_CHANGES`], and history of two years ago.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn purge(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Whether there is any client that may exchange tokens.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn any_exchange(&self) -> Result<bool, StoreError>;

    /// Whether it answers from the memory of this process, so that nobody ever waits for it, and no other
    /// process uses it.
    fn is_immediate(&self) -> bool {
        false
    }

    /// Uses up to that many connections at a time, where it is reached by connections.
    fn set_connections(&self, most: usize) {
        let _ = most;
    }

    /// Nothing, where what is open is what stands at the store's place still.
    ///
    /// # Errors
    /// Where somebody has taken that away, or put something else there.
    fn in_place(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// How often a connection to it has been lost, where it is reached by connections: another server may
    /// answer since, or the same one with another state.
    fn losses(&self) -> u64 {
        0
    }

    /// News of a store that has come after the start, once.
    fn news(&self) -> Vec<String> {
        Vec::new()
    }

    /// The faults that the engine finds in its own file, each in a sentence. Reads all of it.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn faults(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    /// Ends its use in good order: files beside it are merged into it. Later questions are refused. Work that cannot
    /// be done now is done when it is opened next.
    fn close(&self) {}

    /// The cure for an operator where it cannot be asked.
    fn cure(&self) -> String {
        "is it there, and may the server use it?".to_owned()
    }

    /// The moment by its own clock, which all who use it share; `None` where it has none.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn clock(&self) -> Result<Option<Moment>, StoreError> {
        Ok(None)
    }

    /// Has `told` called when somebody has changed something, for as long as the store is open. Who is told
    /// asks what it was. An engine that hears of nothing calls nobody: who wants to know asks now and then.
    fn watch(&self, told: Box<dyn Fn() + Send>) {
        drop(told);
    }
}
