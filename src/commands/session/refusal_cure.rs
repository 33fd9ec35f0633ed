//! The hint for a refused token request, from what the issuer said and from what was sent.

use super::answer::TimedAnswer;
use super::connection::TokenServer;
use super::scope_cure;
use super::settle::ClientOptions;
use super::source::PHASE;
use super::urls::{METADATA_ORIGIN, setting};
use crate::client::agent::Answer;
use crate::client::endpoint::EndpointUrl;
use crate::client::refusal::{NO_OAUTH_ERROR, TokenError, wants_https};
use crate::commands::environment::Sourced;
use crate::commands::serve::demo;
use crate::http::TOKEN_PATH;
use crate::text::shell_word;

/// Hints for error codes (RFC 6749 section 5.2) of a token request; `§` stands for the client id.
const CODES: [(&str, &str); 9] = [
    (
        "unauthorized_client",
        "the issuer must allow client § the grant client_credentials; consoles call it machine-to-machine or \
         service account",
    ),
    (
        "unsupported_grant_type",
        "this endpoint must support the grant client_credentials: turn it on at the issuer, or name another \
         endpoint: --token-url URL",
    ),
    (
        "invalid_grant",
        "the issuer refuses client_credentials for client §: is the client in this realm or tenant, and is \
         that grant turned on for it?",
    ),
    (
        "access_denied",
        "a rule of the issuer refuses client §, and the issuer's log names it; --scope and --resource change \
         the request",
    ),
    (
        "invalid_request",
        "-v shows the request; many issuers require --scope, --resource or --audience, or --param NAME=VALUE",
    ),
    (
        "insufficient_scope",
        "the issuer does not let client § do this: --scope changes the request; its log says more",
    ),
    ("temporarily_unavailable", LATER),
    ("server_error", LATER),
    ("slow_down", LATER),
];
const OTHER_TYPE: &str = "the issuer must issue tokens of type Bearer, or DPoP with --dpop";
const LATER: &str = "try again later; the server's log says more";
/// Descriptions of `serve --demo` and `explain_client_errors`.
const UNKNOWN_CLIENT: &str = "Unknown client";
const WRONG_SECRET: &str = "Invalid secret";

pub(super) fn of_refusal(
    options: &ClientOptions,
    phase: &str,
    to: &Sourced<EndpointUrl>,
    sent: &TimedAnswer,
    error: &TokenError,
) -> Option<String> {
    let (code, words) = match error {
        TokenError::Refused { error, description, .. } => (error.as_str(), description.as_deref()),
        TokenError::Redirect(_) => return Some(of_redirect(options, to, &sent.answer)),
        _ => ("", None),
    };
    if wants_https(&sent.answer) {
        let https = to.value.to_string().replacen("http://", "https://", 1);
        return Some(format!("this port speaks https: {}", setting(&to.origin, &https)));
    }
    let about_audience = options.credentials.asserts() && words.is_some_and(|words| words.contains("aud"));
    let text = |text: &str| Some(text.to_owned());
    match (code, sent.answer.status) {
        ("invalid_client", _) => Some(check_client(options, to, words)),
        (_, 400..=499) if about_audience => Some(check_client(options, to, words)),
        ("invalid_scope", _) => Some(scope_cure::of(options, to, words)),
        ("invalid_target", _) => Some(check_resource(options, to)),
        (_, 404 | 405) if is_token_endpoint(options, to) => Some(other_address(to, words)),
        ("unsupported_token_type", _) => {
            text("this server does not revoke such tokens: they are valid until they expire")
        }
        ("invalid_dpop_proof" | "use_dpop_nonce", _) if options.connection.dpop.is_none() => {
            text("the issuer requires tokens bound to a key: --dpop or --dpop-key")
        }
        (_, 407) => {
            text("a proxy on the way wants a name and a password: HTTPS_PROXY=http://name:password@host:port")
        }
        (_, 429) => text("wait for that time; cached tokens save requests"),
        (_, 500..) => text(LATER),
        _ if matches!(error, TokenError::UnknownType(_)) => text(OTHER_TYPE),
        _ if matches!(error, TokenError::Unusable(_)) => None,
        (_, 401 | 403) if is_page(&sent.answer) => Some(format!(
            "{}; or a firewall or a proxy on the way refuses the request, since the answer is a web page",
            check_client(options, to, words)
        )),
        // A gateway or framework in front of the server refused the client.
        (_, 401 | 403) if !code.contains('_') || code == "invalid_token" => {
            Some(check_client(options, to, words))
        }
        (code, 400..=499) if code != NO_OAUTH_ERROR => of_code(options, phase, code),
        _ => Some(check_address(options, to)),
    }
}

fn of_code(options: &ClientOptions, phase: &str, code: &str) -> Option<String> {
    let (_, cure) = CODES.iter().find(|(known, _)| *known == code).filter(|_| phase == PHASE)?;
    let cure = cure.replace('§', options.credentials.id());
    Some(cure.replace("client_credentials", options.grant.name()))
}

