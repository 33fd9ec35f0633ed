//! The signing keys of a store and their stages: published, signing, verifying earlier tokens, retired. All
//! stages follow from timestamps stored with the key, so every node computes the same without coordination.

pub mod persistence;
mod record;
pub mod ring;
mod rotation;

use crate::clock::{MAX_DURATION, Timestamp};
use crate::jose::algorithm::Algorithm;
use crate::jose::sealing::SealingKey;
use crate::secret::Secret;
pub use record::{KeyRecord, KeyRecordError};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long verifiers may cache the published keys (the `max-age` of the JWKS).
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(300);
/// How long a key is published before it signs. By then all verifiers have refreshed their cached keys and
/// all nodes know the key.
pub const PUBLISHED_AHEAD: Duration = Duration::from_secs(JWKS_MAX_AGE.as_secs() + 10);

/// The stage of a key at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Published, but not scheduled to sign.
    Standby,
    /// Published and scheduled to sign.
    Next,
    /// Signs new tokens.
    Signing,
    /// Verifies the tokens that it has signed.
    Retiring,
    /// Not published any more.
    Retired,
}

impl Stage {
    /// The state in `key list`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standby => "standby",
            Self::Next => "next",
            Self::Signing => "signing",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StoreKeys(pub Vec<KeyRecord>);

/// Why a change of the keys is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Another key is already scheduled to sign.
    #[error("a rotation is under way: key {kid} signs from {from} on")]
    UnderWay {
        /// The scheduled key.
        kid: String,
        /// When it starts to sign.
        from: Timestamp,
    },
    /// The key is the signing key.
    #[error("key {0} signs, and a key that signs cannot be retired")]
    Signs(String),
    /// No key has this `kid`.
    #[error("there is no key {0:?} in the store")]
    Missing(String),
}

impl StoreKeys {
    /// Parses the output of [`StoreKeys::text`]. An empty text means no keys.
    ///
    /// # Errors
    /// [`KeyRecordError::Unreadable`]
    pub fn read(text: &str) -> Result<Self, KeyRecordError> {
        if text.is_empty() {
            Ok(Self::default())
        } else {
            serde_json::from_str(text).map_err(|_| KeyRecordError::Unreadable)
        }
    }

    /// The text form for the store.
    ///
    /// # Errors
    /// [`KeyRecordError::Unreadable`], which cannot happen for plain strings and numbers.
    pub fn text(&self) -> Result<Secret, KeyRecordError> {
        serde_json::to_string(self).map(Secret::new).map_err(|_| KeyRecordError::Unreadable)
    }

    /// The signing key: of the keys whose time has come, the one that started last. If none has started, as
    /// after the clock was set back, the one that starts first.
    #[must_use]
    pub fn signing(&self, now: Timestamp) -> Option<&KeyRecord> {
        let may = || self.0.iter().filter(|key| key.ends.is_none_or(|end| end > now.unix()));
        let from = |key: &&KeyRecord| key.signs_from;
        let begun =
            may().filter(|key| key.signs_from.is_some_and(|from| from <= now.unix())).max_by_key(from);
        begun.or_else(|| may().filter(|key| key.signs_from.is_some()).min_by_key(from))
    }

    /// The key that signs after all scheduled rotations.
    #[must_use]
    pub fn newest(&self) -> Option<&KeyRecord> {
        self.0
            .iter()
            .filter(|key| key.signs_from.is_some() && key.ends.is_none())
            .max_by_key(|key| key.signs_from)
    }

