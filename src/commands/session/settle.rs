//! Combines flags, environment, profile and defaults, in that order. Sends nothing.

use super::connection::{ConnectionOptions, TokenServer};
use super::credentials::{ClientCredentials, CredentialKind};
use super::grant::GrantSettings;
use super::params;
use super::profile::{self, Profile};
use super::resource_uri;
use super::source::{PHASE, SettingSource};
use crate::cli::{SessionArgs, scope_list};
use crate::client::token_cache::CacheKey;
use crate::commands::environment::var;
use crate::exit::{Exit, Failure};
use crate::jose::digest::sha256;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use std::time::{Duration, Instant};

/// All settings of a token request.
#[derive(Debug)]
pub struct ClientOptions {
    /// The server, and how to reach it.
    pub connection: ConnectionOptions,
    /// The client.
    pub credentials: ClientCredentials,
    /// The grant, with its tokens.
    pub grant: GrantSettings,
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
    /// The remaining lifetime that a cached token must have.
    pub min_ttl: Duration,
    /// Notes for the user.
    pub notes: Vec<String>,
}

/// Reads all settings.
///
/// # Errors
/// Exit 2 if a setting is missing or cannot be read.
pub fn settle(args: &SessionArgs) -> Result<ClientOptions, Failure> {
    let mut notes = Vec::new();
    let source = SettingSource::of(profile::chosen(args.profile.as_deref())?);
    let params = params::settle(args, &source)?;
    let audience = audience(args, &source, &params)?;
    let assertion_audience =
        source.text(args.assertion_audience.clone(), "--assertion-audience", None, |p| {
            p.assertion_audience.clone()
        })?;
    let mut connection = ConnectionOptions::settle(args, &source, &mut notes)?;
    notes.extend(connection.asks_default());
    let asked = Instant::now();
    let grant = GrantSettings::settle(args, &source, &mut notes)?;
    let credentials = ClientCredentials::settle(args, &source, &connection, &grant, &mut notes)?;
    // The time for typing the secret does not count.
    if credentials.typed {
        connection.deadline += asked.elapsed();
    }
    let (scope, scope_origin) = scope(args, &source)?;
    Ok(ClientOptions {
        connection,
        credentials,
        grant,
        scope,
        scope_origin,
        resources: resources(args, &source)?,
        audience,
        params,
        assertion_audience: assertion_audience.map(|audience| audience.value),
        min_ttl: args.min_ttl,
        notes,
    })
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

impl ClientOptions {
    /// Whether a setting was read from stdin, which is then used up.
    #[must_use]
    pub fn has_read_stdin(&self, args: &SessionArgs) -> bool {
        let shown = match &self.credentials.shown {
            CredentialKind::Secret(read) | CredentialKind::Key(read) => Some(read),
            CredentialKind::Certificate(_) | CredentialKind::Identity(_) | CredentialKind::Nothing => None,
        };
        shown.is_some_and(|read| read.origin == "stdin")
            || self.grant.has_read_stdin()
            || self.connection.has_read_stdin(args)
    }

    /// The cache key: everything that the token depends on.
    #[must_use]
    pub fn cache_key(&self) -> CacheKey {
        let server = match &self.connection.server {
            TokenServer::Issuer(issuer) => format!("issuer {}", issuer.value),
            TokenServer::Endpoint(endpoint) => format!("endpoint {}", endpoint.value.uri()),
        };
        let ClientCredentials { id, shown, .. } = &self.credentials;
        let ConnectionOptions { certificate, dpop, .. } = &self.connection;
        let method = format!("{} {:?}", self.credentials.noun(), self.credentials.named_method());
        let shown = match shown {
            CredentialKind::Secret(shown) | CredentialKind::Key(shown) => sha256(shown.value.expose()),
            CredentialKind::Certificate(_) | CredentialKind::Identity(_) | CredentialKind::Nothing => [0; 32],
        };
        let certificate = certificate.as_ref().map_or([0; 32], |(chain, _)| sha256(chain.value.expose()));
        let bound = dpop.as_ref().map(|key| key.thumbprint()).unwrap_or_default();
        let resources = self.resources.len().to_be_bytes();
        let id = id.as_ref().map_or("", |id| id.value.as_str());
        let grant = self.grant.cache_parts();
        let mut parts: Vec<&[u8]> = vec![
            server.as_bytes(),
            id.as_bytes(),
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
        parts.extend(grant.iter().map(Secret::expose));
        CacheKey::of(&parts)
    }
}
