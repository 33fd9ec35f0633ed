//! The ways in which a test replaces the signing key.

use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRotation {
    /// The new key signs at once. The key set has it a minute later.
    PublishLate,
    /// The key set has the new key at once. It signs once verifiers have had time to fetch it.
    PublishEarly,
    /// The new key signs at once, and the key set has no other.
    DropOld,
}

impl KeyRotation {
    pub const ALL: [Self; 3] = [Self::PublishLate, Self::PublishEarly, Self::DropOld];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PublishLate => "publish-late",
            Self::PublishEarly => "publish-early",
            Self::DropOld => "drop-old",
        }
    }

    /// The rotation in words, for help and reports.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::PublishLate => "the new key signs at once, the key set has it a minute later",
            Self::PublishEarly => "the key set has the new key at once, it signs in five minutes",
            Self::DropOld => "the new key signs at once, the key set has no other",
        }
    }
}

impl FromStr for KeyRotation {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|rotation| rotation.name() == name).ok_or(())
    }
}
