//! The result of `key`.

use crate::clock::Timestamp;
use crate::registry::keys::{KeyRecord, Stage, StoreKeys};

pub struct KeysReport {
    /// All keys, after the change.
    pub keys: StoreKeys,
    /// The ids of those to show: all, or the ones that were made or changed.
    pub shown: Vec<String>,
    pub json: bool,
    pub now: Timestamp,
    pub notes: Vec<String>,
}

impl KeysReport {
    pub fn rows(&self) -> impl Iterator<Item = &KeyRecord> {
        self.keys.0.iter().filter(|key| self.shown.contains(&key.kid))
    }
}

/// The next step in the life of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTransition {
    /// Begins to sign.
    Signs(Timestamp),
    /// Is no longer published.
    Retires(Timestamp),
}

/// The next step of a key; `None` if only a command brings one.
#[must_use]
pub fn next_step(keys: &StoreKeys, key: &KeyRecord, now: Timestamp) -> Option<KeyTransition> {
    match keys.stage(key, now) {
        Stage::Next => key.signs_from.map(|from| KeyTransition::Signs(Timestamp::from_unix(from))),
        Stage::Signing | Stage::Retiring => keys.retires(key).map(KeyTransition::Retires),
        Stage::Standby | Stage::Retired => None,
    }
}
