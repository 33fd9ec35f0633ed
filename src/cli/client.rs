//! Flags of `client`.

use super::client_flags::{ClearableSetting, ClientFlags};
use super::duration::{Span, parse_overlap, parse_span};
use super::heading::{AUTHENTICATION, EXAMPLES_FIRST};
use super::store::StoreArgs;
use super::usage::value_parsers::parse_limit;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

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
  heistctl client list --expiring 14d
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
  heistctl client set backend --clear lifetime,audiences
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
    /// Only clients whose secret ends soon, as 14d
    ///
    /// Lists clients with a secret that ends within this time. After client rotate the old secrets end. Exits with 8 if there is such a client.
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    pub expiring: Option<Span>,
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
    /// Read its secret from stdin; else one is made
    #[arg(long, conflicts_with_all = ["jwks", "jwks_uri", "tls_certificate"], help_heading = AUTHENTICATION)]
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
    ///   id                  text
    ///   scopes              text, as "orders:read orders:write"
    ///   default_scopes      text: the scopes of a request without scopes
    ///   scope_claim         text: scp, scopes or permissions, beside scope
    ///   scope_claim_form    text: string or list
    ///   audiences           list of texts: resources of its tokens (RFC 8707)
    ///   default_audiences   list of texts: those of a request without one
    ///   lifetime            number: seconds that its tokens live
    ///   claims              object: claims of each of its tokens
    ///   auth_method         text: client_secret_basic, client_secret_post, …
    ///   assertion_audience  text: issuer or issuer-or-token-url
    ///   jwks                object: its public keys, a JWK Set
    ///   jwks_uri            text: where it publishes them
    ///   tls_client_auth_subject_dn  text: subject of its certificate
    ///   tls_client_auth_san_dns     text: DNS name in its certificate
    ///   tls_client_auth_san_uri     text: URI in its certificate
    ///   tls_client_auth_san_ip      text: IP address in its certificate
    ///   tls_client_auth_san_email   text: e-mail address in its certificate
    ///   tls_certificate     text: its own certificates, PEM
    ///   federated           list of rules, as in heist.toml
    ///   claims_from         list of texts
    ///   tls_client_certificate_bound_access_tokens  true or false (RFC 8705)
    ///   allow_from          list of texts: networks it may ask from
    ///   introspect          true or false (RFC 7662)
    ///   token_exchange      true or false (RFC 8693)
    ///   dpop_required       true or false (RFC 9449)
    ///   disabled            true or false
    ///   secret_hash         text of client hash; else a secret is made
    #[arg(verbatim_doc_comment)]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct SetArgs {
    /// The client's id
    pub id: String,
    #[command(flatten)]
    pub client: ClientFlags,
    /// Settings to remove, as lifetime,audiences
    ///
    /// The default applies again: default_scopes, scope_claim, audiences, default_audiences, lifetime, claims,
    /// auth_method (with keys and certificates), assertion_audience or allow_from.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', hide_possible_values = true)]
    pub clear: Vec<ClearableSetting>,
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
    #[arg(long, value_name = "TIME", default_value = "24h", hide_default_value = true, value_parser = parse_overlap)]
    pub overlap: Duration,
    /// Expire the old secrets at once, as after a leak
    #[arg(long, conflicts_with = "overlap")]
    pub now: bool,
    /// Read the secret from stdin instead of making one
    #[arg(long)]
    pub secret_stdin: bool,
}
