//! Flags of `trust`.

use super::heading::{EXAMPLES_FIRST, KEY};
use super::store::StoreArgs;
use super::usage::value_parsers::{file, parse_inspected};
use crate::clock::Timestamp;
use crate::secret::Secret;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl trust test - < identity.txt             which client is this?
  heistctl trust test --client deploy - < identity.txt
  heistctl trust test --online - < identity.txt    with the issuer's keys
"
)]
pub struct TrustArgs {
    #[command(subcommand)]
    pub command: TrustCommand,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Subcommand)]
pub enum TrustCommand {
    /// Say which client a token of a trusted issuer stands for
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl trust test - < identity.txt
  heistctl trust test --client deploy --keys jwks.json - < identity.txt
"
    )]
    Test(Box<TrustTestArgs>),
}

#[derive(Debug, Args)]
pub struct TrustTestArgs {
    /// The token; - reads stdin
    ///
    /// Other users of this machine can see a token in the command line: argv is public.
    #[arg(value_name = "TOKEN|-", value_parser = parse_inspected)]
    pub token: Secret,
    /// Only this client, as with client_id in a request
    #[arg(long, value_name = "ID")]
    pub client: Option<String>,
    /// The server's issuer, if heist.toml has none
    ///
    /// The token must be for it.
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// Judge at this time: RFC 3339 or Unix seconds
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
    /// File with the issuer's keys: JWK Set or PEM
    #[arg(long, value_name = "FILE", value_parser = file(), help_heading = KEY)]
    pub keys: Option<PathBuf>,
    /// Fetch the issuer's keys, as the server does
    ///
    /// Without this and --keys, the signature is checked only where heist.toml names a file with the keys.
    #[arg(long, conflicts_with = "keys", help_heading = KEY)]
    pub online: bool,
}
