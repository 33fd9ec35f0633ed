//! Gets a token from the cache or the issuer. When several runs want the same token, only one requests it.

use super::answer::TimedAnswer;
use super::connection::{Caching, TokenServer};
use super::credentials::CredentialKind;
use super::failure::refused;
use super::identity::{self, doubted};
use super::metadata;
use super::send::RequestSender;
use super::settle::ClientOptions;
use super::source::PHASE;
use crate::claims::TokenResponse;
use crate::cli::AuthMethod;
use crate::client::Attempt;
use crate::client::agent::Agent;
use crate::client::authentication::{AuthenticatedClient, ClientProof, ProofError};
use crate::client::discovery::IssuerMetadata;
use crate::client::endpoint::EndpointUrl;
use crate::client::identity::Identity;
use crate::client::redact::truncate;
use crate::client::request::OutgoingRequest;
use crate::client::token::{self, AccessTokenRequest, GrantedToken};
use crate::client::token_cache::{CacheKey, CachedToken, TokenCache};
use crate::clock::{Timestamp, span};
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};
use crate::jose::compact::{self, Token};
use crate::json::Json;
use crate::os_error::plain;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

/// The type of an issued token that is not an access token (RFC 8693 section 2.2.1).
pub const NOT_ACCESS: &str = "N_A";

pub struct Acquired {
    pub entry: CachedToken,
    /// Whether the issuer gave its expiry.
    pub ends: bool,
    /// Whether it came from the cache.
    pub cached: bool,
    pub notes: Vec<String>,
}

/// An issuer's endpoints, and its client authentication methods.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// The token endpoint from the settings; no metadata was fetched.
    pub(super) given: Option<Sourced<EndpointUrl>>,
    /// The issuer's metadata.
    pub(super) metadata: Option<IssuerMetadata>,
}

/// # Errors
/// Exit 2 and 4 to 7.
pub fn acquire(options: &ClientOptions) -> Result<Acquired, Failure> {
    traced(options, obtain(options, None))
}

/// Replaces a token that an API refused. When several runs had the same token, only one requests another.
///
/// # Errors
/// As [`acquire`].
pub fn acquire_instead(options: &ClientOptions, refused: &str) -> Result<Acquired, Failure> {
    traced(options, obtain(options, Some(refused)))
}

fn traced(options: &ClientOptions, acquired: Result<Acquired, Failure>) -> Result<Acquired, Failure> {
    acquired.inspect(|acquired| options.connection.trace.line(&acquired.came_from(Timestamp::now())))
}

fn obtain(options: &ClientOptions, refused: Option<&str>) -> Result<Acquired, Failure> {
    let (cache, refresh) = match &options.connection.caching {
        Caching::Off => return fetch(options, None),
        Caching::Use(cache) => (cache, false),
        Caching::Refresh(cache) => (cache, true),
    };
    // Other runs cannot use a token that is bound to this run's key.
    if options.connection.dpop.as_ref().is_some_and(|key| key.ephemeral) {
        return fetch(options, None);
    }
    let key = options.cache_key();
    let is_other = |entry: &CachedToken| refused != Some(entry.access_token.as_str());
    let before = good(cache, &key, options);
    if let Some(entry) = before.clone().filter(|entry| !refresh && is_other(entry)) {
        return Ok(cached(entry, options));
    }
    // Wait for half of the time at most, to leave enough for a request without the lock.
    let patience = options.connection.left() / 2;
    let lock = cache.lock(&key, Instant::now() + patience);
    // The run that held the lock may have fetched the token.
    let known = before.map(|entry| entry.access_token);
    let made_meanwhile = |entry: &CachedToken| is_other(entry) && known.as_ref() != Some(&entry.access_token);
    if let Some(entry) = good(cache, &key, options).filter(made_meanwhile) {
        return Ok(cached(entry, options));
    }
    let mut acquired = fetch(options, Some((cache, &key)))?;
    if lock.is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
        let waited = span((patience.as_millis() + 500) / 1000);
        acquired.notes.push(format!("another run has been requesting the same token for {waited}"));
    }
    Ok(acquired)
}

/// A valid cached token. Sends nothing.
#[must_use]
pub fn at_hand(options: &ClientOptions) -> Option<Acquired> {
    let (Caching::Use(cache) | Caching::Refresh(cache)) = &options.connection.caching else { return None };
    good(cache, &options.cache_key(), options).map(|entry| cached(entry, options))
}

/// The cached token, even an expiring one.
#[must_use]
pub fn kept(options: &ClientOptions) -> Option<CachedToken> {
    let (Caching::Use(cache) | Caching::Refresh(cache)) = &options.connection.caching else { return None };
    cache.read(&options.cache_key())
}

/// Removes a token from the cache that a server refused.
pub fn forget(options: &ClientOptions, token: &Secret) {
    let (Caching::Use(cache) | Caching::Refresh(cache)) = &options.connection.caching else { return };
    if kept(options).is_some_and(|entry| entry.access_token.as_bytes() == token.expose()) {
        cache.remove(&options.cache_key());
    }
}

