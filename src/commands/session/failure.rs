//! Why there is no token: the server was not reached, or it refused. Each failure names the URL, who gave
//! it, and what to try.

use super::answer::TimedAnswer;
use super::settle::{ClientOptions, Server};
use super::urls::METADATA_ORIGIN;
use crate::client::agent::TransportError;
use crate::client::endpoint::Endpoint;
use crate::client::redact::truncate;
use crate::client::refusal::{NO_OAUTH_ERROR, TokenError, asks_for_nonce};
use crate::client::retry::retry_after;
use crate::clock::span;
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};

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
    sent: &TimedAnswer,
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

fn cure(
    options: &ClientOptions,
    to: &Sourced<Endpoint>,
    sent: &TimedAnswer,
    error: &TokenError,
) -> Option<String> {
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
