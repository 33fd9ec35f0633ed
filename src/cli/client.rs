//! The flags of `token` and `call`, as typed.

use super::{EXAMPLES_FIRST, parse_duration, parse_token};
use crate::secret::Secret;
use clap::{Args, ValueEnum};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// How to reach the issuer, and as whom: shared by `token` and `call`.
#[derive(Debug, Default, Args)]
pub struct ClientArgs {
    /// A profile of $XDG_CONFIG_HOME/heistctl/config.toml [default: HEISTCTL_PROFILE]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The issuer, whose metadata says where to ask [default: HEISTCTL_ISSUER]
    #[arg(long, value_name = "URL", conflicts_with = "token_url")]
    pub issuer: Option<String>,
    /// The token endpoint [default: HEISTCTL_TOKEN_URL, else http://127.0.0.1:8001/oauth/token]
    #[arg(long, value_name = "URL")]
    pub token_url: Option<String>,
    /// The client's id [default: HEISTCTL_CLIENT_ID]
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// A file with the client's secret, - for stdin [default: HEISTCTL_CLIENT_SECRET_FILE, else HEISTCTL_CLIENT_SECRET]
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// How the client proves who it is [default: as the issuer's metadata says, else by Basic]
    #[arg(long, value_name = "METHOD")]
    pub auth_method: Option<AuthMethod>,
    /// The client's private key, PEM or JWK, for private_key_jwt
    #[arg(long, value_name = "FILE")]
    pub client_key: Option<PathBuf>,
    /// Whom its assertions are for [default: the issuer, else the token endpoint]
    #[arg(long, value_name = "AUD")]
    pub assertion_audience: Option<String>,
    /// The client's certificate and its chain, PEM (RFC 8705)
    #[arg(long, value_name = "FILE", requires = "client_cert_key")]
    pub client_cert: Option<PathBuf>,
    /// The private key of --client-cert, PEM
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub client_cert_key: Option<PathBuf>,
    /// Bind the token to a key (DPoP, RFC 9449): one made for this run, unless --dpop-key names one
    #[arg(long)]
    pub dpop: bool,
    /// The key to bind the token to, PEM or JWK
    #[arg(long, value_name = "FILE")]
    pub dpop_key: Option<PathBuf>,
    /// Scopes to ask for, separated by spaces or commas; may be repeated [default: HEISTCTL_SCOPE]
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// The resource that the token is for (RFC 8707); may be repeated [default: HEISTCTL_RESOURCE]
    #[arg(long, value_name = "URI")]
    pub resource: Vec<String>,
    /// The audience that the token is for, where a server wants that name
    #[arg(long, value_name = "AUD")]
    pub audience: Option<String>,
    /// Another parameter of the token request; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub param: Vec<String>,
    /// Authorities to trust instead of the usual ones, PEM [default: SSL_CERT_FILE]
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Time for all of it, as 30s or 1m [default: HEISTCTL_TIMEOUT, else 30s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Option<Duration>,
    /// How long a token from the cache must be good still; half its lifetime is enough
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    pub min_ttl: Duration,
    /// Ask the server even if a good token is in the cache, and keep the new one
    #[arg(long, conflicts_with = "no_cache")]
    pub refresh: bool,
    /// Neither take a token from the cache nor keep one
    #[arg(long)]
    pub no_cache: bool,
    /// Send secrets and tokens over plain http to other hosts, where anybody can read them
    #[arg(long)]
    pub insecure_http: bool,
}

/// The ways in which a client proves who it is, by their names in metadata (RFC 8414).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Id and secret in the Authorization header
    ClientSecretBasic,
    /// Id and secret in the body
    ClientSecretPost,
    /// An assertion signed with the secret
    ClientSecretJwt,
    /// An assertion signed with a private key
    PrivateKeyJwt,
    /// A certificate that an authority vouches for
    TlsClientAuth,
    /// A certificate that is registered itself
    SelfSignedTlsClientAuth,
}

