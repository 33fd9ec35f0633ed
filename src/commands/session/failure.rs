//! Explains why there is no token: the server did not answer, or refused. Each failure has the URL, its
//! source, and a hint.

use super::answer::TimedAnswer;
use super::client_doubt::ClientDoubt;
use super::refusal_cure;
use super::settle::ClientOptions;
use super::urls::setting;
use crate::client::agent::TransportError;
use crate::client::endpoint::EndpointUrl;
use crate::client::redact::truncate;
use crate::client::refusal::{TokenError, asks_for_nonce};
use crate::client::retry::retry_after;
use crate::clock::span;
use crate::commands::environment::Sourced;
use crate::commands::listen_address::DEFAULT;
use crate::exit::{Exit, Failure};

/// The failure for a missing answer: the URL, its source, and a hint.
#[must_use]
pub fn unreachable(phase: &'static str, url: &Sourced<EndpointUrl>, error: &TransportError) -> Failure {
    let at = truncate(&url.value.to_string());
    let failure = Failure::new(exit_for(error), phase, format!("{at} ({}): {error}", url.origin));
    match transport_cure(url, error) {
        Some(cure) => failure.hint(cure),
        None => failure,
    }
}

fn transport_cure(url: &Sourced<EndpointUrl>, error: &TransportError) -> Option<String> {
    let Sourced { value: endpoint, origin } = url;
    let (at, host) = (truncate(&endpoint.to_string()), truncate(endpoint.host()));
    let with_scheme = |scheme: &str| {
        let (_, rest) = at.split_once("://").unwrap_or_default();
        setting(origin, &format!("{scheme}://{}", without_well_known(rest)))
    };
    Some(match error {
        TransportError::NoWay(_) => {
            "write it as http://name:password@host:port, or set NO_PROXY=host to bypass it".to_owned()
        }
        TransportError::NoProxy(_) => {
            format!("is the proxy's address right, and is it running? NO_PROXY={host} goes without it")
        }
        TransportError::NotResolved => {
            "is the network up, and do the DNS servers of this machine answer?".to_owned()
        }
        TransportError::NotConnected(_) => FIREWALL.to_owned(),
        TransportError::UnknownHost(_) => {
            format!("is {host:?} spelled right (from {origin})? DNS must know it, or /etc/hosts")
        }
        TransportError::Unreachable(_) if endpoint.is_loopback() => not_running(url),
        TransportError::Unreachable(_) => format!(
            "are host and port right (from {origin}), and is the server running? curl -v {} tries the same",
            endpoint.origin()
        ),
        TransportError::TimedOut(_) => "--timeout 60s gives it more time".to_owned(),
        TransportError::NotHttp(_) if !endpoint.is_https() => {
            format!("does this port speak https? Try {}", with_scheme("https"))
        }
        TransportError::NotHttp(_) => format!(
            "is it an HTTP server (from {origin})? curl -v {} shows what it answers",
            endpoint.origin()
        ),
        TransportError::BadAnswer(_) => failed_within(origin),
        TransportError::NotTls(_) => format!("is it http:// on this port? {}", with_scheme("http")),
        TransportError::Tls { cure, .. } => (*cure)?.to_owned(),
        TransportError::Proxy { cure, .. } => (*cure).to_owned(),
    })
}

const FIREWALL: &str = "is the address right, or does a firewall drop the packets?";

fn failed_within(origin: &str) -> String {
    format!(
        "is the address right (from {origin})? If so, the server or a proxy failed, and its log says more"
    )
}

/// Turns the address of an issuer's metadata into the issuer: the well-known name goes before its path.
fn without_well_known(address: &str) -> String {
    let Some((host, rest)) = address.split_once("/.well-known/") else { return address.to_owned() };
    let path = rest.split_once('/').map(|(_, path)| format!("/{path}")).unwrap_or_default();
    format!("{host}{path}")
}

