//! What outlives a process: clients and their secrets, behind one trait. Each engine has a file, or a
//! folder; what an answer means is decided elsewhere.

mod changes;
pub mod coming;
mod delegated;
#[cfg(test)]
pub(crate) mod faulty;
pub mod identity;
pub mod memory;
mod opening;
pub mod postgres;
mod private_file;
mod row;
pub mod sqlite;

use super::expiring::IdDigest;
use super::patience::WouldWait;
use super::record::{ClientRecord, SecretRecord, Stored};
use crate::clock::{Moment, Timestamp};
pub use changes::{Changes, MAX_CHANGES, Position, Revocations};
pub use opening::Opening;
pub use row::{client_digest, text_digest};
use std::fmt;
use std::net::IpAddr;

/// Why a store has not done what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is a client of that id already.
    #[error("there is a client {0:?} already")]
    Exists(String),
    /// There is no client of that id.
    #[error("there is no client of that id")]
    Missing,
    /// It cannot be asked now.
    #[error("the store cannot be asked: {0}")]
    Unavailable(String),
    /// It refuses this program, and waiting cures nothing: a wrong password, another program's file, a newer
    /// schema.
    #[error("the store cannot be asked: {why}")]
    Unusable {
        /// Why, as for [`StoreError::Unavailable`].
        why: String,
        /// What an operator can do about it.
        cure: &'static str,
    },
    /// It can, and cannot be written to now: somebody else has it locked, it is read-only, or its disk is
    /// full.
    #[error("the store cannot be written to: {0}")]
    Unwritable(String),
    /// It could not be asked before, and is not asked again for now.
    #[error("the store cannot be asked: {since}: {why}")]
    Away {
        /// Since when, as callers may know.
        since: String,
        /// Why, as for [`StoreError::Unavailable`].
        why: String,
    },
    /// There are no tables, and none were to be made.
    #[error("there is no store")]
    NoStore,
    /// The tables are an older heistctl's, and were not to be changed.
    #[error("the store has schema {found}, and this heistctl uses schema {known}")]
    Older {
        /// The version that is there.
        found: i64,
        /// The version that this program makes of it.
        known: i64,
    },
    /// It can, and has something there that is none: somebody else has written it.
    #[error("the store holds what cannot be used: {0}")]
    Damaged(String),
    /// It was not asked: this run may not wait for it.
    #[error(transparent)]
    WouldWait(#[from] WouldWait),
}

impl StoreError {
    /// What has happened, for a sentence that says what could not be done.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Unavailable(why)
            | Self::Unusable { why, .. }
            | Self::Unwritable(why)
            | Self::Damaged(why)
            | Self::Away { why, .. } => why.clone(),
            other => other.to_string(),
        }
    }

    /// Whether waiting may cure it: the store is not there, or takes no changes, now.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unwritable(_) | Self::Away { .. })
    }

    /// Whether the question has got no answer: the store is away, or refuses this program.
    #[must_use]
    pub const fn is_unanswered(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unusable { .. })
    }

    /// The same with the place of the store before what has happened.
    #[must_use]
    pub(super) fn at(self, place: &dyn fmt::Display) -> Self {
        match self {
            Self::Unavailable(why) => Self::Unavailable(format!("{place}: {why}")),
            Self::Unusable { why, cure } => Self::Unusable { why: format!("{place}: {why}"), cure },
            Self::Damaged(why) => Self::Damaged(format!("{place}: {why}")),
            other => other,
        }
    }

    /// The part of it that callers of a server may know. The cause is the log's: it may say where the store
    /// is, and as whom it is asked.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Unavailable(_) | Self::Unusable { .. } => "the store cannot be asked now".to_owned(),
            Self::Unwritable(_) => "the store cannot be written to now".to_owned(),
            Self::Away { since, .. } => format!("the store cannot be asked: {since}"),
            Self::Damaged(_) => "the store holds what cannot be used".to_owned(),
            Self::Exists(_) | Self::Missing | Self::NoStore | Self::Older { .. } | Self::WouldWait(_) => {
                self.to_string()
            }
        }
    }
}

/// What to do about a store that a newer program has written.
const RUN_NEWER: &str =
    "run that newer heistctl on it: this one cannot read it; --store names another store for this one";

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

/// What an id is of, that matters until a moment and not after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// A token that was revoked.
    Revoked,
    /// A client assertion that was used.
    Assertion,
    /// A DPoP proof that was used.
    Proof,
}

impl IdKind {
    /// The number that it is kept as.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Revoked => 0,
            Self::Assertion => 1,
            Self::Proof => 2,
        }
    }
}

/// An id that was used, or a token that was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    /// What it is of.
    pub kind: IdKind,
    /// The digest of it.
    pub digest: IdDigest,
    /// The client whose it is.
    pub owner: String,
    /// Until when it matters.
    pub until: Timestamp,
}

/// A client as it stands in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The id under which it is found, and removed.
    pub id: String,
    /// The client and its secrets; [`StoreError::Damaged`] where these cannot be read.
    pub stored: Result<Stored, StoreError>,
}

/// The last use of a secret that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Whose secret.
    pub client: String,
    /// The secret's number.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub from: Option<IpAddr>,
}

/// What makes a new record of the one that is there; `None` leaves it as it is.
pub type Change<'a> = &'a mut dyn FnMut(&ClientRecord) -> Option<ClientRecord>;

/// A store. Every change is on disk when the call returns, where the engine has one.
pub trait Store: Send + Sync + fmt::Debug {
    /// A client and its secrets, as they are; or as they were some milliseconds ago, where somebody else
    /// has changed them and nothing else was asked since.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn client(&self, id: &str) -> Result<Option<Stored>, StoreError>;

    /// The clients after that id, in the order of their ids, so many at most. One that is damaged hides none
    /// of the others.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn clients(&self, after: &str, limit: usize) -> Result<Vec<Listed>, StoreError>;

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
    fn change(&self, id: &str, change: Change<'_>) -> Result<bool, StoreError>;

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

    /// What has changed after that one.
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
    fn put_text(&self, name: &str, since: i64, text: &str) -> Result<bool, StoreError>;

    /// Forgets ids that do not matter any more, and changes beyond [`MAX_CHANGES`].
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

    /// What is to be said of a store that has come after the start, once.
    fn news(&self) -> Vec<String> {
        Vec::new()
    }

    /// What the engine finds wrong with its own file, each in a sentence. Reads all of it.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn faults(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }

    /// Ends its use in good order: what stands in files beside it is merged into it. Whoever asks it after
    /// that is refused. What cannot be done now is done by whoever opens it next.
    fn close(&self) {}

    /// What an operator can do where it cannot be asked.
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

#[cfg(test)]
mod tests;
