//! Writes a temporary file and renames it once complete: readers see the old content or the new, never a
//! part. An unfinished file is removed when dropped, or on a signal.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::NamedTempFile;

/// The suffix of an unfinished file.
pub const PART: &str = ".part";
/// Random characters in the name of an unfinished file. A process id is not enough: it is constant in a
/// container, and two containers may share a folder.
const RANDOM: usize = 12;

static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A file that is not renamed yet.
#[derive(Debug)]
pub struct AtomicFile {
    // It is removed before it leaves the list.
    file: NamedTempFile,
    _known: Known,
    target: PathBuf,
}

/// An unfinished file that a signal handler removes.
#[derive(Debug)]
struct Known(PathBuf);

impl Drop for Known {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

impl AtomicFile {
    /// Creates `NAME.RANDOM.part` in the folder of `target`, with `mode` less the umask from the start.
    /// Follows no link and opens no existing file.
    ///
    /// # Errors
    /// If `target` does not name a file, or its folder is not writable.
    pub fn create(target: &Path, mode: u32) -> io::Result<Self> {
        let no_name = || io::Error::new(io::ErrorKind::InvalidInput, "it does not name a file");
        let mut prefix = target.file_name().ok_or_else(no_name)?.to_owned();
        prefix.push(".");
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let open = |path: &Path| OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(&prefix).suffix(PART).rand_bytes(RANDOM);
        // A signal handler waits for this lock, so it finds every file that was created.
        let mut unfinished = unfinished();
        let file = builder.make_in(folder.unwrap_or(Path::new(".")), open)?;
        let path = file.path().to_owned();
        unfinished.insert(path.clone());
        Ok(Self { file, _known: Known(path), target: target.to_owned() })
    }

    #[must_use]
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Where it is until then, for a program that writes it by its name.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Renames the file to its target.
    ///
    /// # Errors
    /// If it cannot be renamed; it is then removed.
    pub fn commit(self) -> io::Result<()> {
        self.file.persist(&self.target).map(drop).map_err(|error| error.error)
    }

    /// Syncs content and name to disk, so that a power failure leaves the old file or the new one.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn commit_durably(self) -> io::Result<()> {
        self.file().sync_all()?;
        let folder = self.file.path().parent().map(File::open);
        self.commit()?;
        // Some file systems cannot sync a folder; the rename has succeeded anyway.
        folder.into_iter().flatten().for_each(|folder| drop(folder.sync_all()));
        Ok(())
    }
}

/// Replaces or creates a file.
///
/// # Errors
/// If it cannot be written; the old file is then unchanged.
pub fn replace(target: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    written(target, content, mode)?.commit()
}

/// The same for a file that must survive a power failure, such as a key.
///
/// # Errors
/// As [`replace`].
pub fn replace_durably(target: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    written(target, content, mode)?.commit_durably()
}

fn written(target: &Path, content: &[u8], mode: u32) -> io::Result<AtomicFile> {
    let file = AtomicFile::create(target, mode)?;
    file.file().write_all(content)?;
    Ok(file)
}

/// Removes all unfinished files before a signal ends the process.
pub fn remove_unfinished() {
    for path in unfinished().iter() {
        // Errors do not matter: the process is ending.
        let _ = std::fs::remove_file(path);
    }
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_appears_complete_and_with_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("key.pem");
        let file = AtomicFile::create(&target, 0o600).unwrap();
        file.file().write_all(b"new").unwrap();
        let [aside] = names(folder.path()).try_into().unwrap();
        assert!(aside.starts_with("key.pem.") && aside.ends_with(PART) && aside.len() == 25, "{aside}");
        file.commit_durably().unwrap();
        assert_eq!(
            (names(folder.path()), std::fs::read(&target).unwrap()),
            (vec!["key.pem".into()], b"new".into())
        );
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        replace(&target, b"newer", 0o640).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"newer");
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn an_unfinished_file_is_removed_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        let is_known = |path: &Path| unfinished().contains(path);
        let dropped = AtomicFile::create(&target, 0o600).unwrap();
        let path = dropped.file.path().to_owned();
        assert!(path.exists() && is_known(&path));
        drop(dropped);
        assert!(!path.exists() && !is_known(&path));
        // A folder cannot be replaced by a file.
        std::fs::create_dir(&target).unwrap();
        assert!(replace(&target, b"x", 0o600).is_err() && replace_durably(&target, b"x", 0o600).is_err());
        assert_eq!(names(folder.path()), ["a"]);
        for bad in [Path::new("/"), &folder.path().join("no/such")] {
            assert!(AtomicFile::create(bad, 0o600).is_err(), "{}", bad.display());
        }
    }
}
