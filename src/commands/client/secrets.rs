//! New client secrets, generated or from stdin, and their hashes.

use super::failures::PHASE;
use crate::commands::environment::{read_all, stdin_is_terminal};
use crate::commands::{misplaced, prompt};
use crate::exit::{Exit, Failure};
use crate::http::visible;
use crate::registry::MIN_SECRET;
use crate::registry::generated_secret;
use crate::registry::secret_hash::SecretHash;
use crate::secret::Secret;

/// Generates a secret and its hash.
pub(super) fn made() -> Result<(Secret, SecretHash), Failure> {
    let secret =
        generated_secret::secret().map_err(|error| Failure::new(Exit::Local, PHASE, error.to_string()))?;
    let hash = SecretHash::of(&secret);
    Ok((secret, hash))
}

/// Generates a secret to show, or reads one from stdin. Also returns its hash.
pub(super) fn new(of_stdin: bool, notes: &mut Vec<String>) -> Result<(Option<Secret>, SecretHash), Failure> {
    if of_stdin {
        let hash = hash_of(&from_stdin(notes)?);
        return hash
            .map(|hash| (None, hash))
            .map_err(|failure| Failure { hint: failure.hint.or_else(|| Some(MADE.to_owned())), ..failure });
    }
    made().map(|(secret, hash)| (Some(secret), hash))
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
const DOUBTS: [&str; 2] = ["looks like a path", "is percent-encoded"];
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

/// Generated secrets have 256 bits, so a fast hash is enough. Chosen secrets have fewer and need argon2id.
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
    let bytes = read_all(std::io::stdin().lock(), "stdin").map_err(|error| usage(format!("{error:#}")))?;
    let secret = Secret::from_file_content(bytes);
    if secret.expose().trim_ascii().is_empty() {
        let failure = usage("the secret from stdin is empty".to_owned());
        return Err(failure.hint("printf %s \"$SECRET\" | heistctl client …, or < FILE"));
    }
    check(&secret, notes)?;
    Ok(secret)
}
