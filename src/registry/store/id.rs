//! Ids that a store remembers until a moment: of tokens that were revoked, of assertions and proofs that were used.

use crate::clock::Timestamp;
use crate::registry::expiring_set::IdDigest;

/// The kinds of ids.
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
    pub kind: IdKind,
    /// The digest of it.
    pub digest: IdDigest,
    /// The client whose it is.
    pub owner: String,
    /// Until when it matters.
    pub until: Timestamp,
}
