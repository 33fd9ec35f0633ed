//! Equal work for every client assertion, so that the time of a refusal tells nothing of which clients there
//! are, or of their keys. What is verified depends on the request alone: its algorithm, and for RSA the length
//! of its signature. Where the client has no such key, a decoy takes the place of one.

use crate::clock::Timestamp;
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::compact::Jws;
use crate::jose::key::{Material, RSA_MIN_BITS, Source, VerifyingKey};
use crate::jose::keyset::KeySet;
use crate::jose::private::PrivateKey;
use crate::jose::verify;
use crate::registry::{Client, ClientAuth, ClientKeys};
use crate::secret::Secret;
use crate::verdict::{self, Outcome, Policy, Verdict};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Bytes of an RSA signature for which there are decoys in any case: of keys up to 4096 bits. Longer ones cost
/// several times as much, and are verified only where a client has such a key.
const RSA_USUAL: usize = 512;
/// Keys that are tried at most to make up for those of another client. More would let a client with many
/// keys make each refusal costly.
const MAX_TRIED: usize = 4;
/// An elliptic curve or Ed25519 key of each kind.
const KINDS: [Algorithm; 5] =
    [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::ES256K, Algorithm::Ed25519];

/// Keys that are nobody's.
pub struct Decoys {
    /// Keyed anew in each process: nobody can foresee a decoy.
    keys: RandomState,
    fixed: [OnceLock<Option<Material>>; KINDS.len()],
    /// The longest RSA signature that a client's key makes.
    longest_rsa: AtomicUsize,
    /// The most keys of one client that fitted one assertion.
    most_tried: AtomicUsize,
}

impl fmt::Debug for Decoys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoys")
    }
}

impl Decoys {
    /// Decoys beside those clients. Of others the keys are learnt when they are first asked for.
    #[must_use]
    pub fn beside<'a>(clients: impl Iterator<Item = &'a Client>) -> Self {
        let decoys = Self {
            keys: RandomState::new(),
            fixed: Default::default(),
            longest_rsa: AtomicUsize::new(RSA_USUAL),
            most_tried: AtomicUsize::new(1),
        };
        for client in clients {
            if let ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), .. } = &client.auth {
                decoys.learn(keys);
                for algorithm in Algorithm::ALL {
                    let fitting = keys.candidates(None, algorithm).map_or(0, |keys| keys.len());
                    decoys.most_tried.fetch_max(fitting, Relaxed);
                }
            }
        }
        decoys
    }

    fn learn(&self, keys: &KeySet) {
        for key in &keys.keys {
            if let Material::Rsa { n, .. } = &key.material {
                self.longest_rsa.fetch_max(n.len(), Relaxed);
            }
        }
    }

    /// Judges what claims to be of the client of that id, by its keys, or by a decoy where it has none.
    #[must_use]
    pub fn judge(
        &self,
        (jws, id): (&Jws<'_>, &str),
        keys: Option<&KeySet>,
        policy: &Policy,
        now: Timestamp,
    ) -> Verdict {
        let decoy = || self.decoy(jws, id);
        let Some(keys) = keys else {
            let decoy = decoy();
            let set = decoy.clone().map_or_else(|| KeySet { given: true, ..KeySet::none() }, KeySet::of);
            let verdict = verdict::judge(jws, &set, policy, now);
            self.verify(jws, decoy, 1);
            return verdict;
        };
        self.learn(keys);
        let tried = tried(jws, keys);
        self.most_tried.fetch_max(tried, Relaxed);
        let verdict = verdict::judge(jws, keys, policy, now);
        if verdict.outcome != Outcome::Pass {
            self.verify(jws, decoy(), tried);
        }
        verdict
    }

    /// Verifies by a decoy as often as is missing from what other clients' keys take.
    fn verify(&self, jws: &Jws<'_>, decoy: Option<VerifyingKey>, tried: usize) {
        let Some(decoy) = decoy else { return };
        for _ in tried..self.most_tried.load(Relaxed).min(MAX_TRIED) {
            // Nobody has the key: what comes of it is known.
            let _ = std::hint::black_box(verify::verify(jws, &decoy));
        }
    }

    /// A key that may have signed that, as far as its header and length tell.
    fn decoy(&self, jws: &Jws<'_>, id: &str) -> Option<VerifyingKey> {
        let algorithm = verify::algorithm(jws).ok()?;
        let material = match algorithm.family() {
            Family::Hmac => Material::hmac(Secret::new([0; 64])).ok()?,
            Family::Rsa => self.rsa(jws.signature.len(), id)?,
            family => {
                let kind = KINDS.iter().position(|kind| kind.family() == family)?;
                let made = || PrivateKey::generate(KINDS[kind]).ok()?.public().ok();
                self.fixed.get(kind)?.get_or_init(made).clone()?
            }
        };
        Some(VerifyingKey::new(material, Source::Public, "no client's key"))
    }

    /// A modulus of that many bytes, which differs from id to id as those of clients do.
    fn rsa(&self, length: usize, id: &str) -> Option<Material> {
        if length < RSA_MIN_BITS / 8 || length > self.longest_rsa.load(Relaxed) {
            return None;
        }
        let mut n: Vec<u8> =
            (0..length.div_ceil(8)).flat_map(|at| self.keys.hash_one((id, at)).to_be_bytes()).collect();
        n.truncate(length);
        *n.first_mut()? |= 0x80;
        *n.last_mut()? |= 1;
        Material::rsa(&n, &[1, 0, 1]).ok()
    }
}

/// How many of the keys take the time of a verification: an RSA key refuses a signature of another length
/// at once.
fn tried(jws: &Jws<'_>, keys: &KeySet) -> usize {
    let Ok(algorithm) = verify::algorithm(jws) else { return 0 };
    let candidates = keys.candidates(jws.header_str("kid"), algorithm).unwrap_or_default();
    let fits = |key: &&&VerifyingKey| match &key.material {
        Material::Rsa { n, .. } => n.len() == jws.signature.len(),
        _ => true,
    };
    candidates.iter().filter(fits).count()
}
