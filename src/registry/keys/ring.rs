//! The keys of a running server: one for signing and those for verification. Keys from the configuration are
//! fixed; keys from a store change over time.

use super::persistence::{self, KeysError};
pub use super::rotation::RotationPolicy;
use super::{KeyRecord, KeyRecordError, StoreKeys};
use crate::clock::{Timestamp, relative};
use crate::jose::algorithm::Algorithm;
use crate::jose::keyset::KeySet;
use crate::jose::sign::{Signer, key_pair_algorithms};
use crate::registry::store::Store;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

/// The current signing and verification keys.
#[derive(Debug)]
pub struct Ring {
    /// `None` if the store's signing key cannot be opened here.
    signer: Option<Arc<Signer>>,
    /// The algorithm of the signing key.
    pub algorithm: Algorithm,
    /// The published keys for verification, signing key first.
    pub keys: KeySet,
    /// When the signing key started to sign, if known.
    pub since: Option<Timestamp>,
    /// The longest token lifetime known to the store, in seconds.
    longest: u64,
}

/// The store's new signing key cannot be opened here. The previous key is not used on: it may have leaked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this server has no signing key: it cannot open the store's")]
pub struct NoSigner;

impl Ring {
    /// The signing key.
    ///
    /// # Errors
    /// [`NoSigner`]
    pub fn signer(&self) -> Result<&Signer, NoSigner> {
        self.signer.as_deref().ok_or(NoSigner)
    }

    /// Whether the store knows that tokens of the signing key may have this lifetime.
    #[must_use]
    pub fn covers(&self, lifetime: Duration) -> bool {
        lifetime.as_secs() <= self.longest
    }
}

/// The keys of a server. Clones share the same state.
#[derive(Clone)]
pub struct SigningKeys(Arc<RingInner>);

struct RingInner {
    ring: RwLock<Arc<Ring>>,
    stored: Option<Mutex<StoredKeys>>,
    /// The key that was generated at the start because the store had none.
    made: Option<String>,
    /// The same store, for callers that must not wait for the lock.
    store: Option<Arc<dyn Store>>,
}

/// The result of a sync with the store.
#[derive(Debug, Default)]
pub struct SyncOutcome {
    /// Events, one sentence each.
    pub told: Vec<String>,
    /// A problem that did not stop the sync: a key cannot be opened, or the store cannot be changed.
    pub trouble: Option<KeysError>,
}

/// The keys of a store as of the last sync.
struct StoredKeys {
    taking: RotationPolicy,
    version: i64,
    keys: StoreKeys,
    /// Opened keys, because opening one is slow.
    signers: HashMap<String, Arc<Signer>>,
    /// Why a key could not be opened.
    trouble: Option<KeyRecordError>,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys")
    }
}

impl From<Signer> for SigningKeys {
    fn from(signer: Signer) -> Self {
        Self::fixed(signer, None)
    }
}

impl SigningKeys {
    /// A single key that never changes.
    #[must_use]
    pub fn fixed(signer: Signer, since: Option<Timestamp>) -> Self {
        let (algorithm, keys) = (signer.algorithm(), KeySet::of(signer.verifying_key().clone()));
        let signer = Some(Arc::new(signer));
        let ring = Ring { signer, algorithm, keys, since, longest: u64::MAX };
        Self(Arc::new(RingInner { ring: RwLock::new(Arc::new(ring)), stored: None, made: None, store: None }))
    }

    /// No keys: nothing is signed and no token verifies.
    #[must_use]
    pub fn none() -> Self {
        let keys = KeySet::default();
        let ring = Ring { signer: None, algorithm: Algorithm::ES256, keys, since: None, longest: u64::MAX };
        Self(Arc::new(RingInner { ring: RwLock::new(Arc::new(ring)), stored: None, made: None, store: None }))
    }

