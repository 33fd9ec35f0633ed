//! Why a store has not done what it was asked.

use crate::registry::wait::WouldWait;
use std::fmt;

/// Why a store has not done what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is a client of that id already.
    #[error("client {0:?} is in the store already")]
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
        /// The cure for an operator.
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
    /// It can, and holds a record that is not valid: another program has written it.
    #[error("the store holds what cannot be used: {0}")]
    Damaged(String),
    /// It was not asked: this run may not wait for it.
    #[error(transparent)]
    WouldWait(#[from] WouldWait),
}

impl StoreError {
    /// The cause, for a sentence that says what could not be done.
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
    pub(in crate::registry) fn at(self, place: &dyn fmt::Display) -> Self {
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

/// The cure of a store that a newer program has written.
pub(super) const RUN_NEWER: &str =
    "run that newer heistctl on it: this one cannot read it; --store names another store for this one";
