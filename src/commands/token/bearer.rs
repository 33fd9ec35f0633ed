//! Tokens that a bearer may use, and those that need a proof or are not for access.

use crate::commands::session::settle::ClientOptions;
use crate::exit::{Exit, Failure};

/// Most output forms are for bearer tokens.
///
/// # Errors
/// Exit 2 if the token will not be one.
pub(in crate::commands) fn carries_it(options: &ClientOptions) -> Result<(), Failure> {
    let what = if options.connection.dpop.is_some() {
        "a token that is bound to a key is not a bearer token"
    } else if options.grant.requests_type() {
        "what --requested-token-type asks for is not an access token"
    } else {
        return Ok(());
    };
    let hint = "-o raw or -o json print it; heistctl call uses a token that is bound to a key";
    Err(Failure::new(Exit::Usage, "output", what).hint(hint))
}
