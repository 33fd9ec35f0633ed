//! Combines flags, environment, profile and defaults, in that order. Sends nothing.

use super::credentials::{ClientCredentials, CredentialKind, kept};
use super::params;
use super::profile::{self, Profile};
use super::resource_uri;
use super::source::{PHASE, SettingSource};
use super::urls::endpoint;
use crate::cli::usage::value_parsers::InvalidValue;
use crate::cli::{SessionArgs, parse_timeout, scope_list};
use crate::client::agent::{Agent, Trace};
use crate::client::dpop::DpopKey;
use crate::client::endpoint::EndpointUrl;
use crate::client::token_cache::{CacheKey, TokenCache};
use crate::commands::environment::{self, Sourced, but_empty, var};
use crate::exit::{Exit, Failure};
use crate::http::TOKEN_PATH;
use crate::jose::certificate;
use crate::jose::digest::sha256;
use crate::jose::keyfile::KeyFileError;
use crate::jose::private::PrivateKey;
use crate::scope::ScopeSet;
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

/// All settings of a token request.
#[derive(Debug)]
pub struct ClientOptions {
    /// The server.
    pub server: TokenServer,
    /// The client.
    pub credentials: ClientCredentials,
    /// The requested scope.
    pub scope: ScopeSet,
    /// The source of the scope.
    pub scope_origin: Option<String>,
    /// The requested resources.
    pub resources: Vec<String>,
    /// The audience, for servers without resource indicators.
    pub audience: Option<String>,
    /// Additional parameters.
    pub params: Vec<(String, String)>,
    /// The audience of assertions.
    pub assertion_audience: Option<String>,
    /// The key to bind the token to.
    pub dpop: Option<Arc<DpopKey>>,
    /// Authorities to trust instead of the usual ones.
    pub cacert: Option<Sourced<PathBuf>>,
    /// The deadline for the whole command.
    pub deadline: Instant,
    pub caching: Caching,
    /// The remaining lifetime that a cached token must have.
    pub min_ttl: Duration,
    /// Whether to allow plain http to other hosts.
    pub insecure_http: bool,
    /// Receives traces of requests and answers.
    pub trace: Trace,
    /// Notes for the user.
    pub notes: Vec<String>,
}

/// Reads all settings.
///
/// # Errors
/// Exit 2 if a setting is missing or cannot be read.
pub fn settle(args: &SessionArgs) -> Result<ClientOptions, Failure> {
    let started = Instant::now();
    let mut notes = Vec::new();
    let source = SettingSource::of(profile::chosen(args.profile.as_deref())?);
    let flag = |value: bool, of: fn(&Profile) -> Option<bool>| {
        value || source.of_profile(of).is_some_and(|v| v.value)
    };
    let insecure_http = flag(args.insecure_http, |p| p.insecure_http);
    let deadline = started + timeout(args, &source)?;
    let params = params::settle(args, &source)?;
    let audience = audience(args, &source, &params)?;
    let assertion_audience =
        source.text(args.assertion_audience.clone(), "--assertion-audience", None, |p| {
            p.assertion_audience.clone()
        })?;
    let server = server(args, &source, insecure_http)?;
    notes.extend(asks_default(&server));
    let asked = Instant::now();
    let credentials = ClientCredentials::settle(args, &source, deadline, &mut notes)?;
    // The time for typing the secret does not count.
    let deadline = if credentials.typed { deadline + asked.elapsed() } else { deadline };
    let (scope, scope_origin) = scope(args, &source)?;
    let options = ClientOptions {
        server,
        credentials,
        scope,
        scope_origin,
        resources: resources(args, &source)?,
        audience,
        params,
        assertion_audience: assertion_audience.map(|audience| audience.value),
        dpop: dpop(args, &source, &mut notes)?,
        cacert: source.path(args.cacert.clone(), "--cacert", |p| p.cacert.clone()),
        deadline,
        caching: caching(args, &mut notes),
        min_ttl: args.min_ttl,
        insecure_http,
        trace: Trace::default(),
        notes,
    };
    Ok(options)
}

fn audience(
    args: &SessionArgs,
    source: &SettingSource,
    params: &[(String, String)],
) -> Result<Option<String>, Failure> {
    let found = source.text(args.audience.clone(), "--audience", None, |p| p.audience.clone())?;
    if found.is_some() && params.iter().any(|(name, _)| name == "audience") {
        let what = "the audience is given twice: as --audience and as a parameter";
        return Err(Failure::new(Exit::Usage, PHASE, what).hint("keep one of the two, in flags and profile"));
    }
    Ok(found.map(|found| found.value))
}

