//! The grant to request, and the tokens that it sends: the workload's identity, and tokens in files.

use super::identity_settings::IdentitySettings;
use super::private_files::kept;
use super::profile::Profile;
use super::source::{PHASE, SettingSource};
use crate::cli::{AssertionType, RequestedGrant, SessionArgs, token_type};
use crate::client::grant::{TokenGrant, TypedToken};
use crate::client::identity::Identity;
use crate::commands::environment::Sourced;
use crate::commands::pasted_token::pasted_token;
use crate::exit::{Exit, Failure};
use crate::jose::digest::sha256;
use crate::secret::Secret;
use std::path::PathBuf;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const SUBJECT: &str = "--subject-token-file";
const ACTOR: &str = "--actor-token-file";

/// The grant and its settings. Files are read; the identity is not.
#[derive(Debug)]
pub struct GrantSettings {
    pub kind: RequestedGrant,
    pub identity: Option<IdentitySettings>,
    pub assertion_type: AssertionType,
    /// The token of a file to exchange, or the assertion.
    pub(super) subject: Option<Sourced<Secret>>,
    subject_type: Option<String>,
    pub(super) actor: Option<Sourced<Secret>>,
    pub(super) requested_type: Option<String>,
}

impl GrantSettings {
    /// # Errors
    /// Exit 2 if a setting does not fit the grant, or a file cannot be read.
    pub(super) fn settle(
        args: &SessionArgs,
        source: &SettingSource,
        notes: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        let flags = &args.grant;
        let mut file = |flag: &Option<PathBuf>, name: &str, of: fn(&Profile) -> Option<PathBuf>| {
            let path = source.path(flag.clone(), name, of);
            path.map(|path| token_in(&path, notes)).transpose()
        };
        let subject = file(&flags.subject_token_file, SUBJECT, |p| p.subject_token_file.clone())?;
        let actor = file(&flags.actor_token_file, ACTOR, |p| p.actor_token_file.clone())?;
        let kind = flags.grant.or_else(|| source.of_profile(|p| p.grant).map(|found| found.value));
        let default =
            if subject.is_some() { RequestedGrant::TokenExchange } else { RequestedGrant::ClientCredentials };
        let named = |flag: &Option<String>, name: &str, of: fn(&Profile) -> Option<String>| {
            let found = source.text(flag.clone(), name, None, of)?;
            found.map(|found| known_type(&found)).transpose()
        };
        let assertion_type =
            flags.assertion_type.or_else(|| source.of_profile(|p| p.assertion_type).map(|found| found.value));
        let settings = Self {
            kind: kind.unwrap_or(default),
            identity: IdentitySettings::settle(args, source)?,
            assertion_type: assertion_type.unwrap_or_default(),
            subject,
            subject_type: named(&flags.subject_token_type, "--subject-token-type", |p| {
                p.subject_token_type.clone()
            })?,
            actor,
            requested_type: named(&flags.requested_token_type, "--requested-token-type", |p| {
                p.requested_token_type.clone()
            })?,
        };
        settings.fits()?;
        match (assertion_type, settings.authenticating()) {
            (Some(_), None) => {
                Err(wrong("--assertion-type is for an identity that authenticates the client")
                    .hint("--identity SOURCE names it; a subject token then comes from --subject-token-file"))
            }
            _ => Ok(settings),
        }
    }

    /// Checks that the grant has its token, and no others.
    fn fits(&self) -> Result<(), Failure> {
        let is_exchange = self.kind == RequestedGrant::TokenExchange;
        let surplus = [
            (self.actor.is_some(), ACTOR),
            (self.subject_type.is_some(), "--subject-token-type"),
            (self.requested_type.is_some(), "--requested-token-type"),
        ];
        if let Some((_, flag)) = surplus.iter().find(|(is_given, _)| *is_given && !is_exchange) {
            let what = format!("{flag} is for token exchange, and the grant is {}", self.name());
            return Err(wrong(&what).hint("--grant token-exchange"));
        }
        match (self.kind, &self.subject, &self.identity) {
            (RequestedGrant::ClientCredentials, Some(_), _) => {
                let what = format!("{SUBJECT} does not go with the grant client_credentials");
                Err(wrong(&what).hint(
                    "--grant token-exchange exchanges it, --grant jwt-bearer sends it as the assertion",
                ))
            }
            (RequestedGrant::TokenExchange | RequestedGrant::JwtBearer, None, None) => {
                let noun = if is_exchange { "a token to exchange" } else { "an assertion" };
                let what = format!("the grant {} needs {noun}, which is missing", self.name());
                Err(wrong(&what).hint(format!("{SUBJECT} FILE (- for stdin), or --identity SOURCE")))
            }
            _ => Ok(()),
        }
    }

