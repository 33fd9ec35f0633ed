//! Flags of `client`.

use super::duration::{Span, parse_lifetime, parse_span};
use super::heading::EXAMPLES_FIRST;
use super::store::StoreArgs;
use super::usage::value_parsers::{file, parse_limit};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl client add backend --scope orders:read > backend.secret
  heistctl client rotate backend --overlap 24h > backend.secret
  heistctl client show backend
  heistctl client list --unused 30d --prefix team-
  heistctl client history backend
  heistctl client disable backend
"
)]
pub struct ClientArgs {
    #[command(subcommand)]
    pub command: ClientCommand,
    #[command(flatten)]
    pub store: StoreArgs,
}

#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Register a client and print its secret, once
    #[command(
        visible_alias = "create",
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client add backend --scope orders:read > backend.secret
  heistctl client add robot --scope orders:read --jwks robot.pem
"
    )]
    Add(AddArgs),
    /// Register clients from JSON lines; print their secrets
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client import clients.jsonl > secrets.jsonl
  echo '{\"id\":\"backend\",\"scopes\":\"orders:read\"}' | heistctl client import -
"
    )]
    Import(ImportArgs),
    /// List the clients
    #[command(
        visible_alias = "ls",
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client list
  heistctl client list --unused 30d --prefix team-
"
    )]
    List(ListArgs),
    /// Show a client and its secrets' times
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client show backend
"
    )]
    Show(NamedArgs),
    /// Show when clients were changed, how and by whom
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client history backend
  heistctl client history
"
    )]
    History(HistoryArgs),
    /// Change what a client may do; its secrets stay
    #[command(
        visible_alias = "update",
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client set backend --scope orders:read --lifetime 15m
"
    )]
    Set(SetArgs),
    /// Print a new secret; the old ones expire later
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client rotate backend --overlap 24h > backend.secret
  heistctl client rotate backend --now > backend.secret
"
    )]
    Rotate(RotateArgs),
    /// Refuse a client and its tokens
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client disable backend
"
    )]
    Disable(NamedArgs),
    /// Accept a disabled client again
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client enable backend
"
    )]
    Enable(NamedArgs),
    /// Remove a client
    #[command(
        visible_aliases = ["rm", "delete"],
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client remove backend
"
    )]
    Remove(NamedArgs),
    /// Print a `secret_hash` for heist.toml, of a secret from stdin
    #[command(
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:
  heistctl client hash < backend.secret
"
    )]
    Hash,
}

impl ClientCommand {
    /// The subcommand's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "add",
            Self::Import(_) => "import",
            Self::List(_) => "list",
            Self::Show(_) => "show",
            Self::History(_) => "history",
            Self::Set(_) => "set",
            Self::Rotate(_) => "rotate",
            Self::Disable(_) => "disable",
            Self::Enable(_) => "enable",
            Self::Remove(_) => "remove",
            Self::Hash => "hash",
        }
    }
}

impl ClientCommand {
    /// The client id that the subcommand names, if any.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Add(AddArgs { id, .. })
            | Self::Set(SetArgs { id, .. })
            | Self::Rotate(RotateArgs { id, .. })
            | Self::Show(NamedArgs { id })
            | Self::Disable(NamedArgs { id })
            | Self::Enable(NamedArgs { id })
            | Self::Remove(NamedArgs { id }) => Some(id),
            Self::History(HistoryArgs { id }) => id.as_deref(),
            Self::Import(_) | Self::List(_) | Self::Hash => None,
        }
    }
}

/// Flags of `client list`. A client must match all filters.
#[derive(Debug, Default, Args)]
pub struct ListArgs {
    /// List up to N clients
    #[arg(long, value_name = "N", value_parser = parse_limit)]
    pub limit: Option<u64>,
    /// Start after this id
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub after: Option<String>,
    /// Only clients whose ids start with this
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prefix: Option<String>,
    /// Only disabled clients
    #[arg(long)]
    pub disabled: bool,
    /// Only clients unused for this long, as 30d
    ///
    /// Lists clients that were added longer ago than this and have not used a secret since. Clients with keys
    /// are left out because their uses are not recorded.
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    pub unused: Option<Span>,
}

