//! The token: a good one from the cache, else one from the issuer, of which a hundred scripts that want
//! the same make one.

use super::settle::{Caching, ClientOptions, PHASE, Server};
use super::{endpoint, unreachable};
use crate::cli::AuthMethod;
use crate::client::agent::{Agent, Answer, Outgoing, clock_ahead};
use crate::client::cache::{Cache, Entry, Key};
use crate::client::discovery::{self, DiscoveryError, Metadata};
use crate::client::endpoint::Endpoint;
use crate::client::identity::{Identity, ProofError};
use crate::client::token::{self, TokenError, TokenRequest};
use crate::client::{Attempt, retry};
use crate::clock::{Timestamp, span};
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};
use crate::http::{INTROSPECT_PATH, REVOKE_PATH, TOKEN_PATH};
use crate::jose::digest;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// By so many seconds a server's clock may differ before it is said.
pub const SKEW: u64 = 5;
/// How long an issuer's metadata is taken as it is, in seconds.
const METADATA_AGE: i64 = 3600;

/// A token and all that is known of it.
pub struct Acquired {
    /// The token as it is kept.
    pub entry: Entry,
    /// Whether its end is known.
    pub ends: bool,
    /// Whether it came from the cache.
    pub cached: bool,
    /// What somebody should know.
    pub notes: Vec<String>,
}

/// Where an issuer is asked, and how it takes clients.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// The token endpoint.
    pub token: Sourced<Endpoint>,
    /// What the issuer says of itself, where it was asked.
    metadata: Option<Metadata>,
}

/// Metadata as it is kept.
#[derive(Deserialize, Serialize)]
struct KeptMetadata {
    fetched: i64,
    metadata: Metadata,
}

/// A token by those options.
///
/// # Errors
/// Exit 2 and 4 to 7, as the contract has it.
pub fn acquire(options: &ClientOptions) -> Result<Acquired, Failure> {
    obtain(options, None)
}

/// Another token than the one that an API has just refused; of many that find the same one refused, one
/// asks.
///
/// # Errors
/// As [`acquire`].
pub fn acquire_instead(options: &ClientOptions, refused: &str) -> Result<Acquired, Failure> {
    obtain(options, Some(refused))
}

fn obtain(options: &ClientOptions, refused: Option<&str>) -> Result<Acquired, Failure> {
    let (cache, refresh) = match &options.caching {
        Caching::Off => return fetch(options, None),
        Caching::Use(cache) => (cache, false),
        Caching::Refresh(cache) => (cache, true),
    };
    // A token that is bound to a key of this run is of no use to another.
    if options.dpop.as_ref().is_some_and(|key| key.ephemeral) {
        return fetch(options, None);
    }
    let (key, started) = (options.cache_key(), Timestamp::now());
    let is_other = |entry: &Entry| refused != Some(entry.access_token.as_str());
    if let Some(entry) = good(cache, &key, options).filter(|entry| !refresh && is_other(entry)) {
        return Ok(cached(entry, options));
    }
    let lock = cache.lock(&key, options.deadline);
    // Whoever had the lock before may have fetched what we want.
    let made_meanwhile = |entry: &Entry| is_other(entry) && (!refresh || entry.obtained > started.unix());
    if let Some(entry) = good(cache, &key, options).filter(made_meanwhile) {
        return Ok(cached(entry, options));
    }
    let acquired = fetch(options, Some((cache, &key)));
    drop(lock);
    acquired
}

/// The token of the cache, where there is a good one; nobody is asked.
#[must_use]
pub fn at_hand(options: &ClientOptions) -> Option<Acquired> {
    let (Caching::Use(cache) | Caching::Refresh(cache)) = &options.caching else { return None };
    good(cache, &options.cache_key(), options).map(|entry| cached(entry, options))
}

fn good(cache: &Cache, key: &Key, options: &ClientOptions) -> Option<Entry> {
    cache.read::<Entry>(key).filter(|entry| entry.is_good(options.min_ttl, Timestamp::now()))
}

fn cached(entry: Entry, options: &ClientOptions) -> Acquired {
    Acquired { entry, ends: true, cached: true, notes: options.notes.clone() }
}

