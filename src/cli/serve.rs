//! Flags of `serve`.

use super::duration::parse_duration;
use super::heading::{CONFIGURATION, EXAMPLES_FIRST, SERVER, TEST, TLS};
use super::usage::value_parsers::{InvalidValue, file, parse_address};
use crate::clock::Timestamp;
use crate::secret::looks_like_credential;
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Formats of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// Text for people.
    Text,
    /// JSON lines for programs.
    Json,
}

fn parse_log(text: &str) -> Result<LogForm, InvalidValue> {
    LogForm::from_str(text, true).map_err(|_| {
        let file = if looks_like_credential(text) { "FILE" } else { text };
        InvalidValue::new("is not a log format")
            .hint(format!("--log json or --log text; heistctl serve > {file} writes the log to a file"))
    })
}

#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl serve --demo
  heistctl serve --config heist.toml
  heistctl serve --listen 0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem
  heistctl serve --demo -- sh scenario.sh       while the script runs
  heistctl serve --test --demo -- sh test.sh    a test controls clock and keys
  heistctl serve --check                        is the configuration right?
"
)]
pub struct ServeArgs {
    /// Listen address [default: 127.0.0.1:8001]
    ///
    /// Port 0 takes a free one. Without the flag: HEISTCTL_LISTEN, else the configuration's listen.
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse_address, help_heading = SERVER)]
    pub listen: Option<SocketAddr>,
    /// Address for Prometheus /metrics
    ///
    /// Without the flag there are no metrics.
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse_address, help_heading = SERVER)]
    pub metrics_listen: Option<SocketAddr>,
    /// Issuer in tokens [default: the listen URL]
    ///
    /// Without the flag: the configuration's issuer, else the listen URL.
    #[arg(long, value_name = "URL", help_heading = SERVER)]
    pub issuer: Option<String>,
    /// Write the ready event to this file
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub ready_file: Option<PathBuf>,
    /// Log format: text or json
    ///
    /// Without the flag: the configuration's log, else text on a terminal and JSON elsewhere.
    #[arg(long, value_name = "FORM", value_parser = parse_log, help_heading = SERVER)]
    pub log: Option<LogForm>,
    /// Configuration [default: ./heist.toml if there]
    ///
    /// Without the flag: HEISTCTL_CONFIG, else ./heist.toml.
    #[arg(long, value_name = "FILE", value_parser = file(), conflicts_with = "demo", help_heading = CONFIGURATION)]
    pub config: Option<PathBuf>,
    /// Serve the example; its secrets are public
    #[arg(long, help_heading = CONFIGURATION)]
    pub demo: bool,
    /// memory:, sqlite:PATH or postgres://HOST/DATABASE
    ///
    /// Holds clients, keys and revocations. Without the flag: HEISTCTL_STORE, else the configuration's
    /// store, else heistctl.db in STATE_DIRECTORY, beside the configuration, or in the user's data folder.
    #[arg(long, value_name = "URL", help_heading = CONFIGURATION)]
    pub store: Option<String>,
    /// Wait for an absent store [default: for ever]
    ///
    /// Write 30s or 5m.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = CONFIGURATION)]
    pub wait_for_store: Option<Duration>,
    /// Refuse to start where there is no store yet
    ///
    /// Without the flag the store is created.
    #[arg(long, conflicts_with = "demo", help_heading = CONFIGURATION)]
    pub must_exist: bool,
    /// Check configuration, keys and files, then exit
    #[arg(long, help_heading = CONFIGURATION)]
    pub check: bool,
    /// Print the result of --check as JSON
    #[arg(long, requires = "check", help_heading = CONFIGURATION)]
    pub json: bool,
    /// Certificate for https, its chain after it, PEM
    #[arg(
        long,
        value_name = "FILE",
        value_parser = file(),
        requires = "tls_key",
        conflicts_with = "tls_self_signed",
        help_heading = TLS
    )]
    pub tls_cert: Option<PathBuf>,
    /// Private key of --tls-cert, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = TLS)]
    pub tls_key: Option<PathBuf>,
    /// Make a development certificate in this folder
    ///
    /// Also makes the authority that signs it: ca.pem, for clients' --cacert.
    #[arg(long, value_name = "DIR", help_heading = TLS)]
    pub tls_self_signed: Option<PathBuf>,
    /// Serve plain http beyond loopback addresses
    ///
    /// Anybody on the network can then read secrets and tokens.
    #[arg(long, help_heading = TLS)]
    pub insecure_http: bool,
    /// Let --demo listen beyond loopback addresses
    ///
    /// Anybody who reaches it gets tokens: its secrets and its signing key are public. For a throwaway container.
    #[arg(long, requires = "demo", help_heading = TLS)]
    pub yes_this_is_public: bool,
    /// Let tests control the server: heistctl test -h
    ///
    /// On loopback only. A store must be in memory or a SQLite file of its own. Without --store it is in memory.
    #[arg(long, help_heading = TEST)]
    pub test: bool,
    /// Start at this time: RFC 3339 or Unix seconds
    #[arg(long, value_name = "TIME", requires = "test", help_heading = TEST)]
    pub clock: Option<Timestamp>,
    /// Clock and faults from the start, TOML
    #[arg(long, value_name = "FILE", requires = "test", help_heading = TEST)]
    pub script: Option<PathBuf>,
    /// Serve on a free port while this command runs; exit with its code
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "check")]
    pub command: Vec<OsString>,
}
