//! `[signing]`: the keys that tokens are signed with. What the configuration names, else those of the
//! store, which makes its first one itself (ES256, unless another algorithm is wanted).

use super::clients::configured_secret;
use super::config::SigningSection;
use super::problems::{PHASE, from_env, wrong};
use super::server_store::ServerStore;
use crate::clock::Timestamp;
use crate::commands::environment::{Sourced, file, secret_var};
use crate::commands::store::{SIGNING_SECRET, StoreUrl};
use crate::commands::store_key::{keys_failed, sealing_key};
use crate::exit::Failure;
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::private::PrivateKey;
use crate::jose::sign::{SIGNING_ALGORITHMS, Signer};
use crate::registry::keys::persistence;
use crate::registry::keys::ring::{RotationPolicy, SigningKeys};
use crate::registry::store::Store;
use crate::registry::store::memory::MemoryStore;
use crate::secret::Secret;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const MAKE_SECRET: &str = "head -c 32 /dev/urandom | base64 > signing.secret makes a good one";
/// A key is published for five minutes before it signs.
const MIN_ROTATE_EVERY: Duration = Duration::from_secs(600);

/// What the configuration wants of keys.
pub(super) struct SigningConfig {
    /// The key that it names.
    pub(super) given: Option<SigningKeys>,
    algorithm: Option<Algorithm>,
    rotate_every: Option<Duration>,
    /// How long the tokens live that live longest. The store hears of it at the start: later it may be
    /// away, and clients of the configuration never wait for it.
    longest: Duration,
}

/// What a configuration in that folder wants, whose longest tokens live so long.
pub(super) fn wanted(
    signing: &SigningSection,
    folder: &Path,
    longest: Duration,
) -> Result<SigningConfig, Failure> {
    let algorithm = signing.algorithm.as_deref().map(offered).transpose()?;
    let rotate_every = signing.rotate_every;
    if rotate_every.is_some_and(|every| every < MIN_ROTATE_EVERY) {
        return Err(wrong("signing.rotate_every is under ten minutes")
            .hint("each key is published for five minutes before it signs: rotate_every = \"30d\""));
    }
    let given = given(signing, algorithm, folder)?;
    if rotate_every.is_some() && given.is_some() {
        return Err(rotates_no_given_key());
    }
    let given = given.map(|signer| SigningKeys::fixed(signer, since(signing, folder)));
    Ok(SigningConfig { given, algorithm, rotate_every, longest })
}

fn rotates_no_given_key() -> Failure {
    wrong("signing.rotate_every is for keys that are kept in the store")
        .hint("leave key_file, secret_env and secret_file away, or rotate_every")
}

/// The keys, and whether they end with this run. Where it is only to be `checked` whether all is right,
/// the store stays as it is.
pub(super) fn keys(
    wanted: &SigningConfig,
    store: Option<&ServerStore>,
    checked: bool,
) -> Result<(SigningKeys, bool), Failure> {
    let SigningConfig { given, algorithm, rotate_every, longest } = wanted;
    let (algorithm, rotate_every, longest) = (*algorithm, *rotate_every, *longest);
    match (given, store) {
        (Some(given), _) => Ok((given.clone(), false)),
        (None, Some(used)) => {
            let sealing = sealing_key(&used.url)?;
            let store = used.registered.store().clone();
            let clock = used.clock.clone();
            let taking = RotationPolicy { store, clock, sealing, algorithm, rotate_every, longest };
            Ok((stored(taking, checked)?, used.url == StoreUrl::Memory))
        }
        (None, None) if rotate_every.is_some() => Err(rotates_no_given_key()),
        (None, None) => {
            let made = made(algorithm.unwrap_or(Algorithm::ES256))?;
            Ok((SigningKeys::fixed(made, Some(Timestamp::now())), true))
        }
    }
}

