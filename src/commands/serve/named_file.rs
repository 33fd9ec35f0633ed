//! Reads the files that heist.toml names. Errors name the key and show a line to paste.

use super::config_keys::HEIST_TOML;
use super::problems::{PHASE, wrong};
use crate::commands::configuration::schema::Key;
use crate::commands::environment::{Sourced, file, shown};
use crate::commands::misplaced;
use crate::exit::Failure;
use crate::secret::{Secret, looks_like_credential};
use std::io::ErrorKind;
use std::path::Path;

/// Reads the file that a key of a section names. The path is relative to the configuration's folder.
pub(super) fn read(path: &Path, folder: &Path, section: &str, key: &str) -> Result<Sourced<Secret>, Failure> {
    let known = HEIST_TOML.section(section).and_then(|section| section.key(key));
    read_as(path, &folder.join(path), key, known.map(Key::line).as_deref().unwrap_or_default())
}

/// Reads the file of a key or flag. Hints show `example`.
pub(super) fn read_as(
    typed: &Path,
    path: &Path,
    setting: &str,
    example: &str,
) -> Result<Sourced<Secret>, Failure> {
    let shown = shown(path);
    let text = typed.to_string_lossy();
    let wrong_path = |why: &str| {
        let more = misplaced::path(&text).map(|why| format!(": {why}")).unwrap_or_default();
        let hint = if setting.starts_with("--") {
            format!("check the path: {example}")
        } else {
            format!("check the path; it is relative to the folder of heist.toml: {example}")
        };
        wrong(format!("{setting}: cannot read {shown}: {why}{more}")).hint(hint)
    };
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(wrong_path("it is a folder, not a file")),
        Err(error) if error.kind() == ErrorKind::NotFound && looks_like_credential(&text) => {
            let what = format!("{setting} is not the path of a file; the value looks like the secret itself");
            let hint = format!("write the secret to a file of its own, mode 600, and name it: {example}");
            Err(wrong(what).hint(hint))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(wrong_path("there is no such file")),
        // A pipe can be read only once, so the checks above use metadata only.
        _ => file(path, PHASE).map_err(|failure| {
            let hint =
                format!("ls -l {shown} shows who may read it; the server's user must be able to read it");
            wrong(format!("{setting}: {}", failure.what)).hint(hint)
        }),
    }
}
