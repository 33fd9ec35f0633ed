//! Finds and reads the configuration file of a server.

use super::config::Config;
use super::config_keys::HEIST_TOML;
use super::limits;
use super::placeholders::{self, LeftPlaceholder};
use super::problems::{PHASE, Problems, wrong};
use crate::cli::{LogForm, ServeArgs};
use crate::commands::configuration::{
    self,
    file::{self, DEFAULT_FILE},
};
use crate::commands::environment::{Sourced, refuse_credential};
use crate::commands::store::place::StorePlace;
use crate::exit::Failure;
use std::path::PathBuf;

/// The hint for a server without a configuration.
const FIRST_FILE: &str = "heistctl serve --demo needs none; to start with one, write into heist.toml: \
                          issuer = \"https://as.example.com\"; --config names another file";

/// A configuration and its file.
pub(super) struct ConfigFile {
    pub(super) path: PathBuf,
    pub(super) config: Config,
    pub(super) problems: Problems,
    pub(super) text: String,
    /// The values that still have a placeholder.
    pub(super) placeholders: Vec<LeftPlaceholder>,
    /// Warnings about empty lists of networks.
    pub(super) empty_lists: Vec<String>,
}

/// Reads the configuration. Returns `None` if a store is enough to serve.
///
/// # Errors
/// If the file does not exist or its sections cannot be recognized.
pub(super) fn read(args: &ServeArgs) -> Result<Option<ConfigFile>, Failure> {
    let Some(found) = find(args)? else { return Ok(None) };
    refuse_credential(&found.value, &found.origin, PHASE)?;
    let text = file::read_text(&found)?;
    let (config, problems) = Config::parse(&found.value.display().to_string(), &text);
    let table: toml::Table = toml::from_str(&text)
        .or_else(|_| toml::from_str(&configuration::repaired(&HEIST_TOML, &text)))
        .unwrap_or_default();
    let (placeholders, empty_lists) = (placeholders::left_in(&table), limits::empty_lists(&table));
    let problems = Problems::new(problems);
    let Some(config) = config else {
        return problems.end(None);
    };
    Ok(Some(ConfigFile { path: found.value, config, problems, text, placeholders, empty_lists }))
}

/// The configuration; `None` if a store is enough to serve.
fn find(args: &ServeArgs) -> Result<Option<Sourced<PathBuf>>, Failure> {
    if let Some(found) = file::find(args.config.as_deref())? {
        return Ok(Some(found));
    }
    if StorePlace::settle(args.store.as_deref(), None)?.is_some() {
        return Ok(None);
    }
    Err(wrong(format!("there is no {DEFAULT_FILE} here")).hint(FIRST_FILE))
}

/// The form of the log in a configuration that may have mistakes elsewhere.
pub(super) fn log_form(args: &ServeArgs) -> Option<LogForm> {
    let text = file::read_text(&find(args).ok()??).ok()?;
    let is_json = |line: &str| {
        let (key, value) = line.split_once('=').unwrap_or_default();
        key.trim() == "log" && ["\"json\"", "'json'"].iter().any(|json| value.trim().starts_with(json))
    };
    text.lines().take_while(|line| !line.starts_with('[')).any(is_json).then_some(LogForm::Json)
}
