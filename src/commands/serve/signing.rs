//! `[signing]`: the keys that sign tokens. They come from the configuration, else from the store. The store
//! makes its first key itself (ES256 by default).

use super::clients::configured_secret;
use super::config::SigningSection;
use super::named_file;
use super::problems::{Problems, from_env, not_offered, wrong};
use super::server_store::ServerStore;
use crate::clock::Timestamp;
use crate::commands::environment::{Sourced, secret_var};
use crate::commands::store::{NO_PLACE, SIGNING_SECRET, StoreUrl};
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

/// The signing settings of a configuration.
pub(super) struct SigningConfig {
    /// The key that the configuration names.
    pub(super) given: Option<SigningKeys>,
    algorithm: Option<Algorithm>,
    rotate_every: Option<Duration>,
    /// The longest lifetime of a token. It is written to the store at the start: later the store may be
    /// unreachable, and clients of the configuration never wait for it.
    longest: Duration,
}

/// Reads the signing settings of a configuration in this folder. Returns `None` if a problem was noted.
pub(super) fn wanted(
    signing: &SigningSection,
    folder: &Path,
    longest: Duration,
    problems: &mut Problems,
) -> Option<SigningConfig> {
    let algorithm = signing.algorithm.as_deref().map(offered).transpose();
    let algorithm = problems.keep_at(&signing.places, "algorithm", algorithm);
    let rotate_every = signing.rotate_every;
    if rotate_every.is_some() && signing.names_key() {
        problems.note(signing.places.failing("rotate_every", rotates_no_given_key()));
    }
    let is_flawed =
        signing.places.is_flawed(&["algorithm", "rotate_every", "key_file", "secret_file", "secret_env"]);
    if (is_flawed || signing.places.has_unknown) && !signing.names_key() {
        return None;
    }
    let given = problems.keep(given(signing, algorithm.flatten(), folder))?;
    let given = given.map(|signer| SigningKeys::fixed(signer, since(signing, folder)));
    Some(SigningConfig { given, algorithm: algorithm?, rotate_every, longest })
}

fn rotates_no_given_key() -> Failure {
    wrong("rotate_every works only for keys in the store")
        .hint("remove key_file, secret_env and secret_file, or remove rotate_every")
}

/// Returns the keys and whether they are ephemeral. With `checked`, the store is not changed.
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
        // A key for one run would end with it.
        (None, None) => Err(wrong("there is no key to sign with, and no store for one").hint(NO_PLACE)),
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

/// Returns the signer that the configuration names, if any.
fn given(
    signing: &SigningSection,
    algorithm: Option<Algorithm>,
    folder: &Path,
) -> Result<Option<Signer>, Failure> {
    let at = |key: &'static str| move |failure| signing.places.failing(key, failure);
    let given = [signing.secret_env.is_some(), signing.secret_file.is_some(), signing.key_file.is_some()];
    if given.iter().filter(|given| **given).count() > 1 {
        let what = "[signing] has more than one of key_file, secret_env and secret_file";
        return Err(at("")(wrong(what).hint("keep one and remove the others")));
    }
    if let Some(path) = &signing.key_file {
        return from_key_file(path, folder, algorithm).map(Some).map_err(at("key_file"));
    }
    let key = if signing.secret_env.is_some() { "secret_env" } else { "secret_file" };
    match (secret(signing, folder).map_err(at(key))?, algorithm.map(Algorithm::family)) {
        (Some(secret), None | Some(Family::Hmac)) => hmac(secret).map(Some).map_err(at(key)),
        (Some(secret), Some(_)) => {
            let failure = wrong(format!("the signing secret from {} is for HS256 only", secret.origin));
            Err(at("algorithm")(failure.hint(
                "algorithm = \"HS256\", or name a private key: key_file = \
                                              \"signing.pem\"",
            )))
        }
        (None, Some(Family::Hmac)) => {
            Err(at("algorithm")(wrong("HS256 needs a signing secret").hint(format!(
                "{MAKE_SECRET}, and below [signing] secret_file = \"signing.secret\" names it; or set \
             {SIGNING_SECRET}"
            ))))
        }
        (None, _) => Ok(None),
    }
}

/// Returns the time at which the key file was written. It is unknown for a variable.
fn since(signing: &SigningSection, folder: &Path) -> Option<Timestamp> {
    let path = signing.key_file.as_ref().or(signing.secret_file.as_ref())?;
    std::fs::metadata(folder.join(path)).ok()?.modified().ok().map(Timestamp::of)
}

fn offered(name: &str) -> Result<Algorithm, Failure> {
    let algorithm = name.parse().ok().filter(|algorithm| SIGNING_ALGORITHMS.contains(algorithm));
    algorithm.ok_or_else(|| {
        let names: Vec<&str> = SIGNING_ALGORITHMS.iter().map(|algorithm| algorithm.name()).collect();
        not_offered("algorithm", name, &names, "ES256")
    })
}

fn secret(signing: &SigningSection, folder: &Path) -> Result<Option<Sourced<Secret>>, Failure> {
    match (&signing.secret_env, &signing.secret_file) {
        (Some(name), _) => from_env(name, "signing.secret_env").map(Some),
        (None, Some(path)) => configured_secret(path, folder, "signing").map(Some),
        (None, None) => Ok(secret_var(SIGNING_SECRET)),
    }
}

fn hmac(secret: Sourced<Secret>) -> Result<Signer, Failure> {
    let origin = secret.origin;
    Signer::hs256(secret.value).map_err(|error| {
        let failure = wrong(format!("{error}, from {origin}"));
        if origin == SIGNING_SECRET {
            failure.hint(format!("export {SIGNING_SECRET}=$(head -c 32 /dev/urandom | base64)"))
        } else {
            failure.hint(MAKE_SECRET)
        }
    })
}

fn from_key_file(path: &Path, folder: &Path, algorithm: Option<Algorithm>) -> Result<Signer, Failure> {
    let read = named_file::read(path, folder, "signing", "key_file")?;
    let about = |why: String| wrong(format!("signing.key_file {}: {why}", read.origin));
    let private = PrivateKey::read(read.value.expose())
        .map_err(|error| Failure { hint: error.hint_for(&read.origin), ..about(error.to_string()) })?;
    let algorithm = algorithm.unwrap_or_else(|| private.natural_algorithm());
    Signer::asymmetric(private, algorithm).map_err(|error| {
        about(error.to_string())
            .hint("algorithm and key must be of one kind: P-256 for ES256, RSA for RS256 and PS256")
    })
}
