//! IDs that a store keeps until they expire: of revoked tokens, used assertions and used proofs.

use crate::clock::Timestamp;
use crate::registry::expiring_set::IdDigest;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// A revoked token.
    Revoked,
    /// A used client assertion.
    Assertion,
    /// A used DPoP proof.
    Proof,
}

impl IdKind {
    /// The number in the database.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Revoked => 0,
            Self::Assertion => 1,
            Self::Proof => 2,
        }
    }
}

/// A used ID, or a revoked token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    pub kind: IdKind,
    pub digest: IdDigest,
    /// The client to which it belongs.
    pub owner: String,
    /// When it expires.
    pub until: Timestamp,
}
