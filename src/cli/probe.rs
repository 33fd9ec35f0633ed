//! Flags of `probe`.

use super::heading::{EXAMPLES_FIRST, OUTPUT, REQUEST, RUN, SERVER};
use super::parse::parse_token;
use super::signing::{ClaimArgs, HeaderArgs, SigningArgs};
use super::usage::value_parsers::{InvalidValue, file, parse_called};
use crate::secret::Secret;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl token | heistctl probe --token - http://127.0.0.1:3000/orders
  heistctl probe --key key.pem --iss ISSUER --aud orders --scope orders:read URL
  heistctl probe --serve --aud orders http://127.0.0.1:PORT/a -- node api.js
  heistctl probe --list
"
)]
pub struct ProbeArgs {
    /// URL of the API that the good token opens
    ///
    /// With a COMMAND, PORT as the port stands for a free one.
    #[arg(value_name = "URL", required_unless_present = "list", value_parser = parse_called)]
    pub url: Option<String>,
    /// Starts the API, which is stopped at the end
    ///
    /// Its environment has PORT, the port of URL, and with --serve HEISTCTL_ISSUER.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
    /// Be the API's issuer for this run
    ///
    /// Serves metadata and a key set, and signs with a key of this run.
    #[arg(long, conflicts_with_all = ["signing", "token"], help_heading = SERVER)]
    pub serve: bool,
    /// Address of --serve [default: 127.0.0.1:0]
    #[arg(hide_short_help = true, long, value_name = "ADDRESS", requires = "serve", help_heading = SERVER)]
    pub listen: Option<std::net::SocketAddr>,
    /// Authorities to trust instead of the usual ones, PEM
    ///
    /// Without the flag: SSL_CERT_FILE.
    #[arg(hide_short_help = true, long, value_name = "FILE", value_parser = file(), help_heading = SERVER)]
    pub cacert: Option<PathBuf>,
    /// Send tokens over plain http
    ///
    /// To loopback addresses http is always allowed. Elsewhere anybody on the network can read them.
    #[arg(hide_short_help = true, long, help_heading = SERVER)]
    pub insecure_http: bool,
    /// Probe this host of the public internet
    ///
    /// Without it, only this machine and private networks are probed: some requests look like attacks.
    #[arg(long, value_name = "HOST", help_heading = SERVER)]
    pub i_may_test: Option<String>,
    /// File with a good token, - for stdin
    ///
    /// Without the flag: HEISTCTL_TOKEN, unless a key is given.
    #[arg(long, value_name = "FILE", help_heading = REQUEST)]
    pub token: Option<PathBuf>,
    /// Public keys that the API trusts: JWKS, JWK or PEM
    #[arg(long, value_name = "FILE", value_parser = file(), help_heading = REQUEST)]
    pub jwks: Option<PathBuf>,
    #[command(flatten)]
    pub signing: SigningArgs,
    #[command(flatten)]
    pub claims: ClaimArgs,
    #[command(flatten)]
    pub header: HeaderArgs,
    /// A scope of the issuer that must not open URL
    #[arg(long, value_name = "SCOPE", help_heading = REQUEST)]
    pub other_scope: Option<String>,
    /// Method [default: GET, with a body POST]
    #[arg(short = 'X', long, value_name = "METHOD", help_heading = REQUEST)]
    pub method: Option<String>,
    /// Header field to send; repeatable
    #[arg(hide_short_help = true, short = 'H', long = "field", value_name = "NAME: VALUE", value_parser = parse_token, help_heading = REQUEST)]
    pub field: Vec<Secret>,
    /// Body; @FILE reads it
    #[arg(
        hide_short_help = true,
        short,
        long,
        value_name = "TEXT|@FILE",
        value_parser = parse_token,
        allow_hyphen_values = true,
        help_heading = REQUEST
    )]
    pub data: Option<Secret>,
    /// Status of success [default: 2xx]
    #[arg(hide_short_help = true, long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(100..600), help_heading = REQUEST)]
    pub expect: Option<u16>,
    /// A request beyond the good token; repeatable
    ///
    /// The API must answer 403. The request is sent: if the API allows it, it happens.
    #[arg(long, num_args = 2, value_names = ["METHOD", "PATH"], help_heading = REQUEST)]
    pub write: Vec<String>,
    /// Only these cases or groups, as P1,S,A3
    #[arg(long, value_name = "CASES", value_delimiter = ',', value_parser = parse_case, help_heading = RUN)]
    pub only: Vec<String>,
    /// Not these cases or groups
    #[arg(long, value_name = "CASES", value_delimiter = ',', value_parser = parse_case, help_heading = RUN)]
    pub skip: Vec<String>,
    /// Also the cases that take long
    #[arg(long, help_heading = RUN)]
    pub deep: bool,
    /// Requests per second [default: 10; 50 on loopback]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), help_heading = RUN)]
    pub rate: Option<u32>,
    /// Print the report as JSON
    #[arg(long, help_heading = OUTPUT)]
    pub json: bool,
    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub junit: Option<PathBuf>,
    /// Write the findings as SARIF
    #[arg(hide_short_help = true, long, value_name = "FILE", help_heading = OUTPUT)]
    pub sarif: Option<PathBuf>,
    /// Print the battery and send nothing
    #[arg(long, help_heading = OUTPUT)]
    pub list: bool,
}

/// The id of a case or the letter of a group. The command checks that it exists.
fn parse_case(text: &str) -> Result<String, InvalidValue> {
    let name = text.trim().to_ascii_uppercase();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name[1..].bytes().all(|byte| byte.is_ascii_digit())
        && name.len() <= 3;
    if is_name { Ok(name) } else { Err(InvalidValue::new("is not a case").hint("heistctl probe --list")) }
}
