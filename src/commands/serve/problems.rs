//! Problems of a configuration.

use super::placeholders::LeftPlaceholder;
use crate::commands::environment::{NAMES_THE_VARIABLE, Sourced, is_variable_name, secret_var};
use crate::exit::{Exit, Failure};
use crate::secret::Secret;
use std::path::Path;

pub(super) const PHASE: &str = "configuration";

pub(super) fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, PHASE, what)
}

/// The secret in the environment variable that a key of the configuration names.
pub(super) fn from_env(name: &str, key: &str) -> Result<Sourced<Secret>, Failure> {
    if !is_variable_name(name) {
        return Err(wrong(format!("{key} is no name of an environment variable")).hint(NAMES_THE_VARIABLE));
    }
    secret_var(name).ok_or_else(|| {
        wrong(format!("{key} names {name}, which is not set"))
            .hint(format!("export {name} before the server starts"))
    })
}

/// Adds the file of the configuration to a failure. If a placeholder is the cause, the hint is to replace it.
pub(super) fn in_file(file: &Path, left: &[LeftPlaceholder], failure: Failure) -> Failure {
    let cause = left.iter().find(|left| left.is_cause_of(&failure.what));
    let hint = cause.map(|left| replace(&left.found)).or(failure.hint);
    Failure { what: format!("{}: {}", file.display(), failure.what), hint, ..failure }
}

/// The cure for a placeholder.
pub(super) fn replace(placeholder: &str) -> String {
    format!(
        "{placeholder} is a placeholder, and heist.toml expands no variables: write the value itself, or make the \
         file by envsubst"
    )
}
