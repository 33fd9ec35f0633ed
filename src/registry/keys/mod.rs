//! The signing keys of a store and what becomes of each: published, signing, still vouching for the
//! tokens that it has signed, gone. All of it follows from a few moments that are kept with the key, so
//! every node computes the same, and nobody has to be told.

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

/// How long verifiers may keep the published keys (the `max-age` of the JWKS).
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(300);
/// How long a key is published before it signs: whoever has kept the keys from before has asked again,
/// and every node has learned of it.
pub const PUBLISHED_AHEAD: Duration = Duration::from_secs(JWKS_MAX_AGE.as_secs() + 10);

/// What a key is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Published, and nobody has asked for it to sign.
    Standby,
    /// Published; it will sign.
    Next,
    /// It signs.
    Signing,
    /// It vouches for the tokens that it has signed.
    Retiring,
    /// It is not published any more.
    Retired,
}

/// The keys of a store.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StoreKeys(pub Vec<KeyRecord>);

/// Why keys cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Another one is to sign already.
    #[error("a rotation is under way: key {kid} signs from {from} on")]
    UnderWay {
        /// Which.
        kid: String,
        /// From when on.
        from: Timestamp,
    },
    /// It signs.
    #[error("key {0} signs, and a key that signs cannot be retired")]
    Signs(String),
    /// There is none of that kid.
    #[error("there is no key {0:?} in the store")]
    Missing(String),
}

impl StoreKeys {
    /// Reads what [`StoreKeys::text`] has written; nothing is no key.
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

    /// The text that they are kept as.
    ///
    /// # Errors
    /// [`KeyRecordError::Unreadable`], which plain texts and numbers never are.
    pub fn text(&self) -> Result<Secret, KeyRecordError> {
        serde_json::to_string(self).map(Secret::new).map_err(|_| KeyRecordError::Unreadable)
    }

    /// The key that signs: of those that may, the one that began last. Where none has begun, as on a
    /// clock that was put back, the one that begins first.
    #[must_use]
    pub fn signing(&self, now: Timestamp) -> Option<&KeyRecord> {
        let may = || self.0.iter().filter(|key| key.ends.is_none_or(|end| end > now.unix()));
        let from = |key: &&KeyRecord| key.signs_from;
        let begun =
            may().filter(|key| key.signs_from.is_some_and(|from| from <= now.unix())).max_by_key(from);
        begun.or_else(|| may().filter(|key| key.signs_from.is_some()).min_by_key(from))
    }

    /// The key that signs once all that is planned has come to pass.
    #[must_use]
    pub fn newest(&self) -> Option<&KeyRecord> {
        self.0
            .iter()
            .filter(|key| key.signs_from.is_some() && key.ends.is_none())
            .max_by_key(|key| key.signs_from)
    }