fn is_page(answer: &Answer) -> bool {
    answer.body.trim_ascii_start().starts_with(b"<")
}

/// The address that a redirect names, if it looks like a token endpoint, else the one to check.
fn of_redirect(options: &ClientOptions, to: &Sourced<EndpointUrl>, answer: &Answer) -> String {
    let location = answer.headers.get("location").unwrap_or_default();
    let target = if location.starts_with('/') {
        to.value.with_path(location.split(['?', '#']).next().unwrap_or_default())
    } else {
        EndpointUrl::parse(location, true).ok()
    };
    let asks_person =
        |path: &str| ["login", "signin", "authorize", "sso"].iter().any(|word| path.contains(word));
    match target {
        Some(target) if asks_person(&target.uri().path().to_ascii_lowercase()) => {
            format!("it leads to {target}, where people log in; {}", check_address(options, to))
        }
        Some(target) => {
            format!(
                "the address (from {}) leads to {target}: if you trust it, {}",
                to.origin,
                setting("--token-url", &target.to_string())
            )
        }
        None => check_address(options, to),
    }
}

/// The resources to request, or to allow.
fn check_resource(options: &ClientOptions, to: &Sourced<EndpointUrl>) -> String {
    let named = options.resources.first().map(|resource| ("--resource", resource));
    let named = named.or_else(|| options.audience.as_ref().map(|audience| ("--audience", audience)));
    let Some((flag, target)) = named else {
        return "the issuer wants to know the API: --resource https://api.example.com, or --audience NAME"
            .to_owned();
    };
    let id = options.credentials.id();
    if to.value.is_loopback() && demo::CLIENTS.iter().any(|(known, ..)| *known == id) {
        return format!("leave out {flag}: the demo's clients have none");
    }
    // The client may have audiences already, and --audience replaces all of them.
    let id = shell_word(id);
    format!(
        "is {target} spelled right? Request another {flag}, or add it to the client's audiences: heistctl \
         client show {id} lists them; heistctl client set {id} --audience takes all of them"
    )
}

pub(super) fn is_token_endpoint(options: &ClientOptions, to: &Sourced<EndpointUrl>) -> bool {
    matches!(&options.connection.server, TokenServer::Endpoint(token) if token.value == to.value)
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
            let ours = to.value.with_path(TOKEN_PATH).filter(|ours| *ours != to.value);
            let ours = ours
                .map(|ours| format!("; heistctl serve has it at {}", setting(&to.origin, &ours.to_string())));
            format!(
                "is this the right address (from {})? --issuer finds it by metadata: --issuer {at}{}",
                to.origin,
                ours.unwrap_or_default()
            )
        }
    }
}

/// The address to check if the server does not speak OAuth. Flags that were given are not suggested.
fn check_address(options: &ClientOptions, to: &Sourced<EndpointUrl>) -> String {
    match &options.connection.server {
        TokenServer::Issuer(issuer) if to.origin == METADATA_ORIGIN => {
            format!(
                "is {} ({}) the right issuer? its metadata names this address",
                issuer.value, issuer.origin
            )
        }
        TokenServer::Issuer(_) => format!("is this the right address (from {})?", to.origin),
        TokenServer::Endpoint(_) => {
            let at = to.value.origin();
            format!(
                "is this the right address (from {})? --issuer finds it by metadata: --issuer {at}",
                to.origin
            )
        }
    }
}

/// The credentials to check after a refusal.
fn check_client(options: &ClientOptions, to: &Sourced<EndpointUrl>, words: Option<&str>) -> String {
    let check = format!("check {}", options.credentials.to_check());
    let says = |text: &str| words.is_some_and(|words| words.starts_with(text));
    if to.value.is_loopback() && (says(UNKNOWN_CLIENT) || says(WRONG_SECRET)) {
        return of_demo(options, &check, says(WRONG_SECRET));
    }
    if !options.credentials.asserts() {
        return check;
    }
    // rfc7523bis requires the issuer as an assertion's audience. Many servers still expect the token
    // endpoint.
    let other = match (&options.assertion_audience, &options.connection.server) {
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

/// The demo's clients are public, so the hint can name the right credentials.
fn of_demo(options: &ClientOptions, check: &str, is_known: bool) -> String {
    let id = options.credentials.id();
    let near = |known: &str| strsim::damerau_levenshtein(known, &id.to_ascii_lowercase()) <= 4;
    let found = demo::CLIENTS.iter().find(|(known, ..)| if is_known { *known == id } else { near(known) });
    match found.or_else(|| demo::CLIENTS.first().filter(|_| !is_known)) {
        Some((known, secret, _)) => {
            format!("{check}; the demo has HEISTCTL_CLIENT_ID={known} HEISTCTL_CLIENT_SECRET={secret}")
        }
        None => check.to_owned(),
    }
}
