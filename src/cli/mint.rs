//! Flags of `mint`.

use super::duration::parse_duration;
use super::heading::{CLAIMS, EXAMPLES_FIRST, OUTPUT};
use super::signing::{ClaimArgs, HeaderArgs, SigningArgs};
use crate::clock::Timestamp;
use crate::testbench::flaw::Flaw;
use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};
use std::time::Duration;

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl mint --key key.pem --iss https://as.example.com --aud orders
  heistctl mint --secret-file secret --sub alice --scope 'a b' --expires 5m
  heistctl mint --key key.pem --claims @claims.json --broken expired
  heistctl mint --key key.pem --claims '{\"roles\":[\"admin\"]}' --header kid=k1
",
    after_help = flaws()
)]
pub struct MintArgs {
    #[command(flatten)]
    pub signing: SigningArgs,
    #[command(flatten)]
    pub claims: ClaimArgs,
    /// Lifetime [default: 1h]
    #[arg(
        long,
        value_name = "TIME",
        default_value = "1h",
        hide_default_value = true,
        value_parser = parse_duration,
        help_heading = CLAIMS
    )]
    pub expires: Duration,
    /// Date it at this time: RFC 3339 or Unix seconds
    #[arg(long, value_name = "TIME", help_heading = CLAIMS)]
    pub now: Option<Timestamp>,
    #[command(flatten)]
    pub header: HeaderArgs,
    /// Make it wrong in one thing; see below
    #[arg(long, value_name = "FLAW", value_parser = FlawNames, hide_possible_values = true, help_heading = OUTPUT)]
    pub broken: Option<Flaw>,
    /// Print token, header and claims as JSON
    #[arg(long, help_heading = OUTPUT)]
    pub json: bool,
}

fn flaws() -> String {
    let row = |flaw: Flaw| format!("  {:<14}{}\n", flaw.name(), flaw.meaning());
    format!("Flaws:\n{}", Flaw::ALL.map(row).concat())
}

/// The flaws by name, for completions and for the parser.
#[derive(Clone)]
struct FlawNames;

impl TypedValueParser for FlawNames {
    type Value = Flaw;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Flaw, clap::Error> {
        let names = clap::builder::PossibleValuesParser::new(Flaw::ALL.map(Flaw::name));
        let name = names.parse_ref(command, arg, value)?;
        name.parse().map_err(|_| clap::Error::new(clap::error::ErrorKind::InvalidValue).with_cmd(command))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Flaw::ALL.into_iter().map(|flaw| PossibleValue::new(flaw.name()).help(flaw.meaning()))))
    }
}
