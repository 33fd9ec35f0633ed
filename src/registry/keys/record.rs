//! A signing key as a store keeps it.

use crate::clock::{MAX_DURATION, Timestamp};
use crate::jose::algorithm::Algorithm;
use crate::jose::private::PrivateKey;
use crate::jose::sealing::{self, SealError, SealingKey};
use crate::jose::sign::{Signer, SignerError};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

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
    pub private: StoredPrivateKey,
}

/// What is kept of a private key; not shown.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StoredPrivateKey(pub(super) String);

impl StoredPrivateKey {
    pub(super) fn secret(&self) -> Secret {
        Secret::new(self.0.as_str())
    }

    /// Whether a key is needed to read it.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        sealing::is_sealed(&self.secret())
    }
}

impl fmt::Debug for StoredPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(…)")
    }
}

impl Drop for StoredPrivateKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// Why a key cannot be made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRecordError {
    /// Its private part.
    #[error("signing key {0}: {1}")]
    Sealed(String, SealError),
    /// It was sealed with another key since this server has opened it.
    #[error("signing key {0} has been sealed with another store key; this server signs with it as before")]
    Resealed(String),
    /// It lies open, and another one is to be sealed.
    #[error("signing key {0} is not sealed, and a server that signs with it need not have the store key")]
    Open(String),
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
    ) -> Result<Self, KeyRecordError> {
        let private = PrivateKey::generate(algorithm).map_err(KeyRecordError::Made)?;
        let kid = private.thumbprint().map_err(|error| KeyRecordError::Made(error.to_string()))?;
        let mut record = Self {
            kid: kid.unwrap_or_default(),
            algorithm: algorithm.name().to_owned(),
            created: now.unix(),
            signs_from: None,
            longest: 0,
            ends: None,
            private: StoredPrivateKey(String::new()),
        };
        record.seal(&private, sealing)?;
        // Whether the algorithm is offered, the signer knows.
        Signer::asymmetric(private, algorithm).map_err(|error| KeyRecordError::Made(error.to_string()))?;
        Ok(record)
    }

    /// How long a token that it signs now may live, and be taken: whatever the record says, none lives
    /// longer than [`MAX_DURATION`].
    #[must_use]
    pub fn lives(&self) -> Duration {
        Duration::from_secs(self.longest).min(MAX_DURATION) + GRACE
    }

    fn seal(&mut self, private: &PrivateKey, sealing: Option<&SealingKey>) -> Result<(), KeyRecordError> {
        let about = |error| KeyRecordError::Sealed(self.kid.clone(), error);
        let kept = sealing::seal(private, &self.kid, sealing).map_err(about)?;
        self.private = StoredPrivateKey(kept.expose_str().map_err(|_| about(SealError::Crypto))?.to_owned());
        Ok(())
    }

    /// Ends it then, where it does not end earlier.
    pub(super) fn end(&mut self, then: Timestamp) {
        self.ends = Some(self.ends.map_or(then.unix(), |end| end.min(then.unix())));
    }

    /// Seals it with that key, or leaves it open where there is none.
    pub(super) fn reseal(
        &mut self,
        from: Option<&SealingKey>,
        to: Option<&SealingKey>,
    ) -> Result<(), KeyRecordError> {
        let private = self.open(from)?;
        self.seal(&private, to)
    }

    pub(super) fn open(&self, sealing: Option<&SealingKey>) -> Result<PrivateKey, KeyRecordError> {
        sealing::open(&self.private.secret(), &self.kid, sealing)
            .map_err(|error| KeyRecordError::Sealed(self.kid.clone(), error))
    }

    /// The key, ready to sign.
    ///
    /// # Errors
    /// Where it does not open, or is not what it says that it is.
    pub fn signer(&self, sealing: Option<&SealingKey>) -> Result<Signer, KeyRecordError> {
        let about = |error| KeyRecordError::Signer(self.kid.clone(), error);
        let algorithm = self.algorithm.parse().map_err(|_| KeyRecordError::Unreadable)?;
        let signer = Signer::asymmetric(self.open(sealing)?, algorithm).map_err(about)?;
        if signer.verifying_key().kid.as_deref() == Some(self.kid.as_str()) {
            Ok(signer)
        } else {
            Err(about(SignerError::Key("it is another than its kid says".to_owned())))
        }
    }
}
