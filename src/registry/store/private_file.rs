//! A store's file on disk: its owner's alone, as is its folder.

use super::OpenMode;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// What a file is, whatever stands at its path by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    number: u64,
}

impl FileId {
    /// Of what stands there now.
    ///
    /// # Errors
    /// Where there is nothing, or one may not look.
    pub(super) fn at(path: &Path) -> std::io::Result<Self> {
        let found = std::fs::metadata(path)?;
        Ok(Self { device: found.dev(), number: found.ino() })
    }

    /// Nothing, where it stands there still. Another one is not opened in its stead: the log of the former
    /// one (`-wal`) may be left beside it, and would be written into it.
    ///
    /// # Errors
    /// Where it does not: what stands there.
    pub(super) fn check(self, path: &Path) -> Result<(), String> {
        let shown = path.display();
        let what = match Self::at(path) {
            Ok(found) if found == self => return Ok(()),
            Ok(_) => "is another file than the one that is open",
            Err(error) if error.kind() == ErrorKind::NotFound => "is not there any more",
            Err(error) => return Err(format!("{shown}: {error}")),
        };
        Err(format!("{shown} {what}"))
    }

    /// What an operator can do where the file cannot be used.
    pub(super) fn cure(self, path: &Path) -> String {
        if self.check(path).is_ok() {
            return "is the disk well, and may the server read and write the file?".to_owned();
        }
        let shown = path.display();
        format!(
            "put it back, or stop the server, see that no {shown}-wal and {shown}-shm of the former file are \
             left, and start it again"
        )
    }
}

/// Gives warnings of who else may use a file and its folder, which are made where that is to be and they are
/// not there.
///
/// # Errors
/// Where it cannot be made or opened, or another user can put something else in its place.
pub(super) fn private_file(path: &Path, opening: OpenMode) -> Result<Vec<String>, String> {
    let us = rustix::process::geteuid().as_raw();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let said = |error: std::io::Error| error.to_string();
    if opening == OpenMode::Make && !folder.try_exists().unwrap_or(true) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(said)?;
    }
    let within = std::fs::metadata(folder).map_err(said)?;
    if within.uid() != us && within.uid() != 0 {
        return Err("its folder belongs to another user, who can put another file there".to_owned());
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(opening == OpenMode::Make);
    let file = options.truncate(false).mode(0o600).open(path);
    let file = file.and_then(|file| file.metadata()).map_err(said)?;
    if file.uid() != us {
        return Err("it belongs to another user".to_owned());
    }
    let mut warnings = Vec::new();
    // In a folder like /tmp others cannot put another file in its place.
    if within.mode() & 0o022 != 0 && within.mode() & 0o1000 == 0 {
        let shown = folder.display();
        warnings.push(format!("others can put another file in the store's place: chmod 700 {shown}"));
    }
    if file.mode() & 0o077 != 0 {
        warnings.push(format!("others may read the store: chmod 600 {}", path.display()));
    }
    Ok(warnings)
}
