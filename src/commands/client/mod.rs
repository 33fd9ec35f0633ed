//! What `token` and `call` share: who asks whom for what, settled from flags, environment, profile and
//! defaults, and the token itself, from the cache or from the issuer.

pub mod acquire;
pub mod credentials;
mod endpoints;
pub mod profile;
mod secret_command;
pub mod settle;

use crate::client::agent::TransportError;
use crate::client::discovery::{self, NamedError};
use crate::client::endpoint::{Endpoint, EndpointError};
use crate::client::redact::truncate;
use crate::client::refusal::{NO_OAUTH_ERROR, TokenError, asks_for_nonce};
use crate::client::retry::retry_after;
use crate::clock::span;
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};
use acquire::Sent;
use settle::{ClientOptions, Server};

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

/// Where an address is from that the metadata names.
const METADATA_ORIGIN: &str = "the issuer's metadata";

/// An address that an issuer's metadata names.
///
/// # Errors
/// Exit 5 where it is not used.
pub fn named(
    member: &'static str,
    url: &str,
    issuer: &str,
    insecure_http: bool,
    phase: &'static str,
) -> Result<Sourced<Endpoint>, Failure> {
    let named = discovery::named(url, issuer, insecure_http).map_err(|error| {
        let what = format!("{member} in the metadata of {}: {error}", truncate(issuer));
        let hint = match error {
            NamedError::Downgrade(_) => "the issuer must name https there",
            NamedError::Address(EndpointError::Insecure) => {
                "--insecure-http allows it, if the network is yours"
            }
            NamedError::Address(_) => "the issuer must name a URL there: https://host/path",
        };
        Failure::new(Exit::ServerFailed, phase, what).hint(hint)
    })?;
    Ok(Sourced::new(named, METADATA_ORIGIN))
}

/// No answer: which URL, whose idea it was, and what to try.
#[must_use]
pub fn unreachable(phase: &'static str, url: &Sourced<Endpoint>, error: &TransportError) -> Failure {
    let Sourced { value: endpoint, origin } = url;
    let at = truncate(&endpoint.to_string());
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
        TransportError::Tls { cure: Some(cure), .. } | TransportError::Proxy { cure, .. } => {
            failure.hint(*cure)
        }
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
    match (cure(options, to, sent, error), sent.skew()) {
        (None, None) => failure,
        (Some(cure), None) => failure.hint(cure),
        (None, Some(skew)) => failure.hint(skew),
        (Some(cure), Some(skew)) => failure.hint(format!("{cure}; {skew}")),
    }
}

fn cure(options: &ClientOptions, to: &Sourced<Endpoint>, sent: &Sent, error: &TokenError) -> Option<String> {
    let (code, words) = match error {
        TokenError::Refused { error, description, .. } => (error.as_str(), description.as_deref()),
        _ => ("", None),
    };
    let about_audience = options.credentials.asserts() && words.is_some_and(|words| words.contains("aud"));
    let text = |text: &str| Some(text.to_owned());
    if asks_for_nonce(&sent.answer) && options.dpop.is_some() {
        return text(if sent.with_nonce {
            "it was given the nonce that it asked for, and asks again"
        } else {
            "the server asks for a nonce in the DPoP proof, but its answer has no DPoP-Nonce header"
        });
    }
    match (code, sent.answer.status) {
        ("invalid_client", _) => Some(check_client(options, to)),
        (_, 400..=499) if about_audience => Some(check_client(options, to)),
        ("invalid_scope", _) => text("ask for fewer scopes with --scope, or have the client allowed more"),
        ("invalid_target", _) => text("ask for another --resource, or have the client allowed it"),
        ("unsupported_token_type", _) => {
            text("this server does not revoke such tokens: they are good until they expire")
        }
        ("invalid_dpop_proof" | "use_dpop_nonce", _) if options.dpop.is_none() => {
            text("the issuer wants tokens bound to a key: --dpop or --dpop-key")
        }
        (_, 429) => text("wait as long as it says; the cache saves requests"),
        (_, 500..) => text("try again later; its own log says more"),
        _ if matches!(error, TokenError::Unusable(_) | TokenError::UnknownType(_)) => None,
        // A gateway before the server, or a framework in it, has refused whoever asked.
        (_, 401 | 403) if !code.contains('_') || code == "invalid_token" => Some(check_client(options, to)),
        (_, 400..=499) if code != NO_OAUTH_ERROR => None,
        _ => Some(check_address(options, to)),
    }
}

/// The address to check where a server does not speak OAuth. A flag that was given is not recommended.
fn check_address(options: &ClientOptions, to: &Sourced<Endpoint>) -> String {
    match &options.server {
        Server::Issuer(issuer) if to.origin == METADATA_ORIGIN => {
            format!(
                "is {} ({}) the right issuer? its metadata names this address",
                issuer.value, issuer.origin
            )
        }
        Server::Issuer(_) => format!("is this the right address (from {})?", to.origin),
        Server::Endpoint(_) => {
            format!("is this the right address (from {})? --issuer finds it by metadata", to.origin)
        }
    }
}

/// The things to check where the server does not believe the client.
fn check_client(options: &ClientOptions, to: &Sourced<Endpoint>) -> String {
    let check = format!("check {}", options.credentials.to_check());
    if !options.credentials.asserts() {
        return check;
    }
    // rfc7523bis wants the issuer as an assertion's audience, many servers still the token endpoint.
    let other = match (&options.assertion_audience, &options.server) {
        (Some(audience), _) => format!("--assertion-audience, which is {audience:?}"),
        (None, Server::Issuer(_)) => format!("--assertion-audience {}: the default is the issuer", to.value),
        (None, Server::Endpoint(_)) => {
            "--assertion-audience ISSUER: the default is the token endpoint".to_owned()
        }
    };
    format!("{check}; or the server wants another audience in the assertion: {other}")
}

/// The code for having no answer.
#[must_use]
pub const fn exit_for(error: &TransportError) -> Exit {
    match error {
        TransportError::Unreachable(_) | TransportError::Tls { .. } | TransportError::Proxy { .. } => {
            Exit::Unreachable
        }
        TransportError::TimedOut(_) | TransportError::NotConnected(_) | TransportError::NotResolved => {
            Exit::TimedOut
        }
        TransportError::NoWay(_) => Exit::Usage,
        TransportError::NotHttp(_) => Exit::ServerFailed,
    }
}