fn not_running(url: &Sourced<EndpointUrl>) -> String {
    let other = if url.origin.starts_with("default") {
        "; --token-url URL or HEISTCTL_TOKEN_URL=URL names another one"
    } else {
        ""
    };
    // The demo listens at the default address.
    let demo = if url.value.port() == DEFAULT.port() { " --demo" } else { "" };
    format!("is the server running? heistctl serve{demo} starts one{other}")
}

/// The failure for a refusal, with a hint. Hints from the answer's own fields come first.
pub(crate) fn refused(
    options: &ClientOptions,
    phase: &'static str,
    to: &Sourced<EndpointUrl>,
    sent: &TimedAnswer,
    error: &TokenError,
) -> Failure {
    let mut what = format!("{}: {}", to.value, shown(error));
    if sent.answer.status == 405 && refusal_cure::is_token_endpoint(options, to) {
        what.push_str("; it is not a token endpoint, which takes POST");
    }
    let doubt = is_about_client(sent, error).then(|| options.credentials.doubt()).flatten();
    // heistctl serve may have said it already.
    let is_new = |doubt: &&ClientDoubt| !what.ends_with(&doubt.what);
    let new = doubt.as_ref().filter(is_new).map(|doubt| format!("; the {} {}", doubt.of, doubt.what));
    what.extend(new);
    if let Some(wait) = retry_after(&sent.answer, sent.received) {
        let wait = span(u128::from(wait.as_secs()));
        what.push_str(&format!("; it asks for a pause of {wait} (Retry-After)"));
    }
    let refused = matches!(error, TokenError::Refused { .. });
    let failure = Failure::new(if refused { Exit::Refused } else { Exit::ServerFailed }, phase, what);
    let known = doubt.map(|doubt| format!("check {}; {}", options.credentials.to_check(), doubt.cure));
    let cures = [known.or_else(|| cure(options, phase, to, sent, error)), sent.skew()];
    let cures: Vec<String> = cures.into_iter().flatten().collect();
    if cures.is_empty() { failure } else { failure.hint(cures.join("; ")) }
}

/// The server's error. For a missing page, only its first line.
fn shown(error: &TokenError) -> String {
    match error {
        TokenError::Refused { status: 404, error, description: Some(words) } => {
            let first = words.split(';').next().unwrap_or_default();
            format!("404 {error}: {}", truncate(first))
        }
        other => other.to_string(),
    }
}

/// Whether the refusal may be about the client's credentials.
fn is_about_client(sent: &TimedAnswer, error: &TokenError) -> bool {
    matches!(error, TokenError::Refused { error, .. } if error == "invalid_client" || sent.answer.status == 401)
}

fn cure(
    options: &ClientOptions,
    phase: &str,
    to: &Sourced<EndpointUrl>,
    sent: &TimedAnswer,
    error: &TokenError,
) -> Option<String> {
    if asks_for_nonce(&sent.answer) && options.connection.dpop.is_some() {
        return Some(about_nonce(sent.with_nonce).to_owned());
    }
    refusal_cure::of_refusal(options, phase, to, sent, error)
}

/// The reason why the server asks for another nonce.
const fn about_nonce(was_given: bool) -> &'static str {
    if was_given {
        "it got the nonce that it asked for, and asks again: its log says more; without --dpop there is no nonce"
    } else {
        "the server asks for a nonce in the DPoP proof, but its answer has no DPoP-Nonce header"
    }
}

/// The exit code for a missing answer.
#[must_use]
pub const fn exit_for(error: &TransportError) -> Exit {
    match error {
        TransportError::Unreachable(_)
        | TransportError::UnknownHost(_)
        | TransportError::Tls { .. }
        | TransportError::NotTls(_)
        | TransportError::NoProxy(_)
        | TransportError::Proxy { .. } => Exit::Unreachable,
        TransportError::TimedOut(_) | TransportError::NotConnected(_) | TransportError::NotResolved => {
            Exit::TimedOut
        }
        TransportError::NoWay(_) => Exit::Usage,
        TransportError::NotHttp(_) | TransportError::BadAnswer(_) => Exit::ServerFailed,
    }
}
