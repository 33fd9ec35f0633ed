//! The environment, files and stdin, read with errors that name them. What is read is never shown.

use super::misplaced;
use crate::client::agent::Agent;
use crate::client::proxy::{Proxies, Proxy};
use crate::exit::{Exit, Failure};
use crate::secret::Secret;
use anyhow::Context;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
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

/// `: NAME is empty` where a variable is set to nothing, which counts as not set; else nothing.
#[must_use]
pub fn but_empty(name: &str) -> String {
    let is_empty = std::env::var_os(name).is_some_and(|value| value.is_empty());
    if is_empty { format!(": {name} is empty") } else { String::new() }
}

/// The user of this machine as whom this process runs, by name where `/etc/passwd` has one; behind sudo with the
/// one who called it. It is for the record and proves nothing.
#[must_use]
pub fn user() -> String {
    let uid = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    };
    let name = users.lines().find_map(named).unwrap_or_else(|| format!("uid {uid}"));
    match std::env::var("SUDO_USER") {
        Ok(caller) if uid == 0 && !caller.is_empty() => format!("{name} (sudo by {caller})"),
        _ => name,
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
        (stdin(), "stdin".to_owned())
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

/// The same, where a flag, a variable or a profile names the file: a failure says which.
///
/// # Errors
/// As [`file()`].
pub fn named_file(path: &Sourced<PathBuf>, phase: &'static str) -> Result<Sourced<Secret>, Failure> {
    let hint = |failure: Failure| {
        let origin = &path.origin;
        failure.hint(format!("the path is from {origin}: is it right, and may you read it?"))
    };
    file(&path.value, phase).map_err(hint)
}

/// The same for a file that holds a secret or a private key. What stands in place of its path is not shown
/// unless such a file is there: it may be the secret itself. `instead` says where that goes.
///
/// # Errors
/// As [`file()`].
pub fn unshown_file(
    path: &Sourced<PathBuf>,
    phase: &'static str,
    instead: &str,
) -> Result<Sourced<Secret>, Failure> {
    let is_there = path.value == Path::new("-") || std::fs::metadata(&path.value).is_ok();
    if is_there {
        return named_file(path, phase);
    }
    let why = misplaced::path(&path.value.display().to_string());
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    let what = format!("there is no file at the path from {}{why}", path.origin);
    Err(Failure::new(Exit::Usage, phase, what)
        .hint(format!("the path is not shown, it may be a secret; {instead}")))
}

/// The folder of the cache: `HEISTCTL_CACHE_DIR`, else `heistctl` in the user's cache; none, where the
/// user has no home.
#[must_use]
pub fn cache_folder() -> Option<PathBuf> {
    path_var("HEISTCTL_CACHE_DIR").or_else(|| user_folder("XDG_CACHE_HOME", ".cache"))
}

/// The folder of the user's configuration; none, where the user has no home.
#[must_use]
pub fn config_folder() -> Option<PathBuf> {
    user_folder("XDG_CONFIG_HOME", ".config")
}

/// The folder of the user's data; none, where the user has no home.
#[must_use]
pub fn data_folder() -> Option<PathBuf> {
    user_folder("XDG_DATA_HOME", ".local/share")
}

/// Relative paths do not count (XDG base directory specification).
fn user_folder(variable: &str, default: &str) -> Option<PathBuf> {
    let named = path_var(variable).filter(|path| path.is_absolute());
    let base = named.or_else(|| path_var("HOME").map(|home| home.join(default)));
    base.map(|base| base.join("heistctl"))
}

/// A variable that holds a path, which need not be UTF-8. Empty counts as unset.
#[must_use]
pub fn path_var(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// An agent that gives a request so much time, and trusts the authorities of the flag's file, else of
/// the one that `SSL_CERT_FILE` names, else the usual ones.
///
/// # Errors
/// Where such a file cannot be read or holds none.
pub fn agent(timeout: Duration, cacert: Option<&Sourced<PathBuf>>) -> Result<Agent, Failure> {
    let agent = Agent::new(timeout).through(proxies());
    let read = match cacert {
        Some(path) => Some(certificates(path)?),
        None => authorities()?,
    };
    let Some(read) = read else { return Ok(agent) };
    agent.trusting(read.value.expose()).map_err(|error| {
        // The origin says who named the file, too, which no command takes.
        let path = read.origin.split(" (from ").next().unwrap_or_default();
        let hint = error.hint_for(path);
        Failure::new(Exit::Usage, "certificates", format!("{}: {error}", read.origin))
            .hint(hint.unwrap_or_else(|| "it takes the certificates of authorities, PEM".to_owned()))
    })
}

/// The authorities of the file that `SSL_CERT_FILE` names; `None` for the usual ones.
///
/// # Errors
/// Where it cannot be read.
pub fn authorities() -> Result<Option<Sourced<Secret>>, Failure> {
    const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
    let named = path_var(SSL_CERT_FILE).map(|path| Sourced::new(path, SSL_CERT_FILE));
    named.map(|path| certificates(&path)).transpose()
}

/// A file of certificates, and who named it.
fn certificates(path: &Sourced<PathBuf>) -> Result<Sourced<Secret>, Failure> {
    let read = named_file(path, "certificates")?;
    let origin = format!("{} (from {})", read.origin, path.origin);
    Ok(Sourced::new(read.value, origin))
}

/// The proxies that the environment names. A wrong one is a matter of whoever is asked through it.
fn proxies() -> Proxies {
    let named = |names: [&str; 2]| {
        let found = names.into_iter().find_map(secret_var)?;
        Some(Proxy { url: found.value, origin: found.origin })
    };
    let except = ["no_proxy", "NO_PROXY"].into_iter().find_map(|name| std::env::var(name).ok());
    Proxies {
        https: named(["https_proxy", "HTTPS_PROXY"]),
        http: named(["http_proxy", "HTTP_PROXY"]),
        all: named(["all_proxy", "ALL_PROXY"]),
        except: except.unwrap_or_default(),
    }
}

/// A path for a message; a token in its place is not shown.
pub(super) fn shown(path: &Path) -> String {
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

/// All of stdin. Whoever wanted it a second time would find nothing, and take that for an answer.
///
/// # Errors
/// As [`read_all`], and where it was read before.
pub fn stdin() -> anyhow::Result<Vec<u8>> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    anyhow::ensure!(!TAKEN.swap(true, Ordering::Relaxed), "stdin has been read already: it can be one thing");
    read_all(std::io::stdin().lock(), "stdin")
}

/// True where somebody would have to type what stdin gives.
#[must_use]
pub fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}
