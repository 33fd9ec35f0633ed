//! `[[trust]]` of heist.toml as typed.

use crate::commands::configuration::{Places, Table};
use crate::exit::Failure;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// A longer token is a secret that nobody rotates.
const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

#[derive(Debug, Default)]
pub struct TrustEntry {
    pub name: String,
    pub preset: Option<String>,
    pub issuer: Option<String>,
    pub keys: Option<String>,
    pub algorithms: Option<Vec<String>>,
    pub audiences: Vec<String>,
    pub max_lifetime: Option<Duration>,
    pub replay: Option<String>,
    pub places: Places,
}

impl TrustEntry {
    pub(super) fn of(table: Table<'_>) -> Self {
        table.require("name");
        Self {
            name: table.text("name").unwrap_or_default(),
            preset: table.text("preset"),
            issuer: table.text("issuer"),
            keys: table.text("keys"),
            algorithms: table.list("algorithms"),
            audiences: table.list("audiences").unwrap_or_default(),
            max_lifetime: table.length("max_lifetime", SECOND..=MAX_LIFETIME),
            replay: table.text("replay"),
            places: table.finish(),
        }
    }

    /// The file of `keys`, if that names one.
    #[must_use]
    pub fn keys_file(&self) -> Option<&str> {
        self.keys.as_deref().filter(|keys| *keys != DISCOVERY && !keys.contains("://"))
    }

    /// Adds the name and the line of the key to a failure.
    pub(super) fn failing(&self, key: &str, failure: Failure) -> Failure {
        let what = format!("trust {:?}: {}", self.name, failure.what);
        self.places.failing(key, Failure { what, ..failure })
    }
}

/// The word of `keys` for the issuer's metadata.
pub(super) const DISCOVERY: &str = "discovery";