fn good(cache: &TokenCache, key: &CacheKey, options: &ClientOptions) -> Option<CachedToken> {
    cache.read::<CachedToken>(key).filter(|entry| entry.is_good(options.min_ttl, Timestamp::now()))
}

fn cached(entry: CachedToken, options: &ClientOptions) -> Acquired {
    Acquired { entry, ends: true, cached: true, notes: options.notes.clone() }
}

fn fetch(options: &ClientOptions, keep: Option<(&TokenCache, &CacheKey)>) -> Result<Acquired, Failure> {
    let agent = options.connection.agent()?;
    let endpoints = endpoints(options, &agent)?;
    let endpoint = endpoints.token(options)?;
    let identity = endpoints.identity(options)?;
    let request = AccessTokenRequest {
        endpoint: endpoint.value.clone(),
        client: endpoints.client(options, identity.as_ref())?,
        grant: options.grant.token_grant(identity.as_ref()),
        scope: options.scope.clone(),
        resources: options.resources.clone(),
        audience: options.audience.clone(),
        params: options.params.clone(),
        dpop: options.connection.dpop.clone(),
    };
    let sent = send(options, &agent, PHASE, &endpoint, |attempt| token::prepare(&request, attempt))?;
    let received = sent.received;
    let GrantedToken { response, warnings } = token::read(&sent.answer).map_err(|error| {
        let failure = refused(options, PHASE, &endpoint, &sent, &error);
        doubted(failure, identity.as_ref(), endpoints.issuer(), &error, &sent)
    })?;
    is_of_type(options, &endpoint, &response.token_type)?;
    let elsewhere = endpoints.elsewhere(&endpoint, &request.client);
    let mut notes = options.notes.clone();
    notes.extend(warnings.into_iter().chain(elsewhere).chain(sent.skew()));
    notes.extend(about_answer(options, &response));
    let ends = response.expires_in.is_some();
    let entry = CachedToken {
        access_token: response.access_token,
        token_type: response.token_type,
        scope: Some(response.scope.unwrap_or_else(|| options.scope.clone()).to_string()),
        token_url: endpoint.value.to_string(),
        obtained: received.unix(),
        expires: received.after(Duration::from_secs(response.expires_in.unwrap_or(0))).unix(),
    };
    if let Some((cache, key)) = keep.filter(|_| ends)
        && let Err(error) = cache.write(key, &entry, received)
    {
        notes.push(not_cached(cache, &error));
    }
    Ok(Acquired { entry, ends, cached: false, notes })
}

/// Notes on differences between what was requested and what was granted.
fn about_answer(options: &ClientOptions, response: &TokenResponse) -> Vec<String> {
    let fewer = response.scope.as_ref().and_then(|granted| lacking(&options.scope, granted));
    ignored_audience(options, &response.access_token).into_iter().chain(fewer).collect()
}

fn not_cached(cache: &TokenCache, error: &std::io::Error) -> String {
    let (folder, why) = (cache.folder().display(), plain(error));
    format!("the token is not cached: {folder}: {why}; HEISTCTL_CACHE_DIR names another folder")
}

/// Rejects an unrequested DPoP token, and a Bearer token if DPoP was requested.
fn is_of_type(options: &ClientOptions, from: &Sourced<EndpointUrl>, token_type: &str) -> Result<(), Failure> {
    let is_expected = if token_type.eq_ignore_ascii_case(NOT_ACCESS) {
        options.grant.requests_type()
    } else {
        options.connection.dpop.is_some() == token_type.eq_ignore_ascii_case("dpop")
    };
    if is_expected {
        return Ok(());
    }
    let what = format!("{}: the token is of type {token_type}", from.value);
    let hint = "with --dpop it should be DPoP, without it Bearer: does the issuer support DPoP (RFC 9449)?";
    Err(Failure::new(Exit::ServerFailed, PHASE, what).hint(hint))
}

