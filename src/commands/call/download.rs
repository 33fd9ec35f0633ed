//! `call -o FILE`: the file appears only once the whole answer has arrived.

use super::failures::{PHASE, broken_off};
use crate::atomic_file::AtomicFile;
use crate::commands::interrupt;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub(super) enum Download {
    /// A new or a regular file. It is removed if dropped before the end.
    Replaced { file: AtomicFile, target: PathBuf },
    /// A device or a FIFO. It is written directly.
    Direct { file: File, target: PathBuf },
}

impl Download {
    /// Opens the file before the request is sent.
    ///
    /// # Errors
    /// Exit 1 where it cannot be written.
    pub(super) fn begin(target: &Path) -> Result<Self, Failure> {
        let wrong = |error: io::Error| cannot_write(target, &error);
        // Replace the file behind a symlink, and keep the link.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let meta = fs::metadata(&target).ok();
        if meta.as_ref().is_some_and(|meta| !meta.is_file()) {
            let file = OpenOptions::new().write(true).open(&target).map_err(wrong)?;
            return Ok(Self::Direct { file, target });
        }
        interrupt::heed().map_err(wrong)?;
        let mode = meta.as_ref().map_or(0o666, |meta| meta.mode() & 0o777);
        let file = AtomicFile::create(&target, mode).map_err(wrong)?;
        if let Some(meta) = meta {
            // Keep the mode of an existing file; the umask is for new ones.
            file.file().set_permissions(meta.permissions()).map_err(wrong)?;
        }
        Ok(Self::Replaced { file, target })
    }

    /// Writes the whole body and returns a note with its length.
    ///
    /// # Errors
    /// Exit 1 where it cannot be written, 5 or 7 where the body breaks off.
    pub(super) fn take(self, body: &mut dyn Read) -> Result<String, Failure> {
        let (mut file, target) = match &self {
            Self::Replaced { file, target } => (file.file(), target.clone()),
            Self::Direct { file, target } => (file, target.clone()),
        };
        let wrong = |error: io::Error| cannot_write(&target, &error);
        let mut buffer = [0; 64 * 1024];
        let mut bytes: u64 = 0;
        loop {
            match body.read(&mut buffer).map_err(|error| broken_off(&error))? {
                0 => break,
                count => {
                    file.write_all(&buffer[..count]).map_err(wrong)?;
                    bytes += count as u64;
                }
            }
        }
        if let Self::Replaced { file, .. } = self {
            file.commit().map_err(wrong)?;
        }
        Ok(format!("{bytes} bytes written to {}", target.display()))
    }
}

fn cannot_write(target: &Path, error: &io::Error) -> Failure {
    let failure =
        Failure::new(Exit::Local, PHASE, format!("cannot write {}: {}", target.display(), plain(error)));
    failure.hint("does the folder exist, and may you write there?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_complete_or_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answer");
        let count = || fs::read_dir(folder.path()).unwrap().count();
        drop(Download::begin(&path).unwrap());
        assert_eq!(count(), 0);
        let said = Download::begin(&path).unwrap().take(&mut &b"abc"[..]).unwrap();
        assert!(said.starts_with("3 bytes") && count() == 1, "{said}");
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("x"))
            }
        }
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let failure = Download::begin(&link).unwrap().take(&mut (&b"ab"[..]).chain(Broken)).unwrap_err();
        assert_eq!((failure.exit, fs::read(&path).unwrap()), (Exit::ServerFailed, b"abc".to_vec()));
        Download::begin(&link).unwrap().take(&mut &b"de"[..]).unwrap();
        assert!(fs::read(&path).unwrap() == b"de" && link.is_symlink() && count() == 2);
        assert!(Download::begin(Path::new("/dev/null")).unwrap().take(&mut &b"x"[..]).is_ok());
        assert!(Path::new("/dev/null").exists());
        for bad in [folder.path().join("no/such"), PathBuf::from("/")] {
            assert_eq!(Download::begin(&bad).err().unwrap().exit, Exit::Local, "{}", bad.display());
        }
    }
}
