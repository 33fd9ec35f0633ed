//! Flags of `call`.

use super::heading::EXAMPLES_FIRST;
use super::heading::{OUTPUT, REQUEST};
use super::parse::parse_token;
use super::session::SessionArgs;
use super::usage::value_parsers::{parse_called, parse_repeat};
use crate::secret::Secret;
use clap::Args;
use std::path::PathBuf;

/// Flags of a token request. They make no sense with a token that one has.
const ASKING: [&str; 12] = [
    "client_id",
    "client_secret_file",
    "auth_method",
    "client_key",
    "assertion_audience",
    "dpop",
    "scope",
    "resource",
    "audience",
    "param",
    "refresh",
    "step_up",
];

#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl call --scope simulation:read
  heistctl call --issuer https://as.example.com https://api.example.com/things
  heistctl call --json-body @new.json https://api.example.com/things
"
)]
pub struct CallArgs {
    #[command(flatten)]
    pub session: SessionArgs,
    /// URL to call [default: the issuer's one resource]
    ///
    /// With --issuer: the resource in its metadata (protected_resources, RFC 9728). With a token endpoint:
    /// /protected-resource beside it.
    #[arg(value_name = "URL", value_parser = parse_called)]
    pub url: Option<String>,
    /// File with a token to send, - for stdin
    ///
    /// No token is requested. Without the flag: HEISTCTL_TOKEN, unless another flag asks for a token, such as
    /// --scope, --profile or --refresh.
    #[arg(long, value_name = "FILE", conflicts_with_all = ASKING, help_heading = REQUEST)]
    pub token: Option<PathBuf>,
    /// Request more scope, once, where the API wants it
    ///
    /// On 403 insufficient_scope: a token with the scope so far and what the challenge names.
    #[arg(long, help_heading = REQUEST)]
    pub step_up: bool,
    /// Method [default: GET, with a body POST]
    #[arg(short = 'X', long = "request", value_name = "METHOD", help_heading = REQUEST)]
    pub method: Option<String>,
    /// Header field to send; repeatable
    ///
    /// Other users of this machine can see it: argv is public.
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = parse_token, help_heading = REQUEST)]
    pub header: Vec<Secret>,
    /// Body: text, the bytes of @FILE, @- for stdin
    #[arg(
        short,
        long,
        value_name = "TEXT|@FILE",
        value_parser = parse_token,
        allow_hyphen_values = true,
        conflicts_with = "json_body",
        help_heading = REQUEST
    )]
    pub data: Option<Secret>,
    /// JSON body: text, @FILE or @-; sets Content-Type
    #[arg(
        long,
        value_name = "JSON|@FILE",
        value_parser = parse_token,
        allow_hyphen_values = true,
        help_heading = REQUEST
    )]
    pub json_body: Option<Secret>,
    /// Follow up to five redirects
    ///
    /// Token and body stay at their origin, and https stays https.
    #[arg(short = 'L', long, help_heading = REQUEST)]
    pub location: bool,
    /// Send it N times; print statuses and times
    #[arg(
        long,
        value_name = "N",
        value_parser = parse_repeat,
        conflicts_with_all = ["include", "output_file"],
        help_heading = REQUEST
    )]
    pub repeat: Option<u32>,
    /// Print status and header fields before the body
    #[arg(short, long, help_heading = OUTPUT)]
    pub include: bool,
    /// Write the body of a 2xx answer to this file
    ///
    /// The file appears once the body is complete.
    #[arg(short, long, value_name = "FILE", help_heading = OUTPUT)]
    pub output_file: Option<PathBuf>,
    /// Print the result of --repeat as JSON
    #[arg(long, requires = "repeat", help_heading = OUTPUT)]
    pub json: bool,
}
