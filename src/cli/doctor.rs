//! Flags of `doctor`.

use super::heading::{EXAMPLES_FIRST, OUTPUT, REQUEST};
use super::session::SessionArgs;
use super::usage::value_parsers::file;
use crate::doctor::profile::SecurityProfile;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl doctor                                 this machine's set-up
  heistctl doctor https://as.example.com          what needs nothing but the URL
  heistctl doctor https://as.example.com --profile ci --for rfc9700
",
    mut_arg("issuer", |arg| hidden(arg)),
    mut_arg("token_url", |arg| hidden(arg)),
    mut_arg("min_ttl", |arg| hidden(arg)),
    mut_arg("refresh", |arg| hidden(arg)),
    mut_arg("no_cache", |arg| hidden(arg)),
    mut_arg("grant", |arg| hidden(arg)),
    mut_arg("timeout", |arg| arg.help("Time for each request [default: 10s]")
        .long_help("Time for each request [default: 10s]\n\nWrite 10s or 1m. Without the flag: HEISTCTL_TIMEOUT."))
)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub session: SessionArgs,
    /// The issuer to examine; none for this machine's set-up
    #[arg(value_name = "ISSUER", conflicts_with_all = ["issuer", "token_url"])]
    pub examined: Option<String>,
    /// mcp, rfc9700, fapi2 or oidc: its advice counts
    ///
    /// A recommendation of that profile counts as a rule for the grade.
    #[arg(
        long = "for",
        value_name = "PROFILE",
        value_parser = PossibleValuesParser::new(SecurityProfile::ALL.map(SecurityProfile::name))
            .try_map(|name| SecurityProfile::named(&name).ok_or("not a profile")),
        hide_possible_values = true,
        help_heading = REQUEST
    )]
    pub profile_of_checks: Option<SecurityProfile>,
    /// Also send a body of 64 KiB and one of 100 parameters
    #[arg(long, help_heading = REQUEST)]
    pub intrusive: bool,
    /// Print the report as JSON
    #[arg(long, help_heading = OUTPUT)]
    pub json: bool,
    /// Write the report as JUnit XML, too
    #[arg(long, value_name = "FILE", value_parser = file(), help_heading = OUTPUT)]
    pub junit: Option<PathBuf>,
}

/// A flag of `token` that makes no sense here.
fn hidden(arg: Arg) -> Arg {
    arg.hide(true)
}