fn fetch(options: &ClientOptions, keep: Option<(&Cache, &Key)>) -> Result<Acquired, Failure> {
    let agent = options.agent()?;
    let endpoints = endpoints(options, &agent)?;
    let request = TokenRequest {
        endpoint: endpoints.token.value.clone(),
        identity: endpoints.identity(options)?,
        scope: options.scope.clone(),
        resources: options.resources.clone(),
        audience: options.audience.clone(),
        params: options.params.clone(),
        dpop: options.dpop.clone(),
    };
    let sent = send(options, &agent, &endpoints.token, |attempt| token::prepare(&request, attempt))?;
    let received = Timestamp::now();
    let response = token::read(&sent).map_err(|error| refused(options, &endpoints.token.value, &error))?;
    if options.dpop.is_some() != response.token_type.eq_ignore_ascii_case("dpop") {
        let what = format!("{}: the token is of type {}", endpoints.token.value, response.token_type);
        let hint = "with --dpop it should be DPoP, without it Bearer: does the issuer know DPoP (RFC 9449)?";
        return Err(Failure::new(Exit::ServerFailed, PHASE, what).hint(hint));
    }
    let mut notes = options.notes.clone();
    notes.extend(skew(&sent, received));
    let ends = response.expires_in.is_some();
    let entry = Entry {
        access_token: response.access_token,
        token_type: response.token_type,
        scope: Some(response.scope.unwrap_or_else(|| options.scope.clone()).to_string()),
        token_url: endpoints.token.value.to_string(),
        obtained: received.unix(),
        expires: received.after(Duration::from_secs(response.expires_in.unwrap_or(0))).unix(),
    };
    if let Some((cache, key)) = keep.filter(|_| ends)
        && let Err(error) = cache.write(key, &entry)
    {
        notes.push(format!("the token is not kept: {}: {error}", cache.folder().display()));
    }
    Ok(Acquired { entry, ends, cached: false, notes })
}

fn skew(answer: &Answer, now: Timestamp) -> Option<String> {
    let ahead = clock_ahead(&answer.headers, now).filter(|ahead| ahead.unsigned_abs() > SKEW)?;
    let (by, side) = (span(u128::from(ahead.unsigned_abs())), if ahead > 0 { "behind" } else { "ahead of" });
    Some(format!("the clock here is {by} {side} the server's: tokens will seem expired, or not yet good"))
}

/// Sends a request until it has an answer that stands: what is signed is signed anew each time, and a
/// nonce that the server wants is given once.
///
/// # Errors
/// Exit 5 to 7 where there is no answer, 2 where nothing can be sent.
pub fn send(
    options: &ClientOptions,
    agent: &Agent,
    to: &Sourced<Endpoint>,
    prepare: impl Fn(&Attempt) -> Result<Outgoing, ProofError>,
) -> Result<Answer, Failure> {
    let (mut failed, mut nonce) = (0, None);
    loop {
        let id = digest::random().map_err(|error| Failure::new(Exit::Local, PHASE, error.to_string()))?;
        let attempt = Attempt { now: Timestamp::now(), id, nonce: nonce.clone() };
        let outgoing = prepare(&attempt).map_err(|error| {
            let what = format!("{error} ({})", options.credentials.origin());
            Failure::new(Exit::Usage, PHASE, what).hint("the protocol needs a secret that is text")
        })?;
        let outcome = options.in_time(agent).and_then(|agent| agent.fetch(&outgoing));
        if let Ok(answer) = &outcome
            && let Some(wanted) = token::wanted_nonce(answer).filter(|_| nonce.is_none())
        {
            nonce = Some(wanted);
            continue;
        }
        failed += 1;
        let chance = u64::from_be_bytes(digest::random().unwrap_or_default());
        let pause =
            retry::pause(&outcome, failed, chance, attempt.now).filter(|pause| *pause < options.left());
        let Some(pause) = pause else { return outcome.map_err(|error| unreachable(PHASE, to, &error)) };
        std::thread::sleep(pause);
    }
}

/// Where to ask: as settled, or as the issuer says, whose word is kept for a while.
///
/// # Errors
/// Exit 5 to 7 where the issuer cannot be asked, or says nothing of use.
pub fn endpoints(options: &ClientOptions, agent: &Agent) -> Result<Endpoints, Failure> {
    let issuer = match &options.server {
        Server::Endpoint(token) => return Ok(Endpoints { token: token.clone(), metadata: None }),
        Server::Issuer(issuer) => issuer,
    };
    let metadata = metadata(options, agent, issuer)?;
    let what = "the issuer's metadata";
    let token = metadata.token_endpoint.as_deref().ok_or_else(|| {
        Failure::new(
            Exit::ServerFailed,
            PHASE,
            format!("{}: its metadata has no token_endpoint", issuer.value),
        )
    })?;
    let token = endpoint(token, options.insecure_http, PHASE, what)
        .map_err(|failure| Failure { exit: Exit::ServerFailed, ..failure })?;
    Ok(Endpoints { token: Sourced::new(token, what), metadata: Some(metadata) })
}

fn metadata(options: &ClientOptions, agent: &Agent, issuer: &Sourced<String>) -> Result<Metadata, Failure> {
    let key = Key::of(&[b"metadata", issuer.value.as_bytes()]);
    let cache = match &options.caching {
        Caching::Use(cache) | Caching::Refresh(cache) => Some(cache),
        Caching::Off => None,
    };
    let now = Timestamp::now();
    let fresh = |kept: &KeptMetadata| (0..METADATA_AGE).contains(&now.unix().saturating_sub(kept.fetched));
    if let Some(kept) = cache.and_then(|cache| cache.read::<KeptMetadata>(&key)).filter(fresh) {
        return Ok(kept.metadata);
    }
    let metadata = ask_metadata(options, agent, issuer)?;
    if let Some(cache) = cache {
        // Not kept, it is asked for again.
        let _ = cache.write(&key, &KeptMetadata { fetched: now.unix(), metadata: metadata.clone() });
    }
    Ok(metadata)
}

