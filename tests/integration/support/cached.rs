//! A cache of its own, and `heistctl token` with it.

use super::{HACKER, Heistctl, folder, heistctl};
use std::fs;
use std::path::PathBuf;

/// A cache, and commands that use it.
pub(crate) struct Cached {
    pub(crate) folder: tempfile::TempDir,
    token_url: String,
}

impl Cached {
    pub(crate) fn at(token_url: impl Into<String>) -> Self {
        Self { folder: folder(&[]), token_url: token_url.into() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    pub(crate) fn run(&self, args: &[&str]) -> Heistctl {
        let token = heistctl(["token"].iter().chain(args)).envs(&HACKER);
        token.env("HEISTCTL_TOKEN_URL", &self.token_url).env("HEISTCTL_CACHE_DIR", self.path())
    }

    /// The token, asked for with those flags.
    #[track_caller]
    pub(crate) fn token(&self, args: &[&str]) -> String {
        let ran = self.run(args).run().exits(0);
        assert_eq!(ran.stderr, "", "{ran}");
        ran.stdout.trim().to_owned()
    }

    /// The names of its files that end so.
    pub(crate) fn files(&self, end: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path()).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.to_str().unwrap().ends_with(end)).collect()
    }

    pub(crate) fn entry(&self) -> PathBuf {
        let [entry] = self.files(".json").try_into().expect("one entry");
        entry
    }
}