#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The client's id [default: all clients]
    pub id: Option<String>,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// The client's id
    pub id: String,
    #[command(flatten)]
    pub client: ClientFlags,
    /// Read the secret from stdin instead of making one
    #[arg(long, conflicts_with_all = ["jwks", "jwks_uri"])]
    pub secret_stdin: bool,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Continue an import; commit batch by batch
    ///
    /// Clients that are already registered with the same values are skipped, so the same command continues
    /// after an interruption. Without the flag all clients are registered, or none.
    #[arg(long)]
    pub resume: bool,
    /// One client per line, as {"id":"a","scopes":"b"}; - for stdin
    ///
    /// Members of a line; only id is required:
    ///   id              text
    ///   scopes          text, as "orders:read orders:write"
    ///   default_scopes  text: the scopes of a request without scopes
    ///   audiences       list of texts: resources of its tokens (RFC 8707)
    ///   lifetime        number: seconds that its tokens live
    ///   claims          object: claims of each of its tokens
    ///   auth_method     text: client_secret_basic, client_secret_post, …
    ///   jwks            object: its public keys, a JWK Set
    ///   jwks_uri        text: where it publishes them
    ///   allow_from      list of texts: networks it may ask from
    ///   introspect      true or false (RFC 7662)
    ///   token_exchange  true or false (RFC 8693)
    ///   dpop_required   true or false (RFC 9449)
    ///   disabled        true or false
    ///   secret_hash     text of client hash; else a secret is made
    #[arg(verbatim_doc_comment)]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct SetArgs {
    /// The client's id
    pub id: String,
    #[command(flatten)]
    pub client: ClientFlags,
}

#[derive(Debug, Args)]
pub struct NamedArgs {
    /// The client's id
    pub id: String,
}

#[derive(Debug, Args)]
pub struct RotateArgs {
    /// The client's id
    pub id: String,
    /// How long old secrets stay valid [default: 24h]
    #[arg(long, value_name = "TIME", default_value = "24h", hide_default_value = true, value_parser = parse_span)]
    pub overlap: Span,
    /// Expire the old secrets at once, as after a leak
    #[arg(long, conflicts_with = "overlap")]
    pub now: bool,
    /// Read the secret from stdin instead of making one
    #[arg(long)]
    pub secret_stdin: bool,
}

/// Settings of a client. `set` changes those that are given and keeps the rest.
#[derive(Debug, Default, Args)]
pub struct ClientFlags {
    /// Scopes it may have, as 'a b'; repeatable
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// Scopes it gets by default [default: all]
    ///
    /// Where a token request names no scope.
    #[arg(long, value_name = "SCOPE")]
    pub default_scope: Vec<String>,
    /// Resource of its tokens (RFC 8707); repeatable
    #[arg(long, value_name = "URI")]
    pub audience: Vec<String>,
    /// Lifetime of its tokens, as 15m
    #[arg(long, value_name = "TIME", value_parser = parse_lifetime)]
    pub lifetime: Option<Span>,
    /// The one method to authenticate
    ///
    /// client_secret_basic, client_secret_post or private_key_jwt.
    #[arg(long, value_name = "METHOD", hide_possible_values = true)]
    pub auth_method: Option<RegisteredMethod>,
    /// File with its public keys: PEM, JWK or JWK Set
    #[arg(long, value_name = "FILE", value_parser = file())]
    pub jwks: Option<PathBuf>,
    /// Where it publishes its public keys
    #[arg(long, value_name = "URL", conflicts_with = "jwks")]
    pub jwks_uri: Option<String>,
    /// Network it may connect from; repeatable
    #[arg(long, value_name = "NETWORK")]
    pub allow_from: Vec<String>,
    /// May introspect any token (RFC 7662)
    ///
    /// --introspect false removes the permission.
    #[arg(
        long,
        value_name = "YES",
        num_args = 0..=1,
        default_missing_value = "true",
        hide_possible_values = true
    )]
    pub introspect: Option<bool>,
    /// May exchange tokens (RFC 8693)
    ///
    /// --token-exchange false removes the permission.
    #[arg(
        long,
        value_name = "YES",
        num_args = 0..=1,
        default_missing_value = "true",
        hide_possible_values = true
    )]
    pub token_exchange: Option<bool>,
    /// Its tokens must be bound to a key (RFC 9449)
    ///
    /// --dpop-required false removes the requirement.
    #[arg(
        long,
        value_name = "YES",
        num_args = 0..=1,
        default_missing_value = "true",
        hide_possible_values = true
    )]
    pub dpop_required: Option<bool>,
}

/// The authentication methods that a store accepts.
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
    /// The name in metadata (RFC 8414).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}