    /// When a key is not published any more, where that is known: when its last token has ended.
    #[must_use]
    pub fn retires(&self, key: &KeyRecord) -> Option<Timestamp> {
        let begun = key.signs_from?;
        // One that ended before it began has taken nobody's place.
        let begins =
            |other: &KeyRecord| other.signs_from.filter(|from| other.ends.is_none_or(|end| end > *from));
        let successor = self.0.iter().filter_map(begins).filter(|from| *from > begun).min();
        let by_itself = successor.map(|from| Timestamp::from_unix(from).after(key.lives()));
        match (by_itself, key.ends.map(Timestamp::from_unix)) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// What a key is.
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

    /// Those that are published: the one that signs first, for verifiers who look no further.
    #[must_use]
    pub fn published(&self, now: Timestamp) -> Vec<&KeyRecord> {
        let mut keys: Vec<&KeyRecord> =
            self.0.iter().filter(|key| self.stage(key, now) != Stage::Retired).collect();
        keys.sort_by_key(|key| self.stage(key, now) != Stage::Signing);
        keys
    }

    /// Adds the first key, which signs at once, or one that stands by.
    pub fn add(&mut self, key: KeyRecord, now: Timestamp) {
        let signs_from = self.newest().is_none().then_some(now.unix());
        self.0.push(KeyRecord { signs_from, ..key });
    }

    /// What the next key signs with: what somebody wants, else as the newest, else ES256.
    #[must_use]
    pub fn next_algorithm(&self, wanted: Option<Algorithm>) -> Algorithm {
        let as_newest = || self.newest().and_then(|key| key.algorithm.parse().ok());
        wanted.or_else(as_newest).unwrap_or(Algorithm::ES256)
    }

    /// Makes the next key, which stands by and is sealed as those are that are there: beside keys that
    /// are sealed otherwise, or not at all, a server that runs could not open it.
    ///
    /// # Errors
    /// [`KeyRecordError`], as of [`StoreKeys::fit`], too.
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

    /// Of two sealing keys the one that the keys are sealed with, while the other is to take its place: nodes
    /// that have only one open what another node makes.
    fn like_others(&self, sealing: &SealingKey) -> SealingKey {
        let sealed = self.0.iter().find(|key| key.private.is_sealed());
        sealed.map_or_else(|| sealing.clone(), |key| sealing.like(&key.private.secret(), &key.kid))
    }

    /// Seals all keys with another key, or leaves them open where there is none. Tokens stay good: the keys
    /// are the same.
    ///
    /// # Errors
    /// [`KeyRecordError::Sealed`] where one does not open; then none has changed.
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

    /// Nothing, where a key that is sealed so can be opened by whoever opens those that are there.
    ///
    /// # Errors
    /// [`KeyRecordError::Sealed`] where one does not open, [`KeyRecordError::Open`] where one lies open and it would not.
    pub fn fit(&self, sealing: Option<&SealingKey>) -> Result<(), KeyRecordError> {
        self.open_sealed(sealing)?;
        match self.0.iter().find(|key| !key.private.is_sealed()).filter(|_| sealing.is_some()) {
            Some(open) => Err(KeyRecordError::Open(open.kid.clone())),
            None => Ok(()),
        }
    }

    /// Seals those that lie open.
    fn seal_open_ones(&mut self, sealing: &SealingKey) -> Result<(), KeyRecordError> {
        if self.0.iter().all(|key| key.private.is_sealed()) {
            return Ok(());
        }
        self.open_sealed(Some(sealing))?;
        let sealing = self.like_others(sealing);
        let open = self.0.iter_mut().filter(|key| !key.private.is_sealed());
        open.into_iter().try_for_each(|key| key.reseal(None, Some(&sealing)))
    }

    /// Nothing, where those that are sealed open.
    fn open_sealed(&self, sealing: Option<&SealingKey>) -> Result<(), KeyRecordError> {
        let mut sealed = self.0.iter().filter(|key| key.private.is_sealed());
        sealed.try_for_each(|key| key.open(sealing).map(drop))
    }

    /// Notes that the keys that sign, now or soon, may sign tokens that live so long, in seconds. Those
    /// that have signed keep what they have: else one long lifetime would keep them all, and for ever.
    fn cover(&mut self, longest: u64, now: Timestamp) {
        let longest = longest.min(MAX_DURATION.as_secs());
        for place in 0..self.0.len() {
            if matches!(self.stage(&self.0[place], now), Stage::Signing | Stage::Next) {
                self.0[place].longest = self.0[place].longest.max(longest);
            }
        }
    }

    /// Whether all that sign, now or soon, may sign tokens that live so long, in seconds.
    fn covers(&self, longest: u64, now: Timestamp) -> bool {
        let signs = |key: &&KeyRecord| matches!(self.stage(key, now), Stage::Signing | Stage::Next);
        self.0.iter().filter(signs).all(|key| key.longest >= longest)
    }

    /// The key that stands by longest, of that algorithm.
    #[must_use]
    pub fn standby(&self, algorithm: &str) -> Option<&KeyRecord> {
        let stands_by = |key: &&KeyRecord| key.signs_from.is_none() && key.ends.is_none();
        self.0.iter().filter(stands_by).filter(|key| key.algorithm == algorithm).min_by_key(|key| key.created)
    }

    /// The key that signs although its date is still to come: none has begun. Its clock ran ahead.
    pub(super) fn ahead(&self, now: Timestamp) -> Option<&KeyRecord> {
        self.signing(now).filter(|key| key.signs_from.is_some_and(|from| from > now.unix()))
    }

    /// Dates such a key as of now. With its own date it would take over again from its successor, and never
    /// retire.
    pub(super) fn begin(&mut self, now: Timestamp) {
        let Some(kid) = self.ahead(now).map(|key| key.kid.clone()) else { return };
        for key in self.0.iter_mut().filter(|key| key.kid == kid) {
            key.signs_from = Some(now.unix());
        }
    }

    /// Plans that a key signs, once it has been published for long enough. `made` is used where none of
    /// its algorithm stands by.
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
            // A key from a clock that ran ahead has been published since now at the latest.
            let made = Timestamp::from_unix(key.created).min(now);
            let published = made.after(PUBLISHED_AHEAD).max(now).unix();
            // No two begin at once: which of them signs would be left to chance. The first begins now.
            key.signs_from =
                Some(newest.map_or(now.unix(), |newest| published.max(newest.saturating_add(1))));
            key.longest = key.longest.max(longest);
        }
        Ok(())
    }

    /// Puts a new key in the place of all others, at once: one of them has leaked.
    pub fn replace(&mut self, made: KeyRecord, now: Timestamp) {
        self.0.iter_mut().for_each(|key| key.end(now));
        self.0.push(KeyRecord { signs_from: Some(now.unix()), ..made });
    }

    /// Ends a key that does not sign, at once.
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

    /// Forgets the keys that somebody has ended, whatever a clock says: one of them has leaked.
    pub fn forget_ended(&mut self) {
        self.0.retain(|key| key.ends.is_none());
    }

    /// Forgets the keys that are retired, private part and all. True where there was one.
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
