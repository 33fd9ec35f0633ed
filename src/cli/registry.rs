//! The flags of `client`, as typed.

use super::{EXAMPLES_FIRST, parse_duration};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Flags of `client`.
#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl client add backend --scope 'orders:read orders:write' > backend.secret
  heistctl client rotate backend --overlap 24h > backend.secret
  heistctl client show backend
  heistctl client disable backend
"
)]
pub struct RegistryArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ClientCommand,
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

/// What can be done with clients.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Register a client and print its secret, once
    Add(AddArgs),
    /// Register many clients from JSON lines, all or none, and print their secrets
    Import(ImportArgs),
    /// List the clients
    List,
    /// Show a client and its secrets' times
    Show(NamedArgs),
    /// Change what a client may do; its secrets stay
    Set(SetArgs),
    /// Print a new secret; the old ones end after a while
    Rotate(RotateArgs),
    /// Refuse a client, and what tokens it has
    Disable(NamedArgs),
    /// Take a client back that was disabled
    Enable(NamedArgs),
    /// Forget a client
    Remove(NamedArgs),
    /// Print a `secret_hash` for heist.toml, of a secret from stdin
    Hash,
}

/// Flags of `client add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// The client's id
    pub id: String,
    /// What it may do.
    #[command(flatten)]
    pub client: ClientFlags,
    /// Take a secret that somebody made up from stdin, instead of making one
    #[arg(long, conflicts_with_all = ["jwks", "jwks_uri"])]
    pub secret_stdin: bool,
}

/// Flags of `client import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A client a line, as {"id":"backend","scopes":"orders:read"}; - for stdin
    pub file: PathBuf,
}

/// Flags of `client set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// The client's id
    pub id: String,
    /// What is to change.
    #[command(flatten)]
    pub client: ClientFlags,
}

/// A client by its id.
#[derive(Debug, Args)]
pub struct NamedArgs {
    /// The client's id
    pub id: String,
}

/// Flags of `client rotate`.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// The client's id
    pub id: String,
    /// How long the old secrets are good still
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = parse_duration)]
    pub overlap: Duration,
    /// End the old secrets at once: they have leaked
    #[arg(long, conflicts_with = "overlap")]
    pub now: bool,
    /// Take a secret that somebody made up from stdin, instead of making one
    #[arg(long)]
    pub secret_stdin: bool,
}

/// What is registered of a client; with `set`, what is given changes and the rest stays.
#[derive(Debug, Default, Args)]
pub struct ClientFlags {
    /// Scopes that it may have, separated by spaces or commas; may be repeated
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// Scopes that it gets when it asks for none [default: all of them]
    #[arg(long, value_name = "SCOPE")]
    pub default_scope: Vec<String>,
    /// Resources that it may ask tokens for (RFC 8707); may be repeated
    #[arg(long, value_name = "URI")]
    pub audience: Vec<String>,
    /// How long its tokens live, as 15m
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub lifetime: Option<Duration>,
    /// The one way in which it proves who it is
    #[arg(long, value_name = "METHOD")]
    pub auth_method: Option<RegisteredMethod>,
    /// A file with its public keys: PEM, JWK or JWK Set
    #[arg(long, value_name = "FILE")]
    pub jwks: Option<PathBuf>,
    /// Where it publishes its public keys
    #[arg(long, value_name = "URL", conflicts_with = "jwks")]
    pub jwks_uri: Option<String>,
    /// Networks and addresses that it may ask from; may be repeated
    #[arg(long, value_name = "NETWORK")]
    pub allow_from: Vec<String>,
    /// Whether it may ask what any token is (RFC 7662)
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true")]
    pub introspect: Option<bool>,
    /// Whether it may act for others (RFC 8693)
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true")]
    pub token_exchange: Option<bool>,
    /// Whether its tokens must be bound to a key of its own (RFC 9449)
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true")]
    pub dpop_required: Option<bool>,
}

/// The ways of authenticating that can be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum RegisteredMethod {
    /// Id and secret in the Authorization header
    ClientSecretBasic,
    /// Id and secret in the body
    ClientSecretPost,
    /// An assertion signed with a private key
    PrivateKeyJwt,
}

impl RegisteredMethod {
    /// Its name in metadata (RFC 8414).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}
