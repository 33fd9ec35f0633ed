//! The flags of `token` and `call`, as typed.

use super::heading::{CACHE, CLIENT, OUTPUT, REQUEST, SERVER};
use super::usage::wrong::{file, parse_called, parse_repeat};
use super::{EXAMPLES_FIRST, parse_duration, parse_token};
use crate::secret::Secret;
use clap::{Args, ValueEnum};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// How to reach the issuer, and as which client: shared by `token` and `call`.
#[derive(Debug, Default, Args)]
pub struct ClientArgs {
    /// The issuer; its metadata names the token endpoint
    ///
    /// Without the flag: HEISTCTL_ISSUER.
    #[arg(long, value_name = "URL", conflicts_with = "token_url", help_heading = SERVER)]
    pub issuer: Option<String>,
    /// Token endpoint [default: 127.0.0.1:8001/oauth/token]
    ///
    /// Without the flag: HEISTCTL_TOKEN_URL, else http://127.0.0.1:8001/oauth/token.
    #[arg(long, value_name = "URL", help_heading = SERVER)]
    pub token_url: Option<String>,
    /// Authorities to trust instead of the usual ones, PEM
    ///
    /// Without the flag: SSL_CERT_FILE.
    #[arg(long, value_name = "FILE", value_parser = file(), help_heading = SERVER)]
    pub cacert: Option<PathBuf>,
    /// Time for the whole request [default: 30s]
    ///
    /// Write 30s or 1m. Without the flag: HEISTCTL_TIMEOUT.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = SERVER)]
    pub timeout: Option<Duration>,
    /// Send secrets and tokens over plain http
    ///
    /// To loopback addresses http is always allowed. Elsewhere anybody on the network can read them.
    #[arg(long, help_heading = SERVER)]
    pub insecure_http: bool,
    /// Profile in config.toml
    ///
    /// The file is $XDG_CONFIG_HOME/heistctl/config.toml. Without the flag: HEISTCTL_PROFILE.
    #[arg(long, value_name = "NAME", help_heading = CLIENT)]
    pub profile: Option<String>,
    /// The client's id
    ///
    /// Without the flag: HEISTCTL_CLIENT_ID.
    #[arg(long, value_name = "ID", help_heading = CLIENT)]
    pub client_id: Option<String>,
    /// File with the secret, - for stdin
    ///
    /// Without the flag: HEISTCTL_CLIENT_SECRET_FILE, else the secret itself in HEISTCTL_CLIENT_SECRET.
    #[arg(long, value_name = "FILE", help_heading = CLIENT)]
    pub client_secret_file: Option<PathBuf>,
    /// How to authenticate; --help lists the methods
    ///
    /// client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or
    /// self_signed_tls_client_auth. Default: as the issuer's metadata says, else client_secret_basic.
    #[arg(long, value_name = "METHOD", hide_possible_values = true, help_heading = CLIENT)]
    pub auth_method: Option<AuthMethod>,
    /// Private key for private_key_jwt, PEM or JWK
    #[arg(long, value_name = "FILE", help_heading = CLIENT)]
    pub client_key: Option<PathBuf>,
    /// Audience of assertions [default: the issuer]
    ///
    /// Without an issuer it is the token endpoint.
    #[arg(long, value_name = "AUD", help_heading = CLIENT)]
    pub assertion_audience: Option<String>,
    /// Certificate and its chain, PEM (RFC 8705)
    #[arg(long, value_name = "FILE", value_parser = file(), requires = "client_cert_key", help_heading = CLIENT)]
    pub client_cert: Option<PathBuf>,
    /// Private key of --client-cert, PEM
    #[arg(long, value_name = "FILE", requires = "client_cert", help_heading = CLIENT)]
    pub client_cert_key: Option<PathBuf>,
    /// Bind the token to a key (DPoP, RFC 9449)
    ///
    /// The key is made for this run, unless --dpop-key names one.
    #[arg(long, help_heading = CLIENT)]
    pub dpop: bool,
    /// Key to bind the token to, PEM or JWK
    #[arg(long, value_name = "FILE", help_heading = CLIENT)]
    pub dpop_key: Option<PathBuf>,
    /// Scopes to request, as 'a b'; repeatable
    ///
    /// Separated by spaces or commas. Without the flag: HEISTCTL_SCOPE.
    #[arg(long, value_name = "SCOPE", help_heading = REQUEST)]
    pub scope: Vec<String>,
    /// Resource the token is for (RFC 8707); repeatable
    ///
    /// Without the flag: HEISTCTL_RESOURCE.
    #[arg(long, value_name = "URI", help_heading = REQUEST)]
    pub resource: Vec<String>,
    /// Audience, where --resource is not supported
    #[arg(long, value_name = "AUD", help_heading = REQUEST)]
    pub audience: Option<String>,
    /// Another request parameter; repeatable
    #[arg(long, value_name = "NAME=VALUE", help_heading = REQUEST)]
    pub param: Vec<String>,
    /// How long a cached token must stay valid [default: 60s]
    ///
    /// Half of a token's lifetime is enough.
    #[arg(
        long,
        value_name = "TIME",
        default_value = "60s",
        hide_default_value = true,
        value_parser = parse_duration,
        help_heading = CACHE
    )]
    pub min_ttl: Duration,
    /// Get a new token and cache it
    #[arg(long, conflicts_with = "no_cache", help_heading = CACHE)]
    pub refresh: bool,
    /// Neither read nor write the cache
    #[arg(long, help_heading = CACHE)]
    pub no_cache: bool,
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
    /// How to reach the issuer, and as which client.
    #[command(flatten)]
    pub client: ClientArgs,
    /// Forget all cached tokens
    #[arg(long, group = "instead", help_heading = CACHE)]
    pub clear_cache: bool,
    /// Is a good token cached? Exit 0 or 8; asks no server
    #[arg(long, group = "instead", conflicts_with_all = ["no_cache", "refresh"], help_heading = CACHE)]
    pub check: bool,
    /// Revoke the cached token, or this one (RFC 7009)
    ///
    /// - reads the token from stdin.
    #[arg(
        long,
        value_name = "TOKEN|-",
        num_args = 0..=1,
        group = "instead",
        value_parser = parse_token,
        help_heading = REQUEST
    )]
    pub revoke: Option<Option<Secret>>,
    /// Where to revoke it
    ///
    /// Default: as the issuer's metadata says, else beside the token endpoint.
    #[arg(long, value_name = "URL", requires = "revoke", help_heading = REQUEST)]
    pub revocation_url: Option<String>,
    /// raw, json, header, env or curl [default: raw]
    ///
    /// raw: the token and a newline. json: an object with its times. header: an Authorization header.
    /// env: HEISTCTL_TOKEN=…. curl: a line for curl -K -.
    #[arg(
        short,
        long,
        value_name = "FORM",
        default_value = "raw",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OUTPUT
    )]
    pub output: TokenOutput,
    /// The same as --output json
    #[arg(long, conflicts_with = "output", help_heading = OUTPUT)]
    pub json: bool,
    /// List the profiles
    #[arg(long, group = "instead", help_heading = OUTPUT)]
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
  heistctl call --json-body @new.json https://api.example.com/things
  heistctl call -X PUT -d @- https://api.example.com/things/7 < thing
  heistctl call --repeat 100 --json https://api.example.com/health
