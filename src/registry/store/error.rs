use crate::registry::wait::WouldWait;
use std::fmt;

/// Why a store operation failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A client with this ID already exists.
    #[error("client {0:?} is in the store already")]
    Exists(String),
    /// No client has this ID.
    #[error("there is no client with that id")]
    Missing,
    /// The store is unavailable now.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// It refuses this program, and waiting does not help: a wrong password, another program's file, a newer
    /// schema.
    #[error("the store is unavailable: {why}")]
    Unusable {
        /// The cause, as for [`StoreError::Unavailable`].
        why: String,
        /// The hint for an operator.
        cure: &'static str,
    },
    /// It can be read but not written now: it is locked, read-only, or its disk is full.
    #[error("the store cannot be written to: {0}")]
    Unwritable(String),
    /// An earlier query failed, and the store is not queried again for now.
    #[error("the store is unavailable: {since}: {why}")]
    Away {
        /// Since when, in a form that callers may see.
        since: String,
        /// The cause, as for [`StoreError::Unavailable`].
        why: String,
    },
    /// There are no tables, and none may be created.
    #[error("there is no store")]
    NoStore,
    /// The tables have an older schema and may not be changed.
    #[error("the store has schema {found}, and this heistctl uses schema {known}")]
    Older {
        /// The version in the store.
        found: i64,
        /// The version of this program.
        known: i64,
    },
    /// The store is available but has an invalid record, written by another program.
    #[error("the store has damaged data: {0}")]
    Damaged(String),
    /// The store was not queried, because this run may not wait.
    #[error(transparent)]
    WouldWait(#[from] WouldWait),
}

impl StoreError {
    /// The cause, to complete a sentence about the failed operation.
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

    /// Whether waiting may help: the store is unavailable, or refuses writes, for now.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unwritable(_) | Self::Away { .. })
    }

    /// Whether the store gave no answer: it is unavailable, or refuses this program.
    #[must_use]
    pub const fn is_unanswered(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unusable { .. })
    }

    /// Adds the location of the store to the message.
    #[must_use]
    pub(in crate::registry) fn at(self, place: &dyn fmt::Display) -> Self {
        match self {
            Self::Unavailable(why) => Self::Unavailable(format!("{place}: {why}")),
            Self::Unusable { why, cure } => Self::Unusable { why: format!("{place}: {why}"), cure },
            Self::Damaged(why) => Self::Damaged(format!("{place}: {why}")),
            other => other,
        }
    }

    /// The part that callers of a server may see. The cause is for the log only: it may reveal the store's
    /// location and user.
    #[must_use]
    pub fn public_message(&self) -> String {
        match self {
            Self::Unavailable(_) | Self::Unusable { .. } => "the store is unavailable now".to_owned(),
            Self::Unwritable(_) => "the store cannot be written to now".to_owned(),
            Self::Away { since, .. } => format!("the store is unavailable: {since}"),
            Self::Damaged(_) => "the store has damaged data".to_owned(),
            Self::Exists(_) | Self::Missing | Self::NoStore | Self::Older { .. } | Self::WouldWait(_) => {
                self.to_string()
            }
        }
    }
}

/// The hint for a store written by a newer program.
pub(super) const RUN_NEWER: &str = "use the newer heistctl, or another store (--store)";
