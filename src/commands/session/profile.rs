//! Named profiles in `$XDG_CONFIG_HOME/heistctl/config.toml`: issuer, client and request. They never contain
//! secrets, only files or a command of a secret manager.

use super::profile_keys::CONFIG_TOML;
use crate::cli::{AssertionType, AuthMethod, RequestedGrant, WordList, words};
use crate::commands::configuration::{self, Table};
use crate::commands::environment::{Sourced, config_folder, read_all, var};
use crate::exit::{Exit, Failure};
use crate::os_error::{plain, plain_chain};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeValue;

const PHASE: &str = "profile";
const FILE: &str = "config.toml";

/// The parsed file.
#[derive(Debug, Default)]
pub struct Profiles {
    /// By name.
    pub profiles: BTreeMap<String, Profile>,
}

/// A profile. Paths are relative to the file's folder.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub issuer: Option<String>,
    pub token_url: Option<String>,
    pub client_id: Option<String>,
    pub client_secret_file: Option<PathBuf>,
    /// A command that prints the secret, as separate words. It runs without a shell.
    pub secret_command: Option<Vec<String>>,
    /// The source of the workload's identity.
    pub identity: Option<String>,
    /// A command that prints the identity, as `secret_command`.
    pub identity_command: Option<Vec<String>>,
    pub identity_audience: Option<String>,
    pub assertion_type: Option<AssertionType>,
    pub grant: Option<RequestedGrant>,
    pub subject_token_file: Option<PathBuf>,
    pub subject_token_type: Option<String>,
    pub actor_token_file: Option<PathBuf>,
    pub requested_token_type: Option<String>,
    pub auth_method: Option<AuthMethod>,
    pub client_key: Option<PathBuf>,
    pub client_cert: Option<PathBuf>,
    pub client_cert_key: Option<PathBuf>,
    pub assertion_audience: Option<String>,
    pub dpop: Option<bool>,
    pub dpop_key: Option<PathBuf>,
    pub scope: Vec<String>,
    pub resource: Vec<String>,
    pub audience: Option<String>,
    pub params: BTreeMap<String, String>,
    pub cacert: Option<PathBuf>,
    pub timeout: Option<String>,
    pub insecure_http: Option<bool>,
}

impl Profiles {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// All problems in it.
    pub fn parse(file: &str, text: &str) -> Result<Self, Failure> {
        let (profiles, problems) = configuration::read(&CONFIG_TOML, file, text, |top| {
            let named = top.named("profile").into_iter();
            let profiles = named.map(|(name, table)| (name, Profile::of(table))).collect();
            top.finish();
            Self { profiles }
        });
        Failure::of_all(problems).map_or(Ok(profiles.unwrap_or_default()), Err)
    }
}

impl Profile {
    fn of(table: Table<'_>) -> Self {
        let profile = Self {
            issuer: table.text("issuer"),
            token_url: table.text("token_url"),
            client_id: table.text("client_id"),
            client_secret_file: table.path("client_secret_file"),
            secret_command: table.list("secret_command"),
            identity: table.text("identity"),
            identity_command: table.list("identity_command"),
            identity_audience: table.text("identity_audience"),
            assertion_type: word(&table, "assertion_type", &words()),
            grant: word(&table, "grant", &words()),
            subject_token_file: table.path("subject_token_file"),
            subject_token_type: table.text("subject_token_type"),
            actor_token_file: table.path("actor_token_file"),
            requested_token_type: table.text("requested_token_type"),
            auth_method: word(&table, "auth_method", &words()),
            client_key: table.path("client_key"),
            client_cert: table.path("client_cert"),
            client_cert_key: table.path("client_cert_key"),
            assertion_audience: table.text("assertion_audience"),
            dpop: table.flag("dpop"),
            dpop_key: table.path("dpop_key"),
            scope: table.list("scope").unwrap_or_default(),
            resource: table.list("resource").unwrap_or_default(),
            audience: table.text("audience"),
            params: table.value("params", texts).unwrap_or_default(),
            cacert: table.path("cacert"),
            timeout: table.text("timeout"),
            insecure_http: table.flag("insecure_http"),
        };
        table.finish();
        profile
    }

