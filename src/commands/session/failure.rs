//! Explains why there is no token: the server did not answer, or refused. Each failure has the URL, its
//! source, and a hint.

use super::answer::TimedAnswer;
use super::settle::{ClientOptions, TokenServer};
use super::urls::{METADATA_ORIGIN, setting};
use crate::client::agent::TransportError;
use crate::client::endpoint::EndpointUrl;
use crate::client::redact::truncate;
use crate::client::refusal::{NO_OAUTH_ERROR, TokenError, asks_for_nonce, wants_https};
use crate::client::retry::retry_after;
use crate::clock::span;
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};

/// The failure for a missing answer: the URL, its source, and a hint.
#[must_use]
pub fn unreachable(phase: &'static str, url: &Sourced<EndpointUrl>, error: &TransportError) -> Failure {
    let Sourced { value: endpoint, origin } = url;
    let at = truncate(&endpoint.to_string());
    let failure = Failure::new(exit_for(error), phase, format!("{at} ({origin}): {error}"));
    match error {
        TransportError::NoWay(_) => {
            failure.hint("write it as http://name:password@host:port, or set NO_PROXY=host to bypass it")
        }
        TransportError::NotResolved => {
            failure.hint("is the network up, and do the DNS servers of this machine answer?")
        }
        TransportError::NotConnected(_) => {
            failure.hint("is the address right, or does a firewall drop the packets?")
        }
        TransportError::UnknownHost(_) => {
            let host = truncate(endpoint.host());
            failure
                .hint(format!("is {host:?} spelled right (from {origin})? DNS must know it, or /etc/hosts"))
        }
        TransportError::Unreachable(_) if endpoint.is_loopback() => {
            let other = if origin.starts_with("default") {
                "; --token-url URL or HEISTCTL_TOKEN_URL=URL names another one"
            } else {
                ""
            };
            failure.hint(format!("is the server running? heistctl serve --demo starts one{other}"))
        }
        TransportError::TimedOut(_) => failure.hint("--timeout 60s gives it more time"),
        TransportError::NotHttp(_) if !endpoint.is_https() => {
            failure.hint(format!("does this port speak https? Try https{}", at.trim_start_matches("http")))
        }
        TransportError::Tls { cure: Some(cure), .. } | TransportError::Proxy { cure, .. } => {
            failure.hint(*cure)
        }
        TransportError::Unreachable(_) | TransportError::Tls { .. } | TransportError::NotHttp(_) => failure,
    }
}

/// The failure for a refusal, with a hint. Hints from the answer's own fields come first.
pub(crate) fn refused(
    options: &ClientOptions,
    phase: &'static str,
    to: &Sourced<EndpointUrl>,
    sent: &TimedAnswer,
    error: &TokenError,
) -> Failure {
    let mut what = format!("{}: {}", to.value, told(error));
    let doubt = is_about_client(sent, error).then(|| options.credentials.doubt()).flatten();
    what.extend(doubt.iter().map(|(doubt, _)| format!("; {doubt}")));
    if let Some(wait) = retry_after(&sent.answer, sent.received) {
        let wait = span(u128::from(wait.as_secs()));
        what.push_str(&format!("; it asks for a pause of {wait} (Retry-After)"));
    }
    let refused = matches!(error, TokenError::Refused { .. });
    let failure = Failure::new(if refused { Exit::Refused } else { Exit::ServerFailed }, phase, what);
    let doubted = doubt.map(|(_, cure)| cure.to_owned());
    let cures = [cure(options, to, sent, error), doubted, sent.skew()];
    let cures: Vec<String> = cures.into_iter().flatten().collect();
    if cures.is_empty() { failure } else { failure.hint(cures.join("; ")) }
}

/// The server's error. For a missing page, only its first line.
fn told(error: &TokenError) -> String {
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
    to: &Sourced<EndpointUrl>,
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
        return text(about_nonce(sent.with_nonce));
    }
    if wants_https(&sent.answer) {
        let https = to.value.to_string().replacen("http://", "https://", 1);
        return Some(format!("this port speaks https: {}", setting(&to.origin, &https)));
    }
    match (code, sent.answer.status) {
        ("invalid_client", _) => Some(check_client(options, to)),
        (_, 400..=499) if about_audience => Some(check_client(options, to)),
        ("invalid_scope", _) => Some(check_scope(options)),
        ("invalid_target", _) => Some(check_resource(options)),
        (_, 404 | 405) if is_token_endpoint(options, to) => Some(other_address(to, words)),
        ("unsupported_token_type", _) => {
            text("this server does not revoke such tokens: they are valid until they expire")
        }
        ("invalid_dpop_proof" | "use_dpop_nonce", _) if options.dpop.is_none() => {
            text("the issuer requires tokens bound to a key: --dpop or --dpop-key")
        }
        (_, 429) => text("wait for that time; cached tokens save requests"),
        (_, 500..) => text("try again later; the server's log says more"),
        _ if matches!(error, TokenError::Unusable(_) | TokenError::UnknownType(_)) => None,
        // A gateway or framework in front of the server refused the client.
        (_, 401 | 403) if !code.contains('_') || code == "invalid_token" => Some(check_client(options, to)),
        (_, 400..=499) if code != NO_OAUTH_ERROR => None,
        _ => Some(check_address(options, to)),
    }
}

