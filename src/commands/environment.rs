//! The environment, files and stdin, read with errors that name them. What is read is never shown.

use crate::client::agent::Agent;
use crate::exit::{Exit, Failure};
use crate::secret::Secret;
use anyhow::Context;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A secret, a key or a token is shorter than this.
pub const MAX_INPUT: u64 = 1024 * 1024;

/// A value and where it came from, for messages.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// `--client-id`, `HEISTCTL_CLIENT_ID`, a file's path.
    pub origin: String,
}

impl<T> Sourced<T> {
    /// A value from somewhere.
    pub fn new(value: T, origin: impl Into<String>) -> Self {
        Self { value, origin: origin.into() }
    }
}

/// A variable that is set to something.
///
/// # Errors
/// Where it is not UTF-8.
pub fn var(name: &str) -> Result<Option<Sourced<String>>, Failure> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(Sourced::new(value, name))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::new(Exit::Usage, "environment", format!("{name} is not UTF-8")))
        }
    }
}

/// What to do where a secret stands in place of its variable's name.
pub const NAMES_THE_VARIABLE: &str = "it names the variable that holds the secret, not the secret itself";

/// True for what may be a variable's name; anything else may be a secret, and is not shown.
#[must_use]
pub fn is_variable_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.len() <= 64 && name.chars().all(fits)
}

/// A secret from a variable. Empty counts as unset.
#[must_use]
pub fn secret_var(name: &str) -> Option<Sourced<Secret>> {
    use std::os::unix::ffi::OsStringExt;
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    Some(Sourced::new(Secret::new(value.into_vec()), name))
}

/// A secret from a file, `-` for stdin; one trailing line end is not part of it.
///
/// # Errors
/// Where it cannot be read or is empty: a matter of configuration (exit 2).
pub fn secret_file(path: &Path, phase: &'static str) -> Result<Sourced<Secret>, Failure> {
    let file = file(path, phase)?;
    let secret = Secret::from_file_content(file.value.expose());
    if secret.is_empty() {
        return Err(Failure::new(Exit::Usage, phase, format!("the secret from {} is empty", file.origin)));
    }
    Ok(Sourced::new(secret, file.origin))
}

/// A file as it is, `-` for stdin. It may hold a secret or a private key.
///
/// # Errors
/// Where it cannot be read: a matter of configuration (exit 2).
pub fn file(path: &Path, phase: &'static str) -> Result<Sourced<Secret>, Failure> {
    let (bytes, origin) = if path == Path::new("-") {
        (read_all(std::io::stdin().lock(), "stdin"), "stdin".to_owned())
    } else {
        let origin = shown(path);
        let file = std::fs::File::open(path).with_context(|| format!("cannot read {origin}"));
        (file.and_then(|file| read_all(file, &origin)), origin)
    };
    match bytes {
        Ok(bytes) => Ok(Sourced::new(Secret::new(bytes), origin)),
        Err(error) => Err(Failure::new(Exit::Usage, phase, format!("{error:#}"))
            .hint("is the path right, and may you read it?")),
    }
}

/// The folder of the cache: `HEISTCTL_CACHE_DIR`, else `heistctl` in the user's cache; none, where the
/// user has no home.
///
/// # Errors
/// Where a variable is not UTF-8.
pub fn cache_folder() -> Result<Option<PathBuf>, Failure> {
    match var("HEISTCTL_CACHE_DIR")? {
        Some(found) => Ok(Some(PathBuf::from(found.value))),
        None => user_folder("XDG_CACHE_HOME", ".cache"),
    }
}

/// The folder of the user's configuration; none, where the user has no home.
///
/// # Errors
/// Where a variable is not UTF-8.
pub fn config_folder() -> Result<Option<PathBuf>, Failure> {
    user_folder("XDG_CONFIG_HOME", ".config")
}

/// The folder of the user's data; none, where the user has no home.
///
/// # Errors
/// Where a variable is not UTF-8.
pub fn data_folder() -> Result<Option<PathBuf>, Failure> {
    user_folder("XDG_DATA_HOME", ".local/share")
}

/// Relative paths do not count (XDG base directory specification).
fn user_folder(variable: &str, default: &str) -> Result<Option<PathBuf>, Failure> {
    let named = var(variable)?.map(|found| PathBuf::from(found.value)).filter(|path| path.is_absolute());
    let at_home = || Ok::<_, Failure>(var("HOME")?.map(|home| Path::new(&home.value).join(default)));
    let base = named.map_or_else(at_home, |named| Ok(Some(named)))?;
    Ok(base.map(|base| base.join("heistctl")))
}

/// What to say of a file with a secret in it that others may read.
#[must_use]
pub fn mode_warning(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let mode = std::fs::metadata(path).ok()?.mode();
    let shown = path.display();
    (mode & 0o077 != 0).then(|| format!("{shown} holds a secret, and others may read it: chmod 600 {shown}"))
}

/// An agent that gives a request so much time, and trusts the authorities of the flag's file, else of
/// the one that `SSL_CERT_FILE` names, else the usual ones.
///
/// # Errors
/// Where such a file cannot be read or holds none.
pub fn agent(timeout: Duration, cacert: Option<&Path>) -> Result<Agent, Failure> {
    let agent = Agent::new(timeout);
    let (path, origin) = match (cacert, var("SSL_CERT_FILE")?) {
        (Some(path), _) => (path.to_owned(), "--cacert".to_owned()),
        (None, Some(named)) => (PathBuf::from(named.value), named.origin),
        (None, None) => return Ok(agent),
    };
    let read = file(&path, "certificates")?;
    agent.trusting(read.value.expose()).map_err(|why| {
        Failure::new(Exit::Usage, "certificates", format!("{} (from {origin}): {why}", read.origin))
            .hint("it takes the certificates of authorities, PEM")
    })
}

/// A path for a message; a token in its place is not shown.
fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    if text.starts_with("ey") && text.matches('.').count() >= 2 {
        "(a token where a path belongs)".to_owned()
    } else {
        text
    }
}

/// All of a reader, bounded.
///
/// # Errors
/// Where it cannot be read or does not end; the error names it.
pub fn read_all(reader: impl Read, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_INPUT + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    anyhow::ensure!(bytes.len() as u64 <= MAX_INPUT, "{name} is larger than {MAX_INPUT} bytes");
    Ok(bytes)
}

/// True where somebody would have to type what stdin gives.
#[must_use]
pub fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}
