//! Failures that several files of `call` use.

use crate::client::agent::{self, TransportError};
use crate::client::redact::Redactor;
use crate::commands::session::failure;
use crate::exit::Failure;

pub(super) const PHASE: &str = "call";

/// The body of an answer ended early.
#[must_use]
pub fn broken_off(error: &std::io::Error) -> Failure {
    let error = agent::classify_read(error);
    let failure = Failure::new(failure::exit_for(&error), PHASE, error.to_string());
    match error {
        TransportError::TimedOut(_) => failure.hint("--timeout 60s gives it more time"),
        _ => failure.hint("the server or a proxy on the way failed, and its log says more"),
    }
}

/// Removes everything that was sent from a failure's texts.
pub(super) fn discreet(failure: Failure, redactor: &Redactor) -> Failure {
    let hint = failure.hint.map(|hint| redactor.redact_ours(&hint));
    Failure { what: redactor.redact_ours(&failure.what), hint, ..failure }
}

/// Maps the exit code to the range for token failures (14 to 17).
pub(super) fn while_getting_token(failure: Failure) -> Failure {
    Failure { exit: failure.exit.while_getting_token(), ..failure }
}
