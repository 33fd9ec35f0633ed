//! A variable that holds the identity.

use super::request::IdentityError;

pub(super) const EXPIRED: &str =
    "a variable is not renewed while a job runs: get the token earlier in the job, or from another source";

/// The name of a variable. Anything else may be the token itself, and is not shown.
pub(super) fn variable(name: &str, example: &str) -> Result<String, IdentityError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.len() <= 64 && name.bytes().all(fits) {
        return Ok(name.to_owned());
    }
    let what = "what follows the colon is not the name of a variable (not shown: it may be the token)";
    Err(IdentityError::new(what, format!("--identity {example}")))
}

pub(super) fn missing(name: &str) -> IdentityError {
    IdentityError::new(
        format!("the variable {name} is not set"),
        "is it exported, and passed on to this step or container?",
    )
}
