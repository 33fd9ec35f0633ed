//! The result of `key`.

use crate::clock::Timestamp;
use crate::registry::keys::{KeyRecord, Stage, StoreKeys};

pub struct KeysReport {
    /// All keys, after the change.
    pub keys: StoreKeys,
    /// The ids of the keys to show: all, or the new and changed ones.
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

/// The next state change of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTransition {
    /// Begins to sign.
    Signs(Timestamp),
    /// Is unpublished.
    Retires(Timestamp),
}

/// A key's next state change; `None` if only a command can cause one.
#[must_use]
pub fn next_step(keys: &StoreKeys, key: &KeyRecord, now: Timestamp) -> Option<KeyTransition> {
    match keys.stage(key, now) {
        Stage::Next => key.signs_from.map(|from| KeyTransition::Signs(Timestamp::from_unix(from))),
        Stage::Signing | Stage::Retiring => keys.retires(key).map(KeyTransition::Retires),
        Stage::Standby | Stage::Retired => None,
    }
}