fn server(args: &SessionArgs, source: &SettingSource, insecure_http: bool) -> Result<TokenServer, Failure> {
    let issuer = |found: Sourced<String>| {
        // Parsed only to reject invalid URLs. The issuer itself is compared byte for byte.
        endpoint(&found.value, insecure_http, PHASE, &found.origin).map(|_| TokenServer::Issuer(found))
    };
    let at = |found: Sourced<String>| {
        let endpoint = endpoint(&found.value, insecure_http, PHASE, &found.origin)?;
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

/// A note, because an empty variable is easily overlooked and the default server's token does not help.
fn asks_default(server: &TokenServer) -> Option<String> {
    let TokenServer::Endpoint(Sourced { value, origin }) = server else { return None };
    let why = origin.strip_prefix("default: ")?;
    Some(format!("{why}: using the default {value}; HEISTCTL_TOKEN_URL=URL names another server"))
}

fn scope(args: &SessionArgs, source: &SettingSource) -> Result<(ScopeSet, Option<String>), Failure> {
    let flag = (!args.scope.is_empty()).then(|| args.scope.join(" "));
    let of = |p: &Profile| (!p.scope.is_empty()).then(|| p.scope.join(" "));
    let Some(found) = source.text(flag, "--scope", Some("HEISTCTL_SCOPE"), of)? else {
        return Ok((ScopeSet::empty(), None));
    };
    let scope = scope_list(std::slice::from_ref(&found.value)).map_err(|wrong| {
        let failure =
            Failure::new(Exit::Usage, PHASE, format!("{}: {}", found.origin, wrong.about(&found.value)));
        Failure { hint: wrong.hint, ..failure }
    })?;
    Ok((scope, Some(found.origin)))
}

fn resources(args: &SessionArgs, source: &SettingSource) -> Result<Vec<String>, Failure> {
    if !args.resource.is_empty() {
        args.resource.iter().try_for_each(|resource| resource_uri::check(resource, "--resource"))?;
        return Ok(args.resource.clone());
    }
    // Variables separate several resources with blanks, which URIs cannot contain.
    let named: Option<Vec<String>> =
        var("HEISTCTL_RESOURCE")?.map(|found| found.value.split_whitespace().map(str::to_owned).collect());
    named.iter().flatten().try_for_each(|resource| resource_uri::check(resource, "HEISTCTL_RESOURCE"))?;
    Ok(named.or_else(|| source.of_profile(|p| Some(p.resource.clone())).map(|p| p.value)).unwrap_or_default())
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

impl ClientOptions {
    /// Creates the sender when it is needed. Cached tokens need no certificates.
    ///
    /// # Errors
    /// Where the authorities or the client's certificate cannot be read.
    pub fn agent(&self) -> Result<Agent, Failure> {
        let agent = environment::agent(DEFAULT_TIMEOUT, self.cacert.as_ref())?.traced(self.trace.clone());
        let Some((chain, key)) = &self.credentials.certificate else { return Ok(agent) };
        let wrong = |what: String, hint: Option<String>| {
            let hint = hint.unwrap_or_else(|| "PEM, the client's own certificate first".to_owned());
            Failure::new(Exit::Usage, "client certificate", what).hint(hint)
        };
        let unread =
            |origin: &str, error: KeyFileError| wrong(format!("{origin}: {error}"), error.hint_for(origin));
        let read = certificate::from_file(chain.value.expose());
        let read = read.map_err(|error| unread(&chain.origin, error))?;
        let private = PrivateKey::read(key.value.expose());
        let private = private.map_err(|error| unread(&key.origin, error))?;
        agent
            .showing(&read, &private)
            .map_err(|why| wrong(format!("{} with {}: {why}", chain.origin, key.origin), None))
    }

    /// Whether a setting was read from stdin, which is then used up.
    #[must_use]
    pub fn has_read_stdin(&self, args: &SessionArgs) -> bool {
        let shown = match &self.credentials.shown {
            CredentialKind::Secret(read) | CredentialKind::Key(read) => Some(read),
            CredentialKind::Certificate => None,
        };
        let certificate = self.credentials.certificate.iter().flat_map(|(chain, key)| [chain, key]);
        let files = [self.cacert.as_ref().map(|path| path.value.as_path()), args.dpop_key.as_deref()];
        shown.into_iter().chain(certificate).any(|read| read.origin == "stdin")
            || files.into_iter().flatten().any(|path| path == Path::new("-"))
    }

    /// The time until the deadline.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The cache key: everything that the token depends on.
    #[must_use]
    pub fn cache_key(&self) -> CacheKey {
        let server = match &self.server {
            TokenServer::Issuer(issuer) => format!("issuer {}", issuer.value),
            TokenServer::Endpoint(endpoint) => format!("endpoint {}", endpoint.value.uri()),
        };
        let ClientCredentials { id, shown, certificate, .. } = &self.credentials;
        let method = format!("{} {:?}", self.credentials.noun(), self.credentials.named_method());
        let shown = match shown {
            CredentialKind::Secret(shown) | CredentialKind::Key(shown) => sha256(shown.value.expose()),
            CredentialKind::Certificate => [0; 32],
        };
        let certificate = certificate.as_ref().map_or([0; 32], |(chain, _)| sha256(chain.value.expose()));
        let bound = self.dpop.as_ref().map(|key| key.thumbprint()).unwrap_or_default();
        let resources = self.resources.len().to_be_bytes();
        let mut parts: Vec<&[u8]> = vec![
            server.as_bytes(),
            id.value.as_bytes(),
            method.as_bytes(),
            &shown,
            &certificate,
            bound.as_bytes(),
            self.scope.as_str().as_bytes(),
            self.audience.as_deref().unwrap_or_default().as_bytes(),
            &resources,
        ];
        let mut sorted: Vec<&[u8]> = self.resources.iter().map(String::as_bytes).collect();
        sorted.sort_unstable();
        parts.extend(sorted);
        parts.extend(self.params.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
        CacheKey::of(&parts)
    }
}
