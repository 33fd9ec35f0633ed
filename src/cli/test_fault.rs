//! Flags of `test fault`.

use super::duration::parse_duration;
use super::heading::EXAMPLES_FIRST;
use super::usage::value_parsers::InvalidValue;
use crate::testbench::fault::{BODIES, KEY_SETS};
use crate::testbench::flaw::Flaw;
use crate::testbench::target::TestTarget;
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

const RULE: &str = "Rule";
const ANSWER: &str = "Answer";
const CONTENT: &str = "Content";
const TRANSPORT: &str = "Transport";

#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl test fault --on token --times 3 --status 503 --retry-after 1
  heistctl test fault --on token --set expires_in=-1
  heistctl test fault --on token --client app --skip 1 --token expired
  heistctl test fault --on jwks --keys without-current
  heistctl test fault --clear
"
)]
pub struct TestFaultArgs {
    /// A rule as JSON; - is stdin
    #[arg(value_name = "FILE", conflicts_with_all = ["on", "clear"])]
    pub rule: Option<PathBuf>,
    /// Endpoint: token, jwks, metadata, introspect, …
    ///
    /// token, jwks, metadata, introspect, revoke, resource or guard.
    #[arg(
        long,
        value_name = "ENDPOINT",
        value_parser = PossibleValuesParser::new(TestTarget::ALL.map(TestTarget::name)),
        hide_possible_values = true,
        help_heading = RULE
    )]
    pub on: Option<String>,
    /// Of this client only
    #[arg(long, value_name = "ID", requires = "on", help_heading = RULE)]
    pub client: Option<String>,
    /// Let this many requests pass first
    #[arg(long, value_name = "N", requires = "on", help_heading = RULE)]
    pub skip: Option<u32>,
    /// How often [default: always]
    #[arg(long, value_name = "N", requires = "on", value_parser = clap::value_parser!(u32).range(1..), help_heading = RULE)]
    pub times: Option<u32>,
    /// Remove all faults
    #[arg(long, conflicts_with = "on", help_heading = RULE)]
    pub clear: bool,
    /// Status, with an OAuth error
    #[arg(long, value_name = "CODE", requires = "on", help_heading = ANSWER)]
    pub status: Option<u16>,
    /// Its OAuth error [default: by the status]
    #[arg(long, value_name = "ERROR", requires = "status", help_heading = ANSWER)]
    pub error: Option<String>,
    /// Retry-After, in seconds
    #[arg(long, value_name = "N", requires = "on", help_heading = ANSWER)]
    pub retry_after: Option<u64>,
    /// Redirect to this URL
    #[arg(long, value_name = "URL", requires = "on", help_heading = ANSWER)]
    pub redirect: Option<String>,
    /// Demand another DPoP nonce each time
    #[arg(long, requires = "on", help_heading = ANSWER)]
    pub nonce: bool,
    /// Give a member this value; JSON or text
    #[arg(long, value_name = "NAME=VALUE", requires = "on", value_parser = parse_member, help_heading = CONTENT)]
    pub set: Vec<(String, Value)>,
    /// Leave a member out; may be repeated
    #[arg(long, value_name = "NAME", requires = "on", help_heading = CONTENT)]
    pub omit: Vec<String>,
    /// A flaw of mint --broken in the token
    #[arg(
        long,
        value_name = "FLAW",
        requires = "on",
        value_parser = PossibleValuesParser::new(Flaw::ALL.map(Flaw::name)),
        hide_possible_values = true,
        help_heading = CONTENT
    )]
    pub token: Option<String>,
    /// Give a claim of the token this value
    #[arg(long, value_name = "NAME=VALUE", requires = "on", value_parser = parse_member, help_heading = CONTENT)]
    pub claim: Vec<(String, Value)>,
    /// empty, without-current, duplicate-kid, …
    ///
    /// empty, without-current, duplicate-kid (another key of its kid before it) or duplicate-kid-after.
    #[arg(
        long,
        value_name = "HOW",
        requires = "on",
        value_parser = PossibleValuesParser::new(KEY_SETS),
        hide_possible_values = true,
        help_heading = CONTENT
    )]
    pub keys: Option<String>,
    /// html, truncated, huge or gzip-bomb
    #[arg(
        long,
        value_name = "HOW",
        requires = "on",
        value_parser = PossibleValuesParser::new(BODIES),
        hide_possible_values = true,
        help_heading = CONTENT
    )]
    pub body: Option<String>,
    /// This body
    #[arg(long, value_name = "TEXT", requires = "on", conflicts_with = "body", help_heading = CONTENT)]
    pub raw: Option<String>,
    /// Content-Type
    #[arg(long, value_name = "TYPE", requires = "on", help_heading = CONTENT)]
    pub content_type: Option<String>,
    /// Wait before the answer
    #[arg(long, value_name = "TIME", requires = "on", value_parser = parse_duration, help_heading = TRANSPORT)]
    pub delay: Option<Duration>,
    /// Wait after each byte
    #[arg(long, value_name = "TIME", requires = "on", value_parser = parse_duration, help_heading = TRANSPORT)]
    pub drip: Option<Duration>,
    /// Close after N bytes; 0 is before the head
    #[arg(long, value_name = "N", requires = "on", help_heading = TRANSPORT)]
    pub close_after: Option<u32>,
    /// Reset after N bytes
    #[arg(long, value_name = "N", requires = "on", conflicts_with = "close_after", help_heading = TRANSPORT)]
    pub reset_after: Option<u32>,
}

/// A name and a JSON value; anything else is a text.
fn parse_member(text: &str) -> Result<(String, Value), InvalidValue> {
    let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        return Err(InvalidValue::new("is not NAME=VALUE").hint("write expires_in=-1, or token_type=MAC"));
    };
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}
