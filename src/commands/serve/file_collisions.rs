//! Checks that no file the server writes is used for anything else. A log that names the private key would
//! destroy it.

use super::audit_log::AuditLog;
use super::development;
use super::inputs::Inputs;
use super::problems::{Problems, wrong};
use crate::cli::ServeArgs;
use crate::commands::configuration::Places;
use crate::commands::store::StoreUrl;
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Suffixes of the files that SQLite writes.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// A file and the setting that names it.
type Named = (String, PathBuf);

/// The files that a server writes.
pub(super) struct WrittenFiles<'a> {
    pub(super) audit_log: Option<&'a AuditLog>,
    pub(super) ready_file: Option<&'a Path>,
    pub(super) store: Option<&'a StoreUrl>,
}

/// Notes each pair of settings that name the same file if one of them writes it.
pub(super) fn check(
    args: &ServeArgs,
    inputs: &Inputs,
    places: &Places,
    files: &WrittenFiles<'_>,
    problems: &mut Problems,
) {
    let written = written(args, files);
    let read = inputs.files.iter().map(|file| (file.key.clone(), file.path.clone()));
    let all: Vec<Named> = written.iter().cloned().chain(read).collect();
    let of: Vec<Option<FileIdentity>> = all.iter().map(|(_, path)| FileIdentity::of(path)).collect();
    for at in 0..written.len() {
        let is_other = |other: &usize| all[*other].0 != all[at].0 && of[at].is_some() && of[*other] == of[at];
        if let Some(other) = (at + 1..all.len()).find(is_other) {
            let ((one, path), (two, _)) = (&all[at], &all[other]);
            let what = format!(
                "{one} and {two} name the same file, {}: one would overwrite the other",
                path.display()
            );
            let failure = wrong(what).hint(format!("give {one} a file of its own"));
            problems.note(places.failing(one.trim_start_matches("the "), failure));
        }
    }
}

fn written(args: &ServeArgs, files: &WrittenFiles<'_>) -> Vec<Named> {
    let mut found = Vec::new();
    if let Some(AuditLog::File(path)) = files.audit_log {
        found.push(("audit_log".to_owned(), path.clone()));
    }
    let ready_file = if args.ready_file.is_some() { "--ready-file" } else { "ready_file" };
    found.extend(files.ready_file.map(|path| (ready_file.to_owned(), path.to_owned())));
    if let Some(StoreUrl::Sqlite(path)) = files.store {
        let beside = |end: &str| {
            let mut name = OsString::from(path);
            name.push(end);
            ("the store".to_owned(), PathBuf::from(name))
        };
        found.extend(BESIDE.into_iter().map(beside));
    }
    if let Some(folder) = &args.tls_self_signed {
        let made = |name: &str| ("--tls-self-signed".to_owned(), folder.join(name));
        found.extend(development::FILES.into_iter().map(made));
    }
    found
}

/// The identity of a file, independent of its name.
#[derive(PartialEq, Eq)]
enum FileIdentity {
    /// Device and inode.
    There(u64, u64),
    /// The canonical folder and the name in it, for a file that does not exist.
    Absent(PathBuf),
}

impl FileIdentity {
    /// Returns `None` for devices and pipes, which a write does not destroy, and if it cannot be found out.
    fn of(path: &Path) -> Option<Self> {
        if let Ok(found) = std::fs::metadata(path) {
            return found.is_file().then(|| Self::There(found.dev(), found.ino()));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(Self::Absent(folder.join(path.file_name()?)))
    }
}
