//! A workload's own token, which its platform issues: its identity, in place of a secret. Each source is a
//! file here. It turns what was read from the environment into an identity, or into a request to send. Pure.

pub mod azure;
mod command;
mod doubt;
mod environment;
mod file;
pub mod github_actions;
mod gitlab;
pub mod google;
pub mod kubernetes;
mod request;

pub use doubt::{IdentityDoubt, doubt, steady_claims};
pub use request::{IdentityError, IdentityRequest};

use crate::http::authorization::access_token;
use crate::secret::Secret;
use std::fmt;
use std::path::PathBuf;

/// The longest identity, in bytes. A longer one does not fit into a form that servers take.
const MAX_IDENTITY: usize = 32 * 1024;
/// Where an identity comes from, as named by `--identity`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentitySource {
    GithubActions,
    /// The variable of an ID token of a GitLab job.
    Gitlab(String),
    /// A projected service account token; `None` at the usual paths.
    Kubernetes(Option<PathBuf>),
    Google,
    /// The resource that the token is for.
    Azure(String),
    File(PathBuf),
    Environment(String),
    /// A command that prints the identity.
    Command,
}

/// A workload's token and its source.
#[derive(Clone, Debug)]
pub struct Identity {
    pub token: Secret,
    pub source: IdentitySource,
    /// Where it was read: a file, a variable, a URL.
    pub origin: String,
}

/// The names of all sources, for messages.
pub const SOURCES: &str = "github-actions, gitlab:NAME, kubernetes, google, azure:RESOURCE, file:PATH, env:NAME \
                           or command";

impl IdentitySource {
    /// Parses `NAME` or `NAME:ARGUMENT`.
    ///
    /// # Errors
    /// If it is not a source, or its argument is missing or wrong.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let (name, argument) = match text.split_once(':') {
            Some((name, argument)) => (name, Some(argument).filter(|argument| !argument.is_empty())),
            None => (text, None),
        };
        match (name, argument) {
            ("github-actions", None) => Ok(Self::GithubActions),
            ("kubernetes", path) => Ok(Self::Kubernetes(path.map(PathBuf::from))),
            ("google", None) => Ok(Self::Google),
            ("command", None) => Ok(Self::Command),
            ("gitlab", Some(name)) => environment::variable(name, "gitlab:ID_TOKEN").map(Self::Gitlab),
            ("env", Some(name)) => environment::variable(name, "env:ID_TOKEN").map(Self::Environment),
            ("azure", Some(resource)) => Ok(Self::Azure(resource.to_owned())),
            ("file", Some(path)) => Ok(Self::File(PathBuf::from(path))),
            ("gitlab", None) => Err(gitlab::no_name()),
            ("env", None) => Err(lacks("env", "the name of a variable", "env:ID_TOKEN")),
            ("azure", None) => Err(lacks("azure", "a resource", "azure:api://AzureADTokenExchange")),
            ("file", None) => Err(lacks("file", "a path", "file:/var/run/secrets/tokens/heistctl")),
            ("github-actions" | "google" | "command", Some(_)) => {
                Err(IdentityError::new(format!("{name} takes nothing after a colon"), name))
            }
            // It may be a token.
            _ => Err(IdentityError::new("it is not a source of identities", format!("it is {SOURCES}"))),
        }
    }

    /// Whether the platform must be told the audience.
    #[must_use]
    pub const fn asks_for_audience(&self) -> bool {
        matches!(self, Self::GithubActions | Self::Google)
    }

    /// Whether it gives the same identity several times. Many issuers take each one once.
    const fn lasts(&self) -> bool {
        matches!(self, Self::Gitlab(_) | Self::Kubernetes(_) | Self::File(_) | Self::Environment(_))
    }

    /// The hint for an identity that has expired.
    fn renewal(&self) -> &'static str {
        match self {
            Self::GithubActions | Self::Google | Self::Azure(_) => "is the clock of this machine right?",
            Self::Gitlab(_) => gitlab::EXPIRED,
            Self::Kubernetes(_) => kubernetes::EXPIRED,
            Self::File(_) => file::EXPIRED,
            Self::Environment(_) => environment::EXPIRED,
            Self::Command => command::EXPIRED,
        }
    }

    /// The hint for an identity of another audience.
    fn for_audience(&self, wanted: &str) -> String {
        match self {
            Self::GithubActions | Self::Google => format!("--identity-audience {wanted}"),
            Self::Gitlab(name) => gitlab::id_token(name, wanted),
            Self::Kubernetes(_) => kubernetes::projected(wanted),
            Self::Azure(_) => azure::for_audience(wanted),
            Self::File(_) | Self::Environment(_) | Self::Command => {
                format!("its platform must issue it for the audience {wanted}")
            }
        }
    }

    /// The failure if the variable of this source is not set.
    #[must_use]
    pub fn without_variable(&self, name: &str, audience: Option<&str>) -> IdentityError {
        match self {
            Self::Gitlab(_) => gitlab::missing(name, audience),
            _ => environment::missing(name),
        }
    }

    /// The failure if none of its files exists.
    #[must_use]
    pub fn without_file(&self, paths: &[PathBuf], audience: Option<&str>) -> IdentityError {
        match self {
            Self::Kubernetes(_) => kubernetes::missing(paths, audience),
            _ => file::missing(paths),
        }
    }

    /// The identity in what was read from `origin`.
    ///
    /// # Errors
    /// If it is not a token, or one that no issuer takes. It is not shown.
    pub fn identity(
        &self,
        read: &[u8],
        origin: &str,
        audience: Option<&str>,
    ) -> Result<Identity, IdentityError> {
        let token = token(read, origin)?;
        if let Self::Kubernetes(_) = self {
            kubernetes::refuse_legacy(&token, origin, audience)?;
        }
        Ok(Identity { token, source: self.clone(), origin: origin.to_owned() })
    }
}

