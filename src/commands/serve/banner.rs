//! The facts that a server shows when it is ready.

use super::trial::Trial;
use serde::Serialize;

#[derive(Clone, Debug)]
pub struct Banner {
    /// The name this program was called by, for commands to paste.
    pub program: String,
    pub ready: Ready,
    /// Method and path of each endpoint.
    pub endpoints: Vec<(&'static str, &'static str)>,
    /// Id and scopes of clients: all of the configuration, and some of the store.
    pub clients: Vec<(String, String)>,
    /// Whether the store has more clients than are shown.
    pub more_clients: bool,
    pub store: Option<String>,
    /// The algorithm of the signatures.
    pub signing: &'static str,
    /// Whether the signing key was made for this run. Its tokens are refused after a restart.
    pub ephemeral_key: bool,
    pub certificate_ends: Option<String>,
    /// The file of the development authority that clients must trust.
    pub authority: Option<String>,
    /// Whether this is the demo, whose secrets are public.
    pub demo: bool,
    /// Whether tests control it.
    pub test: bool,
    pub trial: Trial,
}

/// The ready event for scripts, in `--ready-file` and on the first line of a JSON log.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// Always `ready`.
    pub event: &'static str,
    pub url: String,
    pub token_url: String,
    pub issuer: String,
    pub pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_url: Option<String>,
}
