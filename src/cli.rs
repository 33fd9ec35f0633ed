//! The flags as typed. Defaults, files and environment are the commands' business.

mod client;
mod keys;
mod registry;

use crate::clock::{MAX_DURATION, Timestamp};
use crate::jose::algorithm::Algorithm;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::verdict::CheckName;
use clap::{Args, Parser, Subcommand, ValueEnum};
pub use client::{AuthMethod, CallArgs, ClientArgs, TokenArgs, TokenOutput};
pub use keys::{GenerateArgs, KeyArgs, KeyCommand, RetireArgs, RotateKeyArgs};
pub use registry::{
    AddArgs, ClientCommand, ClientFlags, ImportArgs, NamedArgs, RegistryArgs, RotateArgs, SetArgs,
};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES_FIRST: &str =
    "{before-help}{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// OAuth 2.0 for machines in one binary: token server, client, and judge of tokens.
#[derive(Debug, Parser)]
#[command(
    name = "heistctl",
    version,
    styles = clap::builder::Styles::plain(),
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl serve --demo                              the token server, ready to try
  heistctl token --scope simulation:read             a token, printed
  heistctl call                                      the protected resource, with a token
  heistctl inspect --secret-file KEY < token.txt     is this token good?
"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
}

/// Flags of every command.
#[derive(Clone, Copy, Debug, Args)]
pub struct Global {
    /// Colour the output: auto means on a terminal
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on stderr; never a secret
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless the environment says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the token server
    Serve(ServeArgs),
    /// Get an access token and print it
    Token(TokenArgs),
    /// Get a token, call a protected resource with it, print the answer
    Call(CallArgs),
    /// Decode and judge a token, offline
    Inspect(Box<InspectArgs>),
    /// Register clients in the store: add, list, show, set, rotate, disable, enable, remove
    Client(RegistryArgs),
    /// Look after the signing keys in the store: list, generate, rotate, retire
    Key(KeyArgs),
    /// Print a shell's completion script
    Completions(CompletionsArgs),
}

/// Flags of `serve`.
#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl serve --demo
  heistctl serve --config heist.toml
  heistctl serve --listen 0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem
  heistctl serve --demo -- sh scenario.sh            for as long as the script runs
  heistctl serve --check                             is all of it right?
"
)]
pub struct ServeArgs {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8001]
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse_address)]
    pub listen: Option<SocketAddr>,
    /// Where to serve /metrics for Prometheus; by default nowhere
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse_address)]
    pub metrics_listen: Option<SocketAddr>,
    /// The configuration [default: HEISTCTL_CONFIG, else ./heist.toml]
    #[arg(long, value_name = "FILE", conflicts_with = "demo")]
    pub config: Option<PathBuf>,
    /// The article's service: two clients and a secret that everybody knows
    #[arg(long)]
    pub demo: bool,
    /// Where clients, keys and revocations are kept: memory:, sqlite:PATH or postgres://HOST/DATABASE [default: HEISTCTL_STORE, else the configuration's, else a file of the user's]
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
    /// How long a start waits for a store that is away, as 30s [default: until it comes]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub wait_for_store: Option<Duration>,
    /// The issuer that tokens name [default: the configuration's, else the listen URL]
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// Write the ready event to this file once the socket is open
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Serve https by this certificate: PEM, its own chain after it
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "tls_self_signed")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Serve https for development, by a certificate and an authority of its own made in this folder
    #[arg(long, value_name = "DIR")]
    pub tls_self_signed: Option<PathBuf>,
    /// Serve plain http on other addresses than loopback, where anybody can read secrets and tokens
    #[arg(long)]
    pub insecure_http: bool,
    /// Check configuration, keys, certificates and files, say what would be served, and end
    #[arg(long)]
    pub check: bool,
    /// Say it as a JSON object
    #[arg(long, requires = "check")]
    pub json: bool,
    /// Serve for as long as this command runs, on a free port, and end with its code
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "check")]
    pub command: Vec<OsString>,
}

/// Flags of `inspect`.
#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl token | heistctl inspect
  heistctl inspect --secret-file signing.secret --iss https://as.example.com < token.txt
  heistctl inspect --key public.pem --aud https://api.example.com --as-api < token.txt
  heistctl inspect --issuer https://as.example.com < token.txt     (goes online for the keys)
  heistctl inspect --introspect < token.txt                        (goes online: is it active?)
  heistctl inspect --redact < token.txt                            (for a ticket)
