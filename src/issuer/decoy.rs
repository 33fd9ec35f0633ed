//! Equal work for every client assertion, so that timing reveals neither which clients exist nor their
//! keys. The work depends on the request alone: its algorithm and, for RSA, the length of its signature. If
//! the client has no such key, a decoy is verified instead.

use crate::clock::Timestamp;
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::compact::Jws;
use crate::jose::key::{CLIENT_RSA_MAX_BITS, KeyMaterial, KeySource, RSA_MIN_BITS, VerifyingKey};
use crate::jose::keyset::{KeySet, client_most_tried};
use crate::jose::private::PrivateKey;
use crate::jose::verify;
use crate::registry::{Client, ClientAuth, ClientKeys};
use crate::secret::Secret;
use crate::verdict::{self, Outcome, Policy, Verdict};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::ops::RangeInclusive;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The lengths of RSA signatures that a client's key may make, in bytes.
const RSA_LENGTHS: RangeInclusive<usize> = RSA_MIN_BITS / 8..=CLIENT_RSA_MAX_BITS / 8;
/// An elliptic curve or Ed25519 key of each kind.
const KINDS: [Algorithm; 5] =
    [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::ES256K, Algorithm::Ed25519];

/// Keys without an owner.
pub struct Decoys {
    /// Random for each process, so decoys are unpredictable.
    keys: RandomState,
    fixed: [OnceLock<Option<KeyMaterial>>; KINDS.len()],
    /// The most keys of one client that matched one assertion, per algorithm in the order of
    /// [`Algorithm::ALL`].
    most_tried: [AtomicUsize; Algorithm::ALL.len()],
}

impl fmt::Debug for Decoys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoys")
    }
}

impl Decoys {
    /// Decoys for these clients. The number of keys at remote addresses is learned on the first fetch.
    #[must_use]
    pub fn beside<'a>(clients: impl Iterator<Item = &'a Client>) -> Self {
        let decoys = Self {
            keys: RandomState::new(),
            fixed: Default::default(),
            most_tried: Algorithm::ALL.map(|_| AtomicUsize::new(1)),
        };
        for client in clients {
            if let ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), .. } = &client.auth {
                for (algorithm, most) in Algorithm::ALL.into_iter().zip(&decoys.most_tried) {
                    most.fetch_max(most_alike(keys, algorithm), Relaxed);
                }
            }
        }
        decoys
    }

    /// Judges an assertion with the keys of that client, in the same time as for any other client.
    #[must_use]
    pub fn judge(&self, jws: &Jws<'_>, id: &str, keys: &KeySet, policy: &Policy, now: Timestamp) -> Verdict {
        let tried = tried(jws, keys);
        if let Some(most) = self.most_tried(jws) {
            most.fetch_max(tried, Relaxed);
        }
        let verdict = verdict::judge(jws, keys, policy, now);
        if verdict.outcome != Outcome::Pass {
            self.verify(jws, self.decoy(jws, id), tried);
        }
        verdict
    }

    /// Does the work of [`Decoys::judge`] without keys and discards the result.
    pub fn pretend(&self, jws: &Jws<'_>, id: &str, policy: &Policy, now: Timestamp) {
        let decoy = self.decoy(jws, id);
        let set = decoy.clone().map_or_else(|| KeySet { given: true, ..KeySet::none() }, KeySet::of);
        let _ = std::hint::black_box(verdict::judge(jws, &set, policy, now));
        self.verify(jws, decoy, 1);
    }

    /// Verifies with the decoy until the count matches the most that any client's keys take.
    fn verify(&self, jws: &Jws<'_>, decoy: Option<VerifyingKey>, tried: usize) {
        let (Some(decoy), Some(most)) = (decoy, self.most_tried(jws)) else { return };
        for _ in tried..most.load(Relaxed) {
            // Nobody holds this key, so the result is known.
            let _ = std::hint::black_box(verify::verify(jws, &decoy));
        }
    }

    fn most_tried(&self, jws: &Jws<'_>) -> Option<&AtomicUsize> {
        let algorithm = verify::algorithm(jws).ok()?;
        self.most_tried.get(Algorithm::ALL.iter().position(|known| *known == algorithm)?)
    }

    /// A key that may have signed it, judging by its header and length.
    fn decoy(&self, jws: &Jws<'_>, id: &str) -> Option<VerifyingKey> {
        let algorithm = verify::algorithm(jws).ok()?;
        let material = match algorithm.family() {
            Family::Hmac => KeyMaterial::hmac(Secret::new([0; 64])).ok()?,
            Family::Rsa => self.rsa(jws.signature.len(), id)?,
            family => {
                let kind = KINDS.iter().position(|kind| kind.family() == family)?;
                let made = || PrivateKey::generate(KINDS[kind]).ok()?.public().ok();
                self.fixed.get(kind)?.get_or_init(made).clone()?
            }
        };
        Some(VerifyingKey::new(material, KeySource::Public, "no client's key"))
    }

    /// A modulus of that many bytes, which differs by id as real clients' do.
    fn rsa(&self, length: usize, id: &str) -> Option<KeyMaterial> {
        if !RSA_LENGTHS.contains(&length) {
            return None;
        }
        let mut n: Vec<u8> =
            (0..length.div_ceil(8)).flat_map(|at| self.keys.hash_one((id, at)).to_be_bytes()).collect();
        n.truncate(length);
        *n.first_mut()? |= 0x80;
        *n.last_mut()? |= 1;
        // `Material::rsa` refuses most random numbers, because they have small factors.
        Some(KeyMaterial::Rsa { n, e: vec![1, 0, 1] })
    }
}