/// A note that the issuer ignored the audience, as servers may do with unknown parameters (RFC 6749 section
/// 3.2). Opaque tokens cannot be checked.
fn ignored_audience(options: &ClientOptions, token: &str) -> Option<String> {
    let Token::Jws(jws) = compact::read(token) else { return None };
    let named: Vec<&str> = match jws.peek_unverified()?.get("aud") {
        Some(Json::String(audience)) => vec![audience],
        Some(Json::Array(audiences)) => audiences.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let is_missing = |wanted: &&str| !named.contains(wanted);
    let has = if named.is_empty() { "none".to_owned() } else { truncate(&named.join(", ")) };
    if let Some(audience) = options.audience.as_deref().filter(is_missing) {
        return Some(format!(
            "the issuer ignored --audience {audience}: the token's aud is {has}; try --resource {audience}"
        ));
    }
    let resource = options.resources.iter().map(String::as_str).find(is_missing)?;
    let is_ignored = named.is_empty();
    is_ignored.then(|| {
        format!(
            "the issuer ignored --resource {resource}: the token has no aud; some servers take --audience"
        )
    })
}

/// A note that fewer scopes were granted than requested (RFC 6749 section 3.3).
fn lacking(asked: &ScopeSet, granted: &ScopeSet) -> Option<String> {
    let missing: Vec<&str> = asked.minus(granted).collect();
    (!missing.is_empty())
        .then(|| format!("the issuer granted fewer scopes than requested; missing: {}", missing.join(" ")))
}

/// Sends a request until it is answered.
///
/// # Errors
/// Exit 5 to 7 if there is no answer, 2 if the request cannot be sent.
pub fn send(
    options: &ClientOptions,
    agent: &Agent,
    phase: &'static str,
    to: &Sourced<EndpointUrl>,
    prepare: impl Fn(&Attempt) -> Result<OutgoingRequest, ProofError>,
) -> Result<TimedAnswer, Failure> {
    let sender = RequestSender {
        agent,
        deadline: options.connection.deadline,
        has_dpop: options.connection.dpop.is_some(),
    };
    sender.send(phase, to, |attempt| {
        prepare(attempt).map_err(|error| {
            let what = format!("{error} ({})", options.credentials.origin());
            Failure::new(Exit::Usage, phase, what).hint("the protocol needs a secret that is text")
        })
    })
}

/// The endpoints from the settings, or from the issuer's metadata.
///
/// # Errors
/// Exit 5 to 7 if the issuer does not answer or its metadata is invalid.
pub fn endpoints(options: &ClientOptions, agent: &Agent) -> Result<Endpoints, Failure> {
    let issuer = match &options.connection.server {
        TokenServer::Endpoint(token) => return Ok(Endpoints { given: Some(token.clone()), metadata: None }),
        TokenServer::Issuer(issuer) => issuer,
    };
    let sender = RequestSender { agent, deadline: options.connection.deadline, has_dpop: false };
    let metadata =
        metadata::of_issuer(&sender, &options.connection.caching, issuer, options.connection.insecure_http)?
            .value;
    let shows_certificate = options.connection.certificate.is_some();
    let metadata = if shows_certificate { metadata.by_certificate() } else { metadata };
    Ok(Endpoints { given: None, metadata: Some(metadata) })
}

impl Acquired {
    /// The scope that the issuer granted.
    #[must_use]
    pub fn granted(&self) -> ScopeSet {
        self.entry.scope.as_deref().and_then(|scope| scope.parse().ok()).unwrap_or_default()
    }

    /// The token's source and remaining lifetime, for `--verbose`.
    fn came_from(&self, now: Timestamp) -> String {
        let from = if self.cached { "the cache" } else { &self.entry.token_url };
        let left = u128::try_from(self.entry.expires.saturating_sub(now.unix())).unwrap_or(0);
        let valid = if self.ends {
            format!("valid for {}", span(left))
        } else {
            "its expiry is not known".to_owned()
        };
        format!("the token is from {from}, {valid}")
    }
}

impl Endpoints {
    /// The issuer by its metadata.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.metadata.as_ref().map(|metadata| metadata.issuer.as_str())
    }

    /// The workload's identity, if the request sends it.
    ///
    /// # Errors
    /// As [`identity::fetch`].
    pub fn identity(&self, options: &ClientOptions) -> Result<Option<Identity>, Failure> {
        let authenticates = matches!(options.credentials.shown, CredentialKind::Identity(_));
        let settings = options.grant.authenticating().filter(|_| authenticates);
        let settings = settings.or_else(|| options.grant.becoming());
        settings.map(|settings| identity::fetch(settings, &options.connection, self.issuer())).transpose()
    }

    /// The client, for a request other than a token request.
    ///
    /// # Errors
    /// As [`Endpoints::client`] and [`identity::fetch`].
    pub fn authenticated(&self, options: &ClientOptions) -> Result<AuthenticatedClient, Failure> {
        let authenticates = matches!(options.credentials.shown, CredentialKind::Identity(_));
        let identity = if authenticates { self.identity(options)? } else { None };
        self.client(options, identity.as_ref())
    }

    /// The client, with the authentication method for this issuer.
    ///
    /// # Errors
    /// Exit 2 if the issuer supports none of the client's methods.
    pub fn client(
        &self,
        options: &ClientOptions,
        identity: Option<&Identity>,
    ) -> Result<AuthenticatedClient, Failure> {
        let metadata = self.metadata.as_ref();
        let supported =
            metadata.and_then(|metadata| metadata.token_endpoint_auth_methods_supported.as_deref());
        let method: AuthMethod = options.credentials.method(supported)?;
        let audience = options.assertion_audience.clone();
        let audience = audience.or_else(|| metadata.map(|metadata| metadata.issuer.clone()));
        let given = || self.given.as_ref().map(|token| token.value.uri().to_string());
        let audience = audience.or_else(given).unwrap_or_default();
        let assertion = identity.map(|identity| ClientProof::Assertion {
            kind: options.grant.assertion_type.uri(),
            assertion: identity.token.clone(),
        });
        options.credentials.client(method, &audience, assertion)
    }
}
