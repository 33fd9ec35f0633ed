//! The key to sign with: a private key, a secret, or the one that a store signs with.

use crate::cli::{ANY_STORE, SigningArgs};
use crate::clock::Timestamp;
use crate::commands::environment::{Sourced, file, refuse_credential, unshown_file, user};
use crate::commands::hmac_secret;
use crate::commands::store::place::StorePlace;
use crate::commands::store::{Absent, failed};
use crate::commands::store_key::{keys_failed, present_sealing_key};
use crate::exit::{Exit, Failure};
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::private::PrivateKey;
use crate::jose::sign::Signer;
use crate::registry::keys::persistence;
use crate::registry::shared_clock;
use crate::registry::store::history::Author;
use crate::registry::store::{Store, test_store};
use std::sync::Arc;

const KEY_PHASE: &str = "key";
const NO_KEY: &str = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem makes one; \
                      then heistctl mint --key key.pem";
const INSTEAD: &str = "the secret itself goes to stdin, as --secret-file -";

/// A key to sign with.
pub(in crate::commands) struct MintKey {
    pub signer: Signer,
    pub notes: Vec<String>,
    /// The same key with the other algorithms of its kind.
    pub siblings: Vec<Signer>,
    /// The store whose key it is.
    store: Option<Arc<dyn Store>>,
}

impl MintKey {
    /// Records in the history of the store that its key signs a token with this id.
    ///
    /// # Errors
    /// Exit 1 if the store cannot be written.
    pub(in crate::commands) fn record(&self, jti: &str) -> Result<(), Failure> {
        self.record_use(&format!("signed token {jti}"))
    }

    /// Records another use.
    ///
    /// # Errors
    /// As for `record`.
    pub(in crate::commands) fn record_use(&self, what: &str) -> Result<(), Failure> {
        let Some(store) = &self.store else { return Ok(()) };
        let kid = self.signer.verifying_key().kid.as_deref().unwrap_or_default();
        persistence::note(store.as_ref(), &format!("{what} with {kid}")).map_err(|error| keys_failed(&error))
    }
}

/// The key of the flags.
///
/// # Errors
/// Exit 2 if no flag names a key, or it cannot be used.
pub(in crate::commands) fn of(args: &SigningArgs, phase: &'static str) -> Result<MintKey, Failure> {
    if let Some(path) = &args.key {
        refuse_credential(path, "--key", KEY_PHASE)?;
        let key = file(path, KEY_PHASE)?;
        let failure = |what: String| Failure::new(Exit::Usage, KEY_PHASE, format!("{}: {what}", key.origin));
        let private = PrivateKey::read(key.value.expose())
            .map_err(|error| Failure { hint: error.hint_for(&key.origin), ..failure(error.to_string()) })?;
        let algorithm = args.alg.unwrap_or_else(|| private.natural_algorithm());
        let natural = private.natural_algorithm();
        let signer = Signer::asymmetric(private, algorithm).map_err(|error| {
            failure(error.to_string()).hint(format!("{} is for {natural}: leave out --alg", key.origin))
        })?;
        return Ok(MintKey {
            signer,
            siblings: siblings(key.value.expose(), algorithm),
            notes: Vec::new(),
            store: None,
        });
    }
    if let Some(path) = &args.secret_file {
        let path = Sourced::new(path.clone(), "--secret-file");
        let given = unshown_file(&path, KEY_PHASE, INSTEAD)?;
        return of_secret(args, &given);
    }
    match &args.store {
        Some(url) => of_store(args, url, phase),
        None => Err(Failure::new(Exit::Usage, phase, "no key to sign with: --key, --secret-file or --store")
            .hint(NO_KEY)),
    }
}

/// The key with the other algorithms that it can sign with.
pub(in crate::commands) fn siblings(key: &[u8], algorithm: Algorithm) -> Vec<Signer> {
    let others =
        Algorithm::ALL.into_iter().filter(|alg| *alg != algorithm && alg.family() == algorithm.family());
    // EdDSA and Ed25519 are the same (RFC 9864).
    let others = others.filter(|alg| alg.family() != Family::Ed25519);
    others.filter_map(|alg| Signer::asymmetric(PrivateKey::read(key).ok()?, alg).ok()).collect()
}

fn of_secret(args: &SigningArgs, given: &Sourced<crate::secret::Secret>) -> Result<MintKey, Failure> {
    let secret = hmac_secret::decoded(given, args.secret_encoding, KEY_PHASE)?;
    let algorithm = args.alg.unwrap_or(Algorithm::HS256);
    let weak =
        Signer::shortfall(&secret, algorithm).map(|weak| format!("{weak}; other verifiers may refuse it"));
    let others =
        [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512].into_iter().filter(|alg| *alg != algorithm);
    let siblings = others.filter_map(|alg| Signer::hmac_of_any_length(secret.clone(), alg).ok()).collect();
    let signer = Signer::hmac_of_any_length(secret, algorithm).map_err(|error| {
        Failure::new(Exit::Usage, KEY_PHASE, error.to_string())
            .hint("a secret signs with HS256, HS384 or HS512; --key FILE names a private key")
    })?;
    Ok(MintKey { signer, siblings, notes: weak.into_iter().collect(), store: None })
}

fn of_store(args: &SigningArgs, url: &str, phase: &'static str) -> Result<MintKey, Failure> {
    let place = StorePlace::of_command((url != ANY_STORE).then_some(url), args.config.as_deref())?;
    let mut opened = place.url.open(Absent::Missed)?;
    let named = place.note(&opened, Absent::Missed);
    opened.warnings.push(named);
    let store = opened.store;
    if !args.yes_sign_with_this_key
        && !test_store::is_marked(store.as_ref()).map_err(|error| failed(&error))?
    {
        let what = format!("APIs accept what the key of {} signs", opened.name);
        return Err(Failure::new(Exit::Usage, phase, what).hint(
            "--yes-sign-with-this-key signs all the same, with an entry in key history; for a test, --key FILE",
        ));
    }
    store.sign(Author::new("mint", &user()));
    let clock = shared_clock::open(store.as_ref()).map_err(|error| failed(&error))?;
    let signer = signing(store.as_ref(), clock.ends(clock.now()))?.ok_or_else(|| {
        Failure::new(Exit::Usage, KEY_PHASE, format!("there is no key in {}", opened.name))
            .hint("heistctl key generate makes one")
    })?;
    if let Some(alg) = args.alg.filter(|alg| *alg != signer.algorithm()) {
        let what = format!("the key of {} signs with {}, not {alg}", opened.name, signer.algorithm());
        return Err(Failure::new(Exit::Usage, KEY_PHASE, what).hint("omit --alg"));
    }
    Ok(MintKey { signer, siblings: Vec::new(), notes: opened.warnings, store: Some(store) })
}

fn signing(store: &dyn Store, now: Timestamp) -> Result<Option<Signer>, Failure> {
    let (_, keys) = persistence::load(store).map_err(|error| keys_failed(&error))?;
    let sealing = present_sealing_key()?;
    let signer = keys.signing(now).map(|key| key.signer(sealing.as_ref())).transpose();
    signer.map_err(|error| keys_failed(&error.into()))
}