/// The reason why the server asks for another nonce.
const fn about_nonce(was_given: bool) -> &'static str {
    if was_given {
        "it got the nonce that it asked for, and asks again"
    } else {
        "the server asks for a nonce in the DPoP proof, but its answer has no DPoP-Nonce header"
    }
}

/// The scopes to request, or to allow.
fn check_scope(options: &ClientOptions) -> String {
    let origin = options.scope_origin.as_deref().unwrap_or("--scope");
    let id = &options.credentials.id.value;
    format!(
        "request fewer scopes with {origin}, or allow more: heistctl client set {id} --scope 'EVERY SCOPE'"
    )
}

/// The resources to request, or to allow.
fn check_resource(options: &ClientOptions) -> String {
    let resource = options.resources.first().map_or("URI", String::as_str);
    let id = &options.credentials.id.value;
    format!("request another --resource, or allow it: heistctl client set {id} --audience {resource}")
}

fn is_token_endpoint(options: &ClientOptions, to: &Sourced<EndpointUrl>) -> bool {
    matches!(&options.server, TokenServer::Endpoint(token) if token.value == to.value)
}

/// The correct address for a 404: from the server's message, without a trailing slash, or from the metadata.
fn other_address(to: &Sourced<EndpointUrl>, words: Option<&str>) -> String {
    let words = words.unwrap_or_default();
    let is_token = |path: &&str| path.starts_with('/') && path.ends_with("/token");
    let named = words.split([' ', ',', ';']).find(is_token);
    let path = to.value.uri().path();
    let bare = Some(path.trim_end_matches('/')).filter(|bare| *bare != path && !bare.is_empty());
    match named.or(bare).and_then(|path| to.value.with_path(path)) {
        Some(meant) => format!("there is no token endpoint; try {}", setting(&to.origin, &meant.to_string())),
        None => {
            let at = to.value.origin();
            format!(
                "is this the right address (from {})? --issuer finds it by metadata: --issuer {at}",
                to.origin
            )
        }
    }
}

/// The address to check if the server does not speak OAuth. Flags that were given are not suggested.
fn check_address(options: &ClientOptions, to: &Sourced<EndpointUrl>) -> String {
    match &options.server {
        TokenServer::Issuer(issuer) if to.origin == METADATA_ORIGIN => {
            format!(
                "is {} ({}) the right issuer? its metadata names this address",
                issuer.value, issuer.origin
            )
        }
        TokenServer::Issuer(_) => format!("is this the right address (from {})?", to.origin),
        TokenServer::Endpoint(_) => {
            format!("is this the right address (from {})? --issuer finds it by metadata", to.origin)
        }
    }
}

/// The credentials to check after a refusal.
fn check_client(options: &ClientOptions, to: &Sourced<EndpointUrl>) -> String {
    let check = format!("check {}", options.credentials.to_check());
    if !options.credentials.asserts() {
        return check;
    }
    // rfc7523bis requires the issuer as an assertion's audience. Many servers still expect the token
    // endpoint.
    let other = match (&options.assertion_audience, &options.server) {
        (Some(audience), _) => format!("--assertion-audience, which is {audience:?}"),
        (None, TokenServer::Issuer(_)) => {
            format!("--assertion-audience {}: the default is the issuer", to.value)
        }
        (None, TokenServer::Endpoint(_)) => {
            "--assertion-audience ISSUER: the default is the token endpoint".to_owned()
        }
    };
    format!("{check}; or the server expects another audience in the assertion: {other}")
}

/// The exit code for a missing answer.
#[must_use]
pub const fn exit_for(error: &TransportError) -> Exit {
    match error {
        TransportError::Unreachable(_)
        | TransportError::UnknownHost(_)
        | TransportError::Tls { .. }
        | TransportError::Proxy { .. } => Exit::Unreachable,
        TransportError::TimedOut(_) | TransportError::NotConnected(_) | TransportError::NotResolved => {
            Exit::TimedOut
        }
        TransportError::NoWay(_) => Exit::Usage,
        TransportError::NotHttp(_) => Exit::ServerFailed,
    }
}
