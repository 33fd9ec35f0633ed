//! Arguments of `help` and `man`.

use super::heading::EXAMPLES_FIRST;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Args, Command, Error};
use std::ffi::OsStr;

/// Topics for completions. `REFERENCES` is for `help` only. Other words are explained later.
pub(super) const COMMANDS: [&str; 18] = [
    "serve",
    "token",
    "call",
    "git-credential",
    "inspect",
    "mint",
    "probe",
    "doctor",
    "client",
    "key",
    "store",
    "trust",
    "init",
    "health",
    "wait",
    "test",
    "completions",
    "man",
];
pub(super) const REFERENCES: [&str; 3] = ["config", "environment", "exit-codes"];

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl help token
  heistctl help client add
  heistctl help config           the keys of heist.toml
  heistctl help environment      the variables that heistctl reads
  heistctl help exit-codes
"
)]
pub struct HelpArgs {
    /// A command, or config, environment or exit-codes
    #[arg(value_name = "TOPIC", hide_possible_values = true, value_parser = Topics { references: true })]
    pub words: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl man token | man -l -
  heistctl man client add > heistctl-client-add.1
"
)]
pub struct ManArgs {
    /// A command
    #[arg(value_name = "COMMAND", hide_possible_values = true, value_parser = Topics { references: false })]
    pub words: Vec<String>,
}

/// Accepts any word and offers the known topics to completions.
#[derive(Clone)]
struct Topics {
    references: bool,
}

impl TypedValueParser for Topics {
    type Value = String;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        Ok(value.to_string_lossy().into_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let references = REFERENCES.iter().filter(|_| self.references);
        Some(Box::new(COMMANDS.iter().chain(references).map(PossibleValue::new)))
    }
}
