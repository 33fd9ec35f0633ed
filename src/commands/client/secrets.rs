//! New client secrets, generated or from stdin, and what the store has of them.

use super::failures::PHASE;
use super::record::unfit;
use crate::commands::environment::{read_all, stdin_is_terminal};
use crate::commands::store::StoreUrl;
use crate::commands::store_key::{STORE_KEY, keys_failed, sealing_key};
use crate::commands::{misplaced, prompt};
use crate::exit::{Exit, Failure};
use crate::http::visible;
use crate::jose::sealing::SealingKey;
use crate::os_error::plain_chain;
use crate::registry::record::ClientRecord;
use crate::registry::secret_hash::SecretHash;
use crate::registry::store::Store;
use crate::registry::{MIN_SECRET, generated_secret, secret_sealing, shared_key, shared_secrets};
use crate::secret::Secret;
use std::cell::OnceCell;
use std::sync::Arc;

/// Makes secrets, and what the store has of them.
pub(super) struct SecretWriter {
    store: Arc<dyn Store>,
    url: StoreUrl,
    /// The key for secrets that clients sign with, once it was needed.
    sealing: OnceCell<Option<SealingKey>>,
}

impl SecretWriter {
    pub(super) fn new(store: Arc<dyn Store>, url: StoreUrl) -> Self {
        Self { store, url, sealing: OnceCell::new() }
    }

    /// Generates a secret to show, or reads one from stdin. Also returns what the store has of it.
    pub(super) fn new_secret(
        &self,
        record: &ClientRecord,
        of_stdin: bool,
        notes: &mut Vec<String>,
    ) -> Result<(Option<Secret>, String), Failure> {
        let done = if of_stdin {
            let kept = from_stdin(notes).and_then(|secret| self.kept(record, &secret));
            kept.map(|kept| (None, kept)).map_err(|failure| Failure {
                hint: failure.hint.or_else(|| Some(MADE.to_owned())),
                ..failure
            })?
        } else {
            let (secret, kept) = self.made(record)?;
            (Some(secret), kept)
        };
        if record.signs_with_secret() && self.sealing()?.is_none() {
            notes.push(format!(
                "the store has the secret itself, not sealed, because the client signs with it; with {STORE_KEY} \
                 it is sealed"
            ));
        }
        Ok(done)
    }

    /// Generates a secret. Also returns what the store has of it.
    pub(super) fn made(&self, record: &ClientRecord) -> Result<(Secret, String), Failure> {
        let made = generated_secret::secret();
        let secret = made.map_err(|error| Failure::new(Exit::Local, PHASE, error.to_string()))?;
        let kept = self.kept(record, &secret)?;
        Ok((secret, kept))
    }

    /// The hash of a secret, or the secret itself if the client signs with it.
    fn kept(&self, record: &ClientRecord, secret: &Secret) -> Result<String, Failure> {
        if !record.signs_with_secret() {
            return hash_of(secret).map(|hash| hash.text());
        }
        is_generated(secret)?;
        shared_key(secret.clone(), "stdin").map_err(|why| unfit(why, PHASE))?;
        let kept = shared_secrets::text(&record.id, secret, self.sealing()?);
        kept.map_err(|error| Failure::new(Exit::Local, PHASE, format!("the secret: {error}")))
    }

    fn sealing(&self) -> Result<Option<&SealingKey>, Failure> {
        if let Some(known) = self.sealing.get() {
            return Ok(known.as_ref());
        }
        let given = sealing_key(&self.url)?;
        let fit = secret_sealing::key_for_secrets(self.store.as_ref(), given.as_ref());
        let fit = fit.map_err(|error| keys_failed(&error))?;
        Ok(self.sealing.get_or_init(|| fit).as_ref())
    }
}

const MADE: &str = "without --secret-stdin heistctl makes a good one";
/// Common mistakes, and the hint when a secret is registered.
const INSTEAD: [(&str, &str); 5] = [
    ("is a PEM", "a client with a key has no secret: heistctl client add ID --jwks public.pem"),
    ("is the address of a secret in a secret manager", "pipe what the secret manager prints"),
    ("has more than one line", "give the line of the secret alone: head -n 1 FILE"),
    (
        "has a variable in it that was not expanded",
        "a shell expands it in double quotes: printf %s \"$SECRET\"",
    ),
    ("is a placeholder", "write the secret in its place, or leave it to heistctl to make one"),
];
/// Patterns that real secrets match by chance.
const DOUBTS: [&str; 4] = [
    "looks like a path",
    "begins with @, which only curl takes for a file",
    "is a file: URL",
    "is percent-encoded",
];
const HASH: &str = "it belongs in secret_hash, in heist.toml or in a line for heistctl client import";

/// Rejects a value that is not a secret. A doubtful one gets a note.
fn check(secret: &Secret, notes: &mut Vec<String>) -> Result<(), Failure> {
    let wrong = |why: &str, hint: &str| {
        Err(Failure::new(Exit::Usage, PHASE, format!("the secret from stdin {why}")).hint(hint))
    };
    let Ok(text) = secret.expose_str() else { return Ok(()) };
    if text.parse::<SecretHash>().is_ok() || text.starts_with("$argon2") || text.starts_with("$2") {
        return wrong("is a hash of a secret, not the secret", HASH);
    }
    if let Some((what, cure)) = misplaced::secret(text) {
        if DOUBTS.contains(&what) {
            notes.insert(0, format!("the secret {what}: it is used unchanged"));
            return Ok(());
        }
        let cure = INSTEAD.iter().find(|(known, _)| *known == what).map_or(cure, |(_, cure)| cure);
        return wrong(what, cure);
    }
    match visible::unseen(text).filter(|why| !why.starts_with("contains")) {
        Some(why) => wrong(&why, "give it without that character: printf %s writes no line end"),
        None => Ok(()),
    }
}

/// Whether heistctl generated the secret.
fn is_generated(secret: &Secret) -> Result<bool, Failure> {
    match generated_secret::is_damaged(secret) {
        Some(false) => Ok(true),
        Some(true) => {
            let what = "the secret looks like one of heistctl's and is damaged";
            Err(Failure::new(Exit::Usage, PHASE, what).hint("copy all of it"))
        }
        None => Ok(false),
    }
}

/// Generated secrets have 256 bits, so a fast hash is enough. Chosen secrets have fewer and need argon2id.
pub(super) fn hash_of(secret: &Secret) -> Result<SecretHash, Failure> {
    if is_generated(secret)? {
        return Ok(SecretHash::of(secret));
    }
    if secret.characters() < MIN_SECRET {
        return Err(Failure::new(
            Exit::Usage,
            PHASE,
            format!("the secret is shorter than {MIN_SECRET} characters"),
        ));
    }
    SecretHash::slow(secret).map_err(|error| Failure::new(Exit::Local, PHASE, error.to_string()))
}

/// A value that may be a secret.
pub(super) fn from_stdin(notes: &mut Vec<String>) -> Result<Secret, Failure> {
    let usage = |what: String| Failure::new(Exit::Usage, PHASE, what);
    if stdin_is_terminal() {
        return prompt::secret("Secret", PHASE);
    }
    let bytes = read_all(std::io::stdin().lock(), "stdin").map_err(|error| usage(plain_chain(&error)))?;
    let secret = Secret::from_file_content(bytes);
    if secret.expose().trim_ascii().is_empty() {
        let failure = usage("the secret from stdin is empty".to_owned());
        return Err(failure.hint("printf %s \"$SECRET\" | heistctl client …, or < FILE"));
    }
    check(&secret, notes)?;
    Ok(secret)
}
