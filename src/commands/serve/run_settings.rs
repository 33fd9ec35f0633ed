//! Settings of a run that flags or heist.toml may give. Flags win.

use super::config::Config;
use super::problems::{Problems, not_offered};
use crate::cli::{LogForm, ServeArgs};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunSettings {
    /// The address of the metrics; `None` for no metrics.
    pub metrics_listen: Option<SocketAddr>,
    /// Whether plain http is allowed on addresses other than loopback.
    pub insecure_http: bool,
    /// Whether the demo, whose secrets are public, may listen on other addresses, too.
    pub public_demo: bool,
    /// The file for the ready event; `None` for no file.
    pub ready_file: Option<PathBuf>,
    /// `None` for text on a terminal and JSON elsewhere.
    pub log: Option<LogForm>,
}

impl RunSettings {
    /// The flags alone.
    pub(super) fn of_flags(args: &ServeArgs) -> Self {
        Self {
            metrics_listen: args.metrics_listen,
            insecure_http: args.insecure_http,
            public_demo: args.yes_this_is_public,
            ready_file: args.ready_file.clone(),
            log: args.log,
        }
    }

    /// Takes the flags, else the configuration in this folder.
    pub(super) fn of(args: &ServeArgs, config: &Config, folder: &Path, problems: &mut Problems) -> Self {
        let flags = Self::of_flags(args);
        let log = config.log.as_deref().and_then(|word| match word {
            "text" => Some(LogForm::Text),
            "json" => Some(LogForm::Json),
            _ => {
                let failure = not_offered("log", word, &["text", "json"], "json");
                problems.note(config.places.failing("log", failure));
                None
            }
        });
        let ready_file = || config.ready_file.as_ref().map(|path| folder.join(path));
        Self {
            metrics_listen: flags.metrics_listen.or(config.metrics_listen),
            insecure_http: flags.insecure_http || config.insecure_http,
            public_demo: flags.public_demo,
            ready_file: flags.ready_file.or_else(ready_file),
            log: flags.log.or(log),
        }
    }

    /// Returns the keys in which the two differ.
    pub(super) fn differing(&self, other: &Self) -> Vec<&'static str> {
        let keys = [
            ("metrics_listen", self.metrics_listen != other.metrics_listen),
            ("insecure_http", self.insecure_http != other.insecure_http),
            ("ready_file", self.ready_file != other.ready_file),
            ("log", self.log != other.log),
        ];
        keys.into_iter().filter(|(_, differ)| *differ).map(|(key, _)| key).collect()
    }
}
