//! Writes new files, all or none.

use super::report::PHASE;
use super::templates::NewFile;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// # Errors
/// If one of these files exists.
pub(super) fn check_absent(folder: &Path, names: &[&str]) -> Result<(), Failure> {
    let there = names.iter().map(|name| folder.join(name)).find(|path| fs::symlink_metadata(path).is_ok());
    there.map_or(Ok(()), |path| Err(exists(&path)))
}

/// Creates the folder and the files. If one cannot be written, the others are removed.
///
/// # Errors
/// If a file exists, or cannot be written.
pub(super) fn write(folder: &Path, files: &[NewFile]) -> Result<Vec<PathBuf>, Failure> {
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    let mut written = Vec::new();
    for file in files {
        let path = folder.join(file.name);
        if let Err(error) = create(&path, file, &mut written) {
            // Best effort: the error is reported in any case.
            written.iter().for_each(|path| drop(fs::remove_file(path)));
            let is_there = error.kind() == io::ErrorKind::AlreadyExists;
            return Err(if is_there { exists(&path) } else { cannot_write(&path, &error) });
        }
    }
    Ok(written)
}

fn create(path: &Path, file: &NewFile, written: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut created = OpenOptions::new().write(true).create_new(true).mode(file.mode).open(path)?;
    written.push(path.to_owned());
    created.write_all(file.text.as_bytes())?;
    created.sync_all()
}

fn exists(path: &Path) -> Failure {
    let what = format!("{} exists, and init overwrites nothing", path.display());
    Failure::new(Exit::Local, PHASE, what)
        .hint("heistctl init FOLDER writes elsewhere; heistctl client add ID registers another client")
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Local, PHASE, format!("cannot write {}: {}", path.display(), plain(error)))
        .hint("heistctl init FOLDER writes elsewhere")
}
