//! An answer that becomes a file: written aside, renamed once it is there as a whole, and gone where
//! that does not happen, be it by a signal.

use super::failures::{PHASE, broken_off};
use crate::commands::interrupt::{self, Undone};
use crate::exit::{Exit, Failure};
use crate::jose::digest::{hex, random};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A file in the making. Dropped, it is gone.
pub(super) struct Download {
    file: File,
    target: PathBuf,
    /// Where it is written aside; a device or a FIFO is written itself.
    aside: Option<PathBuf>,
    /// A signal removes what is aside, as long as this is there.
    undone: Option<Undone>,
}

impl Download {
    /// Opens it, before anybody is asked for its content.
    ///
    /// # Errors
    /// Exit 1 where it cannot be written.
    pub(super) fn begin(target: &Path) -> Result<Self, Failure> {
        let wrong = |error: io::Error| cannot_write(target, &error);
        // Of a link the file behind it is meant.
        let real = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let meta = fs::metadata(&real).ok();
        if let Some(meta) = &meta
            && !meta.is_file()
        {
            let file = OpenOptions::new().write(true).open(&real).map_err(wrong)?;
            return Ok(Self { file, target: real, aside: None, undone: None });
        }
        let name = real.file_name().ok_or_else(|| wrong(io::Error::other("it is no file's name")))?;
        // No process id: in a container that is the same each time, and what a killed run left would be in the way.
        let random = hex(&random::<8>().map_err(|error| wrong(io::Error::other(error)))?);
        let aside = real.with_file_name(format!("{}.{random}.part", name.display()));
        let file = OpenOptions::new().write(true).create_new(true).open(&aside).map_err(wrong)?;
        let mut download = Self { file, target: real, aside: Some(aside.clone()), undone: None };
        if let Some(meta) = meta {
            download.file.set_permissions(meta.permissions()).map_err(wrong)?;
        }
        download.undone = Some(interrupt::removes(aside).map_err(wrong)?);
        Ok(download)
    }

    /// Writes all of a body, and says how much that was.
    ///
    /// # Errors
    /// Exit 1 where it cannot be written, 5 or 7 where the body breaks off.
    pub(super) fn take(mut self, body: &mut dyn Read) -> Result<String, Failure> {
        let wrong = |error: io::Error| cannot_write(&self.target, &error);
        let mut buffer = [0; 64 * 1024];
        let mut bytes: u64 = 0;
        loop {
            match body.read(&mut buffer).map_err(|error| broken_off(&error))? {
                0 => break,
                count => {
                    (&self.file).write_all(&buffer[..count]).map_err(wrong)?;
                    bytes += count as u64;
                }
            }
        }
        if let Some(aside) = &self.aside {
            fs::rename(aside, &self.target).map_err(wrong)?;
        }
        self.aside = None;
        Ok(format!("{bytes} bytes written to {}", self.target.display()))
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if let Some(aside) = &self.aside {
            let _ = fs::remove_file(aside);
        }
    }
}

fn cannot_write(target: &Path, error: &io::Error) -> Failure {
    let failure = Failure::new(Exit::Local, PHASE, format!("cannot write {}: {error}", target.display()));
    failure.hint("is there such a folder, and may you write there?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_as_a_whole_or_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answer");
        let count = || fs::read_dir(folder.path()).unwrap().count();
        drop(Download::begin(&path).unwrap());
        assert_eq!(count(), 0);
        let left = folder.path().join(format!("answer.{}.part", std::process::id()));
        fs::write(&left, "of a run that was killed").unwrap();
        drop(Download::begin(&path).unwrap());
        fs::remove_file(&left).unwrap();
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
