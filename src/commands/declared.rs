//! Reads from the server's configuration file what messages of other commands need: the client ids, and the
//! server's address.

use super::configuration::file;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The largest configuration file.
const MAX: u64 = 16 * 1024 * 1024;

/// The contents.
pub(super) struct Declared {
    /// The file's path.
    pub(super) file: PathBuf,
    /// The ids of its clients.
    pub(super) clients: Vec<String>,
    pub(super) listen: Option<SocketAddr>,
    /// Whether it has a certificate.
    pub(super) has_tls: bool,
    /// Where clients see it: `public_url`, else `issuer`.
    pub(super) public: Option<String>,
}

impl Declared {
    /// Reads the file of the flag, the variable or the current folder. A missing or unreadable file is
    /// ignored, because no server starts with it.
    pub(super) fn find(flag: Option<&Path>) -> Option<Self> {
        let file = file::find(flag).ok()??.value;
        let is_small = std::fs::metadata(&file).is_ok_and(|file| file.is_file() && file.len() <= MAX);
        let text = is_small.then(|| std::fs::read_to_string(&file).ok()).flatten()?;
        let table: toml::Table = toml::from_str(&text).ok()?;
        let text = |key| table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        let clients =
            table.get("client").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let id = |client: &toml::Value| client.get("id").and_then(toml::Value::as_str).map(str::to_owned);
        Some(Self {
            clients: clients.iter().filter_map(id).collect(),
            file,
            listen: text("listen").and_then(|address| address.parse().ok()),
            has_tls: table.get("tls").is_some_and(|tls| tls.get("cert_file").is_some()),
            public: text("public_url").or_else(|| text("issuer")),
        })
    }
}
