//! Flags of `token`.

use super::heading::EXAMPLES_FIRST;
use super::heading::{CACHE, OUTPUT, REQUEST};
use super::parse::parse_token;
use super::session::SessionArgs;
use super::usage::value_parsers::file;
use crate::secret::Secret;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  export HEISTCTL_CLIENT_ID=hacker-client HEISTCTL_CLIENT_SECRET_FILE=secret.txt
  heistctl token --issuer https://as.example.com --scope simulation:read
  curl -K <(heistctl token -o curl) http://127.0.0.1:8001/protected-resource
  heistctl token --check || heistctl token --refresh > token.txt
  heistctl token --identity github-actions -o github
  heistctl token --revoke
"
)]
pub struct TokenArgs {
    #[command(flatten)]
    pub session: SessionArgs,
    /// Forget all cached tokens
    #[arg(long, group = "instead", help_heading = CACHE)]
    pub clear_cache: bool,
    /// Check for a valid cached token: exit 0 or 8; offline
    #[arg(long, group = "instead", conflicts_with_all = ["no_cache", "refresh"], help_heading = CACHE)]
    pub check: bool,
    /// Revoke the cached token, or this one (RFC 7009)
    ///
    /// - reads the token from stdin.
    #[arg(
        long,
        value_name = "TOKEN|-",
        num_args = 0..=1,
        group = "instead",
        value_parser = parse_token,
        help_heading = REQUEST
    )]
    pub revoke: Option<Option<Secret>>,
    /// Revocation endpoint
    ///
    /// Default: as the issuer's metadata says, else beside the token endpoint.
    #[arg(long, value_name = "URL", requires = "revoke", help_heading = REQUEST)]
    pub revocation_url: Option<String>,
    /// raw, json, …: --help lists the forms [default: raw]
    ///
    /// raw: the token and a newline. json: an object with its times. header: an Authorization header. bearer:
    /// its value. headers: the same in JSON. env: HEISTCTL_TOKEN=…. curl: a line for curl -K -. kubernetes: an
    /// ExecCredential for kubectl. google: an executable-sourced credential. github: masks the token in the log
    /// of GitHub Actions and makes it the output `token` of the step; github-env: the variable HEISTCTL_TOKEN
    /// of later steps.
    #[arg(
        short,
        long,
        value_name = "FORM",
        default_value = "raw",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OUTPUT
    )]
    pub output: TokenOutput,
    /// Keep FILE filled with a good token, until a signal
    ///
    /// The file has the token alone, mode 600. It is replaced atomically before the token expires (--min-ttl),
    /// and while the issuer is away, heistctl keeps trying.
    #[arg(
        long,
        value_name = "FILE",
        value_parser = file(),
        group = "instead",
        conflicts_with_all = ["output", "json"],
        help_heading = OUTPUT
    )]
    pub keep: Option<PathBuf>,
    /// The same as --output json
    #[arg(long, conflicts_with = "output", help_heading = OUTPUT)]
    pub json: bool,
    /// List the profiles
    #[arg(long, group = "instead", help_heading = OUTPUT)]
    pub list_profiles: bool,
}

/// Output formats of `token`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TokenOutput {
    /// The token and a newline
    #[default]
    Raw,
    /// A JSON object with its times
    Json,
    /// An Authorization header
    Header,
    /// `HEISTCTL_TOKEN=…`
    Env,
    /// A line for `curl -K -`
    Curl,
    /// `Bearer …`
    Bearer,
    /// The Authorization header as a JSON object
    Headers,
    /// An ExecCredential of Kubernetes
    Kubernetes,
    /// An executable-sourced credential of Google's libraries
    Google,
    /// An output of a step of GitHub Actions
    Github,
    /// A variable of later steps of GitHub Actions
    GithubEnv,
}
