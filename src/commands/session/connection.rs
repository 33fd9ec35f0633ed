//! Whom a request goes to and how: the settings that need no client. `call` with a token from its caller has
//! only these.

use super::private_files::{ClientCertificate, client_certificate, kept};
use super::source::{PHASE, SettingSource};
use super::urls::{endpoint, setting};
use crate::cli::usage::value_parsers::InvalidValue;
use crate::cli::{SessionArgs, parse_timeout};
use crate::client::agent::{Agent, Trace};
use crate::client::dpop::DpopKey;
use crate::client::endpoint::EndpointUrl;
use crate::client::token_cache::TokenCache;
use crate::commands::environment::{self, Sourced, but_empty, var};
use crate::exit::{Exit, Failure};
use crate::http::TOKEN_PATH;
use crate::jose::certificate;
use crate::jose::keyfile::KeyFileError;
use crate::jose::private::PrivateKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const DEFAULT_SERVER: &str = "http://127.0.0.1:8001";
/// The default time limit for the whole command.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The server to request a token from.
#[derive(Clone, Debug)]
pub enum TokenServer {
    /// An issuer. Its metadata names the endpoint.
    Issuer(Sourced<String>),
    /// A token endpoint.
    Endpoint(Sourced<EndpointUrl>),
}

/// How to use the cache.
#[derive(Clone, Debug)]
pub enum Caching {
    /// Reads and stores tokens.
    Use(TokenCache),
    /// Only stores new tokens.
    Refresh(TokenCache),
    /// Does not use the cache.
    Off,
}

/// The server, the limits and the keys of connections to it.
#[derive(Debug)]
pub struct ConnectionOptions {
    /// The server to request a token from.
    pub server: TokenServer,
    /// Authorities to trust instead of the usual ones.
    pub cacert: Option<Sourced<PathBuf>>,
    /// The certificate for TLS connections, with any authentication method.
    pub certificate: Option<ClientCertificate>,
    /// The key that the token is bound to.
    pub dpop: Option<Arc<DpopKey>>,
    /// The deadline for the whole command.
    pub deadline: Instant,
    pub caching: Caching,
    /// Whether to allow plain http to other hosts.
    pub insecure_http: bool,
    /// Receives traces of requests and answers.
    pub trace: Trace,
}

impl ConnectionOptions {
    /// # Errors
    /// Exit 2 if a setting cannot be read.
    pub(super) fn settle(
        args: &SessionArgs,
        source: &SettingSource,
        notes: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        let started = Instant::now();
        let allowed = source.of_profile(|p| p.insecure_http).is_some_and(|allowed| allowed.value);
        let insecure_http = args.insecure_http || allowed;
        Ok(Self {
            deadline: started + timeout(args, source)?,
            server: server(args, source, insecure_http)?,
            cacert: source.path(args.cacert.clone(), "--cacert", |p| p.cacert.clone()),
            certificate: client_certificate(args, source, notes)?,
            dpop: dpop(args, source, notes)?,
            caching: caching(args, notes),
            insecure_http,
            trace: Trace::default(),
        })
    }

    /// Creates the sender when it is needed. Cached tokens need no certificates.
    ///
    /// # Errors
    /// Where the authorities or the client's certificate cannot be read.
    pub fn agent(&self) -> Result<Agent, Failure> {
        let agent = environment::agent(DEFAULT_TIMEOUT, self.cacert.as_ref())?.traced(self.trace.clone());
        let Some((chain, key)) = &self.certificate else { return Ok(agent) };
        let wrong = |what: String, hint: Option<String>| {
            let hint = hint.unwrap_or_else(|| "PEM, the client's own certificate first".to_owned());
            Failure::new(Exit::Usage, "client certificate", what).hint(hint)
        };
        let unread =
            |origin: &str, error: KeyFileError| wrong(format!("{origin}: {error}"), error.hint_for(origin));
        let read = certificate::from_file(chain.value.expose());
        let read = read.map_err(|error| match certificate::from_file(key.value.expose()) {
            Ok(_) => {
                let swapped = format!("--client-cert {} --client-cert-key {}", key.origin, chain.origin);
                wrong(format!("{}: {error}", chain.origin), Some(swapped))
            }
            Err(_) => unread(&chain.origin, error),
        })?;
        let private = PrivateKey::read(key.value.expose());
        let private = private.map_err(|error| unread(&key.origin, error))?;
        agent
            .showing(&read, &private)
            .map_err(|why| wrong(format!("{} with {}: {why}", chain.origin, key.origin), None))
    }

    /// The time until the deadline.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// A note, because an empty variable is easily overlooked and the default server's token does not help.
    pub(super) fn asks_default(&self) -> Option<String> {
        let TokenServer::Endpoint(Sourced { value, origin }) = &self.server else { return None };
        let why = origin.strip_prefix("default: ")?;
        Some(format!("{why}: using the default {value}; HEISTCTL_TOKEN_URL=URL names another server"))
    }

    /// Whether a setting was read from stdin, which is then used up.
    #[must_use]
    pub fn has_read_stdin(&self, args: &SessionArgs) -> bool {
        let certificate = self.certificate.iter().flat_map(|(chain, key)| [chain, key]);
        let files = [self.cacert.as_ref().map(|path| path.value.as_path()), args.dpop_key.as_deref()];
        certificate.into_iter().any(|read| read.origin == "stdin")
            || files.into_iter().flatten().any(|path| path == Path::new("-"))
    }
}

