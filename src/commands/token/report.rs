//! The results of `token`.

use super::reader::TokenReader;
use crate::cli::TokenOutput;
use crate::client::token_cache::CachedToken;
use crate::clock::{Timestamp, relative};
use crate::commands::session::acquire::Acquired;
use crate::commands::session::profile::Profile;
use crate::exit::Exit;
use std::path::PathBuf;

pub struct TokenReport {
    pub acquired: Acquired,
    pub output: TokenOutput,
    /// The settings of the program that reads it.
    pub reader: TokenReader,
    pub now: Timestamp,
}

/// The result of `--check`.
pub struct CheckReport {
    /// The cached token, if it is valid.
    pub entry: Option<CachedToken>,
    pub now: Timestamp,
    pub json: bool,
    pub notes: Vec<String>,
}

/// The result of `--clear-cache` and `--revoke`.
pub struct ActionReport {
    pub said: String,
    pub notes: Vec<String>,
}

/// The result of `--list-profiles`.
pub struct ProfilesReport {
    /// Their file, which may not exist; `None` without a home folder.
    pub file: Option<PathBuf>,
    /// By name.
    pub profiles: Vec<(String, Profile)>,
    pub json: bool,
}

/// A profile's line, for people.
#[must_use]
pub fn profile_line(name: &str, profile: &Profile) -> String {
    let server = profile.issuer.as_deref().or(profile.token_url.as_deref()).unwrap_or("-");
    format!("{name}  {}  {server}", profile.client_id.as_deref().unwrap_or("-"))
}

impl TokenReport {
    /// When the token expires, if the issuer says so.
    #[must_use]
    pub fn end(&self) -> Option<Timestamp> {
        self.acquired.ends.then(|| Timestamp::from_unix(self.acquired.entry.expires))
    }
}

impl CheckReport {
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.entry.is_some() { Exit::Done } else { Exit::CheckFailed }
    }

    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.entry {
            Some(entry) => {
                format!("the cached token expires {}", relative(i128::from(entry.expires), self.now))
            }
            None => "there is no valid token in the cache for this request".to_owned(),
        }
    }
}

impl ProfilesReport {
    /// A note if no profiles exist.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let file = self.file.as_ref().map(|file| format!("{} has none", file.display()));
        let none = file.unwrap_or("there is no folder for them: HOME is not set".to_owned());
        self.profiles.is_empty().then(|| format!("no profiles: {none}"))
    }
}
