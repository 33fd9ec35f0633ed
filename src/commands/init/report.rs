//! The result of `init`.

use crate::secret::Secret;
use std::path::PathBuf;

pub(super) const PHASE: &str = "init";

pub struct InitReport {
    pub client: String,
    pub secret: Secret,
    /// The files, with `heist.toml` first.
    pub files: Vec<PathBuf>,
    /// The command that starts the server.
    pub next: String,
    pub json: bool,
}

impl InitReport {
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        self.files.iter().map(|file| format!("wrote {}", file.display())).collect()
    }

    /// A note for after the answer.
    #[must_use]
    pub fn afterword(&self) -> Option<String> {
        let id = &self.client;
        (!self.json).then(|| {
            format!("this is the secret of client {id}; it is shown only once, and heist.toml has its hash")
        })
    }
}