impl AuthMethod {
    /// Its name in metadata.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Flags of `token`.
#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  export HEISTCTL_CLIENT_ID=hacker-client HEISTCTL_CLIENT_SECRET_FILE=secret.txt
  heistctl token --issuer https://as.example.com --scope simulation:read
  curl -K <(heistctl token -o curl) http://127.0.0.1:8001/protected-resource
  heistctl token --check || heistctl token --refresh > token.txt
  heistctl token --revoke
"
)]
pub struct TokenArgs {
    /// How to reach the issuer, and as whom.
    #[command(flatten)]
    pub client: ClientArgs,
    /// How to print the token
    #[arg(short, long, value_name = "FORM", default_value = "raw")]
    pub output: TokenOutput,
    /// The same as --output json
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
    /// Say whether a good token is in the cache, without asking anybody: exit 0 or 8
    #[arg(long, group = "instead", conflicts_with_all = ["no_cache", "refresh"])]
    pub check: bool,
    /// Revoke a token (RFC 7009): this one, - for stdin, without a value the one in the cache
    #[arg(long, value_name = "TOKEN|-", num_args = 0..=1, group = "instead", value_parser = parse_token)]
    pub revoke: Option<Option<Secret>>,
    /// Where to revoke it [default: as the issuer's metadata says, else beside the token endpoint]
    #[arg(long, value_name = "URL", requires = "revoke")]
    pub revocation_url: Option<String>,
    /// Forget every token that is in the cache
    #[arg(long, group = "instead")]
    pub clear_cache: bool,
    /// List the profiles
    #[arg(long, group = "instead")]
    pub list_profiles: bool,
}

/// The forms in which a token is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TokenOutput {
    /// The token and a newline
    #[default]
    Raw,
    /// A JSON object with its times
    Json,
    /// An Authorization header
    Header,
    /// `HEISTCTL_TOKEN=…`
    Env,
    /// A line for `curl -K -`
    Curl,
}

/// Flags of `call`.
#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl call --scope simulation:read
  heistctl call --issuer https://as.example.com https://api.example.com/things
  heistctl call --json-body @thing.json -o answer.json https://api.example.com/things
  heistctl call -X PUT -d @- https://api.example.com/things/7 < thing
  heistctl call --repeat 100 --json https://api.example.com/health
"
)]
pub struct CallArgs {
    /// How to reach the issuer, and as whom.
    #[command(flatten)]
    pub client: ClientArgs,
    /// What to call [default: /protected-resource beside the token endpoint]
    #[arg(value_name = "URL")]
    pub url: Option<String>,
    /// The method [default: GET, with a body POST]
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    pub method: Option<String>,
    /// A header field to send; may be repeated. Mind that argv is public
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = parse_token)]
    pub header: Vec<Secret>,
    /// The body: text, the bytes of @FILE, or @- for stdin
    #[arg(
        short,
        long,
        value_name = "TEXT|@FILE|@-",
        value_parser = parse_token,
        allow_hyphen_values = true,
        conflicts_with = "json_body"
    )]
    pub data: Option<Secret>,
    /// The body as JSON, and said to be that
    #[arg(long, value_name = "JSON|@FILE|@-", value_parser = parse_token, allow_hyphen_values = true)]
    pub json_body: Option<Secret>,
    /// Print the status and the header fields of the answer before its body
    #[arg(short, long)]
    pub include: bool,
    /// Write the body of a 2xx answer to this file, once it is there as a whole
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    /// Follow redirects, five at most; token and body stay at their origin, and https stays https
    #[arg(short = 'L', long)]
    pub location: bool,
    /// Send it that often, and print statuses and times in place of the bodies
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=1_000_000),
        conflicts_with_all = ["include", "output_file"]
    )]
    pub repeat: Option<u32>,
    /// Print what --repeat found as a JSON object
    #[arg(long, requires = "repeat")]
    pub json: bool,
}
