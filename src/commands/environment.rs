//! Reads the environment, files and stdin. Errors name the source and never show the content.

use super::misplaced;
use crate::client::agent::Agent;
use crate::client::proxy::{Proxies, Proxy};
use crate::exit::{Exit, Failure};
use crate::os_error::plain_chain;
use crate::secret::Secret;
use anyhow::Context;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The largest secret, key or token.
pub const MAX_INPUT: u64 = 1024 * 1024;

/// A value and its source, for messages.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    pub value: T,
    /// The source: `--client-id`, `HEISTCTL_CLIENT_ID`, a file's path.
    pub origin: String,
}

impl<T> Sourced<T> {
    pub fn new(value: T, origin: impl Into<String>) -> Self {
        Self { value, origin: origin.into() }
    }
}

/// A non-empty variable.
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

/// `: NAME is empty` if a variable is empty, which counts as not set; else an empty text.
#[must_use]
pub fn but_empty(name: &str) -> String {
    let is_empty = std::env::var_os(name).is_some_and(|value| value.is_empty());
    if is_empty { format!(": {name} is empty") } else { String::new() }
}

/// The user of this process, by name if `/etc/passwd` has one. Under sudo, includes the caller. For the
/// record only; it proves nothing.
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

/// The hint if a secret is given instead of a variable's name.
pub const NAMES_THE_VARIABLE: &str = "it names the variable that holds the secret, not the secret itself";

/// Whether the text may be a variable's name. Anything else may be a secret and is not shown.
#[must_use]
pub fn is_variable_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.len() <= 64 && name.chars().all(fits)
}

/// Reads a secret from a variable. Empty counts as unset.
#[must_use]
pub fn secret_var(name: &str) -> Option<Sourced<Secret>> {
    use std::os::unix::ffi::OsStringExt;
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    Some(Sourced::new(Secret::new(value.into_vec()), name))
}

/// Reads a secret from a file, `-` for stdin. One trailing line end is removed.
///
/// # Errors
/// Where it cannot be read or is empty (exit 2).
pub fn secret_file(path: &Path, phase: &'static str) -> Result<Sourced<Secret>, Failure> {
    let file = file(path, phase)?;
    let secret = Secret::from_file_content(file.value.expose());
    if secret.is_empty() {
        return Err(Failure::new(Exit::Usage, phase, format!("the secret from {} is empty", file.origin)));
    }
    Ok(Sourced::new(secret, file.origin))
}

/// Reads a file, `-` for stdin. It may hold a secret or a private key.
///
/// # Errors
/// Where it cannot be read (exit 2).
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
        Err(error) => Err(Failure::new(Exit::Usage, phase, plain_chain(&error)).hint(unread(path, None))),
    }
}

/// Like [`file()`], for a path from a flag, a variable or a profile. Errors name that source.
///
/// # Errors
/// As [`file()`].
pub fn named_file(path: &Sourced<PathBuf>, phase: &'static str) -> Result<Sourced<Secret>, Failure> {
    refuse_credential(&path.value, &path.origin, phase)?;
    file(&path.value, phase).map_err(|failure| failure.hint(unread(&path.value, Some(&path.origin))))
}

/// The hint for a file that could not be read; `origin` is the source of its path.
fn unread(path: &Path, origin: Option<&str>) -> String {
    let (name, from) =
        (shown(path), origin.map(|origin| format!("the path is from {origin}: ")).unwrap_or_default());
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => format!("{from}name a file in that folder: {name}/FILE"),
        Ok(found) if found.len() > MAX_INPUT => format!("{from}is it the right file? ls -l {name} shows it"),
        Ok(_) => format!("{from}ls -l {name} shows who may read it"),
        Err(_) if name == "-" => "pipe it in: heistctl … < FILE".to_owned(),
        Err(_) if from.is_empty() => format!("is the path right, and may you read it? ls -l {name}"),
        Err(_) => format!("{from}is it right, and may you read it? ls -l {name}"),
    }
}

/// Like [`named_file`], for a file with a secret or a private key. If no such file exists, the path is not
/// shown, because it may be the secret itself. `instead` says where a secret belongs.
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

/// The cache folder: `HEISTCTL_CACHE_DIR`, else `heistctl` in the user's cache folder. `None` without a home
/// folder.
#[must_use]
pub fn cache_folder() -> Option<PathBuf> {
    path_var("HEISTCTL_CACHE_DIR").or_else(|| user_folder("XDG_CACHE_HOME", ".cache"))
}

/// The folder of the user's configuration. `None` without a home folder.
#[must_use]
pub fn config_folder() -> Option<PathBuf> {
    user_folder("XDG_CONFIG_HOME", ".config")
}

/// The folder of the user's data. `None` without a home folder.
#[must_use]
pub fn data_folder() -> Option<PathBuf> {
    user_folder("XDG_DATA_HOME", ".local/share")
}

