//! A file that something else renews: a SPIFFE helper, a sidecar, a web identity file.

use super::request::IdentityError;
use std::path::PathBuf;

pub(super) const EXPIRED: &str = "the file was not renewed: does its writer still run?";

pub(super) fn missing(paths: &[PathBuf]) -> IdentityError {
    let path = paths.first().map(|path| path.display().to_string()).unwrap_or_default();
    IdentityError::new(
        format!("there is no file {path}"),
        "is the path right, and has the platform written the file yet?",
    )
}
