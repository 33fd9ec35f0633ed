//! `heistctl token`: who asks, where, for what; and the token that came.

use crate::claims::TokenResponse;
use crate::cli::{ClientArgs, TokenArgs, TokenOutput, parse_duration, scope_list};
use crate::client::agent::{Agent, TransportError};
use crate::client::endpoint::{Endpoint, EndpointError};
use crate::client::token::{self, TokenError};
use crate::clock::Timestamp;
use crate::commands::Report;
use crate::commands::environment::{self, Sourced, secret_file, secret_var, var};
use crate::exit::{Exit, Failure};
use crate::http::TOKEN_PATH;
use crate::http::authorization::Credentials;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use std::path::PathBuf;
use std::time::Duration;

const PHASE: &str = "token request";
/// A longer secret fits into no header.
const MAX_SECRET: usize = 4096;
const DEFAULT_SERVER: &str = "http://127.0.0.1:8001";
/// For a whole request, unless somebody says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A token and all that is known of it.
pub struct TokenReport {
    /// The answer that carried it.
    pub response: TokenResponse,
    /// The form in which it is printed.
    pub output: TokenOutput,
    /// When the answer came.
    pub received: Timestamp,
    /// What was asked for, which is what is granted where the answer names no scope.
    pub asked: ScopeSet,
    /// Whom we asked.
    pub token_url: String,
    /// Who asked whom, for `--verbose`.
    pub details: Vec<String>,
}

/// Flags, environment and defaults, settled.
#[derive(Debug)]
pub struct ClientOptions {
    /// The token endpoint.
    pub token_url: Sourced<Endpoint>,
    credentials: Credentials,
    id_origin: String,
    secret_origin: String,
    scope: ScopeSet,
    /// What sends requests, in time.
    pub agent: Agent,
    /// Whether plain http to other hosts is allowed.
    pub insecure_http: bool,
}

impl ClientOptions {
    /// Who asks whom, and where each of it came from.
    #[must_use]
    pub fn details(&self) -> Vec<String> {
        let Sourced { value: url, origin } = &self.token_url;
        vec![
            format!("token endpoint {url} ({origin})"),
            format!(
                "client {} (id from {}, secret from {})",
                self.credentials.id, self.id_origin, self.secret_origin
            ),
        ]
    }
}

/// Runs the command.
///
/// # Errors
/// A [`Failure`] with the exit code of the contract.
pub fn run(args: &TokenArgs) -> anyhow::Result<Report> {
    let options = settle(&args.client)?;
    let output = if args.json { TokenOutput::Json } else { args.output };
    let response = fetch(&options)?;
    Ok(Report::Token(TokenReport {
        response,
        output,
        details: options.details(),
        received: Timestamp::now(),
        asked: options.scope,
        token_url: options.token_url.value.to_string(),
    }))
}

/// Settles who asks whom for what: flag, environment, default.
///
/// # Errors
/// Exit 2 where something is missing or cannot be read.
pub fn settle(args: &ClientArgs) -> Result<ClientOptions, Failure> {
    let id = match flag(args.client_id.clone(), "--client-id") {
        Some(id) => id,
        None => var("HEISTCTL_CLIENT_ID")?.ok_or_else(|| {
            Failure::new(Exit::Usage, PHASE, "no client id")
                .hint("give --client-id or set HEISTCTL_CLIENT_ID (the demo server has hacker-client)")
        })?,
    };
    let secret = client_secret(args.client_secret_file.clone())?;
    let scope = match args.scope.as_slice() {
        [] => var("HEISTCTL_SCOPE")?.unwrap_or_else(|| Sourced::new(String::new(), "default")),
        scopes => Sourced::new(scopes.join(" "), "--scope"),
    };
    let scope = scope_list(&[scope.value])
        .map_err(|error| Failure::new(Exit::Usage, PHASE, format!("{}: {error}", scope.origin)))?;
    let timeout = match args.timeout {
        Some(timeout) => timeout,
        None => env_timeout()?,
    };
    let agent = environment::agent(timeout, args.cacert.as_deref())?;
    let insecure_http = args.insecure_http;
    let token_url = token_url(args.token_url.clone(), insecure_http)?;
    if secret.value.len() > MAX_SECRET {
        let what = format!("the secret from {} is longer than {MAX_SECRET} bytes", secret.origin);
        return Err(Failure::new(Exit::Usage, "client secret", what).hint("is it the right file?"));
    }
    let credentials = Credentials { id: id.value, secret: secret.value };
    let (id_origin, secret_origin) = (id.origin, secret.origin);
    Ok(ClientOptions { token_url, credentials, id_origin, secret_origin, scope, agent, insecure_http })
}

