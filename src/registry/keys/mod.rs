//! The signing keys of a store and what becomes of each: published, signing, still vouching for the
//! tokens that it has signed, gone. All of it follows from a few moments that are kept with the key, so
//! every node computes the same, and nobody has to be told.

pub mod kept;
pub mod ring;

use crate::clock::Timestamp;
use crate::jose::algorithm::Algorithm;
use crate::jose::private::PrivateKey;
use crate::jose::sealing::{self, SealError, SealingKey};
use crate::jose::sign::{Signer, SignerError};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How long verifiers may keep the published keys (the `max-age` of the JWKS).
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(300);
/// How long a key is published before it signs: whoever has kept the keys from before has asked again,
/// and every node has learned of it.
pub const PUBLISHED_AHEAD: Duration = Duration::from_secs(JWKS_MAX_AGE.as_secs() + 10);
/// How long a key vouches beyond the end of its last token: clocks differ.
const GRACE: Duration = Duration::from_secs(60);

/// A key as it is kept.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct KeyRecord {
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// The one algorithm that it signs with, by its name (RFC 7518).
    pub algorithm: String,
    /// When it was made, and published, in seconds since 1970.
    pub created: i64,
    /// From when on it signs; of a key that stands by, nobody knows yet.
    pub signs_from: Option<i64>,
    /// The longest lifetime of a token that it may have signed, in seconds.
    pub longest: u64,
    /// When it ends, where somebody has said so.
    pub ends: Option<i64>,
    /// The private key, as [`sealing::seal`] writes it.
    pub private: Kept,
}

/// What is kept of a private key; not shown.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Kept(String);

impl Kept {
    fn secret(&self) -> Secret {
        Secret::new(self.0.as_str())
    }

    /// Whether a key is needed to read it.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        sealing::is_sealed(&self.secret())
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(…)")
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// Why a key cannot be made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Its private part.
    #[error("signing key {0}: {1}")]
    Sealed(String, SealError),
    /// It does not sign with its algorithm.
    #[error("signing key {0}: {1}")]
    Signer(String, SignerError),
    /// It could not be made.
    #[error("a signing key cannot be made: {0}")]
    Made(String),
    /// What is kept are no keys.
    #[error("the signing keys in the store cannot be read: they were written by something else")]
    Unreadable,
}

impl KeyRecord {
    /// Makes a key that stands by.
    ///
    /// # Errors
    /// Where the algorithm is none that tokens are signed with here, or there are no random bytes.
    pub fn generate(
        algorithm: Algorithm,
        now: Timestamp,
        sealing: Option<&SealingKey>,
    ) -> Result<Self, KeyError> {
        let private = PrivateKey::generate(algorithm).map_err(KeyError::Made)?;
        let kid = private.thumbprint().map_err(|error| KeyError::Made(error.to_string()))?;
        let mut record = Self {
            kid: kid.unwrap_or_default(),
            algorithm: algorithm.name().to_owned(),
            created: now.unix(),
            signs_from: None,
            longest: 0,
            ends: None,
            private: Kept(String::new()),
        };
        record.seal(&private, sealing)?;
        // Whether the algorithm is offered, the signer knows.
        Signer::asymmetric(private, algorithm).map_err(|error| KeyError::Made(error.to_string()))?;
        Ok(record)
    }

    /// How long a token that it signs now may live, and be taken.
    #[must_use]
    pub fn lives(&self) -> Duration {
        Duration::from_secs(self.longest).saturating_add(GRACE)
    }

    fn seal(&mut self, private: &PrivateKey, sealing: Option<&SealingKey>) -> Result<(), KeyError> {
        let about = |error| KeyError::Sealed(self.kid.clone(), error);
        let kept = sealing::seal(private, &self.kid, sealing).map_err(about)?;
        self.private = Kept(kept.expose_str().map_err(|_| about(SealError::Crypto))?.to_owned());
        Ok(())
    }

    /// Ends it then, where it does not end earlier.
    fn end(&mut self, then: Timestamp) {
        self.ends = Some(self.ends.map_or(then.unix(), |end| end.min(then.unix())));
    }

    /// Seals what lies open.
    fn seal_open_one(&mut self, sealing: &SealingKey) -> Result<(), KeyError> {
        if self.private.is_sealed() {
            return Ok(());
        }
        let private = self.open(None)?;
        self.seal(&private, Some(sealing))
    }

