//! What a server's configuration beside a command names: its store and its clients. A command on a store reads
//! no more of it than that, to tell where it and the server part ways.

use super::environment::path_var;
use std::path::PathBuf;

const DEFAULT_FILE: &str = "heist.toml";
/// A configuration is shorter than this.
const MAX: u64 = 16 * 1024 * 1024;

/// What is named there.
pub(super) struct Declared {
    /// The file.
    pub(super) file: PathBuf,
    /// The store, as it is written.
    pub(super) store: Option<String>,
    /// The ids of its clients.
    pub(super) clients: Vec<String>,
}

impl Declared {
    /// That of `HEISTCTL_CONFIG`, else of the file in this folder. One that is not there or cannot be read
    /// names nothing: no server starts with it either.
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
