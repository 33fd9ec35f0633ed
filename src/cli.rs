//! The flags as typed. Defaults, files and environment are the commands' business.

mod client;
pub mod heading;
mod inspect;
mod keys;
mod registry;
mod store;
pub mod usage;

use crate::clock::MAX_DURATION;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use clap::{Args, Parser, Subcommand, ValueEnum};
pub use client::{AuthMethod, CallArgs, ClientArgs, TokenArgs, TokenOutput};
use heading::{CONFIGURATION, GLOBAL, SERVER, TLS};
pub use inspect::{InspectArgs, RawPart, SecretEncoding};
pub use keys::{GenerateArgs, KeyArgs, KeyCommand, ResealArgs, RetireArgs, RotateKeyArgs};
pub use registry::{
    AddArgs, ClientCommand, ClientFlags, HistoryArgs, ImportArgs, ListArgs, NamedArgs, RegistryArgs,
    RotateArgs, SetArgs,
};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
pub use store::StoreArgs;
use usage::wrong::{Wrong, file, parse_address};

const EXAMPLES_FIRST: &str =
    "{before-help}{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// OAuth 2.0 for machines in one binary: token server, client, judge of tokens.
#[derive(Debug, Parser)]
#[command(
    name = "heistctl",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    styles = clap::builder::Styles::plain(),
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl serve --demo                           the token server, ready to try
  heistctl token --scope simulation:read          an access token
  heistctl call                                   a resource, with a token
  heistctl inspect --secret-file KEY < token.txt  is this token good?
"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// Print the version
    #[arg(short = 'V', long, action = clap::ArgAction::Version, help_heading = GLOBAL)]
    pub version: Option<bool>,
}

/// Flags of every command.
#[derive(Clone, Copy, Debug, Args)]
pub struct Global {
    /// Colour the output: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = GLOBAL
    )]
    pub color: ColorWhen,
    /// Print only errors on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = GLOBAL)]
    pub quiet: bool,
    /// Print more on stderr; never a secret
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    pub verbose: bool,
    /// Print help: -h in short, --help in full
    #[arg(short, long, global = true, action = clap::ArgAction::Help, help_heading = GLOBAL)]
    pub help: Option<bool>,
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
    /// Register clients: add, list, show, set, rotate, remove, …
    Client(RegistryArgs),
    /// Manage the signing keys: list, generate, rotate, retire, reseal
    Key(KeyArgs),
    /// Print a shell's completion script
    Completions(CompletionsArgs),
    /// Print the version
    #[command(
        hide = true,
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:\n  heistctl --version\n"
    )]
    Version,
}

/// Flags of `serve`.
#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl serve --demo
  heistctl serve --config heist.toml
  heistctl serve --listen 0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem
  heistctl serve --demo -- sh scenario.sh       while the script runs
  heistctl serve --check                        is the configuration right?
"
)]
pub struct ServeArgs {
    /// Where to listen [default: 127.0.0.1:8001]
    ///
    /// Port 0 takes a free one. Without the flag: HEISTCTL_LISTEN, else the configuration's listen.
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse_address, help_heading = SERVER)]
    pub listen: Option<SocketAddr>,
    /// Where to serve /metrics for Prometheus
    ///
    /// Without the flag there are no metrics.
    #[arg(long, value_name = "ADDR:PORT", value_parser = parse_address, help_heading = SERVER)]
    pub metrics_listen: Option<SocketAddr>,
    /// Issuer in tokens [default: the listen URL]
    ///
    /// Without the flag: the configuration's issuer, else the listen URL.
    #[arg(long, value_name = "URL", help_heading = SERVER)]
    pub issuer: Option<String>,
    /// Write the ready event here once it listens
    #[arg(long, value_name = "FILE", help_heading = SERVER)]
    pub ready_file: Option<PathBuf>,
    /// Configuration [default: ./heist.toml if there]
    ///
    /// Without the flag: HEISTCTL_CONFIG, else ./heist.toml.
    #[arg(long, value_name = "FILE", value_parser = file(), conflicts_with = "demo", help_heading = CONFIGURATION)]
    pub config: Option<PathBuf>,
    /// The article's service; its secrets are public
    #[arg(long, help_heading = CONFIGURATION)]
    pub demo: bool,
    /// memory:, sqlite:PATH or postgres://HOST/DATABASE
    ///
    /// Holds clients, keys and revocations. Without the flag: HEISTCTL_STORE, else the configuration's
    /// store, else a SQLite file of the user's.
    #[arg(long, value_name = "URL", help_heading = CONFIGURATION)]
    pub store: Option<String>,
    /// Wait for an absent store [default: for ever]
    ///
    /// Write 30s or 5m.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = CONFIGURATION)]
    pub wait_for_store: Option<Duration>,
    /// Refuse to start where there is no store yet
    ///
    /// Without the flag one is made.
    #[arg(long, conflicts_with = "demo", help_heading = CONFIGURATION)]
    pub must_exist: bool,
    /// Check configuration, keys and files, then exit
    #[arg(long, help_heading = CONFIGURATION)]
    pub check: bool,
    /// Print the result of --check as JSON
    #[arg(long, requires = "check", help_heading = CONFIGURATION)]
    pub json: bool,
    /// Certificate for https, its chain after it, PEM
    #[arg(
        long,
        value_name = "FILE",
        value_parser = file(),
        requires = "tls_key",
        conflicts_with = "tls_self_signed",
        help_heading = TLS
    )]
    pub tls_cert: Option<PathBuf>,
    /// Private key of --tls-cert, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = TLS)]
    pub tls_key: Option<PathBuf>,
    /// Make a development certificate in this folder
    ///
    /// And an authority that signs it, ca.pem, for clients' --cacert.
    #[arg(long, value_name = "DIR", help_heading = TLS)]
    pub tls_self_signed: Option<PathBuf>,
    /// Serve plain http beyond loopback addresses
    ///
    /// Anybody on the network can read secrets and tokens then.
    #[arg(long, help_heading = TLS)]
    pub insecure_http: bool,
    /// Serve on a free port while this command runs; exit with its code
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "check")]
    pub command: Vec<OsString>,
}

/// Flags of `completions`.
#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl completions bash > /etc/bash_completion.d/heistctl
  heistctl completions fish > ~/.config/fish/completions/heistctl.fish
"
)]
pub struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh
    #[arg(hide_possible_values = true)]
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

/// The line that `--version` prints.
#[must_use]
pub fn version() -> Vec<u8> {
    use clap::CommandFactory;
    Cli::command().render_version().into_bytes()
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

fn parse_scope(text: &str) -> Result<ScopeSet, Wrong> {
    scope_list(&[text.to_owned()]).map_err(|why| Wrong::new("is not a scope").hint(why))
}

/// Scopes as people list them: repeated, separated by spaces or commas.
///
/// # Errors
/// Where a character is in none.
pub fn scope_list(texts: &[String]) -> Result<ScopeSet, String> {
    texts.join(" ").replace(',', " ").parse().map_err(|error: crate::scope::ScopeError| error.to_string())
}