/// Relative paths are ignored (XDG base directory specification).
fn user_folder(variable: &str, default: &str) -> Option<PathBuf> {
    let named = path_var(variable).filter(|path| path.is_absolute());
    let base = named.or_else(|| path_var("HOME").map(|home| home.join(default)));
    base.map(|base| base.join("heistctl"))
}

/// A variable with a path, which need not be UTF-8. Empty counts as unset.
#[must_use]
pub fn path_var(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// An agent with a timeout. Trusts the authorities in the flag's file, else in the file from `SSL_CERT_FILE`,
/// else the usual ones.
///
/// # Errors
/// Where such a file cannot be read or has no certificates.
pub fn agent(timeout: Duration, cacert: Option<&Sourced<PathBuf>>) -> Result<Agent, Failure> {
    let agent = Agent::new(timeout).through(proxies());
    let read = match cacert {
        Some(path) => Some(certificates(path)?),
        None => authorities()?,
    };
    let Some(read) = read else { return Ok(agent) };
    agent.trusting(read.value.expose()).map_err(|error| {
        // The origin also names the source of the path, which does not belong in a command.
        let path = read.origin.split(" (from ").next().unwrap_or_default();
        let hint = error.hint_for(path);
        let flag = if cacert.is_some() { "--cacert ca.pem" } else { "SSL_CERT_FILE=ca.pem" };
        let takes = format!(
            "name the authority's certificate, PEM with -----BEGIN CERTIFICATE-----: {flag}; a client's own \
             key and certificate go into --client-cert-key and --client-cert"
        );
        Failure::new(Exit::Usage, "certificates", format!("{}: {error}", read.origin))
            .hint(hint.unwrap_or(takes))
    })
}

/// The authorities in the file from `SSL_CERT_FILE`; `None` for the usual ones.
///
/// # Errors
/// Where it cannot be read.
pub fn authorities() -> Result<Option<Sourced<Secret>>, Failure> {
    const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
    let named = path_var(SSL_CERT_FILE).map(|path| Sourced::new(path, SSL_CERT_FILE));
    named.map(|path| certificates(&path)).transpose()
}

/// A file of certificates, with the source of its path.
fn certificates(path: &Sourced<PathBuf>) -> Result<Sourced<Secret>, Failure> {
    let read = named_file(path, "certificates")?;
    let origin = format!("{} (from {})", read.origin, path.origin);
    Ok(Sourced::new(read.value, origin))
}

/// The proxies from the environment. An invalid one is an error only when it is used.
pub(super) fn proxies() -> Proxies {
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

/// A path for a message. A key, a secret or a token given instead is not shown.
pub(super) fn shown(path: &Path) -> String {
    match misplaced::credential(&path.to_string_lossy()) {
        Some(kind) => format!("({kind} where a path belongs)"),
        None => path.display().to_string(),
    }
}

/// Refuses a key, a secret or a token where the path of a file belongs. `setting` is the source of the path.
///
/// # Errors
/// Exit 2, with the setting and a path in its place.
pub(super) fn refuse_credential(path: &Path, setting: &str, phase: &'static str) -> Result<(), Failure> {
    let text = path.to_string_lossy();
    let Some(kind) = misplaced::credential(&text).filter(|_| !path.exists()) else { return Ok(()) };
    let file = match kind {
        "a key" if text.contains("\"keys\"") => "jwks.json",
        "a key" if text.contains("CERTIFICATE") => "cert.pem",
        "a key" if text.contains("-----BEGIN") => "key.pem",
        "a key" => "key.json",
        _ => "FILE",
    };
    let join = if setting.starts_with("--") && !setting.ends_with('@') { " " } else { "" };
    let join = if setting.starts_with("HEISTCTL_") { "=" } else { join };
    let name = setting.trim_end_matches([' ', '@']);
    Err(Failure::new(Exit::Usage, phase, format!("{name}: {kind} was given instead of its file's path"))
        .hint(format!("write it into a file: {setting}{join}{file}")))
}

/// Reads all of a reader, up to a limit.
///
/// # Errors
/// Where it cannot be read or is too long. The error names it.
pub fn read_all(reader: impl Read, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_INPUT + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    anyhow::ensure!(bytes.len() as u64 <= MAX_INPUT, "{name} is larger than {MAX_INPUT} bytes");
    Ok(bytes)
}

/// Reads all of stdin. A second read is an error, because it would return nothing.
///
/// # Errors
/// As [`read_all`], and on a second read.
pub fn stdin() -> anyhow::Result<Vec<u8>> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    anyhow::ensure!(
        !TAKEN.swap(true, Ordering::Relaxed),
        "stdin has already been read: it can supply only one value"
    );
    read_all(std::io::stdin().lock(), "stdin")
}

/// Whether somebody would have to type on stdin.
#[must_use]
pub fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}