"
)]
pub struct CallArgs {
    /// How to reach the issuer, and as which client.
    #[command(flatten)]
    pub client: ClientArgs,
    /// What to call [default: /protected-resource beside the token endpoint]
    #[arg(value_name = "URL", value_parser = parse_called)]
    pub url: Option<String>,
    /// Method [default: GET, with a body POST]
    #[arg(short = 'X', long = "request", value_name = "METHOD", help_heading = REQUEST)]
    pub method: Option<String>,
    /// Header field to send; repeatable
    ///
    /// Other users of this machine can see it: argv is public.
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = parse_token, help_heading = REQUEST)]
    pub header: Vec<Secret>,
    /// Body: text, the bytes of @FILE, @- for stdin
    #[arg(
        short,
        long,
        value_name = "TEXT|@FILE",
        value_parser = parse_token,
        allow_hyphen_values = true,
        conflicts_with = "json_body",
        help_heading = REQUEST
    )]
    pub data: Option<Secret>,
    /// JSON body: text, @FILE or @-; sets Content-Type
    #[arg(
        long,
        value_name = "JSON|@FILE",
        value_parser = parse_token,
        allow_hyphen_values = true,
        help_heading = REQUEST
    )]
    pub json_body: Option<Secret>,
    /// Follow up to five redirects
    ///
    /// Token and body stay at their origin, and https stays https.
    #[arg(short = 'L', long, help_heading = REQUEST)]
    pub location: bool,
    /// Send it N times; print statuses and times
    #[arg(
        long,
        value_name = "N",
        value_parser = parse_repeat,
        conflicts_with_all = ["include", "output_file"],
        help_heading = REQUEST
    )]
    pub repeat: Option<u32>,
    /// Print status and header fields before the body
    #[arg(short, long, help_heading = OUTPUT)]
    pub include: bool,
    /// Write the body of a 2xx answer to this file
    ///
    /// The file appears once the body is complete.
    #[arg(short, long, value_name = "FILE", help_heading = OUTPUT)]
    pub output_file: Option<PathBuf>,
    /// Print the result of --repeat as JSON
    #[arg(long, requires = "repeat", help_heading = OUTPUT)]
    pub json: bool,
}
