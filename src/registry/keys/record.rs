//! A signing key as stored.

use crate::clock::{MAX_DURATION, Timestamp};
use crate::jose::algorithm::Algorithm;
use crate::jose::private::PrivateKey;
use crate::jose::sealing::{self, SealError, SealingKey};
use crate::jose::sign::{Signer, SignerError};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How long a key verifies after its last token has expired, to allow for clock differences.
const GRACE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct KeyRecord {
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// Its only algorithm, by its RFC 7518 name.
    pub algorithm: String,
    /// When it was generated and published, in seconds since 1970.
    pub created: i64,
    /// When it starts to sign. `None` for a standby key.
    pub signs_from: Option<i64>,
    /// The longest lifetime of a token that it may have signed, in seconds.
    pub longest: u64,
    /// When it ends, if it was ended on request.
    pub ends: Option<i64>,
    /// The private key as written by [`sealing::seal`].
    pub private: StoredPrivateKey,
}

/// A stored private key; not shown in debug output.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StoredPrivateKey(pub(super) String);

impl StoredPrivateKey {
    pub(super) fn secret(&self) -> Secret {
        Secret::new(self.0.as_str())
    }

    /// Whether a sealing key is needed to read it.
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

/// Why a key cannot be generated or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRecordError {
    /// The private key cannot be opened.
    #[error("signing key {0}: {1}")]
    Sealed(String, SealError),
    /// It was resealed with another sealing key after this server had opened it.
    #[error("signing key {0} has been sealed with another store key; this server signs with it as before")]
    Resealed(String),
    /// It is not sealed, and another one would be.
    #[error("signing key {0} is not sealed, and a server that uses it may not have the store key")]
    Open(String),
    /// It cannot sign with its algorithm.
    #[error("signing key {0}: {1}")]
    Signer(String, SignerError),
    /// It could not be generated.
    #[error("cannot generate a signing key: {0}")]
    Made(String),
    /// The stored text is not a list of keys.
    #[error("the signing keys in the store cannot be read: another program wrote them")]
    Unreadable,
}

impl KeyRecord {
    /// Generates a standby key.
    ///
    /// # Errors
    /// If the algorithm is not supported for signing, or the system provides no random bytes.
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
        // The signer checks whether the algorithm is supported.
        Signer::asymmetric(private, algorithm).map_err(|error| KeyRecordError::Made(error.to_string()))?;
        Ok(record)
    }

    /// How long a token signed now may live and be accepted. Capped at [`MAX_DURATION`], whatever the record
    /// says.
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

    /// Ends the key at `then`, unless it ends earlier.
    pub(super) fn end(&mut self, then: Timestamp) {
        self.ends = Some(self.ends.map_or(then.unix(), |end| end.min(then.unix())));
    }

    /// Seals the private key, or unseals it if there is no sealing key.
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

    /// The signer for this key.
    ///
    /// # Errors
    /// If the key cannot be opened or does not match its record.
    pub fn signer(&self, sealing: Option<&SealingKey>) -> Result<Signer, KeyRecordError> {
        let about = |error| KeyRecordError::Signer(self.kid.clone(), error);
        let algorithm = self.algorithm.parse().map_err(|_| KeyRecordError::Unreadable)?;
        let signer = Signer::asymmetric(self.open(sealing)?, algorithm).map_err(about)?;
        if signer.verifying_key().kid.as_deref() == Some(self.kid.as_str()) {
            Ok(signer)
        } else {
            Err(about(SignerError::Key("it does not match its kid".to_owned())))
        }
    }
}
