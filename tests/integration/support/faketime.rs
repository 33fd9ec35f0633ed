//! A machine whose clock is wrong, for one process: libfaketime tells it another time, as a file says. The
//! time since the machine's start stays what it is.

use super::Heistctl;
use super::needs::needs;
use std::path::{Path, PathBuf};

/// Where the library is, below the machine's own folder.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// A clock that tests set.
pub(crate) struct WallClock {
    folder: tempfile::TempDir,
    library: PathBuf,
}

/// The library; `None` where it is not there.
#[track_caller]
fn library() -> Option<PathBuf> {
    let folders = ["/usr/lib", "/usr/local/lib", "/usr/lib64"].into_iter().flat_map(|folder| {
        let below = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        below.chain([PathBuf::from(folder)])
    });
    let found = folders.map(|folder| folder.join(LIBRARY)).find(|path| path.is_file());
    needs("libfaketime (the package faketime)", found.is_some());
    found
}

impl WallClock {
    /// A clock that is off by that difference, as `+3h`; `None` where none can be set.
    #[track_caller]
    pub(crate) fn off_by(difference: &str) -> Option<Self> {
        let clock = Self { library: library()?, folder: tempfile::tempdir().expect("a folder") };
        clock.set(difference);
        Some(clock)
    }

    /// Sets it to be off by so much from now on.
    pub(crate) fn set(&self, difference: &str) {
        // As a whole: it is read all the time.
        let next = self.folder.path().join("next");
        std::fs::write(&next, format!("{difference}\n")).expect("it is written");
        std::fs::rename(next, self.file()).expect("it is set");
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    fn library(&self) -> &Path {
        &self.library
    }
}

impl Heistctl {
    /// On a machine with that clock.
    pub(crate) fn by(self, clock: &WallClock) -> Self {
        self.env("LD_PRELOAD", clock.library())
            .env("FAKETIME_TIMESTAMP_FILE", clock.file())
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    }
}
