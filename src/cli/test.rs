//! Flags of `test`.

use super::duration::{parse_duration, parse_timeout};
use super::heading::{EXAMPLES_FIRST, OUTPUT, SERVER};
use super::test_fault::TestFaultArgs;
use super::usage::value_parsers::{InvalidValue, file};
use crate::clock::Timestamp;
use crate::testbench::clock_change::MAX_RATE;
use crate::testbench::presented::METHODS;
use crate::testbench::rotation::KeyRotation;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl test fault --on token --times 3 --status 503
  heistctl test clock --advance 1h          an hour passes
  heistctl test keys --rotate drop-old      verifiers must fetch the key set
  heistctl test requests --client app       what a client has asked
  heistctl test expect --client app --tokens 1 --no-refused
"
)]
pub struct TestArgs {
    #[command(subcommand)]
    pub command: TestCommand,
    #[command(flatten)]
    pub control: ControlArgs,
}

/// The server under test.
#[derive(Debug, Args)]
pub struct ControlArgs {
    /// The server's base URL
    ///
    /// Without the flag: HEISTCTL_URL, which serve -- COMMAND sets, else the server of this machine.
    #[arg(long, global = true, value_name = "URL", help_heading = SERVER)]
    pub url: Option<String>,
    /// Authorities to trust instead of the usual ones
    ///
    /// PEM. Without the flag: SSL_CERT_FILE.
    #[arg(long, global = true, value_name = "FILE", value_parser = file(), help_heading = SERVER)]
    pub cacert: Option<PathBuf>,
    /// Time limit [default: 5s]
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        default_value = "5s",
        hide_default_value = true,
        value_parser = parse_timeout,
        help_heading = SERVER
    )]
    pub timeout: Duration,
    /// Print a JSON object
    #[arg(long, global = true, help_heading = OUTPUT)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum TestCommand {
    /// Let something go wrong; list the faults
    Fault(Box<TestFaultArgs>),
    /// Show or move the server's clock
    ///
    /// Everything that the server signs, judges, expires and rotates follows. Time limits of connections and
    /// rate limits do not.
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl test clock
  heistctl test clock --advance 1h
  heistctl test clock --set 2027-01-01T00:00:00Z --rate 0
  heistctl test clock --offset -90s
  heistctl test clock --reset
"
    )]
    Clock(TestClockArgs),
    /// Replace the signing key, well or badly
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl test keys --rotate drop-old
  heistctl test keys --rotate publish-late
"
    )]
    Keys(TestKeysArgs),
    /// List what was asked, and how it was decided
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl test requests
  heistctl test requests --client app --json
"
    )]
    Requests(TestRequestsArgs),
    /// Check what was asked; exit 8 if it was otherwise
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl test expect --client app --tokens 1 --auth private_key_jwt
  heistctl test expect --no-refused
"
    )]
    Expect(TestExpectArgs),
    /// Return to the start: its clock and faults
    ///
    /// The list of requests is empty then. Keys and revocations stay.
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl test reset
"
    )]
    Reset,
}

#[derive(Debug, Args)]
pub struct TestClockArgs {
    /// Move forward
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub advance: Option<Duration>,
    /// Show this time: RFC 3339 or Unix seconds
    #[arg(long, value_name = "TIME", conflicts_with = "offset")]
    pub set: Option<Timestamp>,
    /// Be ahead of this machine, or behind: 1h, -90s
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = parse_signed)]
    pub offset: Option<i64>,
    /// Seconds that pass in a second; 0 stops it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=i64::from(MAX_RATE)))]
    pub rate: Option<u32>,
    /// First, show this machine's time
    #[arg(long)]
    pub reset: bool,
    /// Clock of the Date header: server or machine
    #[arg(long, value_name = "CLOCK", value_parser = ["server", "machine"], hide_possible_values = true)]
    pub date: Option<String>,
}

/// Seconds, with a sign.
fn parse_signed(text: &str) -> Result<i64, InvalidValue> {
    let (is_behind, length) = match text.strip_prefix('-') {
        Some(length) => (true, length),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let length = parse_duration(length).map_err(|why| InvalidValue::of_sentence(&why))?;
    let seconds = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    Ok(if is_behind { -seconds } else { seconds })
}

#[derive(Debug, Args)]
#[command(after_help = rotations())]
pub struct TestKeysArgs {
    /// How the new key is published
    #[arg(
        long,
        required = true,
        value_name = "HOW",
        value_parser = PossibleValuesParser::new(KeyRotation::ALL.map(KeyRotation::name)),
        hide_possible_values = true
    )]
    pub rotate: String,
}

fn rotations() -> String {
    let line = |how: KeyRotation| format!("  {:14} {}\n", how.name(), how.meaning());
    format!("Rotations:\n{}", KeyRotation::ALL.map(line).concat())
}

#[derive(Debug, Args)]
pub struct TestRequestsArgs {
    /// Of this client only
    #[arg(long, value_name = "ID")]
    pub client: Option<String>,
}

#[derive(Debug, Args)]
pub struct TestExpectArgs {
    /// Of this client only
    #[arg(long, value_name = "ID")]
    pub client: Option<String>,
    /// Number of requests
    #[arg(long, value_name = "N")]
    pub requests: Option<usize>,
    /// Number of tokens that were received
    #[arg(long, value_name = "N")]
    pub tokens: Option<usize>,
    /// Number of refused requests
    #[arg(long, value_name = "N")]
    pub refused: Option<usize>,
    /// No request was refused
    #[arg(long, conflicts_with = "refused")]
    pub no_refused: bool,
    /// How the client authenticates each time
    ///
    /// client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or
    /// self_signed_tls_client_auth; at a resource bearer or dpop.
    #[arg(
        long,
        value_name = "METHOD",
        value_parser = PossibleValuesParser::new(METHODS),
        hide_possible_values = true
    )]
    pub auth: Option<String>,
    /// A scope of each token; may be repeated
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
}