    /// The keys of a store. Generates one if the store has none, schedules one if the configuration wants
    /// another algorithm, and seals unsealed keys.
    ///
    /// # Errors
    /// [`KeysError`]
    pub fn stored(taking: RotationPolicy, now: Timestamp) -> Result<Self, KeysError> {
        let mut made = None;
        let first = persistence::change(taking.store.as_ref(), |keys| {
            let had_one = keys.newest().is_some();
            taking.settle(keys, &mut made, now)?;
            Ok(!had_one)
        })?;
        let (version, keys) = persistence::load(taking.store.as_ref())?;
        let mut stored = StoredKeys { taking, version, keys, signers: HashMap::new(), trouble: None };
        stored.open();
        if let Some(error) = stored.trouble {
            return Err(error.into());
        }
        let ring = stored.ring(now);
        let store = Some(stored.taking.store.clone());
        let (ring, stored) = (RwLock::new(Arc::new(ring)), Some(Mutex::new(stored)));
        let made = made.filter(|_| first).map(|key| key.kid.clone());
        Ok(Self(Arc::new(RingInner { ring, stored, made, store })))
    }

    /// The `kid` of the key that was generated at the start because the store had none.
    #[must_use]
    pub fn made(&self) -> Option<&str> {
        self.0.made.as_deref()
    }

