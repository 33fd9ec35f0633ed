//! The flags of `key`, as typed.

use super::heading::EXAMPLES_FIRST;
use super::store::StoreArgs;
use super::usage::value_parsers::parse_key_algorithm;
use crate::jose::algorithm::Algorithm;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Flags of `key`.
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
    /// What to do.
    #[command(subcommand)]
    pub command: KeyCommand,
    /// In which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// What can be done with signing keys.
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
    /// Show what was changed of the keys, when, by whom
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
    /// The successor signs once verifiers can know it.
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
    /// Tokens stay good.
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl key reseal --new-key-file new.key
"
    )]
    Reseal(ResealArgs),
}

impl KeyCommand {
    /// The word that it is called by.
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

/// Flags of `key generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// Its algorithm [default: as the newest key]
    ///
    /// ES256, RS256, PS256, ES384, EdDSA, ES512, PS384 or PS512. A store without keys gets ES256.
    #[arg(long, value_name = "ALG", value_parser = parse_key_algorithm)]
    pub algorithm: Option<Algorithm>,
}

/// Flags of `key rotate`.
#[derive(Debug, Args)]
pub struct RotateKeyArgs {
    /// Its algorithm [default: as the newest key]
    ///
    /// ES256, RS256, PS256, ES384, EdDSA, ES512, PS384 or PS512. A store without keys gets ES256.
    #[arg(long, value_name = "ALG", value_parser = parse_key_algorithm)]
    pub algorithm: Option<Algorithm>,
    /// Replace all keys at once, as after a leak
    ///
    /// Tokens that they signed are refused from then on.
    #[arg(long)]
    pub now: bool,
    /// With --now: the store key is lost, or has leaked
    ///
    /// The store key seals the keys in the store.
    #[arg(long, requires = "now")]
    pub lost_store_key: bool,
}

/// Flags of `key reseal`.
#[derive(Debug, Args)]
pub struct ResealArgs {
    /// New store key: 32 bytes in base64
    ///
    /// Without the flag: HEISTCTL_STORE_NEW_KEY, or the file that HEISTCTL_STORE_NEW_KEY_FILE names.
    #[arg(long, value_name = "FILE")]
    pub new_key_file: Option<PathBuf>,
    /// Leave the keys unsealed (SQLite only)
    ///
    /// A server needs no store key then.
    #[arg(long, conflicts_with = "new_key_file")]
    pub unseal: bool,
}

/// A key by its id.
#[derive(Debug, Args)]
pub struct RetireArgs {
    /// The key's id (kid), as `key list` shows it
    #[arg(allow_hyphen_values = true)]
    pub kid: String,
}
