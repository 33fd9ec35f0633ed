//! Secrets of clients: made here, or taken from stdin, and what is kept of them.

use super::failures::PHASE;
use crate::commands::environment::{read_all, stdin_is_terminal};
use crate::commands::prompt;
use crate::exit::{Exit, Failure};
use crate::registry::MIN_SECRET;
use crate::registry::generated_secret;
use crate::registry::secret_hash::SecretHash;
use crate::secret::Secret;

/// A secret that is made here, and what verifies it.
pub(super) fn made() -> Result<(Secret, SecretHash), Failure> {
    let secret =
        generated_secret::secret().map_err(|error| Failure::new(Exit::Local, PHASE, error.to_string()))?;
    let hash = SecretHash::of(&secret);
    Ok((secret, hash))
}

/// A secret that is made here, to be shown, or somebody's own from stdin; and what verifies it.
pub(super) fn new(of_stdin: bool) -> Result<(Option<Secret>, SecretHash), Failure> {
    if of_stdin {
        return Ok((None, hash_of(&from_stdin()?)?));
    }
    made().map(|(secret, hash)| (Some(secret), hash))
}

/// A secret of ours has 256 bits, and a fast hash is enough; one that somebody made up has few.
pub(super) fn hash_of(secret: &Secret) -> Result<SecretHash, Failure> {
    match generated_secret::is_damaged(secret) {
        Some(false) => return Ok(SecretHash::of(secret)),
        Some(true) => {
            return Err(Failure::new(
                Exit::Usage,
                PHASE,
                "the secret looks like one of heistctl's and is damaged",
            )
            .hint("copy all of it"));
        }
        None => {}
    }
    if secret.characters() < MIN_SECRET {
        return Err(Failure::new(
            Exit::Usage,
            PHASE,
            format!("the secret is shorter than {MIN_SECRET} characters"),
        )
        .hint("without --secret-stdin a good one is made"));
    }
    SecretHash::slow(secret).map_err(|error| Failure::new(Exit::Local, PHASE, error.to_string()))
}

pub(super) fn from_stdin() -> Result<Secret, Failure> {
    let usage = |what: String| Failure::new(Exit::Usage, PHASE, what);
    if stdin_is_terminal() {
        return prompt::secret("Secret", PHASE);
    }
    let bytes = read_all(std::io::stdin().lock(), "stdin").map_err(|error| usage(format!("{error:#}")))?;
    let secret = Secret::from_file_content(bytes);
    if secret.is_empty() { Err(usage("the secret from stdin is empty".to_owned())) } else { Ok(secret) }
}
