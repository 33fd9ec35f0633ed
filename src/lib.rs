//! heistctl: OAuth 2.0 for machines in one binary. The map of the crate, in the direction in which
//! data flows:
//!
//! - the client: `cli` (flags as typed) → `commands` (flags, environment and files settled) →
//!   `client` (a request is prepared, sent by its agent, its answer read) → `render` (stdout);
//! - the server: `server` (bytes to request values, and back) → `issuer` (request value to response
//!   value) → `registry` (who may) and `jose` (keys, signatures);
//! - both sides and `inspect` ask `verdict`, the judge, about tokens, and share `claims`, `scope`,
//!   `secret`, `clock`, `json` and `http`, which know nothing of the rest.
//!
//! Only `server`, `client`, `commands` and `render` touch the world; all else is functions of their
//! arguments, time and randomness among them.

pub mod claims;
pub mod cli;
pub mod client;
pub mod clock;
pub mod commands;
pub mod exit;
pub mod http;
pub mod issuer;
pub mod jose;
pub mod json;
pub mod registry;
pub mod render;
pub mod scope;
pub mod secret;
pub mod server;
pub mod verdict;

use clap::Parser;
use cli::{Cli, Command, Global};
use commands::Report;
use render::serve::{LogConsole, LogFormat};
use render::style::{ColorEnvironment, Palette};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the command line: parse, do, print, exit.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    jose::install_provider();
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to stdout, usage errors to stderr; a closed pipe has nobody to tell.
            let _ = error.print();
            return if error.use_stderr() { exit::Exit::Usage.into() } else { exit::Exit::Done.into() };
        }
    };
    let environment = ColorEnvironment::read();
    let stdout = Palette::new(cli.global.color, environment, std::io::stdout().is_terminal());
    let stderr = Palette::new(cli.global.color, environment, std::io::stderr().is_terminal());
    let done = perform(&cli, stdout).map_err(|error| exit::failure(&error)).and_then(|report| {
        let exit = report.exit();
        print_notes(&report, cli.global, stderr);
        render::report(report, stdout).map(|()| exit)
    });
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            render::failure(&failure, stderr);
            failure.exit.into()
        }
    }
}

fn perform(cli: &Cli, stdout: Palette) -> anyhow::Result<Report> {
    match &cli.command {
        Command::Serve(args) => {
            let terminal = std::io::stdout().is_terminal();
            let format = if terminal { LogFormat::Text(stdout) } else { LogFormat::Json };
            let console: Arc<dyn commands::serve::Console> = Arc::new(LogConsole::start(format)?);
            commands::serve::run(args, &console)
        }
        Command::Token(args) => commands::token::run(args),
        Command::Call(args) => commands::call::run(args),
        Command::Inspect(args) => commands::inspect::run(args),
        Command::Completions(args) => Ok(Report::Text(cli::completions(args.shell))),
    }
}

fn print_notes(report: &Report, global: Global, palette: Palette) {
    if global.verbose {
        render::notes(report.details(), palette);
    }
    if !global.quiet {
        render::notes(report.notes(), palette);
    }
}
