//! Where a client's secret is: a file, a variable or a command; and reading it from there.

use super::private_files::kept;
use super::secret_command::{self, SecretCommand};
use super::source::SettingSource;
use crate::cli::SessionArgs;
use crate::commands::environment::{Sourced, path_var, secret_var, stdin_is_terminal};
use crate::commands::{misplaced, prompt};
use crate::exit::{Exit, Failure};
use crate::jose::keyfile::not_a_secret;
use crate::secret::Secret;
use crate::text;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The longest secret. A longer one does not fit into a header.
const MAX_SECRET: usize = 4096;
pub(super) const PHASE: &str = "client secret";
const RIGHT_FILE: &str = "is it the right file?";
const EMPTY: &str = "write the secret into it, mode 600; or set HEISTCTL_CLIENT_SECRET";
const EMPTY_STDIN: &str =
    "pipe it: pass show app | heistctl token --client-secret-file -; or set HEISTCTL_CLIENT_SECRET";
const WIDE: &str =
    "iconv -f UTF-16 -t UTF-8 FILE > secret.txt converts it; PowerShell: Set-Content -Encoding ascii";
pub(super) const VARIABLE: &str = "HEISTCTL_CLIENT_SECRET";
pub(super) const FILE: &str = "HEISTCTL_CLIENT_SECRET_FILE";

/// The sources of a setting, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Flag,
    Environment,
    Profile,
}

pub(super) enum SecretLocation {
    File(Sourced<PathBuf>),
    Variable(Sourced<Secret>),
    Command(Sourced<Vec<String>>),
}

impl SecretLocation {
    /// Whether a person has to type it.
    pub(super) fn is_prompted(&self) -> bool {
        matches!(self, Self::File(path) if path.value == Path::new("-")) && stdin_is_terminal()
    }

    pub(super) fn unexpanded(&self) -> Option<&'static str> {
        if let Self::Command(words) = self { misplaced::unexpanded(&words.value) } else { None }
    }
}

/// The location of the secret. The first source counts.
pub(super) fn place(
    args: &SessionArgs,
    source: &SettingSource,
    notes: &mut Vec<String>,
) -> Result<Option<(Rank, SecretLocation)>, Failure> {
    if let Some(path) = args.client_secret_file.clone() {
        return Ok(Some((Rank::Flag, SecretLocation::File(Sourced::new(path, "--client-secret-file")))));
    }
    if let Some(path) = path_var(FILE) {
        if secret_var(VARIABLE).is_some() {
            notes.push(format!("{FILE} is used, and {VARIABLE} is not: unset the one that you do not mean"));
        }
        return Ok(Some((Rank::Environment, SecretLocation::File(Sourced::new(path, FILE)))));
    }
    if let Some(secret) = secret_var(VARIABLE) {
        return Ok(Some((Rank::Environment, SecretLocation::Variable(secret))));
    }
    let file =
        source.path(None, "--client-secret-file", |p| p.client_secret_file.clone()).map(SecretLocation::File);
    let command = source.of_profile(|p| p.secret_command.clone());
    match (file, command) {
        (Some(_), Some(Sourced { origin, .. })) => {
            let what = format!("{origin} has client_secret_file and secret_command");
            Err(Failure::new(Exit::Usage, PHASE, what).hint("keep one of the two"))
        }
        (file, command) => {
            Ok(file.or(command.map(SecretLocation::Command)).map(|place| (Rank::Profile, place)))
        }
    }
}

/// Reads the secret from its location.
///
/// # Errors
/// Exit 2 if it cannot be read or is no secret; 7 if a command exceeds the deadline.
pub(super) fn fetched(
    place: SecretLocation,
    deadline: Instant,
    notes: &mut Vec<String>,
) -> Result<Sourced<Secret>, Failure> {
    let prompted = place.is_prompted();
    let secret = match place {
        SecretLocation::Variable(secret) => secret,
        SecretLocation::Command(words) => {
            let line = SecretCommand {
                key: "secret_command",
                phase: PHASE,
                words: &words.value,
                profile: &words.origin,
            };
            secret_command::run(&line, deadline)?
        }
        SecretLocation::File(_) if prompted => Sourced::new(prompt::secret("Client secret", PHASE)?, "stdin"),
        SecretLocation::File(path) => {
            let Sourced { value, origin } = kept(&path, PHASE, notes)?;
            Sourced::new(Secret::from_file_content(value.expose()), origin)
        }
    };
    let wrong = |what: String, hint: &str| {
        let what = format!("the secret from {} {what}", secret.origin);
        Err(Failure::new(Exit::Usage, PHASE, what).hint(hint))
    };
    // A key must not be sent to the server as if it were the secret.
    if let Some(what) = text::wide(secret.value.expose()) {
        return wrong(format!("is {what}"), WIDE);
    }
    match (secret.value.len(), not_a_secret(secret.value.expose())) {
        (_, Some(why)) => wrong(why, "a private key goes into --client-key FILE"),
        (0, _) if secret.origin == "stdin" => wrong("is empty".to_owned(), EMPTY_STDIN),
        (0, _) => wrong("is empty".to_owned(), EMPTY),
        (length, _) if length > MAX_SECRET => wrong(format!("is longer than {MAX_SECRET} bytes"), RIGHT_FILE),
        _ => Ok(secret),
    }
}