/// Names the source as the flag does.
impl fmt::Display for IdentitySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GithubActions => f.write_str("github-actions"),
            Self::Gitlab(name) => write!(f, "gitlab:{name}"),
            Self::Kubernetes(None) => f.write_str("kubernetes"),
            Self::Kubernetes(Some(path)) => write!(f, "kubernetes:{}", path.display()),
            Self::Google => f.write_str("google"),
            Self::Azure(resource) => write!(f, "azure:{resource}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Environment(name) => write!(f, "env:{name}"),
            Self::Command => f.write_str("command"),
        }
    }
}

fn lacks(name: &str, what: &str, example: &str) -> IdentityError {
    IdentityError::new(format!("{name} needs {what}"), format!("--identity {example}"))
}

/// The token in a file, a variable or an answer: visible ASCII, with blanks and line ends around it.
fn token(read: &[u8], origin: &str) -> Result<Secret, IdentityError> {
    let wrong = |what: &str| {
        let hint = "it is the token alone, such as a JWT: eyJ….eyJ….…";
        Err(IdentityError::new(format!("the identity from {origin} {what}"), hint))
    };
    let trimmed = read.trim_ascii();
    if trimmed.is_empty() {
        return wrong("is empty");
    }
    if trimmed.len() > MAX_IDENTITY {
        return wrong(&format!("is longer than {MAX_IDENTITY} bytes"));
    }
    match std::str::from_utf8(trimmed).ok().filter(|text| access_token(text).is_ok()) {
        Some(text) => Ok(Secret::new(text)),
        None => wrong("is not a token: it has blanks, line ends or other characters that no token has"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_parsed_and_written_alike() {
        for text in [
            "github-actions",
            "gitlab:HEIST_TOKEN",
            "kubernetes",
            "kubernetes:/var/run/secrets/tokens/x",
            "google",
            "azure:api://AzureADTokenExchange",
            "file:a:b",
            "env:ID_TOKEN",
            "command",
        ] {
            assert_eq!(IdentitySource::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_source_is_explained_and_a_token_in_its_place_not_shown() {
        for (text, what, hint) in [
            ("eyJhbGciOiJub25lIn0.e30.", "not a source", SOURCES),
            ("github", "not a source", "github-actions"),
            ("gitlab", "gitlab needs the name of a variable", "gitlab:ID_TOKEN"),
            ("gitlab:", "gitlab needs the name of a variable", "id_tokens"),
            ("env:", "env needs the name of a variable", "env:ID_TOKEN"),
            ("env:eyJhbGciOi.x.y", "not the name of a variable", "env:ID_TOKEN"),
            ("file:", "file needs a path", "file:/"),
            ("azure", "azure needs a resource", "azure:api"),
            ("google:x", "google takes nothing after a colon", "google"),
        ] {
            let error = IdentitySource::parse(text).unwrap_err();
            assert!(error.what.contains(what) && error.hint.contains(hint), "{text}: {error:?}");
            assert!(!format!("{error:?}").contains("eyJh"), "{error:?}");
        }
    }

    #[test]
    fn an_identity_is_a_token_without_what_is_around_it() {
        let source = IdentitySource::File("x".into());
        let read = |bytes: &[u8]| source.identity(bytes, "x", None).map(|identity| identity.token);
        for bytes in [&b"a.b.c"[..], b"a.b.c\n", b" a.b.c\r\n\n"] {
            assert_eq!(read(bytes).unwrap().expose(), b"a.b.c");
        }
        let long = vec![b'a'; MAX_IDENTITY + 1];
        for (bytes, part) in [
            (&b""[..], "is empty"),
            (b" \n", "is empty"),
            (b"a b", "is not a token"),
            (b"\xff\xfe", "is not a token"),
            (&long, "longer than"),
        ] {
            let error = read(bytes).unwrap_err();
            assert!(error.what.contains(part), "{error:?}");
        }
    }
}