fn ask_metadata(
    options: &ClientOptions,
    agent: &Agent,
    issuer: &Sourced<String>,
) -> Result<Metadata, Failure> {
    let addresses = discovery::addresses(&issuer.value, options.insecure_http)
        .map_err(|error| Failure::new(Exit::Usage, PHASE, format!("{}: {error}", issuer.origin)))?;
    let mut missing = Vec::new();
    for address in addresses {
        let address = Sourced::new(address, issuer.origin.clone());
        let answer = send(options, agent, &address, |_| Ok(discovery::prepare(&address.value)))?;
        match discovery::read(&answer, &issuer.value) {
            Ok(metadata) => return Ok(metadata),
            Err(DiscoveryError::NoMetadata(why)) => missing.push(format!("{} {why}", address.value)),
            Err(error) => missing.push(format!("{}: {error}", address.value)),
        }
    }
    Err(Failure::new(Exit::ServerFailed, PHASE, missing.join("; "))
        .hint("is this the issuer, byte for byte? --token-url names a token endpoint instead"))
}

impl Endpoints {
    /// The client as this issuer takes it.
    ///
    /// # Errors
    /// Exit 2 where it takes none of what the client has.
    pub fn identity(&self, options: &ClientOptions) -> Result<Identity, Failure> {
        let metadata = self.metadata.as_ref();
        let supported =
            metadata.and_then(|metadata| metadata.token_endpoint_auth_methods_supported.as_deref());
        let method: AuthMethod = options.credentials.method(supported)?;
        let audience = options.assertion_audience.clone();
        let audience = audience.or_else(|| metadata.map(|metadata| metadata.issuer.clone()));
        let audience = audience.unwrap_or_else(|| self.token.value.uri().to_string());
        options.credentials.identity(method, &audience)
    }

    /// Where tokens are taken back: as the issuer says, else beside the token endpoint.
    ///
    /// # Errors
    /// Where neither is known.
    pub fn revocation(&self, options: &ClientOptions) -> Result<Sourced<Endpoint>, Failure> {
        self.other(
            options,
            |metadata| metadata.revocation_endpoint.as_deref(),
            REVOKE_PATH,
            "revocation_endpoint",
        )
    }

    /// Where it is said what a token is.
    ///
    /// # Errors
    /// Where that is not known.
    pub fn introspection(&self, options: &ClientOptions) -> Result<Sourced<Endpoint>, Failure> {
        self.other(
            options,
            |metadata| metadata.introspection_endpoint.as_deref(),
            INTROSPECT_PATH,
            "introspection_endpoint",
        )
    }

    fn other(
        &self,
        options: &ClientOptions,
        named: impl Fn(&Metadata) -> Option<&str>,
        path: &str,
        name: &str,
    ) -> Result<Sourced<Endpoint>, Failure> {
        if let Some(url) = self.metadata.as_ref().and_then(named) {
            let what = "the issuer's metadata";
            return endpoint(url, options.insecure_http, PHASE, what).map(|url| Sourced::new(url, what));
        }
        let beside = self.token.value.sibling(TOKEN_PATH, path);
        beside
            .filter(|_| self.metadata.is_none())
            .map(|url| Sourced::new(url, "beside the token endpoint"))
            .ok_or_else(|| {
                Failure::new(Exit::Usage, PHASE, format!("the issuer names no {name}"))
                    .hint("--issuer URL finds it by metadata, where the issuer has one")
            })
    }
}

/// What the server said, without our secret, should it repeat it, and what to do.
pub(crate) fn refused(options: &ClientOptions, url: &Endpoint, error: &TokenError) -> Failure {
    let mut what = format!("{url}: {error}");
    if let Some(secret) =
        options.credentials.secret.as_ref().and_then(|secret| secret.value.expose_str().ok())
        && !secret.is_empty()
    {
        what = what.replace(secret, "(the secret)");
    }
    let TokenError::Refused { error, .. } = error else {
        return Failure::new(Exit::ServerFailed, PHASE, what).hint("is this the token endpoint?");
    };
    let failure = Failure::new(Exit::Refused, PHASE, what);
    let credentials = &options.credentials;
    match error.as_str() {
        "invalid_client" => failure.hint(format!(
            "check client id (from {}) and {} (from {})",
            credentials.id.origin,
            credentials.noun(),
            credentials.origin()
        )),
        "invalid_scope" => failure.hint("ask for fewer scopes with --scope, or have the client allowed more"),
        "invalid_target" => failure.hint("ask for another --resource, or have the client allowed it"),
        "too_many_requests" => failure.hint("wait as long as it says; the cache saves requests"),
        _ => failure,
    }
}
