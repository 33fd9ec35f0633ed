//! A store's file, readable only by its owner, like its folder.

use super::OpenMode;
use crate::os_error::plain;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The identity of a file, whatever is at its path later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    number: u64,
}

impl FileId {
    /// The identity of the file at `path`.
    ///
    /// # Errors
    /// If there is no file, or it cannot be inspected.
    pub(super) fn at(path: &Path) -> std::io::Result<Self> {
        let found = std::fs::metadata(path)?;
        Ok(Self { device: found.dev(), number: found.ino() })
    }

    /// Checks that the file is still at `path`. A replacement is not opened: the log of the former file
    /// (`-wal`) may remain beside it and would be written into the new one.
    ///
    /// # Errors
    /// The kind of file at the path instead.
    pub(super) fn check(self, path: &Path) -> Result<(), String> {
        let shown = path.display();
        let what = match Self::at(path) {
            Ok(found) if found == self => return Ok(()),
            Ok(_) => "is not the file that was opened",
            Err(error) if error.kind() == ErrorKind::NotFound => "was removed or renamed",
            Err(error) => return Err(format!("{shown}: {}", plain(&error))),
        };
        Err(format!("{shown} {what}"))
    }

    /// The hint for a file that cannot be used.
    pub(super) fn cure(self, path: &Path) -> String {
        if self.check(path).is_ok() {
            return "is the disk full or broken, and may the server read and write the file?".to_owned();
        }
        let shown = path.display();
        format!(
            "put it back; or stop the server, remove {shown}-wal and {shown}-shm of the former file, and \
             start the server again"
        )
    }
}

/// Returns warnings about other users' access to a file and its folder. Creates both if `opening` allows it.
///
/// # Errors
/// If the file cannot be created or opened, or another user can replace it.
pub(super) fn private_file(path: &Path, opening: OpenMode) -> Result<Vec<String>, String> {
    let us = rustix::process::geteuid().as_raw();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let said = |error: std::io::Error| plain(&error);
    if opening == OpenMode::Make && !folder.try_exists().unwrap_or(true) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(said)?;
    }
    let within = std::fs::metadata(folder).map_err(said)?;
    if within.uid() != us && within.uid() != 0 {
        return Err("its folder belongs to another user, who can replace the file".to_owned());
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(opening == OpenMode::Make);
    let file = options.truncate(false).mode(0o600).open(path);
    let file = file.and_then(|file| file.metadata()).map_err(said)?;
    if file.uid() != us {
        return Err("it belongs to another user".to_owned());
    }
    let mut warnings = Vec::new();
    // In a sticky folder such as /tmp other users cannot replace the file.
    if within.mode() & 0o022 != 0 && within.mode() & 0o1000 == 0 {
        let shown = folder.display();
        warnings.push(format!("other users can replace the store: chmod 700 {shown}"));
    }
    if file.mode() & 0o077 != 0 {
        warnings.push(format!("other users can read the store: chmod 600 {}", path.display()));
    }
    Ok(warnings)
}
