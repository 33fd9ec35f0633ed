//! Reads the store and the client ids from the server's configuration file. Commands on a store use them to
//! detect that they and the server use different stores.

use super::environment::path_var;
use std::path::PathBuf;

const DEFAULT_FILE: &str = "heist.toml";
/// The largest configuration file.
const MAX: u64 = 16 * 1024 * 1024;

/// The contents.
pub(super) struct Declared {
    /// The file's path.
    pub(super) file: PathBuf,
    /// The store, as written.
    pub(super) store: Option<String>,
    /// The ids of its clients.
    pub(super) clients: Vec<String>,
}

impl Declared {
    /// Reads the file from `HEISTCTL_CONFIG`, else the one in the current folder. A missing or unreadable
    /// file is ignored, because no server starts with it.
    pub(super) fn find() -> Option<Self> {
        let file = path_var("HEISTCTL_CONFIG").unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
        let is_small = std::fs::metadata(&file).is_ok_and(|file| file.is_file() && file.len() <= MAX);
        let text = is_small.then(|| std::fs::read_to_string(&file).ok()).flatten()?;
        let table: toml::Table = toml::from_str(&text).ok()?;
        let store = table.get("store").and_then(toml::Value::as_str).map(str::to_owned);
        let clients =
            table.get("client").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let id = |client: &toml::Value| client.get("id").and_then(toml::Value::as_str).map(str::to_owned);
        Some(Self { clients: clients.iter().filter_map(id).collect(), file, store })
    }
}
