//! Hashes of client secrets. `sha256:<hex>` is for generated secrets, whose 256 bits need no slow hash;
//! argon2id is for secrets chosen by people.

use crate::jose::digest::{RandomError, hex, hmac_sha256, random, sha256, unhex};
use crate::secret::Secret;
use argon2::password_hash::{PasswordHash, PasswordHashString, PasswordHasher, SaltString};
use argon2::{Argon2, Block, Version};
use lru::LruCache;
use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use subtle::ConstantTimeEq;

/// Limits for the cost of a slow hash: KiB of memory, passes, and their product. A higher cost could be used
/// to block the server.
const MAX_MEMORY: u32 = 256 * 1024;
const MAX_PASSES: u32 = 10;
const MAX_WORK: u32 = 1024 * 1024;
/// The maximum length of a salt in the PHC string format.
const SALT_LEN: usize = 64;

#[derive(Clone)]
pub enum SecretHash {
    /// The SHA-256 of the secret.
    Sha256([u8; 32]),
    /// An argon2id hash in the PHC string format.
    Argon2id(PasswordHashString),
}

/// The text is not a secret hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a secret hash: it must be sha256: and 64 hexadecimal digits, or a PHC string that starts with \
     $argon2id$ and costs no more than 256 MiB and ten passes"
)]
pub struct SecretHashError;

impl SecretHash {
    /// The fast hash of a secret.
    #[must_use]
    pub fn of(secret: &Secret) -> Self {
        Self::Sha256(sha256(secret.expose()))
    }

    /// A hash that no known secret matches.
    #[must_use]
    pub fn unusable() -> Self {
        Self::Sha256([0; 32])
    }

    /// Whether the secret matches; `digest` is its SHA-256, which the caller computes once. Constant time for
    /// a given hash.
    #[must_use]
    pub fn verify(&self, secret: &Secret, digest: &[u8; 32]) -> bool {
        match self {
            Self::Sha256(_) => self.is_of(digest),
            Self::Argon2id(phc) => is_slowly_of(&phc.password_hash(), secret, &mut Vec::new()),
        }
    }

    /// Whether the hash is slow to verify.
    #[must_use]
    pub const fn is_slow(&self) -> bool {
        matches!(self, Self::Argon2id(_))
    }

    /// Whether this is the fast hash of the secret with that digest.
    fn is_of(&self, digest: &[u8; 32]) -> bool {
        matches!(self, Self::Sha256(known) if known.ct_eq(digest).into())
    }
}

impl FromStr for SecretHash {
    type Err = SecretHashError;

    fn from_str(text: &str) -> Result<Self, SecretHashError> {
        if let Some(digits) = text.strip_prefix("sha256:") {
            let digest = unhex(digits.as_bytes()).and_then(|bytes| bytes.try_into().ok());
            return digest.map(Self::Sha256).ok_or(SecretHashError);
        }
        let phc = PasswordHash::new(text).map_err(|_| SecretHashError)?;
        if phc.algorithm != argon2::ARGON2ID_IDENT || phc.hash.is_none() || phc.salt.is_none() {
            return Err(SecretHashError);
        }
        let costs = argon2::Params::try_from(&phc).map_err(|_| SecretHashError)?;
        let (memory, passes) = (costs.m_cost(), costs.t_cost());
        if memory > MAX_MEMORY || passes > MAX_PASSES || memory.saturating_mul(passes) > MAX_WORK {
            return Err(SecretHashError);
        }
        Ok(Self::Argon2id(phc.serialize()))
    }
}

/// The slow check. `memory` grows to the size that the hash needs.
fn is_slowly_of(phc: &PasswordHash<'_>, secret: &Secret, memory: &mut Vec<Block>) -> bool {
    let hashed = || -> Option<bool> {
        let (params, known) = (argon2::Params::try_from(phc).ok()?, phc.hash?);
        let version = phc.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
        let (mut salt, mut out) = ([0; SALT_LEN], vec![0; known.len()]);
        let salt = phc.salt?.decode_b64(&mut salt).ok()?;
        if memory.len() < params.block_count() {
            memory.resize(params.block_count(), Block::new());
        }
        let argon2 = Argon2::new(argon2::Algorithm::Argon2id, version, params);
        argon2.hash_password_into_with_memory(secret.expose(), salt, &mut out, memory).ok()?;
        Some(known.as_bytes().ct_eq(&out).into())
    };
    hashed().unwrap_or(false)
}

