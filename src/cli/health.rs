//! Flags of `health` and `wait`.

use super::duration::parse_timeout;
use super::heading::EXAMPLES_FIRST;
use super::usage::value_parsers::file;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl health
  heistctl health https://tokens.example.com
"
)]
pub struct HealthArgs {
    #[command(flatten)]
    pub target: HealthTarget,
    /// Time limit [default: 5s]
    #[arg(long, value_name = "TIME", default_value = "5s", hide_default_value = true, value_parser = parse_timeout)]
    pub timeout: Duration,
}

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl wait && heistctl token
  heistctl wait https://tokens.example.com --timeout 2m
"
)]
pub struct WaitArgs {
    #[command(flatten)]
    pub target: HealthTarget,
    /// Time limit [default: 30s]
    #[arg(long, value_name = "TIME", default_value = "30s", hide_default_value = true, value_parser = parse_timeout)]
    pub timeout: Duration,
}

/// The server to ask.
#[derive(Debug, Args)]
pub struct HealthTarget {
    /// The server's base URL
    ///
    /// Without it: HEISTCTL_URL, else the server of this machine, by HEISTCTL_LISTEN and heist.toml.
    pub url: Option<String>,
    /// Authorities to trust instead of the usual ones
    ///
    /// PEM. Without the flag: SSL_CERT_FILE.
    #[arg(long, value_name = "FILE", value_parser = file())]
    pub cacert: Option<PathBuf>,
    /// Ask other machines over plain http
    #[arg(long)]
    pub insecure_http: bool,
    /// Print a JSON object
    #[arg(long)]
    pub json: bool,
}
