//! What `token` and `call` share: who asks whom for what, settled from flags, environment, profile and
//! defaults, and the token itself, from the cache or from the issuer.

pub mod acquire;
pub mod credentials;
pub mod profile;
mod secret_command;
pub mod settle;

use crate::client::agent::TransportError;
use crate::client::endpoint::{Endpoint, EndpointError};
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};

/// Reads a URL.
///
/// # Errors
/// Exit 2; the message names where the URL came from, not the URL, which may hold a secret.
pub fn endpoint(
    text: &str,
    insecure_http: bool,
    phase: &'static str,
    origin: &str,
) -> Result<Endpoint, Failure> {
    Endpoint::parse(text, insecure_http).map_err(|error| {
        let failure = Failure::new(Exit::Usage, phase, format!("the URL from {origin}: {error}"));
        match error {
            EndpointError::Insecure => failure.hint("use https, or --insecure-http if the network is yours"),
            _ => failure.hint("write it as https://host/path"),
        }
    })
}

/// No answer: which URL, whose idea it was, and what to try.
#[must_use]
pub fn unreachable(phase: &'static str, url: &Sourced<Endpoint>, error: &TransportError) -> Failure {
    let Sourced { value: endpoint, origin } = url;
    let failure = Failure::new(exit_for(error), phase, format!("{endpoint} ({origin}): {error}"));
    match error {
        TransportError::Unreachable(_) if endpoint.is_loopback() => {
            failure.hint("is the server running? heistctl serve --demo starts one")
        }
        TransportError::TimedOut(_) => failure.hint("--timeout allows it more time"),
        TransportError::Tls { cure: Some(cure), .. } => failure.hint(*cure),
        TransportError::Unreachable(_) | TransportError::Tls { .. } | TransportError::NotHttp(_) => failure,
    }
}

/// The code for having no answer.
#[must_use]
pub const fn exit_for(error: &TransportError) -> Exit {
    match error {
        TransportError::Unreachable(_) | TransportError::Tls { .. } => Exit::Unreachable,
        TransportError::TimedOut(_) => Exit::TimedOut,
        TransportError::NotHttp(_) => Exit::ServerFailed,
    }
}
