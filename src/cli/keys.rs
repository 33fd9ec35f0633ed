//! The flags of `key`, as typed.

use super::{EXAMPLES_FIRST, parse_duration};
use crate::jose::algorithm::Algorithm;
use crate::jose::sign::key_pair_algorithms;
use clap::{Args, Subcommand};
use std::time::Duration;

/// Flags of `key`.
#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl key list                    what signs, and what happens next
  heistctl key rotate                  publish the next key now, sign with it in five minutes
  heistctl key rotate --now            the key has leaked: another one, at once
  heistctl key generate --algorithm RS256
"
)]
pub struct KeyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeyCommand,
    /// The store: sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else a file of the user's]
    #[arg(long, global = true, value_name = "URL")]
    pub store: Option<String>,
    /// How long to wait for a store that is away, as 30s
    #[arg(long, global = true, value_name = "TIME", default_value = "0s", value_parser = parse_duration)]
    pub wait_for_store: Duration,
    /// Answer with a JSON object
    #[arg(long, global = true)]
    pub json: bool,
}

/// What can be done with signing keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// List the keys, what each is, and its next step
    List,
    /// Make a key that is published and does not sign until `key rotate`; the first one signs at once
    Generate(GenerateArgs),
    /// Give the key that signs a successor, which signs once verifiers can know it
    Rotate(RotateKeyArgs),
    /// Take a key out at once that does not sign
    Retire(RetireArgs),
}

/// Flags of `key generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// What it signs with: ES256, RS256, PS256, ES384, EdDSA, ES512, PS384 or PS512 [default: as the newest key, else ES256]
    #[arg(long, value_name = "ALG", value_parser = parse_algorithm)]
    pub algorithm: Option<Algorithm>,
}

/// Flags of `key rotate`.
#[derive(Debug, Args)]
pub struct RotateKeyArgs {
    /// What the next key signs with [default: as the newest key, else ES256]
    #[arg(long, value_name = "ALG", value_parser = parse_algorithm)]
    pub algorithm: Option<Algorithm>,
    /// A key has leaked: put a new one in the place of all, at once; tokens that they signed end
    #[arg(long)]
    pub now: bool,
    /// With --now: the store key that seals those that are there is lost, or has leaked, too
    #[arg(long, requires = "now")]
    pub lost_store_key: bool,
}

/// A store keeps key pairs: HS256 has a shared secret, which the configuration names.
fn parse_algorithm(name: &str) -> Result<Algorithm, &'static str> {
    name.parse()
        .ok()
        .filter(|algorithm| key_pair_algorithms().any(|offered| offered == *algorithm))
        .ok_or("there are ES256, RS256, PS256, ES384, EdDSA, ES512, PS384 and PS512")
}

/// A key by its id.
#[derive(Debug, Args)]
pub struct RetireArgs {
    /// The key's id (kid), as `key list` shows it
    #[arg(allow_hyphen_values = true)]
    pub kid: String,
}
