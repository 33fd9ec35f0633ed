//! Command-line flags as typed. Commands apply defaults, files and the environment.

mod call;
mod client;
mod client_flags;
mod completions;
mod doctor;
mod duration;
mod git_credential;
mod grant;
pub mod heading;
mod health;
mod help;
mod identity_flags;
mod init;
mod inspect;
mod key;
mod mint;
pub mod pages;
mod parse;
mod probe;
pub mod reference;
mod scopes;
mod serve;
mod session;
mod signing;
mod store;
mod test;
mod test_fault;
mod token;
mod trust;
pub mod usage;

pub use call::CallArgs;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
pub use client::{
    AddArgs, ClientArgs, ClientCommand, HistoryArgs, ImportArgs, ListArgs, NamedArgs, RotateArgs, SetArgs,
};
pub use client_flags::{ClearableSetting, ClientFlags, RegisteredMethod};
pub use completions::CompletionsArgs;
pub use doctor::DoctorArgs;
pub use duration::{Span, meant_duration, parse_duration, parse_timeout};
pub use git_credential::GitCredentialArgs;
pub use grant::{AssertionType, GrantArgs, RequestedGrant, WordList, token_type, words};
use heading::{EXAMPLES_FIRST, GLOBAL};
pub use health::{HealthArgs, HealthTarget, WaitArgs};
pub use help::{HelpArgs, ManArgs};
pub use identity_flags::{IdentityFlags, RulesFlag};
pub use init::InitArgs;
pub use inspect::{InspectArgs, RawPart, SecretEncoding};
pub use key::{GenerateArgs, KeyArgs, KeyCommand, ResealArgs, RetireArgs, RotateKeyArgs};
pub use mint::MintArgs;
pub use probe::ProbeArgs;
pub use scopes::{doubt as scope_doubt, scope_list};
pub use serve::{LogForm, ServeArgs};
pub use session::{AuthMethod, SessionArgs};
pub use signing::{ANY_STORE, ClaimArgs, HeaderArgs, SigningArgs};
pub use store::{BackupArgs, RestoreArgs, StoreArgs, StoreCommand, StoreCommandArgs, StoreImportArgs};
pub use test::{
    ControlArgs, TestArgs, TestClockArgs, TestCommand, TestExpectArgs, TestKeysArgs, TestRequestsArgs,
};
pub use test_fault::TestFaultArgs;
pub use token::{TokenArgs, TokenOutput};
pub use trust::{TrustArgs, TrustCommand, TrustTestArgs};

/// OAuth 2.0 for machines in one binary: token server, client, judge of tokens.
#[derive(Debug, Parser)]
#[command(
    name = "heistctl",
    version,
    disable_help_flag = true,
    disable_help_subcommand = true,
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
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: Global,
    /// Print the version
    #[arg(short = 'V', long, action = clap::ArgAction::Version, help_heading = GLOBAL)]
    pub version: Option<bool>,
}

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the token server
    Serve(ServeArgs),
    /// Get an access token and print it
    Token(TokenArgs),
    /// Get a token, call a protected resource, print the answer
    Call(CallArgs),
    /// Give git a token for a server: a credential helper
    GitCredential(Box<GitCredentialArgs>),
    /// Decode and judge a token, offline
    Inspect(Box<InspectArgs>),
    /// Make a token for a test, offline: right, or wrong in one thing
    Mint(Box<MintArgs>),
    /// Does an API refuse the tokens that it should refuse?
    Probe(Box<ProbeArgs>),
    /// Examine an issuer, or the set-up of this machine
    Doctor(Box<DoctorArgs>),
    /// Register clients: add, list, show, set, rotate, remove, …
    Client(ClientArgs),
    /// The signing keys: list, generate, rotate, retire, reseal
    Key(KeyArgs),
    /// The store itself: backup, restore, check, export, import
    Store(StoreCommandArgs),
    /// Test which client a token of a trusted issuer stands for
    Trust(TrustArgs),
    /// Write a configuration with a first client
    Init(InitArgs),
    /// Ask a server whether it issues tokens
    Health(HealthArgs),
    /// Wait until a server issues tokens
    Wait(WaitArgs),
    /// Control a server under test: faults, clock, keys
    Test(Box<TestArgs>),
    /// Print a shell's completion script
    Completions(CompletionsArgs),
    /// Print a man page
    Man(ManArgs),
    /// Print help: a command's, config, environment or exit-codes
    Help(HelpArgs),
    /// Print the version
    #[command(
        hide = true,
        help_template = EXAMPLES_FIRST,
        before_help = "Examples:\n  heistctl --version\n"
    )]
    Version,
}

#[must_use]
pub fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    completions::script(Cli::command(), shell)
}

#[must_use]
pub fn version() -> Vec<u8> {
    Cli::command().render_version().into_bytes()
}