    fn open(&self, sealing: Option<&SealingKey>) -> Result<PrivateKey, KeyError> {
        sealing::open(&self.private.secret(), &self.kid, sealing)
            .map_err(|error| KeyError::Sealed(self.kid.clone(), error))
    }

    /// The key, ready to sign.
    ///
    /// # Errors
    /// Where it does not open, or is not what it says that it is.
    pub fn signer(&self, sealing: Option<&SealingKey>) -> Result<Signer, KeyError> {
        let about = |error| KeyError::Signer(self.kid.clone(), error);
        let algorithm = self.algorithm.parse().map_err(|_| KeyError::Unreadable)?;
        let signer = Signer::asymmetric(self.open(sealing)?, algorithm).map_err(about)?;
        if signer.verifying_key().kid.as_deref() == Some(self.kid.as_str()) {
            Ok(signer)
        } else {
            Err(about(SignerError::Key("it is another than its kid says".to_owned())))
        }
    }
}

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
pub struct Keys(pub Vec<KeyRecord>);

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
    #[error("key {0} signs, and without it there is none that does")]
    Signs(String),
    /// There is none of that kid.
    #[error("there is no key {0:?} in the store")]
    Missing(String),
}

impl Keys {
    /// Reads what [`Keys::text`] has written; nothing is no key.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`]
    pub fn read(text: &str) -> Result<Self, KeyError> {
        if text.is_empty() {
            Ok(Self::default())
        } else {
            serde_json::from_str(text).map_err(|_| KeyError::Unreadable)
        }
    }

    /// The text that they are kept as.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`], which plain texts and numbers never are.
    pub fn text(&self) -> Result<Secret, KeyError> {
        serde_json::to_string(self).map(Secret::new).map_err(|_| KeyError::Unreadable)
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

    /// Notes that each may have signed tokens that live so long.
    fn cover(&mut self, lifetime: Duration) {
        for key in &mut self.0 {
            key.longest = key.longest.max(lifetime.as_secs());
        }
    }

    /// The key that stands by longest, of that algorithm.
    #[must_use]
    pub fn standby(&self, algorithm: &str) -> Option<&KeyRecord> {
        let stands_by = |key: &&KeyRecord| key.signs_from.is_none() && key.ends.is_none();
        self.0.iter().filter(stands_by).filter(|key| key.algorithm == algorithm).min_by_key(|key| key.created)
    }

    /// Plans that a key signs, once it has been published for long enough. `made` is used where none of
    /// its algorithm stands by.
    ///
    /// # Errors
    /// [`ChangeError::UnderWay`]
    pub fn rotate(&mut self, made: KeyRecord, now: Timestamp) -> Result<(), ChangeError> {
        if let Some((next, from)) = self.newest().and_then(|key| Some((key, key.signs_from?)))
            && from > now.unix()
        {
            return Err(ChangeError::UnderWay { kid: next.kid.clone(), from: Timestamp::from_unix(from) });
        }
        let kid = self.standby(&made.algorithm).map_or(made.kid.clone(), |key| key.kid.clone());
        if kid == made.kid {
            self.0.push(made);
        }
        let longest = self.longest();
        let newest = self.newest().and_then(|key| key.signs_from);
        for key in self.0.iter_mut().filter(|key| key.kid == kid) {
            let published = Timestamp::from_unix(key.created).after(PUBLISHED_AHEAD).max(now).unix();
            // No two begin at once: which of them signs would be left to chance. The first begins now.
            key.signs_from = Some(newest.map_or(now.unix(), |newest| published.max(newest + 1)));
            key.longest = longest;
        }
        Ok(())
    }

    /// Puts a new key in the place of all others, at once: one of them has leaked.
    pub fn replace(&mut self, made: KeyRecord, now: Timestamp) {
        let longest = self.longest();
        self.0.iter_mut().for_each(|key| key.end(now));
        self.0.push(KeyRecord { signs_from: Some(now.unix()), longest, ..made });
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

    /// Forgets the keys that are retired, private part and all. True where there was one.
    pub fn purge(&mut self, now: Timestamp) -> bool {
        let kept: Vec<KeyRecord> =
            self.0.iter().filter(|key| self.stage(key, now) != Stage::Retired).cloned().collect();
        let purged = kept.len() < self.0.len();
        self.0 = kept;
        purged
    }

    fn longest(&self) -> u64 {
        self.0.iter().map(|key| key.longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
