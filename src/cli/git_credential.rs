//! Flags of `git-credential`.

use super::heading::{EXAMPLES_FIRST, OUTPUT};
use super::session::SessionArgs;
use clap::Args;

#[derive(Debug, Default, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  git config --global credential.https://git.example.com.helper \\
    '!heistctl git-credential --profile git --host git.example.com'
"
)]
pub struct GitCredentialArgs {
    #[command(flatten)]
    pub session: SessionArgs,
    /// The git server that gets the token; others get no answer
    ///
    /// With its port if it has one of its own: git.example.com:8443. git also asks for the servers of submodules and
    /// redirects, which the repository chooses.
    #[arg(long, value_name = "HOST", required = true, help_heading = OUTPUT)]
    pub host: String,
    /// User name beside a token that git sends as a password
    ///
    /// git before 2.46 sends tokens so. Most servers take any name. Default: as git asks, else oauth2.
    #[arg(long, value_name = "NAME", hide_short_help = true, help_heading = OUTPUT)]
    pub username: Option<String>,
    /// get, store or erase: git adds it
    #[arg(value_name = "OPERATION")]
    pub operation: String,
}