"
)]
pub struct InspectArgs {
    /// The token; - or nothing reads HEISTCTL_TOKEN or stdin. Mind that argv is public
    #[arg(value_name = "TOKEN|-", value_parser = parse_token)]
    pub token: Option<Secret>,
    /// A file with the HMAC secret; one line end after it is left out
    #[arg(long, value_name = "FILE", group = "vouching")]
    pub secret_file: Option<PathBuf>,
    /// The environment variable that holds the HMAC secret
    #[arg(long, value_name = "NAME", group = "vouching")]
    pub secret_env: Option<String>,
    /// How the secret is written; raw takes every byte of it
    #[arg(long, value_name = "ENCODING", requires = "vouching")]
    pub secret_encoding: Option<SecretEncoding>,
    /// A file with keys: PEM (public or private key, certificate), JWK or JWK Set
    #[arg(long, value_name = "FILE", group = "vouching")]
    pub key: Option<PathBuf>,
    /// A file with a JWK Set
    #[arg(long, value_name = "FILE", group = "vouching")]
    pub jwks: Option<PathBuf>,
    /// Go online: the keys of this issuer, by its metadata; it is also the issuer that is expected
    #[arg(long, value_name = "URL", group = "vouching")]
    pub issuer: Option<String>,
    /// Go online: ask the issuer what the token is (RFC 7662), as the client of the environment or of a
    /// profile; of --issuer, else of HEISTCTL_TOKEN_URL, HEISTCTL_ISSUER or the profile
    #[arg(long, conflicts_with = "view")]
    pub introspect: bool,
    /// Where to ask [default: as the issuer's metadata says, else beside the token endpoint]
    #[arg(long, value_name = "URL", requires = "introspect")]
    pub introspection_url: Option<String>,
    /// The profile of the client that asks [default: HEISTCTL_PROFILE]
    #[arg(long, value_name = "NAME", requires = "introspect")]
    pub profile: Option<String>,
    /// Go online: the JWK Set at this address
    #[arg(long, value_name = "URL", group = "vouching")]
    pub jwks_url: Option<String>,
    /// Authorities to trust instead of the usual ones when going online, PEM [default: SSL_CERT_FILE]
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Allow plain http to other hosts, where anybody can change the keys on their way
    #[arg(long)]
    pub insecure_http: bool,
    /// The issuer that it must name, byte for byte
    #[arg(long, value_name = "URL")]
    pub iss: Option<String>,
    /// An audience that it must name; of several, one
    #[arg(long, value_name = "AUD")]
    pub aud: Vec<String>,
    /// The subject that it must name
    #[arg(long, value_name = "SUB")]
    pub sub: Option<String>,
    /// Scopes that it must have, all of them
    #[arg(long, value_name = "SCOPE", value_parser = parse_scope)]
    pub scope: Vec<ScopeSet>,
    /// The type that its header must name, as at+jwt
    #[arg(long, value_name = "TYP")]
    pub typ: Vec<String>,
    /// Algorithms that are allowed
    #[arg(long, value_name = "ALG", value_delimiter = ',')]
    pub alg: Vec<Algorithm>,
    /// The longest lifetime that is allowed, as 1h
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub max_lifetime: Option<Duration>,
    /// Checks that must pass, neither skipped nor about something absent
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub require: Vec<CheckName>,
    /// By how much clocks may differ, as 30s
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = parse_duration)]
    pub leeway: Duration,
    /// Judge as of this moment: RFC 3339 or seconds since 1970
    #[arg(long, value_name = "TIME")]
    pub now: Option<Timestamp>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
    /// Print what a strict API would answer (RFC 6750, RFC 9068); needs a key
    #[arg(long, requires = "vouching", group = "view")]
    pub as_api: bool,
    /// Print the decoded bytes of one part, untouched
    #[arg(long, value_name = "PART", group = "view", conflicts_with = "json")]
    pub raw: Option<RawPart>,
    /// Print the token without its signature and its fingerprint: safe for a ticket
    #[arg(long, group = "view")]
    pub redact: bool,
    /// Print what this token and another (or one in @FILE) differ in
    #[arg(long, value_name = "OTHER", group = "view", value_parser = parse_token)]
    pub diff: Option<Secret>,
}

/// How a secret is written in its file or variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecretEncoding {
    /// Every byte as it is.
    Raw,
    /// Standard base64.
    Base64,
    /// base64url.
    Base64url,
    /// Hexadecimal.
    Hex,
}

/// A part of a token whose bytes can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RawPart {
    /// The header.
    Header,
    /// The claims.
    Claims,
}

/// Flags of `completions`.
#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl completions bash > ~/.local/share/bash-completion/completions/heistctl
  heistctl completions fish > ~/.config/fish/completions/heistctl.fish
"
)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// A completion script, made from the flags.
#[must_use]
pub fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    use clap::CommandFactory;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "heistctl", &mut script);
    script
}

/// `30s`, `1h 5m`; a bare number counts seconds.
///
/// # Errors
/// Where it is neither, or longer than ten years.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = match text.parse() {
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text),
    };
    match duration {
        Ok(duration) if duration > MAX_DURATION => Err("longer than ten years".to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) => Err("not a length of time: write 30s, 5m or 1h 30m".to_owned()),
    }
}

/// A token is a secret from the first moment on.
#[allow(clippy::unnecessary_wraps, reason = "clap wants a Result")]
fn parse_token(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

fn parse_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "not an address and a port: write 127.0.0.1:8001")
}

fn parse_scope(text: &str) -> Result<ScopeSet, String> {
    scope_list(&[text.to_owned()])
}

/// Scopes as people list them: repeated, separated by spaces or commas.
///
/// # Errors
/// Where a character is in none.
pub fn scope_list(texts: &[String]) -> Result<ScopeSet, String> {
    texts.join(" ").replace(',', " ").parse().map_err(|error: crate::scope::ScopeError| error.to_string())
}
