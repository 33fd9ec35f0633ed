//! Flags of `call`.

use super::heading::EXAMPLES_FIRST;
use super::heading::{OUTPUT, REQUEST};
use super::parse::parse_token;
use super::session::SessionArgs;
use super::usage::value_parsers::{parse_called, parse_repeat};
use crate::secret::Secret;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl call --scope simulation:read
  heistctl call --issuer https://as.example.com https://api.example.com/things
  heistctl call --json-body @new.json https://api.example.com/things
  heistctl call -X PUT -d @- https://api.example.com/things/7 < thing
  heistctl call --repeat 100 --json https://api.example.com/health
"
)]
pub struct CallArgs {
    #[command(flatten)]
    pub session: SessionArgs,
    /// URL to call [default: /protected-resource beside the token endpoint]
    #[arg(value_name = "URL", value_parser = parse_called)]
    pub url: Option<String>,
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
