//! Tokens whose signature has been verified, by digest. A request that repeats one of them needs no second
//! verification, only the checks of what may have changed. Strangers cannot fill the table: only tokens that
//! pass the judge are remembered.

use super::holder::Holder;
use crate::clock::Timestamp;
use crate::issuer::standing::Standing;
use crate::issuer::token_binding::TokenBinding;
use crate::jose::keyset::KeySet;
use crate::registry::expiring_set::IdDigest;
use crate::registry::keys::ring::Ring;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The limit of remembered tokens: about 40 MB, if each has 4 KiB.
pub const MAX_VERIFIED: usize = 10_000;
/// Longer tokens are verified each time.
pub const MAX_LENGTH: usize = 4 * 1024;

/// A token that has passed the judge.
#[derive(Debug)]
pub struct VerifiedToken {
    pub holder: Holder,
    pub binding: TokenBinding,
    /// Its standing, which may end it early; `None` for a token of another issuer.
    pub standing: Option<Standing>,
    pub keys: TrustedKeys,
    /// The `kid` of its header.
    pub kid: Option<String>,
    /// When it was verified.
    pub since: Timestamp,
    /// When it expires.
    pub until: Timestamp,
}

/// The keys of which one has verified a token. Changed keys are other objects.
#[derive(Clone, Debug)]
pub enum TrustedKeys {
    Own(Arc<Ring>),
    OfIssuer(Arc<KeySet>),
}

impl TrustedKeys {
    #[must_use]
    pub fn set(&self) -> &KeySet {
        match self {
            Self::Own(ring) => &ring.keys,
            Self::OfIssuer(keys) => keys,
        }
    }

    fn are(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Own(one), Self::Own(other)) => Arc::ptr_eq(one, other),
            (Self::OfIssuer(one), Self::OfIssuer(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl VerifiedToken {
    /// Whether the judge would still accept it with these keys, as far as the token itself tells.
    #[must_use]
    pub fn holds(&self, keys: &TrustedKeys, now: Timestamp) -> bool {
        self.keys.are(keys) && (self.since..self.until).contains(&now)
    }
}

/// The table. It has two halves: when the younger one is full, it becomes the older one, whose tokens are
/// forgotten unless they are used again.
#[derive(Debug, Default)]
pub struct VerifiedTokens(Mutex<Halves>);

#[derive(Debug, Default)]
struct Halves {
    younger: HashMap<IdDigest, Arc<VerifiedToken>>,
    older: HashMap<IdDigest, Arc<VerifiedToken>>,
}

impl VerifiedTokens {
    #[must_use]
    pub fn get(&self, id: &IdDigest) -> Option<Arc<VerifiedToken>> {
        let mut halves = self.lock();
        if let Some(found) = halves.younger.get(id) {
            return Some(found.clone());
        }
        let found = halves.older.remove(id)?;
        halves.put(*id, found.clone());
        Some(found)
    }

    pub fn put(&self, id: IdDigest, token: Arc<VerifiedToken>) {
        self.lock().put(id, token);
    }

    /// Removes a token that does not hold any more.
    pub fn forget(&self, id: &IdDigest) {
        let mut halves = self.lock();
        halves.younger.remove(id);
        halves.older.remove(id);
    }

    /// The number of remembered tokens.
    #[must_use]
    pub fn count(&self) -> usize {
        let halves = self.lock();
        halves.younger.len() + halves.older.len()
    }

    fn lock(&self) -> MutexGuard<'_, Halves> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Halves {
    fn put(&mut self, id: IdDigest, token: Arc<VerifiedToken>) {
        if self.younger.len() >= MAX_VERIFIED / 2 {
            self.older = std::mem::take(&mut self.younger);
        }
        self.older.remove(&id);
        self.younger.insert(id, token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Claim;
    use crate::json::Object;

    fn token(keys: &TrustedKeys) -> Arc<VerifiedToken> {
        let claims = Object::default();
        Arc::new(VerifiedToken {
            holder: Holder::of_token(&claims, Claim::Absent).unwrap(),
            binding: TokenBinding::of(&claims),
            standing: None,
            keys: keys.clone(),
            kid: None,
            since: Timestamp::from_unix(100),
            until: Timestamp::from_unix(200),
        })
    }

    fn keys() -> TrustedKeys {
        TrustedKeys::OfIssuer(Arc::new(KeySet::none()))
    }

    fn id(number: usize) -> IdDigest {
        crate::registry::expiring_set::digest(&[&number.to_string()])
    }

    #[test]
    fn a_token_holds_until_its_end_or_a_change_of_keys() {
        let keys = keys();
        let token = token(&keys);
        for (at, holds) in [(99, false), (100, true), (199, true), (200, false)] {
            assert_eq!(token.holds(&keys, Timestamp::from_unix(at)), holds, "{at}");
        }
        assert!(!token.holds(&self::keys(), Timestamp::from_unix(150)));
    }

    #[test]
    fn the_table_is_bounded_and_keeps_what_is_used() {
        let (table, keys) = (VerifiedTokens::default(), keys());
        for number in 0..3 * MAX_VERIFIED {
            table.put(id(number), token(&keys));
            assert!(table.get(&id(0)).is_some(), "{number}");
            assert!(table.count() <= MAX_VERIFIED);
        }
        assert!(table.get(&id(1)).is_none());
        table.forget(&id(0));
        assert!(table.get(&id(0)).is_none());
    }
}
