//! Files that heist.toml names, read with errors that name the key and the line to write.

use super::config_keys::HEIST_TOML;
use super::problems::{PHASE, wrong};
use crate::commands::configuration::schema::Key;
use crate::commands::environment::{Sourced, file, shown};
use crate::commands::misplaced;
use crate::exit::Failure;
use crate::secret::{Secret, looks_like_credential};
use std::io::ErrorKind;
use std::path::Path;

/// The file that a key of a section names, in the configuration's folder.
pub(super) fn read(path: &Path, folder: &Path, section: &str, key: &str) -> Result<Sourced<Secret>, Failure> {
    let known = HEIST_TOML.section(section).and_then(|section| section.key(key));
    read_as(path, &folder.join(path), key, known.map(Key::line).as_deref().unwrap_or_default())
}

/// The same of any setting, whose value is shown by `example`.
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
            format!("is the path right? {example}")
        } else {
            format!("is the path right? It begins in the folder of heist.toml: {example}")
        };
        wrong(format!("{setting}: cannot read {shown}: {why}{more}")).hint(hint)
    };
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(wrong_path("it is a folder, and a file belongs here")),
        Err(error) if error.kind() == ErrorKind::NotFound && looks_like_credential(&text) => {
            let what = format!("{setting} names no file, and what stands there looks like the secret itself");
            let hint = format!("write the secret to a file of its own, mode 600, and name it: {example}");
            Err(wrong(what).hint(hint))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(wrong_path("there is no such file")),
        // It may be a pipe, which is read once.
        _ => file(path, PHASE).map_err(|failure| {
            let hint = format!("ls -l {shown} shows who may read it; the server's user must be able to");
            wrong(format!("{setting}: {}", failure.what)).hint(hint)
        }),
    }
}