fn flag<T>(value: Option<T>, name: &str) -> Option<Sourced<T>> {
    value.map(|value| Sourced::new(value, name))
}

fn client_secret(file: Option<PathBuf>) -> Result<Sourced<Secret>, Failure> {
    const PHASE: &str = "client secret";
    if let Some(path) = file {
        return secret_file(&path, PHASE);
    }
    if let Some(path) = var("HEISTCTL_CLIENT_SECRET_FILE")? {
        return secret_file(&PathBuf::from(path.value), PHASE)
            .map_err(|failure| failure.hint(format!("the path is from {}", path.origin)));
    }
    secret_var("HEISTCTL_CLIENT_SECRET").ok_or_else(|| {
        Failure::new(Exit::Usage, PHASE, "none given")
            .hint("give --client-secret-file FILE (- for stdin) or set HEISTCTL_CLIENT_SECRET")
    })
}

fn env_timeout() -> Result<Duration, Failure> {
    let Some(text) = var("HEISTCTL_TIMEOUT")? else { return Ok(DEFAULT_TIMEOUT) };
    parse_duration(&text.value)
        .map_err(|error| Failure::new(Exit::Usage, PHASE, format!("{}: {error}", text.origin)))
}

fn token_url(given: Option<String>, insecure_http: bool) -> Result<Sourced<Endpoint>, Failure> {
    let url = match flag(given, "--token-url") {
        Some(url) => Some(url),
        None => var("HEISTCTL_TOKEN_URL")?,
    };
    let url = url.unwrap_or_else(|| Sourced::new(format!("{DEFAULT_SERVER}{TOKEN_PATH}"), "default"));
    let endpoint = endpoint(&url.value, insecure_http, PHASE, &url.origin)?;
    Ok(Sourced::new(endpoint, url.origin))
}

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

/// Asks for a token.
///
/// # Errors
/// Exit 4 to 7.
pub fn fetch(options: &ClientOptions) -> Result<TokenResponse, Failure> {
    let endpoint = &options.token_url.value;
    let request = token::prepare(endpoint, &options.credentials, &options.scope).map_err(|_| {
        let what = format!("the client secret from {} is not UTF-8", options.secret_origin);
        Failure::new(Exit::Usage, PHASE, what)
    })?;
    let answer =
        options.agent.fetch(&request).map_err(|error| unreachable(PHASE, &options.token_url, &error))?;
    token::read(&answer).map_err(|error| refused(options, &error))
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
        TransportError::Unreachable(_) | TransportError::NotHttp(_) => failure,
    }
}

/// The code for having no answer.
#[must_use]
pub const fn exit_for(error: &TransportError) -> Exit {
    match error {
        TransportError::Unreachable(_) => Exit::Unreachable,
        TransportError::TimedOut(_) => Exit::TimedOut,
        TransportError::NotHttp(_) => Exit::ServerFailed,
    }
}

/// A server's words without our secret, should it repeat it.
fn without_secret(text: &str, secret: &Secret) -> String {
    match secret.expose_str() {
        Ok(secret) if !secret.is_empty() => text.replace(secret, "(the secret)"),
        _ => text.to_owned(),
    }
}

fn refused(options: &ClientOptions, error: &TokenError) -> Failure {
    let what = without_secret(&format!("{}: {error}", options.token_url.value), &options.credentials.secret);
    match error {
        TokenError::Refused { error, .. } => {
            let failure = Failure::new(Exit::Refused, PHASE, what);
            match error.as_str() {
                "invalid_client" => failure.hint(format!(
                    "check client id (from {}) and secret (from {})",
                    options.id_origin, options.secret_origin
                )),
                "invalid_scope" => {
                    failure.hint("ask for fewer scopes with --scope, or have the client allowed more")
                }
                _ => failure,
            }
        }
        TokenError::NoAnswer(_) | TokenError::Redirect(_) | TokenError::UnknownType(_) => {
            Failure::new(Exit::ServerFailed, PHASE, what).hint("is this the token endpoint?")
        }
    }
}