/// How many of the tried keys cost a full verification: an RSA key rejects a signature of another length at
/// once.
fn tried(jws: &Jws<'_>, keys: &KeySet) -> usize {
    let Ok(algorithm) = verify::algorithm(jws) else { return 0 };
    let candidates = keys.candidates(jws.header_str("kid"), algorithm).unwrap_or_default();
    let fits = |key: &&&VerifyingKey| signature_len(key).is_none_or(|length| length == jws.signature.len());
    candidates.iter().take(client_most_tried(algorithm)).filter(fits).count()
}

/// The most keys that one assertion may be tried with.
fn most_alike(keys: &KeySet, algorithm: Algorithm) -> usize {
    let candidates = keys.candidates(None, algorithm).unwrap_or_default();
    let alike = |one: &&VerifyingKey| {
        candidates.iter().filter(|other| signature_len(other) == signature_len(one)).count()
    };
    candidates.iter().map(alike).max().unwrap_or(0).min(client_most_tried(algorithm))
}

/// The length of an RSA key's signatures. For other kinds, the algorithm determines the length.
fn signature_len(key: &VerifyingKey) -> Option<usize> {
    if let KeyMaterial::Rsa { n, .. } = &key.material { Some(n.len()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::compact::{self, Token};
    use crate::jose::digest::base64url;
    use crate::jose::verify::VerifyError;

    fn rsa_set(sizes: &[usize]) -> KeySet {
        let key = |bytes: &usize| {
            let n = [&[0xC1], vec![0x55; bytes - 1].as_slice()].concat();
            VerifyingKey::new(KeyMaterial::Rsa { n, e: vec![1, 0, 1] }, KeySource::Public, "test")
        };
        KeySet { given: true, keys: sizes.iter().map(key).collect(), ..KeySet::none() }
    }

    /// An assertion with that algorithm and a random signature of `length` bytes.
    fn forged<T>(alg: &str, length: usize, look: impl FnOnce(&Jws<'_>) -> T) -> T {
        let header = base64url(format!(r#"{{"alg":"{alg}"}}"#).as_bytes());
        let jwt = format!("{header}.{}.{}", base64url(b"{}"), base64url(&vec![0x55; length]));
        let Token::Jws(jws) = compact::read(&jwt) else { panic!("{jwt}") };
        look(&jws)
    }

    #[test]
    fn there_is_a_decoy_for_every_algorithm_and_it_is_really_asked() {
        crate::jose::install_provider();
        let decoys = Decoys::beside([].iter());
        for algorithm in Algorithm::ALL {
            let length = match algorithm.family() {
                Family::Hmac => algorithm.hash_len(),
                Family::Rsa => 256,
                Family::Ec(curve) => 2 * curve.coordinate_len(),
                Family::Ed25519 => 64,
            };
            forged(algorithm.name(), length, |jws| {
                let decoy = decoys.decoy(jws, "a").unwrap();
                assert_eq!(verify::verify(jws, &decoy), Err(VerifyError::Mismatch), "{algorithm}");
            });
        }
        assert!(forged("none", 0, |jws| decoys.decoy(jws, "a").is_none()));
    }

    #[test]
    fn an_rsa_decoy_is_as_long_as_the_signature_where_a_client_may_have_such_a_key() {
        let decoys = Decoys::beside([].iter());
        let bytes = |length, id| {
            forged("PS256", length, |jws| match decoys.decoy(jws, id)?.material {
                KeyMaterial::Rsa { n, .. } => Some(n),
                _ => None,
            })
        };
        for length in [256, 257, 375, 384, 512] {
            let n = bytes(length, "a").unwrap();
            assert!(n.len() == length && n[0] >= 0x80, "{length}");
            assert_ne!(Some(n), bytes(length, "b"), "another for another id");
        }
        assert!([0, 255, 513, 1024].iter().all(|length| bytes(*length, "a").is_none()));
    }

    #[test]
    fn keys_that_take_no_time_are_made_up_for() {
        let set = rsa_set(&[256, 256, 512]);
        for (alg, length, count) in
            [("RS256", 256, 2), ("PS512", 512, 0), ("RS256", 384, 0), ("ES256", 64, 0)]
        {
            assert_eq!(forged(alg, length, |jws| tried(jws, &set)), count, "{alg} {length}");
        }
        let decoys = Decoys::beside([].iter());
        let policy = Policy::default();
        let now = Timestamp::from_unix(0);
        crate::jose::install_provider();
        let verdict = forged("RS256", 256, |jws| decoys.judge(jws, "a", &set, &policy, now));
        assert_eq!(verdict.outcome, Outcome::Fail);
        let most = |alg, length| forged(alg, length, |jws| decoys.most_tried(jws).unwrap().load(Relaxed));
        assert_eq!(most("RS256", 256), 2, "others take the time of two from now on");
        assert_eq!((most("RS512", 256), most("ES256", 64)), (1, 1), "for that algorithm");
        assert_eq!(most_alike(&set, Algorithm::RS256), 2, "one of 4096 bits is another matter");
    }
}
