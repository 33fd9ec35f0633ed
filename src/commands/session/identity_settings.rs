//! Where a workload's identity comes from: the settings, and what can be read without a request.

use super::source::{PHASE as REQUEST, SettingSource};
use crate::cli::SessionArgs;
use crate::client::identity::{
    IdentityError, IdentitySource, azure, github_actions, google, kubernetes, steady_claims,
};
use crate::commands::environment::{self, Sourced, secret_var};
use crate::exit::{Exit, Failure};
use crate::secret::Secret;
use std::path::PathBuf;

pub(super) const PHASE: &str = "identity";

/// Where the identity comes from.
#[derive(Clone, Debug)]
pub struct IdentitySettings {
    pub source: Sourced<IdentitySource>,
    /// Whether a flag named it.
    pub by_flag: bool,
    /// The audience to ask for; by default the issuer.
    pub audience: Option<Sourced<String>>,
    /// The command that prints it, and its profile.
    pub command: Option<Sourced<Vec<String>>>,
}

impl IdentitySettings {
    pub(super) fn settle(args: &SessionArgs, source: &SettingSource) -> Result<Option<Self>, Failure> {
        let flags = &args.grant;
        let audience = source.text(flags.identity_audience.clone(), "--identity-audience", None, |p| {
            p.identity_audience.clone()
        })?;
        let found = source.text(flags.identity.clone(), "--identity", None, |p| p.identity.clone())?;
        let Some(found) = found else {
            return match flags.identity_audience {
                Some(_) => Err(wrong("--identity-audience is for an identity, which is missing")
                    .hint("--identity SOURCE")),
                None => Ok(None),
            };
        };
        let named = IdentitySource::parse(&found.value).map_err(|error| {
            wrong(&format!("the identity from {}: {}", found.origin, error.what)).hint(error.hint)
        })?;
        let command = source.of_profile(|p| p.identity_command.clone());
        if named == IdentitySource::Command && command.is_none() {
            let what = "the identity comes from a command, and no profile names it";
            return Err(wrong(what).hint(
                "in config.toml: [profile.NAME] with identity_command = [\"PROGRAM\", \"ARGUMENT\"]; then \
                 --profile NAME",
            ));
        }
        let by_flag = flags.identity.is_some();
        Ok(Some(Self { source: Sourced::new(named, found.origin), by_flag, audience, command }))
    }

    /// The first of the source's files that exists.
    pub(super) fn file(&self, issuer: Option<&str>) -> Result<Sourced<Secret>, Failure> {
        let paths: Vec<PathBuf> = match &self.source.value {
            IdentitySource::File(path) | IdentitySource::Kubernetes(Some(path)) => vec![path.clone()],
            _ => kubernetes::PATHS.iter().map(PathBuf::from).collect(),
        };
        let Some(path) = paths.iter().find(|path| path.exists()) else {
            return Err(failed(self.source.value.without_file(&paths, issuer)));
        };
        environment::named_file(&Sourced::new(path.clone(), self.source.origin.clone()), PHASE)
    }

    /// Tells this workload from others that share its cache. Empty where only a request would tell.
    #[must_use]
    pub fn fingerprint(&self) -> Secret {
        let nothing = || Secret::new("");
        let read = match &self.source.value {
            IdentitySource::Gitlab(name) | IdentitySource::Environment(name) => secret_var(name),
            IdentitySource::Kubernetes(_) | IdentitySource::File(_) => self.file(None).ok(),
            // It has the ids of the run and the job.
            IdentitySource::GithubActions => {
                return secret_var(github_actions::URL).map_or_else(nothing, |url| url.value);
            }
            IdentitySource::Command => {
                let words = self.command.as_ref().map(|command| command.value.join("\0"));
                return Secret::new(words.unwrap_or_default());
            }
            // They choose the identity that the metadata service gives, or the service.
            IdentitySource::Google => return variables(&[google::HOST]),
            IdentitySource::Azure(_) => {
                return variables(&[azure::CLIENT_ID, azure::ENDPOINT, azure::HOST]);
            }
        };
        let identity =
            |read: Sourced<Secret>| self.source.value.identity(read.value.expose(), &read.origin, None).ok();
        read.and_then(identity).map_or_else(nothing, |identity| steady_claims(&identity.token))
    }
}

/// The variables' values as one text, each with its length, so that none runs into the next.
fn variables(names: &[&str]) -> Secret {
    let mut text = Vec::new();
    for name in names {
        let value = secret_var(name).map(|found| found.value);
        let value = value.as_ref().map(Secret::expose).unwrap_or_default();
        text.extend_from_slice(&value.len().to_be_bytes());
        text.extend_from_slice(value);
    }
    Secret::new(text)
}

pub(super) fn failed(error: IdentityError) -> Failure {
    Failure::new(Exit::Usage, PHASE, error.what).hint(error.hint)
}

fn wrong(what: &str) -> Failure {
    Failure::new(Exit::Usage, REQUEST, what)
}
