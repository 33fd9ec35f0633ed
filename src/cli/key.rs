//! Flags of `key`.

use super::heading::EXAMPLES_FIRST;
use super::store::StoreArgs;
use super::usage::value_parsers::parse_key_algorithm;
use crate::jose::algorithm::Algorithm;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl key list              what signs, and what happens next
  heistctl key rotate            publish the next key, sign in five minutes
  heistctl key rotate --now      the key has leaked: replace it at once
  heistctl key generate --algorithm RS256
  heistctl key reseal --new-key-file new.key
"
)]
pub struct KeyArgs {
    #[command(subcommand)]
    pub command: KeyCommand,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// List the keys and the next step of each
    #[command(
        visible_alias = "ls",
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl key list
"
    )]
    List,
    /// Show when keys were changed, how and by whom
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl key history
"
    )]
    History,
    /// Publish a key that signs after `key rotate`
    ///
    /// The first key of a store signs at once.
    #[command(
        visible_alias = "create",
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl key generate --algorithm RS256
"
    )]
    Generate(GenerateArgs),
    /// Publish a successor to the key that signs
    ///
    /// The successor signs once verifiers have had time to fetch it.
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl key rotate
  heistctl key rotate --now
"
    )]
    Rotate(RotateKeyArgs),
    /// Remove a key that does not sign, at once
    #[command(
        visible_aliases = ["rm", "delete"],
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl key retire q3v5T6dQ0hVnJ2mZb8xWcRkL1sYpEuAfGtHiOjKlMnQ
"
    )]
    Retire(RetireArgs),
    /// Seal the keys with another store key
    ///
    /// Tokens stay valid.
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl key reseal --new-key-file new.key
"
    )]
    Reseal(ResealArgs),
}

impl KeyCommand {
    /// The subcommand's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::List => "list",
            Self::History => "history",
            Self::Generate(_) => "generate",
            Self::Rotate(_) => "rotate",
            Self::Retire(_) => "retire",
            Self::Reseal(_) => "reseal",
        }
    }
}

#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// Its algorithm [default: as the newest key]
    ///
    /// ES256, RS256, PS256, ES384, EdDSA, ES512, PS384 or PS512. A store without keys gets ES256.
    #[arg(long, value_name = "ALG", value_parser = parse_key_algorithm)]
    pub algorithm: Option<Algorithm>,
}

#[derive(Debug, Args)]
pub struct RotateKeyArgs {
    /// Its algorithm [default: as the newest key]
    ///
    /// ES256, RS256, PS256, ES384, EdDSA, ES512, PS384 or PS512. A store without keys gets ES256.
    #[arg(long, value_name = "ALG", value_parser = parse_key_algorithm)]
    pub algorithm: Option<Algorithm>,
    /// Replace all keys at once, as after a leak
    ///
    /// Tokens that they signed are refused from now on.
    #[arg(long)]
    pub now: bool,
    /// With --now: the store key is lost, or has leaked
    ///
    /// The store key seals the keys in the store.
    #[arg(long, requires = "now")]
    pub lost_store_key: bool,
}

#[derive(Debug, Args)]
pub struct ResealArgs {
    /// New store key: 32 bytes in base64
    ///
    /// Without the flag: HEISTCTL_STORE_NEW_KEY, or the file that HEISTCTL_STORE_NEW_KEY_FILE names.
    #[arg(long, value_name = "FILE")]
    pub new_key_file: Option<PathBuf>,
    /// Leave the keys unsealed (SQLite only)
    ///
    /// The server then needs no store key.
    #[arg(long, conflicts_with = "new_key_file")]
    pub unseal: bool,
}

#[derive(Debug, Args)]
pub struct RetireArgs {
    /// The key's id (kid), as `key list` shows it
    #[arg(allow_hyphen_values = true)]
    pub kid: String,
}
