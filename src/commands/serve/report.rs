//! The result of `serve --check`.

use crate::exit::{Exit, Failure};
use serde::Serialize;

/// The result of `serve --check`.
#[derive(Clone, Debug)]
pub struct CheckResult {
    pub found: Result<Served, Failure>,
    pub json: bool,
}

/// The server that a start would make.
#[derive(Clone, Debug, Serialize)]
pub struct Served {
    pub listen: String,
    pub issuer: String,
    /// The algorithm of the signatures.
    pub signing: String,
    /// Whether the signing key would be made for this run.
    pub ephemeral_key: bool,
    /// The number of clients in the configuration.
    pub clients: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// The number of clients in the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_clients: Option<usize>,
    /// The id of the store, once it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_ends: Option<String>,
    pub warnings: Vec<String>,
}

impl CheckResult {
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.found.as_ref().map_or_else(|failure| failure.exit, |_| Exit::Done)
    }
}
