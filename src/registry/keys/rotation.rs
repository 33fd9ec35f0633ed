//! Maintains the keys of a store by the configuration: generates the first, seals unsealed ones and schedules
//! the next.

use super::persistence::{self, KeysError};
use super::{KeyRecord, PUBLISHED_AHEAD, Stage, StoreKeys};
use crate::clock::Timestamp;
use crate::clock::shared::SharedClock;
use crate::jose::algorithm::Algorithm;
use crate::jose::sealing::SealingKey;
use crate::registry::store::Store;
use std::sync::Arc;
use std::time::Duration;

/// Settings for the keys of a store.
#[derive(Clone, Debug)]
pub struct RotationPolicy {
    pub store: Arc<dyn Store>,
    /// Tells whether the time is reliable enough for irreversible actions.
    pub clock: SharedClock,
    /// Seals the private keys.
    pub sealing: Option<SealingKey>,
    /// The algorithm from the configuration. `None` keeps the current one.
    pub algorithm: Option<Algorithm>,
    /// How long a key signs before it is replaced.
    pub rotate_every: Option<Duration>,
    /// The longest token lifetime in the configuration. Each key is prepared for it before it signs.
    pub longest: Duration,
}

impl RotationPolicy {
    /// Uses the keys of a store unchanged, for tests.
    #[cfg(test)]
    pub(crate) fn as_it_is(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            clock: SharedClock::default(),
            sealing: None,
            algorithm: None,
            rotate_every: None,
            longest: Duration::ZERO,
        }
    }

    pub(super) fn settle(
        &self,
        keys: &mut StoreKeys,
        made: &mut Option<KeyRecord>,
        now: Timestamp,
    ) -> Result<(), KeysError> {
        self.tidy(keys, now);
        if let Some(sealing) = &self.sealing {
            keys.seal_open_ones(sealing)?;
        }
        let wanted = keys.next_algorithm(self.algorithm);
        match keys.newest() {
            None => keys.add(self.make(keys, wanted, made, now)?, now),
            Some(there) if self.algorithm.is_some() && there.algorithm != wanted.name() => {
                let made = self.make(keys, wanted, made, now)?;
                // If a key is already scheduled, it comes first; the next start handles the rest.
                let _ = keys.rotate(made, now);
            }
            Some(_) => {}
        }
        keys.cover(self.longest.as_secs(), now);
        Ok(())
    }

    /// Generates a key once. The change may be retried, and an RSA key is slow to generate.
    pub(super) fn make(
        &self,
        keys: &StoreKeys,
        algorithm: Algorithm,
        made: &mut Option<KeyRecord>,
        now: Timestamp,
    ) -> Result<KeyRecord, KeysError> {
        if let Some(made) = made {
            keys.fit(self.sealing.as_ref())?;
            return Ok(made.clone());
        }
        let key = keys.make(Some(algorithm), now, self.sealing.as_ref())?;
        Ok(made.insert(key).clone())
    }

    fn tidy(&self, keys: &mut StoreKeys, now: Timestamp) {
        if self.clock.is_settled() {
            keys.begin(now);
            keys.purge(now);
        }
    }

    fn is_untidy(&self, keys: &StoreKeys, now: Timestamp) -> bool {
        let is_retired = |key| keys.stage(key, now) == Stage::Retired;
        self.clock.is_settled() && (keys.ahead(now).is_some() || keys.0.iter().any(is_retired))
    }

    pub(super) fn is_due(&self, keys: &StoreKeys, now: Timestamp) -> bool {
        let newest = keys.newest().and_then(|key| key.signs_from);
        let due = |every: Duration, from: i64| {
            Timestamp::from_unix(from).after(every.saturating_sub(PUBLISHED_AHEAD)) <= now
        };
        let is_due = self.rotate_every.zip(newest).is_some_and(|(every, from)| due(every, from));
        is_due && self.clock.is_settled()
    }

    /// Whether the store must be changed: a key is due, retired, dated in the future, or not prepared for the
    /// lifetimes that it will sign. Also if there are no keys, as after the file was replaced; then one is
    /// generated.
    pub(super) fn has_work(&self, keys: &StoreKeys, now: Timestamp) -> bool {
        keys.newest().is_none()
            || self.is_due(keys, now)
            || !keys.covers(self.longest.as_secs(), now)
            || self.is_untidy(keys, now)
    }

    pub(super) fn look_after(&self, now: Timestamp) -> Result<(), KeysError> {
        let mut made = None;
        persistence::change(self.store.as_ref(), |keys| {
            self.tidy(keys, now);
            if keys.newest().is_none() {
                return self.settle(keys, &mut made, now);
            }
            if self.is_due(keys, now) {
                let algorithm = keys.next_algorithm(None);
                keys.rotate(self.make(keys, algorithm, &mut made, now)?, now)?;
            }
            keys.cover(self.longest.as_secs(), now);
            Ok(())
        })
    }
}
