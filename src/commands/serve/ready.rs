//! `--ready-file`: writes the ready event to a file for scripts.

use super::banner::Ready;
use super::console::PHASE;
use crate::atomic_file;
use crate::commands::file_access::can_be_made;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use std::path::Path;

/// The file is replaced, so an existing one must be a regular file, not a device, pipe or link.
pub(super) fn check_file(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let what = format!("the ready file {} is in a folder that does not exist", path.display());
        return Err(Failure::new(Exit::Usage, PHASE, what).hint(format!("mkdir -p {}", folder.display())));
    }
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => {
            let what = format!("the ready file {} exists and is not a regular file", path.display());
            Err(Failure::new(Exit::Usage, PHASE, what).hint("it would be replaced; choose another path"))
        }
        _ => can_be_made(path).map_err(|why| {
            Failure::new(Exit::Local, PHASE, format!("the ready file {}: {why}", path.display()))
                .hint("name a file in a folder that the server may write to")
        }),
    }
}

/// Writes the file atomically, so that scripts never read a part of it.
pub(super) fn write_file(path: &Path, ready: &Ready) -> Result<(), Failure> {
    let text = serde_json::to_string(ready).map_err(std::io::Error::other);
    let written = text.and_then(|text| atomic_file::replace(path, format!("{text}\n").as_bytes(), 0o666));
    written.map_err(|error| {
        Failure::new(
            Exit::Local,
            PHASE,
            format!("cannot write the ready file {}: {}", path.display(), plain(&error)),
        )
    })
}

/// Removes the file of an earlier run, or scripts would take it for the file of this run. Removes regular
/// files only.
pub(super) fn remove_stale(path: &Path) -> Result<(), Failure> {
    if !std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file()) {
        return Ok(());
    }
    std::fs::remove_file(path).map_err(|error| {
        let what = format!("cannot remove the old ready file {}: {}", path.display(), plain(&error));
        Failure::new(Exit::Local, PHASE, what).hint("name a file in a folder that the server may write to")
    })
}

/// Removes the file if this process wrote it. A file that another server wrote stays.
pub(super) fn remove_own(path: &Path, pid: u32) {
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file());
    let text = is_file.then(|| std::fs::read_to_string(path).ok()).flatten();
    let event: Option<serde_json::Value> = text.and_then(|text| serde_json::from_str(&text).ok());
    if event.is_some_and(|event| event["pid"] == pid) {
        // A failure here does not matter at the end.
        let _ = std::fs::remove_file(path);
    }
}