    /// The current signing and verification keys.
    #[must_use]
    pub fn ring(&self) -> Arc<Ring> {
        self.0.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the keys come from a store, where they may be replaced.
    #[must_use]
    pub fn are_stored(&self) -> bool {
        self.0.store.is_some()
    }

    /// The algorithms of acceptable tokens.
    #[must_use]
    pub fn algorithms(&self) -> Vec<Algorithm> {
        match self.0.stored {
            None => vec![self.ring().algorithm],
            // Each key is bound to its own algorithm.
            Some(_) => key_pair_algorithms().collect(),
        }
    }

    /// Records in the store that tokens may live this long, before the first one is signed. Their key then
    /// verifies until the last one has expired.
    ///
    /// # Errors
    /// If the store must be updated and cannot.
    pub fn cover(&self, lifetime: Duration, now: Timestamp) -> Result<(), KeysError> {
        if self.ring().covers(lifetime) {
            return Ok(());
        }
        let Some(store) = &self.0.store else { return Ok(()) };
        // Without the lock: a hanging store blocks only this caller.
        persistence::change(store.as_ref(), |keys| {
            keys.cover(lifetime.as_secs(), now);
            Ok(())
        })?;
        let Some(mut stored) = self.lock() else { return Ok(()) };
        stored.keys.cover(lifetime.as_secs(), now);
        self.set(stored.ring(now));
        Ok(())
    }

    /// Performs the stage changes that are due, without the store. Returns the events, one sentence each.
    pub fn step(&self, now: Timestamp) -> Vec<String> {
        self.lock().map_or_else(Vec::new, |stored| self.turn(&stored, now))
    }

    /// Takes changes of other nodes, schedules the next key if it is due, and deletes retired keys. Changes
    /// of other nodes apply even if the rest fails.
    ///
    /// # Errors
    /// [`KeysError`] if the store is unavailable or has no keys; the keys are then unchanged.
    pub fn keep_up(&self, now: Timestamp) -> Result<SyncOutcome, KeysError> {
        let Some(taking) = self.lock().map(|stored| stored.taking.clone()) else {
            return Ok(SyncOutcome::default());
        };
        let mut found = persistence::load(taking.store.as_ref())?;
        let done = if taking.has_work(&found.1, now) {
            let done = taking.look_after(now);
            found = persistence::load(taking.store.as_ref())?;
            done
        } else {
            Ok(())
        };
        let Some(mut stored) = self.lock() else { return Ok(SyncOutcome::default()) };
        // After a restore a version number can repeat with other keys.
        if found.0 != stored.version || found.1 != stored.keys {
            stored.version = found.0;
            stored.take(found.1);
        }
        let trouble = done.err().or_else(|| stored.trouble.clone().map(KeysError::from));
        Ok(SyncOutcome { told: self.turn(&stored, now), trouble })
    }

    /// Changes the keys of the store with a new key of the same algorithm, and takes them at once. Returns
    /// the new key's `kid`, or `None` if the keys are fixed.
    ///
    /// # Errors
    /// [`KeysError`]
    pub fn change(
        &self,
        now: Timestamp,
        mut change: impl FnMut(&mut StoreKeys, KeyRecord) -> Result<(), KeysError>,
    ) -> Result<Option<String>, KeysError> {
        let Some(taking) = self.lock().map(|stored| stored.taking.clone()) else { return Ok(None) };
        let mut made = None;
        let kid = persistence::change(taking.store.as_ref(), |keys| {
            let key = taking.make(keys, keys.next_algorithm(None), &mut made, now)?;
            let kid = key.kid.clone();
            change(keys, key).map(|()| kid)
        })?;
        self.keep_up(now)?;
        Ok(Some(kid))
    }

    fn turn(&self, stored: &StoredKeys, now: Timestamp) -> Vec<String> {
        let (before, ring) = (self.ring(), stored.ring(now));
        if same(&before, &ring) {
            return Vec::new();
        }
        let told = stored.tell(&before, &ring, now);
        self.set(ring);
        told
    }

    fn set(&self, ring: Ring) {
        *self.0.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    fn lock(&self) -> Option<MutexGuard<'_, StoredKeys>> {
        self.0.stored.as_ref().map(|stored| stored.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl StoredKeys {
    /// Takes changed keys. Keys that are already open stay open, however they are sealed now.
    fn take(&mut self, keys: StoreKeys) {
        let before = std::mem::replace(&mut self.keys, keys);
        self.open();
        let is_as_before = |key: &&KeyRecord| before.0.iter().any(|old| old.private == key.private);
        let sealing = self.taking.sealing.as_ref();
        let resealed = self.keys.0.iter().filter(|key| self.signers.contains_key(&key.kid));
        let resealed = resealed.filter(|key| !is_as_before(key)).find(|key| key.open(sealing).is_err());
        if let Some(key) = resealed {
            self.trouble = Some(KeyRecordError::Resealed(key.kid.clone()));
        }
    }

    /// Opens each key independently.
    fn open(&mut self) {
        let mut signers = HashMap::new();
        self.trouble = None;
        for key in &self.keys.0 {
            let open = match self.signers.get(&key.kid) {
                Some(open) => Ok(open.clone()),
                None => key.signer(self.taking.sealing.as_ref()).map(Arc::new),
            };
            match open {
                Ok(open) => drop(signers.insert(key.kid.clone(), open)),
                Err(error) => self.trouble = Some(error),
            }
        }
        self.signers = signers;
    }

    fn ring(&self, now: Timestamp) -> Ring {
        let signing = self.keys.signing(now);
        let open = |key: &&KeyRecord| self.signers.get(&key.kid).map(|signer| signer.verifying_key().clone());
        Ring {
            signer: signing.and_then(|key| self.signers.get(&key.kid).cloned()),
            algorithm: signing
                .and_then(|key| key.algorithm.parse().ok())
                .unwrap_or_else(|| self.keys.next_algorithm(self.taking.algorithm)),
            keys: KeySet {
                given: true,
                keys: self.keys.published(now).iter().filter_map(open).collect(),
                ..KeySet::default()
            },
            since: signing.and_then(|key| key.signs_from).map(Timestamp::from_unix),
            longest: signing.map_or(0, |key| key.longest),
        }
    }

    fn tell(&self, before: &Ring, after: &Ring, now: Timestamp) -> Vec<String> {
        let (old, new) = (kids(before), kids(after));
        let planned = |kid: &str| {
            let key = self.keys.0.iter().find(|key| key.kid == kid)?;
            Some(format!("; it signs {}", relative(i128::from(key.signs_from?), now)))
        };
        let mut told = Vec::new();
        let signs = signs(after);
        for kid in new.iter().filter(|kid| !old.contains(kid) && Some(**kid) != signs) {
            told.push(format!("key {kid} is published{}", planned(kid).unwrap_or_default()));
        }
        if let Some(kid) = signs.filter(|_| signs != self::signs(before)) {
            told.push(format!("key {kid} signs from now on"));
        }
        told.extend(old.iter().filter(|kid| !new.contains(kid)).map(|kid| format!("key {kid} is retired")));
        told
    }
}

fn kids(ring: &Ring) -> Vec<&str> {
    ring.keys.keys.iter().filter_map(|key| key.kid.as_deref()).collect()
}

/// The `kid` of the signing key.
fn signs(ring: &Ring) -> Option<&str> {
    ring.signer.as_ref()?.verifying_key().kid.as_deref()
}

fn same(one: &Ring, other: &Ring) -> bool {
    let told = |ring: &Ring| (ring.longest, ring.since, ring.algorithm);
    kids(one) == kids(other) && signs(one) == signs(other) && told(one) == told(other)
}
