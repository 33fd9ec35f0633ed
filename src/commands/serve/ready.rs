//! The moment at which a server is ready, for scripts: an event on the log's first line and in
//! `--ready-file`.

use super::banner::Ready;
use super::console::PHASE;
use crate::atomic_file;
use crate::commands::file_access::can_be_made;
use crate::exit::{Exit, Failure};
use std::path::Path;

/// The file is replaced, so what stands there must be a file: never a device, a pipe or a link.
pub(super) fn check_file(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let what = format!("the ready file {} has no folder to stand in", path.display());
        return Err(Failure::new(Exit::Usage, PHASE, what).hint(format!("mkdir -p {}", folder.display())));
    }
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => {
            let what = format!("the ready file {} is there and is no regular file", path.display());
            Err(Failure::new(Exit::Usage, PHASE, what).hint("it would be replaced; name a file of its own"))
        }
        _ => can_be_made(path).map_err(|why| {
            Failure::new(Exit::Local, PHASE, format!("the ready file {}: {why}", path.display()))
                .hint("name a file in a folder that the server may write to")
        }),
    }
}

/// Scripts that wait for the file never read a part of it.
pub(super) fn write_file(path: &Path, ready: &Ready) -> Result<(), Failure> {
    let text = serde_json::to_string(ready).map_err(std::io::Error::other);
    let written = text.and_then(|text| atomic_file::replace(path, format!("{text}\n").as_bytes(), 0o666));
    written.map_err(|error| {
        Failure::new(Exit::Local, PHASE, format!("cannot write the ready file {}: {error}", path.display()))
    })
}

/// Removes what an earlier run has left: whoever waits for the file waits for this run. Only a regular file is
/// removed, which [`write_file`] would replace.
pub(super) fn remove_stale(path: &Path) -> Result<(), Failure> {
    if !std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file()) {
        return Ok(());
    }
    std::fs::remove_file(path).map_err(|error| {
        let what = format!("cannot remove the old ready file {}: {error}", path.display());
        Failure::new(Exit::Local, PHASE, what).hint("name a file in a folder that the server may write to")
    })
}

/// Removes the file of this process; that of another server which has taken its place stays.
pub(super) fn remove_own(path: &Path, pid: u32) {
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file());
    let text = is_file.then(|| std::fs::read_to_string(path).ok()).flatten();
    let event: Option<serde_json::Value> = text.and_then(|text| serde_json::from_str(&text).ok());
    if event.is_some_and(|event| event["pid"] == pid) {
        // The server has ended well all the same.
        let _ = std::fs::remove_file(path);
    }
}