    /// The name of the grant, for messages and the cache.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.kind {
            RequestedGrant::ClientCredentials => "client_credentials",
            RequestedGrant::JwtBearer => "jwt-bearer",
            RequestedGrant::TokenExchange => "token-exchange",
        }
    }

    /// The identity, if it authenticates the client.
    #[must_use]
    pub fn authenticating(&self) -> Option<&IdentitySettings> {
        let is_grants_own = self.kind != RequestedGrant::ClientCredentials && self.subject.is_none();
        self.identity.as_ref().filter(|_| !is_grants_own)
    }

    /// The identity, if it becomes the token.
    #[must_use]
    pub fn becoming(&self) -> Option<&IdentitySettings> {
        self.identity.as_ref().filter(|_| self.authenticating().is_none())
    }

    /// The grant with its tokens. `identity` is the one that becomes the token.
    #[must_use]
    pub fn token_grant(&self, identity: Option<&Identity>) -> TokenGrant {
        let token = || {
            let own = self.subject.as_ref().map(|subject| subject.value.clone());
            own.or_else(|| identity.map(|identity| identity.token.clone())).unwrap_or(Secret::new(""))
        };
        match self.kind {
            RequestedGrant::ClientCredentials => TokenGrant::ClientCredentials,
            RequestedGrant::JwtBearer => TokenGrant::JwtBearer { assertion: token() },
            RequestedGrant::TokenExchange => TokenGrant::TokenExchange {
                subject: TypedToken { token: token(), kind: self.type_of_subject().to_owned() },
                actor: self
                    .actor
                    .as_ref()
                    .map(|actor| TypedToken { token: actor.value.clone(), kind: ACCESS_TOKEN.to_owned() }),
                requested_type: self.requested_type.clone(),
            },
        }
    }

    /// Whether another type of token than an access token may come of it.
    #[must_use]
    pub fn requests_type(&self) -> bool {
        self.requested_type.as_deref().is_some_and(|kind| kind != ACCESS_TOKEN)
    }

    pub(super) fn type_of_subject(&self) -> &str {
        let default = if self.subject.is_some() { ACCESS_TOKEN } else { JWT };
        self.subject_type.as_deref().unwrap_or(default)
    }

    /// The settings that the token depends on, for the cache key; empty for client credentials without an identity. Of an
    /// identity it is the source and what tells its workload from others.
    pub(super) fn cache_parts(&self) -> Vec<Secret> {
        let mut parts = Vec::new();
        if let Some(IdentitySettings { source, audience, .. }) = &self.identity {
            parts.push(Secret::new(source.value.to_string()));
            parts.push(Secret::new(audience.as_ref().map_or("", |audience| audience.value.as_str())));
            parts.push(Secret::new(self.assertion_type.uri()));
            parts.extend(self.identity.as_ref().map(IdentitySettings::fingerprint));
        }
        if self.kind != RequestedGrant::ClientCredentials {
            parts.push(Secret::new(self.name()));
            parts.push(Secret::new(self.type_of_subject()));
            parts.push(Secret::new(self.requested_type.as_deref().unwrap_or_default()));
            let tokens = [&self.subject, &self.actor].into_iter();
            parts.extend(tokens.map(|read| {
                let token = read.as_ref().map_or(&[][..], |read| read.value.expose());
                Secret::new(sha256(token))
            }));
        }
        parts
    }

    /// Whether a token was read from stdin, which is then used up.
    pub(super) fn has_read_stdin(&self) -> bool {
        [&self.subject, &self.actor].into_iter().flatten().any(|read| read.origin == "stdin")
    }
}

fn wrong(what: &str) -> Failure {
    Failure::new(Exit::Usage, PHASE, what)
}

/// The token in a file.
fn token_in(path: &Sourced<PathBuf>, notes: &mut Vec<String>) -> Result<Sourced<Secret>, Failure> {
    let read = kept(path, PHASE, notes)?;
    let token = pasted_token(&String::from_utf8_lossy(read.value.expose()), PHASE, &read.origin)?;
    Ok(Sourced::new(token, read.origin))
}

fn known_type(found: &Sourced<String>) -> Result<String, Failure> {
    token_type(&found.value).map_err(|wrong| {
        let what = format!("{}: {}", found.origin, wrong.about(&found.value));
        Failure { hint: wrong.hint, ..self::wrong(&what) }
    })
}