    fn in_folder(mut self, folder: &Path) -> Self {
        let paths = [
            &mut self.client_secret_file,
            &mut self.client_key,
            &mut self.client_cert,
            &mut self.client_cert_key,
            &mut self.subject_token_file,
            &mut self.actor_token_file,
            &mut self.dpop_key,
            &mut self.cacert,
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        for source in ["file:", "kubernetes:"] {
            if let Some(path) = self.identity.as_deref().and_then(|identity| identity.strip_prefix(source)) {
                self.identity = Some(format!("{source}{}", folder.join(path).display()));
            }
        }
        self
    }
}

/// The profile from the flag or from `HEISTCTL_PROFILE`; `None` if neither is set.
///
/// # Errors
/// Exit 2 if it does not exist or the file is invalid.
pub(super) fn chosen(flag: Option<&str>) -> Result<Option<Sourced<Profile>>, Failure> {
    let name = match flag {
        Some(name) => Some(Sourced::new(name.to_owned(), "--profile")),
        None => var("HEISTCTL_PROFILE")?,
    };
    let Some(name) = name else { return Ok(None) };
    let (path, mut profiles) = read()?;
    let path = path.ok_or_else(|| {
        let what = format!("no folder for the profile from {}: HOME is not set", name.origin);
        Failure::new(Exit::Usage, PHASE, what).hint("set HOME or XDG_CONFIG_HOME")
    })?;
    let Some(profile) = profiles.profiles.remove(&name.value) else {
        return Err(unknown(&path, &name.origin, profiles.profiles.keys()));
    };
    let profile = profile.in_folder(path.parent().unwrap_or(Path::new("")));
    Ok(Some(Sourced::new(profile, format!("profile {}", name.value))))
}

/// The failure for an unknown profile. Its name is not shown, because it may be a secret.
fn unknown<'a>(path: &Path, origin: &str, known: impl Iterator<Item = &'a String>) -> Failure {
    const SECRETS: &str =
        "a secret goes into HEISTCTL_CLIENT_SECRET or to stdin, with --client-secret-file -";
    let known: Vec<&str> = known.map(String::as_str).collect();
    let (file, there) = (path.display(), path.exists());
    let what = match (there, known.as_slice()) {
        (false, _) => format!("there is no {file}, and {origin} names a profile"),
        (true, []) => format!("{file} has no profiles, and {origin} names one"),
        (true, _) => format!("{file} has no profile with the name from {origin}"),
    };
    let hint = match known.as_slice() {
        [] => format!("write [profile.NAME] into {file}, and below it client_id = \"…\"; {SECRETS}"),
        known => format!("the profiles are {}; {SECRETS}", known.join(", ")),
    };
    Failure::new(Exit::Usage, PHASE, what).hint(hint)
}

/// All profiles, and the file's path, whether it exists or not. `None` without a home folder.
///
/// # Errors
/// Exit 2 if the file is invalid.
pub fn read() -> Result<(Option<PathBuf>, Profiles), Failure> {
    let Some(folder) = config_folder() else { return Ok((None, Profiles::default())) };
    let path = folder.join(FILE);
    let name = path.display().to_string();
    let wrong = |what: String| Failure::new(Exit::Usage, PHASE, what);
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok((Some(path), Profiles::default()));
        }
        Err(error) => return Err(wrong(format!("cannot read {name}: {}", plain(&error)))),
    };
    let text = read_all(file, &name).map_err(|error| wrong(plain_chain(&error)))?;
    let text = String::from_utf8(text).map_err(|_| wrong(format!("{name} is not UTF-8")))?;
    let profiles = Profiles::parse(&name, &text)?;
    Ok((Some(path), profiles))
}

/// A word that a flag takes as well.
fn word<T>(table: &Table<'_>, name: &str, words: &WordList<T>) -> Option<T> {
    let names: Vec<&str> = words.names.iter().map(String::as_str).collect();
    (words.named)(&table.word(name, &names)?)
}

fn texts(value: &DeValue<'_>) -> Option<BTreeMap<String, String>> {
    let text = |(name, value): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        Some((name.get_ref().to_string(), value.get_ref().as_str()?.to_owned()))
    };
    value.as_table()?.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_says_what_the_flags_say() {
        let text = r#"
            [profile.a]
            issuer = "https://as.example.com"
            client_id = "me"
            secret_command = ["pass", "show", "me"]
            auth_method = "private_key_jwt"
            client_key = "key.pem"
            scope = ["x"]
            params = { tenant = "t" }
        "#;
        let profiles = Profiles::parse("config.toml", text).unwrap();
        let profile = profiles.profiles["a"].clone().in_folder(Path::new("/etc"));
        assert_eq!(
            (profile.auth_method, profile.params["tenant"].as_str()),
            (Some(AuthMethod::PrivateKeyJwt), "t")
        );
        assert_eq!(profile.client_key.unwrap(), Path::new("/etc/key.pem"));
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_shown() {
        for (text, what, hint) in [
            ("[profile.a]\nisuer = 'x'", "unknown key \"isuer\"", "issuer"),
            (
                "[profile.a]\nclient_secret = 'hunter2'",
                "unknown key \"client_secret\"",
                "client_secret_file = \"app.secret\", or secret_command = ",
            ),
            (
                "[profile.a]\nscope = 'hunter2'",
                "scope is a list of texts, not a text",
                "scope = [\"a\", \"b\"]",
            ),
        ] {
            let error = Profiles::parse("config.toml", text).unwrap_err();
            assert!(error.what.contains(what), "{error:?}");
            assert!(
                error.hint.as_ref().unwrap().contains(hint) && !format!("{error:?}").contains("hunter2"),
                "{error:?}"
            );
        }
    }
}