fn server(args: &SessionArgs, source: &SettingSource, insecure_http: bool) -> Result<TokenServer, Failure> {
    let issuer = |found: Sourced<String>| {
        // Parsed only to reject invalid URLs. The issuer itself is compared byte for byte.
        endpoint(&found.value, insecure_http, PHASE, &found.origin).map(|_| TokenServer::Issuer(found))
    };
    let at = |found: Sourced<String>| {
        let endpoint = endpoint(&found.value, insecure_http, PHASE, &found.origin)?;
        without_credentials(&endpoint, &found.origin)?;
        Ok(TokenServer::Endpoint(Sourced::new(endpoint, found.origin)))
    };
    let flag = |value: &Option<String>, name: &str| value.clone().map(|value| Sourced::new(value, name));
    if let Some(found) = flag(&args.issuer, "--issuer") {
        return issuer(found);
    }
    if let Some(found) = flag(&args.token_url, "--token-url") {
        return at(found);
    }
    // From the same source, the token endpoint wins: serve sets both variables for its command.
    if let Some(found) = var("HEISTCTL_TOKEN_URL")? {
        return at(found);
    }
    if let Some(found) = var("HEISTCTL_ISSUER")? {
        return issuer(found);
    }
    if let Some(found) = source.of_profile(|p| p.token_url.clone()) {
        return at(found);
    }
    match source.of_profile(|p| p.issuer.clone()) {
        Some(found) => issuer(found),
        None => {
            let origin = format!("default{}", but_empty("HEISTCTL_TOKEN_URL"));
            at(Sourced::new(format!("{DEFAULT_SERVER}{TOKEN_PATH}"), origin))
        }
    }
}

/// Refuses credentials in the query, which servers and proxies write into their logs (RFC 6749 section 2.3.1).
fn without_credentials(endpoint: &EndpointUrl, origin: &str) -> Result<(), Failure> {
    const NAMES: [&str; 4] = ["client_secret", "client_assertion", "password", "access_token"];
    let query = endpoint.uri().query().unwrap_or_default();
    let mut names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    let Some(name) = names.find(|name| NAMES.contains(name)) else { return Ok(()) };
    let url = endpoint.to_string();
    let bare = setting(origin, url.split('?').next().unwrap_or_default());
    let what = format!("the URL from {origin} has {name} in its query, which servers write into logs");
    Err(Failure::new(Exit::Usage, PHASE, what)
        .hint(format!("{bare}; a secret goes into --client-secret-file FILE or HEISTCTL_CLIENT_SECRET")))
}

fn dpop(
    args: &SessionArgs,
    source: &SettingSource,
    notes: &mut Vec<String>,
) -> Result<Option<Arc<DpopKey>>, Failure> {
    const PHASE: &str = "DPoP key";
    let wrong = |origin: &str, why: String| Failure::new(Exit::Usage, PHASE, format!("{origin}: {why}"));
    if let Some(path) = source.path(args.dpop_key.clone(), "--dpop-key", |p| p.dpop_key.clone()) {
        let read = kept(&path, PHASE, notes)?;
        let key = DpopKey::kept(read.value.expose()).map_err(|error| Failure {
            hint: error.hint_for(&read.origin),
            ..wrong(&read.origin, error.to_string())
        })?;
        return Ok(Some(Arc::new(key)));
    }
    if !args.dpop && !source.of_profile(|p| p.dpop).is_some_and(|dpop| dpop.value) {
        return Ok(None);
    }
    DpopKey::fresh().map(Arc::new).map(Some).map_err(|why| wrong("a new one", why))
}

fn timeout(args: &SessionArgs, source: &SettingSource) -> Result<Duration, Failure> {
    const VARIABLE: &str = "HEISTCTL_TIMEOUT";
    if let Some(timeout) = args.timeout {
        return Ok(timeout);
    }
    let found = source.text(None, "--timeout", Some(VARIABLE), |p| p.timeout.clone())?;
    let Some(found) = found else { return Ok(DEFAULT_TIMEOUT) };
    parse_timeout(&found.value).map_err(|error| {
        let wrong = InvalidValue::of_sentence(&error);
        // A profile may have anything in its place.
        let about = if found.origin == VARIABLE {
            wrong.about(&found.value)
        } else {
            format!("the timeout {}", wrong.what)
        };
        let what = format!("{}: {about}", found.origin);
        Failure { hint: wrong.hint, ..Failure::new(Exit::Usage, PHASE, what) }
    })
}

/// The cache, if its folder is writable for this user only.
pub fn caching(args: &SessionArgs, notes: &mut Vec<String>) -> Caching {
    let folder = environment::cache_folder().filter(|_| !args.no_cache);
    let Some(cache) = folder.map(TokenCache::new) else { return Caching::Off };
    if let Some(why) = cache.distrusted() {
        notes.push(format!("the cache is not used: {why}; HEISTCTL_CACHE_DIR can name another folder"));
        return Caching::Off;
    }
    if args.refresh { Caching::Refresh(cache) } else { Caching::Use(cache) }
}
