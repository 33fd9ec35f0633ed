//! Finds and reads heist.toml: for the server, and for the commands that work on its store.

use crate::commands::environment::{MAX_INPUT, Sourced, read_all, var};
use crate::exit::{Exit, Failure, Place};
use crate::os_error::{plain, plain_chain};
use std::path::{Path, PathBuf};

/// Names the configuration.
pub const CONFIG: &str = "HEISTCTL_CONFIG";
pub const DEFAULT_FILE: &str = "heist.toml";
const PHASE: &str = "configuration";

/// The configuration of the flag, of the variable, or in this folder.
///
/// # Errors
/// Exit 2 if the variable is not UTF-8.
pub fn find(flag: Option<&Path>) -> Result<Option<Sourced<PathBuf>>, Failure> {
    if let Some(path) = flag {
        return Ok(Some(Sourced::new(path.to_owned(), "--config")));
    }
    if let Some(path) = var(CONFIG)? {
        return Ok(Some(Sourced::new(PathBuf::from(path.value), path.origin)));
    }
    let is_here = Path::new(DEFAULT_FILE).exists();
    Ok(is_here.then(|| Sourced::new(PathBuf::from(DEFAULT_FILE), "this folder")))
}

/// The folder to which its relative paths belong. Never empty, so that `secret_file = "-"` is a file of that
/// name and not stdin.
#[must_use]
pub fn folder_of(file: &Path) -> PathBuf {
    Path::new(".").join(file.parent().unwrap_or(Path::new("")))
}

/// # Errors
/// Exit 2 if the file cannot be read or is not text.
pub fn read_text(file: &Sourced<PathBuf>) -> Result<String, Failure> {
    let path = &file.value;
    let name = format!("{} (from {})", path.display(), file.origin);
    if path.is_dir() {
        return Err(wrong(format!("{name} is a folder")).hint("name the file in it, as --config heist.toml"));
    }
    let opened = std::fs::File::open(path);
    let reader = opened.map_err(|error| {
        wrong(format!("cannot read {name}: {}", plain(&error)))
            .hint("check that the path is right and that you may read it")
    })?;
    let bytes = read_all(reader, &name).map_err(|error| {
        let failure = wrong(plain_chain(&error));
        if std::fs::metadata(path).is_ok_and(|file| file.len() > MAX_INPUT) {
            return failure.hint("clients in a store need no configuration: heistctl client import FILE");
        }
        failure
    })?;
    String::from_utf8(bytes)
        .map_err(|error| encoding(path, error.as_bytes(), error.utf8_error().valid_up_to()))
}

/// The failure of a file that is not UTF-8, with the command that converts it.
fn encoding(path: &Path, bytes: &[u8], at: usize) -> Failure {
    let name = path.display();
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return wrong(format!("{name} is UTF-16, and heist.toml is UTF-8"))
            .hint(format!("iconv -f UTF-16 -t UTF-8 {name} > utf8.toml converts it"));
    }
    if bytes.contains(&0) {
        return wrong(format!("{name} is not a text file"))
            .hint(format!("--config takes heist.toml; file {name} shows what it is"));
    }
    let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    wrong("not UTF-8")
        .at(Place::line(&name.to_string(), line))
        .hint(format!("iconv -f ISO-8859-1 -t UTF-8 {name} > utf8.toml converts it"))
}

fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, PHASE, what)
}
