//! Files that are written must be nobody else's: a log that names the private key destroys it.

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

/// What SQLite writes beside a database.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// A file, and what names it.
type Named = (String, PathBuf);

/// What a server writes.
pub(super) struct WrittenFiles<'a> {
    pub(super) audit_log: Option<&'a AuditLog>,
    pub(super) ready_file: Option<&'a Path>,
    pub(super) store: Option<&'a StoreUrl>,
}

/// Notes each two settings that name one file where one of them writes it.
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
            let what =
                format!("{one} and {two} name the same file, {}: the one destroys the other", path.display());
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

/// What tells a file from all others, under whatever name.
#[derive(PartialEq, Eq)]
enum FileIdentity {
    /// Device and number.
    There(u64, u64),
    /// The folder as it is, and the name in it.
    Absent(PathBuf),
}

impl FileIdentity {
    /// `None` for devices and pipes, which nothing destroys, and where it cannot be told.
    fn of(path: &Path) -> Option<Self> {
        if let Ok(found) = std::fs::metadata(path) {
            return found.is_file().then(|| Self::There(found.dev(), found.ino()));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(Self::Absent(folder.join(path.file_name()?)))
    }
}