impl SecretHash {
    /// The stored text form.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Sha256(digest) => format!("sha256:{}", hex(digest)),
            Self::Argon2id(phc) => phc.as_str().to_owned(),
        }
    }

    /// Whether it is the hash of an empty secret, which anyone could use.
    #[must_use]
    pub fn is_of_nothing(&self) -> bool {
        let nothing = Secret::new("");
        self.verify(&nothing, &sha256(nothing.expose()))
    }

    /// The slow hash of a secret chosen by a person, with the OWASP parameters (argon2id, 19 MiB, two
    /// passes).
    ///
    /// # Errors
    /// If the system provides no random bytes.
    pub fn slow(secret: &Secret) -> Result<Self, RandomError> {
        let salt = SaltString::encode_b64(&random::<16>()?).map_err(|_| RandomError)?;
        let hash = Argon2::default().hash_password(secret.expose(), &salt).map_err(|_| RandomError)?;
        Ok(Self::Argon2id(hash.serialize()))
    }
}

impl fmt::Debug for SecretHash {
    /// Only the kind: the hash of a weak secret could be cracked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256(_) => "SecretHash(sha256:…)",
            Self::Argon2id(_) => "SecretHash($argon2id$…)",
        })
    }
}

/// Limit of remembered secrets with slow hashes. The least recently used is evicted.
const MAX_CHECKED: NonZeroUsize = NonZeroUsize::new(1000).unwrap();

/// Memory (KiB) kept after a slow check for the next one: the OWASP size and some reserve.
const KEPT_MEMORY: usize = 24 * 1024;

/// Remembers verified secrets with slow hashes, so that such a client is not slow on each request. Stores
/// only a digest of secret and hash, keyed per process. Wrong secrets are always checked, one at a time in
/// the same memory, so a flood of them fills no memory and uses one core only.
pub struct VerifiedSecrets {
    key: OnceLock<[u8; 32]>,
    /// The first slow hash that was seen, as an example of their cost.
    slow_one: OnceLock<SecretHash>,
    right: Mutex<LruCache<[u8; 32], ()>>,
    /// The memory for slow checks. Its lock serializes them.
    memory: Mutex<Vec<Block>>,
}

impl Default for VerifiedSecrets {
    fn default() -> Self {
        Self {
            key: OnceLock::new(),
            slow_one: OnceLock::new(),
            right: Mutex::new(LruCache::new(MAX_CHECKED)),
            memory: Mutex::default(),
        }
    }
}

impl fmt::Debug for VerifiedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checked")
    }
}

impl VerifiedSecrets {
    /// Whether a fast hash, or an earlier slow check, matches the secret with that digest.
    #[must_use]
    pub fn is_known(&self, hash: &SecretHash, digest: &[u8; 32]) -> bool {
        match hash {
            SecretHash::Sha256(_) => hash.is_of(digest),
            SecretHash::Argon2id(phc) => {
                self.name(phc, digest).is_some_and(|name| self.lock().get(&name).is_some())
            }
        }
    }

    /// Runs the slow check. Call it for slow hashes only, after [`VerifiedSecrets::is_known`]. A matching
    /// secret is remembered. Checks run one at a time.
    pub fn verify(&self, hash: &SecretHash, secret: &Secret, digest: &[u8; 32]) -> bool {
        let SecretHash::Argon2id(phc) = hash else { return false };
        self.slow_one.get_or_init(|| hash.clone());
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        // The check that we waited for may have verified the same secret.
        if self.is_known(hash, digest) {
            return true;
        }
        let right = is_slowly_of(&phc.password_hash(), secret, &mut memory);
        if memory.len() > KEPT_MEMORY {
            *memory = Vec::new();
        }
        if let Some(name) = self.name(phc, digest).filter(|_| right) {
            self.lock().put(name, ());
        }
        right
    }

    /// A slow hash that was checked here, if any.
    #[must_use]
    pub fn slow_one(&self) -> Option<SecretHash> {
        self.slow_one.get().cloned()
    }

