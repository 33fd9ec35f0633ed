//! What `token` and `call` share: who asks whom for what, settled from flags, environment, profile and
//! defaults, and the token itself, from the cache or from the issuer.

pub mod acquire;
pub mod credentials;
pub mod profile;
mod secret_command;
pub mod settle;

use crate::client::agent::TransportError;
use crate::client::endpoint::{Endpoint, EndpointError};
use crate::client::refusal::TokenError;
use crate::client::retry::retry_after;
use crate::client::unspoken::cut;
use crate::clock::span;
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};
use acquire::Sent;
use settle::ClientOptions;

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
    let at = cut(&endpoint.to_string());
    let failure = Failure::new(exit_for(error), phase, format!("{at} ({origin}): {error}"));
    match error {
        TransportError::NoWay(_) => {
            failure.hint("write it as http://name:password@host:port, or NO_PROXY=host to do without")
        }
        TransportError::NotResolved => {
            failure.hint("is the network up, and do the DNS servers of this machine answer?")
        }
        TransportError::NotConnected(_) => {
            failure.hint("is the address right, and does no firewall swallow what is sent there?")
        }
        TransportError::Unreachable(_) if endpoint.is_loopback() => {
            failure.hint("is the server running? heistctl serve --demo starts one")
        }
        TransportError::TimedOut(_) => failure.hint("--timeout allows it more time"),
        TransportError::Tls { cure: Some(cure), .. } => failure.hint(*cure),
        TransportError::Unreachable(_) | TransportError::Tls { .. } | TransportError::NotHttp(_) => failure,
    }
}

/// What the server said, and what to do: what the answer's own fields say of that comes first.
pub(crate) fn refused(
    options: &ClientOptions,
    phase: &'static str,
    to: &Sourced<Endpoint>,
    sent: &Sent,
    error: &TokenError,
) -> Failure {
    let mut what = format!("{}: {error}", to.value);
    if let Some(wait) = retry_after(&sent.answer, sent.received) {
        let wait = span(u128::from(wait.as_secs()));
        what.push_str(&format!("; it wants to be left alone for {wait} (Retry-After)"));
    }
    let refused = matches!(error, TokenError::Refused { .. });
    let failure = Failure::new(if refused { Exit::Refused } else { Exit::ServerFailed }, phase, what);
    match (cure(options, &to.origin, sent.answer.status, error), sent.skew()) {
        (None, None) => failure,
        (Some(cure), None) => failure.hint(cure),
        (None, Some(skew)) => failure.hint(skew),
        (Some(cure), Some(skew)) => failure.hint(format!("{cure}; {skew}")),
    }
}

fn cure(options: &ClientOptions, origin: &str, status: u16, error: &TokenError) -> Option<String> {
    let code = match error {
        TokenError::Refused { error, .. } => error.as_str(),
        _ => "",
    };
    let credentials = &options.credentials;
    Some(match (code, status) {
        ("invalid_client", _) => format!(
            "check client id (from {}) and {} (from {}{})",
            credentials.id.origin,
            credentials.noun(),
            credentials.origin(),
            credentials.unseen().map(|unseen| format!("; it {unseen}")).unwrap_or_default()
        ),
        ("invalid_scope", _) => {
            "ask for fewer scopes with --scope, or have the client allowed more".to_owned()
        }
        ("invalid_target", _) => "ask for another --resource, or have the client allowed it".to_owned(),
        ("use_dpop_nonce", _) if options.dpop.is_some() => {
            "it was given the nonce that it asked for, and asks again".to_owned()
        }
        ("invalid_dpop_proof" | "use_dpop_nonce", _) if options.dpop.is_none() => {
            "the issuer wants tokens bound to a key: --dpop or --dpop-key".to_owned()
        }
        (_, 429) => "wait as long as it says; the cache saves requests".to_owned(),
        (_, 500..) => "try again later; its own log says more".to_owned(),
        (_, 400..=499) if code != "without an OAuth error" => return None,
        _ => format!("is this the right address (from {origin})? --issuer finds it by metadata"),
    })
}

/// The code for having no answer.
#[must_use]
pub const fn exit_for(error: &TransportError) -> Exit {
    match error {
        TransportError::Unreachable(_) | TransportError::Tls { .. } => Exit::Unreachable,
        TransportError::TimedOut(_) | TransportError::NotConnected(_) | TransportError::NotResolved => {
            Exit::TimedOut
        }
        TransportError::NoWay(_) => Exit::Usage,
        TransportError::NotHttp(_) => Exit::ServerFailed,
    }
}
