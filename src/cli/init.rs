//! Flags of `init`.

use super::heading::EXAMPLES_FIRST;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl init
  heistctl init --client backend --scope orders:read > backend.secret
  heistctl init --client backend --issuer https://tokens.example.com --systemd
"
)]
pub struct InitArgs {
    /// Folder for the files [default: this one]
    #[arg(value_name = "FOLDER", default_value = ".", hide_default_value = true)]
    pub folder: PathBuf,
    /// URL that clients use [default: the server's address]
    ///
    /// Tokens and metadata name it. On a terminal init asks for what no flag gives.
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// Id of the first client
    #[arg(long, value_name = "ID")]
    pub client: Option<String>,
    /// Scopes it may have, as 'a b'; repeatable
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// Also write a systemd unit
    #[arg(long)]
    pub systemd: bool,
    /// Also write compose.yaml
    #[arg(long, conflicts_with = "systemd")]
    pub compose: bool,
    /// Print a JSON object
    #[arg(long)]
    pub json: bool,
}