    fn name(&self, phc: &PasswordHashString, digest: &[u8; 32]) -> Option<[u8; 32]> {
        Some(hmac_sha256(&self.key()?, &[phc.as_str().as_bytes(), digest].concat()))
    }

    fn key(&self) -> Option<[u8; 32]> {
        self.key.get().copied().or_else(|| {
            let made = random().ok()?;
            Some(*self.key.get_or_init(|| made))
        })
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<[u8; 32], ()>> {
        self.right.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PHC string with the lowest allowed cost.
    fn argon2id(secret: &str) -> String {
        let salt = SaltString::encode_b64(b"somesalt").unwrap();
        let params = argon2::Params::new(64, 1, 1, None).unwrap();
        let hasher = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        hasher.hash_password(secret.as_bytes(), &salt).unwrap().to_string()
    }

    fn sha256_text(secret: &str) -> String {
        format!("sha256:{}", crate::jose::digest::hex(&sha256(secret.as_bytes())))
    }

    fn accepts(hash: &SecretHash, secret: &str) -> bool {
        let secret = Secret::new(secret);
        hash.verify(&secret, &sha256(secret.expose()))
    }

    #[test]
    fn both_kinds_accept_only_their_secret() {
        for text in [sha256_text("hunter2"), argon2id("hunter2")] {
            let hash: SecretHash = text.parse().unwrap();
            assert!(accepts(&hash, "hunter2") && !accepts(&hash, "hunter3") && !accepts(&hash, ""));
        }
        assert!(!accepts(&SecretHash::unusable(), ""));
    }

    #[test]
    fn a_slow_hash_is_checked_once_for_the_right_secret_and_always_for_a_wrong_one() {
        let checked = VerifiedSecrets::default();
        let hash: SecretHash = argon2id("hunter2").parse().unwrap();
        let known = |secret: &str| checked.is_known(&hash, &sha256(secret.as_bytes()));
        let ask = |secret: &str| checked.verify(&hash, &Secret::new(secret), &sha256(secret.as_bytes()));
        assert!(!known("hunter2") && checked.slow_one().is_none());
        assert!(ask("hunter2") && !ask("hunter3"));
        assert!(known("hunter2") && !known("hunter3") && checked.slow_one().is_some());
        assert_eq!(checked.lock().len(), 1);
    }

    #[test]
    fn slow_checks_are_one_at_a_time_in_one_memory() {
        let checked = VerifiedSecrets::default();
        let hash = SecretHash::slow(&Secret::new("hunter2")).unwrap();
        let ask = |n: usize| {
            let secret = n.to_string();
            checked.verify(&hash, &Secret::new(secret.as_str()), &sha256(secret.as_bytes()))
        };
        let asked = std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|n| scope.spawn(move || ask(n))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(asked, [false; 4]);
        assert_eq!(checked.memory.lock().unwrap().len(), 19 * 1024);
    }

    #[test]
    fn a_hash_that_would_stop_a_server_is_none() {
        for (costs, good) in [
            ("m=262144,t=4,p=1", true),
            ("m=19456,t=10,p=1", true),
            ("m=262145,t=1,p=1", false),
            ("m=262144,t=5,p=1", false),
            ("m=64,t=11,p=1", false),
            ("m=4194304,t=1,p=1", false),
            ("m=64,t=4294967295,p=1", false),
        ] {
            let text = argon2id("x").replace("m=64,t=1,p=1", costs);
            assert_eq!(text.parse::<SecretHash>().is_ok(), good, "{costs}");
        }
    }

    #[test]
    fn anything_else_is_no_hash() {
        let argon2i = argon2id("x").replace("argon2id", "argon2i");
        let no_hash = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ";
        let bad_params = argon2id("x").replace("m=64", "m=1");
        for text in ["", "sha256:", "hunter2", "sha256:zz", &argon2i, no_hash, &bad_params] {
            assert!(text.parse::<SecretHash>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_says_the_kind_only() {
        let text = sha256_text("hunter2");
        assert_eq!(format!("{:?}", text.parse::<SecretHash>().unwrap()), "SecretHash(sha256:…)");
    }
}