    /// When the key is no longer published: when its last token has expired. `None` if that is not known yet.
    #[must_use]
    pub fn retires(&self, key: &KeyRecord) -> Option<Timestamp> {
        let begun = key.signs_from?;
        // A key that ended before it started has not replaced another.
        let begins =
            |other: &KeyRecord| other.signs_from.filter(|from| other.ends.is_none_or(|end| end > *from));
        let successor = self.0.iter().filter_map(begins).filter(|from| *from > begun).min();
        let by_itself = successor.map(|from| Timestamp::from_unix(from).after(key.lives()));
        match (by_itself, key.ends.map(Timestamp::from_unix)) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    #[must_use]
    pub fn stage(&self, key: &KeyRecord, now: Timestamp) -> Stage {
        if key.ends.is_some_and(|end| end <= now.unix()) || self.retires(key).is_some_and(|end| end <= now) {
            return Stage::Retired;
        }
        match key.signs_from {
            None => Stage::Standby,
            _ if self.signing(now).is_some_and(|signing| signing.kid == key.kid) => Stage::Signing,
            Some(from) if from > now.unix() => Stage::Next,
            Some(_) => Stage::Retiring,
        }
    }

    /// The published keys. The signing key is first, for verifiers that look no further.
    #[must_use]
    pub fn published(&self, now: Timestamp) -> Vec<&KeyRecord> {
        let mut keys: Vec<&KeyRecord> =
            self.0.iter().filter(|key| self.stage(key, now) != Stage::Retired).collect();
        keys.sort_by_key(|key| self.stage(key, now) != Stage::Signing);
        keys
    }

    /// Adds a key: the first one signs at once, later ones are on standby.
    pub fn add(&mut self, key: KeyRecord, now: Timestamp) {
        let signs_from = self.newest().is_none().then_some(now.unix());
        self.0.push(KeyRecord { signs_from, ..key });
    }

    /// The algorithm of the next key: the wanted one, otherwise that of the newest key, otherwise ES256.
    #[must_use]
    pub fn next_algorithm(&self, wanted: Option<Algorithm>) -> Algorithm {
        let as_newest = || self.newest().and_then(|key| key.algorithm.parse().ok());
        wanted.or_else(as_newest).unwrap_or(Algorithm::ES256)
    }

    /// Generates the next key, on standby and sealed like the existing keys. A running server could not open
    /// a key that is sealed differently.
    ///
    /// # Errors
    /// [`KeyRecordError`], also for the reasons of [`StoreKeys::fit`].
    pub fn make(
        &self,
        wanted: Option<Algorithm>,
        now: Timestamp,
        sealing: Option<&SealingKey>,
    ) -> Result<KeyRecord, KeyRecordError> {
        self.fit(sealing)?;
        let sealing = sealing.map(|sealing| self.like_others(sealing));
        KeyRecord::generate(self.next_algorithm(wanted), now, sealing.as_ref())
    }

    /// While the sealing key is being replaced, returns the one with which the existing keys are sealed.
    /// Nodes that have only one of the two can then open new keys.
    pub fn like_others(&self, sealing: &SealingKey) -> SealingKey {
        let sealed = self.0.iter().find(|key| key.private.is_sealed());
        sealed.map_or_else(|| sealing.clone(), |key| sealing.like(&key.private.secret(), &key.kid))
    }

    /// Seals all keys with another sealing key, or unseals them if there is none. Tokens remain valid,
    /// because the signing keys are the same.
    ///
    /// # Errors
    /// [`KeyRecordError::Sealed`] if a key cannot be opened; then none has changed.
    pub fn reseal(
        &mut self,
        from: Option<&SealingKey>,
        to: Option<&SealingKey>,
    ) -> Result<(), KeyRecordError> {
        let mut resealed = self.0.clone();
        resealed.iter_mut().try_for_each(|key| key.reseal(from, to))?;
        self.0 = resealed;
        Ok(())
    }

    /// Checks that a server that can open the existing keys can also open one sealed with `sealing`.
    ///
    /// # Errors
    /// [`KeyRecordError::Sealed`] if a key cannot be opened, [`KeyRecordError::Open`] if an existing key is
    /// not sealed and the new one would be.
    pub fn fit(&self, sealing: Option<&SealingKey>) -> Result<(), KeyRecordError> {
        self.open_sealed(sealing)?;
        match self.0.iter().find(|key| !key.private.is_sealed()).filter(|_| sealing.is_some()) {
            Some(open) => Err(KeyRecordError::Open(open.kid.clone())),
            None => Ok(()),
        }
    }

    /// Seals the unsealed keys.
    fn seal_open_ones(&mut self, sealing: &SealingKey) -> Result<(), KeyRecordError> {
        if self.0.iter().all(|key| key.private.is_sealed()) {
            return Ok(());
        }
        self.open_sealed(Some(sealing))?;
        let sealing = self.like_others(sealing);
        let open = self.0.iter_mut().filter(|key| !key.private.is_sealed());
        open.into_iter().try_for_each(|key| key.reseal(None, Some(&sealing)))
    }

    /// Checks that all sealed keys can be opened.
    fn open_sealed(&self, sealing: Option<&SealingKey>) -> Result<(), KeyRecordError> {
        let mut sealed = self.0.iter().filter(|key| key.private.is_sealed());
        sealed.try_for_each(|key| key.open(sealing).map(drop))
    }

    /// Records that tokens of the current and next signing keys may live for `longest` seconds. Retiring keys
    /// are unchanged; otherwise one long lifetime would keep all of them indefinitely.
    fn cover(&mut self, longest: u64, now: Timestamp) {
        let longest = longest.min(MAX_DURATION.as_secs());
        for place in 0..self.0.len() {
            if matches!(self.stage(&self.0[place], now), Stage::Signing | Stage::Next) {
                self.0[place].longest = self.0[place].longest.max(longest);
            }
        }
    }

    /// Whether the current and next signing keys may sign tokens with a lifetime of `longest` seconds.
    fn covers(&self, longest: u64, now: Timestamp) -> bool {
        let signs = |key: &&KeyRecord| matches!(self.stage(key, now), Stage::Signing | Stage::Next);
        self.0.iter().filter(signs).all(|key| key.longest >= longest)
    }

    /// The oldest standby key of that algorithm.
    #[must_use]
    pub fn standby(&self, algorithm: &str) -> Option<&KeyRecord> {
        let stands_by = |key: &&KeyRecord| key.signs_from.is_none() && key.ends.is_none();
        self.0.iter().filter(stands_by).filter(|key| key.algorithm == algorithm).min_by_key(|key| key.created)
    }

    /// The signing key, if its start is in the future because it was dated by a fast clock.
    pub(super) fn ahead(&self, now: Timestamp) -> Option<&KeyRecord> {
        self.signing(now).filter(|key| key.signs_from.is_some_and(|from| from > now.unix()))
    }

    /// Moves that start to now. Otherwise the key would later replace its successor and never retire.
    pub(super) fn begin(&mut self, now: Timestamp) {
        let Some(kid) = self.ahead(now).map(|key| key.kid.clone()) else { return };
        for key in self.0.iter_mut().filter(|key| key.kid == kid) {
            key.signs_from = Some(now.unix());
        }
    }

    /// Schedules the next signing key, after it has been published long enough. `made` is used if no key of
    /// its algorithm is on standby.
    ///
    /// # Errors
    /// [`ChangeError::UnderWay`]
    pub fn rotate(&mut self, made: KeyRecord, now: Timestamp) -> Result<(), ChangeError> {
        self.begin(now);
        if let Some((next, from)) = self.newest().and_then(|key| Some((key, key.signs_from?)))
            && from > now.unix()
        {
            return Err(ChangeError::UnderWay { kid: next.kid.clone(), from: Timestamp::from_unix(from) });
        }
        let kid = self.standby(&made.algorithm).map_or(made.kid.clone(), |key| key.kid.clone());
        let longest = made.longest;
        if kid == made.kid {
            self.0.push(made);
        }
        let newest = self.newest().and_then(|key| key.signs_from);
        for key in self.0.iter_mut().filter(|key| key.kid == kid) {
            // A key dated by a fast clock has been published since now at the latest.
            let made = Timestamp::from_unix(key.created).min(now);
            let published = made.after(PUBLISHED_AHEAD).max(now).unix();
            // Two keys must not start at the same time: the signing key would be ambiguous. The first one
            // starts now.
            key.signs_from =
                Some(newest.map_or(now.unix(), |newest| published.max(newest.saturating_add(1))));
            key.longest = key.longest.max(longest);
        }
        Ok(())
    }

    /// Replaces all keys at once, because one of them has leaked.
    pub fn replace(&mut self, made: KeyRecord, now: Timestamp) {
        self.0.iter_mut().for_each(|key| key.end(now));
        self.0.push(KeyRecord { signs_from: Some(now.unix()), ..made });
    }

    /// Lets a new key sign at once, for a test. The other keys verify the tokens that they have signed.
    pub fn sign_at_once(&mut self, made: KeyRecord, now: Timestamp) {
        for key in &mut self.0 {
            // Two keys must not start at the same time, and a later one must not take over again.
            key.signs_from = key.signs_from.map(|from| from.min(now.unix().saturating_sub(1)));
        }
        self.0.push(KeyRecord { signs_from: Some(now.unix()), ..made });
    }

    /// Ends a key at once, unless it signs.
    ///
    /// # Errors
    /// [`ChangeError::Signs`], [`ChangeError::Missing`]
    pub fn retire(&mut self, kid: &str, now: Timestamp) -> Result<(), ChangeError> {
        if self.signing(now).is_some_and(|signing| signing.kid == kid) {
            return Err(ChangeError::Signs(kid.to_owned()));
        }
        let key = self.0.iter_mut().find(|key| key.kid == kid).ok_or(ChangeError::Missing(kid.to_owned()))?;
        key.end(now);
        Ok(())
    }

    /// Deletes the keys that were ended on request, whatever the clock says: they may have leaked.
    pub fn forget_ended(&mut self) {
        self.0.retain(|key| key.ends.is_none());
    }

    /// Deletes retired keys with their private parts. Returns whether there were any.
    pub fn purge(&mut self, now: Timestamp) -> bool {
        let kept: Vec<KeyRecord> =
            self.0.iter().filter(|key| self.stage(key, now) != Stage::Retired).cloned().collect();
        let purged = kept.len() < self.0.len();
        self.0 = kept;
        purged
    }
}

#[cfg(test)]
mod tests;