fn stored(mut taking: RotationPolicy, checked: bool) -> Result<SigningKeys, Failure> {
    if checked {
        let copy: Arc<dyn Store> = Arc::new(MemoryStore::default());
        persistence::copy(taking.store.as_ref(), copy.as_ref()).map_err(|error| keys_failed(&error))?;
        taking.store = copy;
    }
    let now = taking.clock.ends(taking.clock.now());
    SigningKeys::stored(taking, now).map_err(|error| keys_failed(&error))
}

/// The signer that the configuration names, where it names one.
fn given(
    signing: &SigningSection,
    algorithm: Option<Algorithm>,
    folder: &Path,
) -> Result<Option<Signer>, Failure> {
    let given = [signing.secret_env.is_some(), signing.secret_file.is_some(), signing.key_file.is_some()];
    if given.iter().filter(|given| **given).count() > 1 {
        return Err(
            wrong("signing has more than one of key_file, secret_env and secret_file").hint("keep one")
        );
    }
    if let Some(path) = &signing.key_file {
        return from_key_file(&folder.join(path), algorithm).map(Some);
    }
    match (secret(signing, folder)?, algorithm.map(Algorithm::family)) {
        (Some(secret), None | Some(Family::Hmac)) => hmac(secret).map(Some),
        (Some(secret), Some(_)) => {
            let failure = wrong(format!("the signing secret from {} is for HS256 only", secret.origin));
            Err(failure.hint("name a private key by key_file, or algorithm = \"HS256\""))
        }
        (None, Some(Family::Hmac)) => Err(wrong("HS256 needs a signing secret").hint(format!(
            "{MAKE_SECRET}, secret_file = \"signing.secret\" under [signing] names it; or set {SIGNING_SECRET}"
        ))),
        (None, _) => Ok(None),
    }
}

/// Since when the key is what it is: since its file was written. Of a variable nobody knows.
fn since(signing: &SigningSection, folder: &Path) -> Option<Timestamp> {
    let path = signing.key_file.as_ref().or(signing.secret_file.as_ref())?;
    std::fs::metadata(folder.join(path)).ok()?.modified().ok().map(Timestamp::of)
}

fn offered(name: &str) -> Result<Algorithm, Failure> {
    let algorithm = name.parse().ok().filter(|algorithm| SIGNING_ALGORITHMS.contains(algorithm));
    algorithm.ok_or_else(|| {
        let names: Vec<&str> = SIGNING_ALGORITHMS.iter().map(|algorithm| algorithm.name()).collect();
        wrong("signing.algorithm is one that is not offered").hint(format!("there are {}", names.join(", ")))
    })
}

fn secret(signing: &SigningSection, folder: &Path) -> Result<Option<Sourced<Secret>>, Failure> {
    match (&signing.secret_env, &signing.secret_file) {
        (Some(name), _) => from_env(name, "signing.secret_env").map(Some),
        (None, Some(path)) => configured_secret(path, folder, "secret_file").map(Some),
        (None, None) => Ok(secret_var(SIGNING_SECRET)),
    }
}

fn hmac(secret: Sourced<Secret>) -> Result<Signer, Failure> {
    let origin = secret.origin;
    Signer::hs256(secret.value).map_err(|error| wrong(format!("{error}, from {origin}")).hint(MAKE_SECRET))
}

fn from_key_file(path: &Path, algorithm: Option<Algorithm>) -> Result<Signer, Failure> {
    let read = file(path, PHASE)?;
    let about = |why: String| wrong(format!("signing.key_file {}: {why}", read.origin));
    let private = PrivateKey::read(read.value.expose())
        .map_err(|error| Failure { hint: error.hint_for(&read.origin), ..about(error.to_string()) })?;
    let algorithm = algorithm.unwrap_or_else(|| private.natural_algorithm());
    Signer::asymmetric(private, algorithm).map_err(|error| {
        about(error.to_string())
            .hint("algorithm and key must be of one kind: P-256 for ES256, RSA for RS256 and PS256")
    })
}

fn made(algorithm: Algorithm) -> Result<Signer, Failure> {
    let private = PrivateKey::generate(algorithm).map_err(|why| wrong(format!("signing key: {why}")))?;
    Signer::asymmetric(private, algorithm).map_err(|error| wrong(error.to_string()))
}
