//! heistctl: OAuth 2.0 for machines in one binary. docs/architecture.md has the map of the crate, the life of a
//! token request and of `heistctl call`, and where to add things.

pub mod atomic_file;
pub mod claims;
pub mod cli;
pub mod client;
pub mod clock;
pub mod commands;
pub mod doctor;
pub mod exit;
pub mod http;
pub mod issuer;
pub mod jose;
pub mod json;
pub mod os_error;
pub mod probe;
pub mod registry;
pub mod render;
pub mod scope;
pub mod secret;
pub mod server;
pub mod testbench;
pub mod text;
pub mod verdict;

use clap::Parser;
use cli::usage::{self, Ending};
use cli::{Cli, ColorWhen, Command, Global, LogForm, ServeArgs};
use client::agent::Trace;
use commands::Report;
use exit::{Exit, Failure};
use render::client::ImportDisplay;
use render::lines::LogSink;
use render::serve::{LogConsole, LogFormat};
use render::style::{ColorEnvironment, Palette};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the command line: parse, execute, print, exit.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    jose::install_provider();
    let args: Vec<OsString> = args.into_iter().collect();
    let environment = ColorEnvironment::read();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => {
            let stderr = Palette::new(ColorWhen::Auto, environment, std::io::stderr().is_terminal());
            return end(usage::explain(&error, &args), stderr);
        }
    };
    let stdout = Palette::new(cli.global.color, environment, std::io::stdout().is_terminal());
    let stderr = Palette::new(cli.global.color, environment, std::io::stderr().is_terminal());
    let done = perform(&cli, stdout, stderr).map_err(|error| exit::failure(&error));
    match done.and_then(|report| print(report, cli.global, stdout, stderr)) {
        Ok(code) => code.into(),
        Err(failure) => finish(Err(failure), stderr),
    }
}

/// Prints a report with its notes, and returns the exit code.
fn print(mut report: Report, global: Global, stdout: Palette, stderr: Palette) -> Result<u8, Failure> {
    print_notes(&report, global, stderr);
    let (code, failure, afterword) = (report.code(), report.take_failure(), report.afterword());
    let hint = report.hint();
    let printed = render::report(report, stdout);
    if printed.is_ok() && !global.quiet {
        render::notes(afterword().as_slice(), stderr);
    }
    match (printed, failure) {
        (Ok(()), None) => {
            if let Some(hint) = hint {
                render::hint(&hint, stderr);
            }
            Ok(code)
        }
        // The answer is on stdout, but the command failed.
        (Ok(()), Some(failure)) => Err(failure),
        // The earlier failure matters more than a truncated report.
        (Err(broken), Some(failure)) if broken.exit != Exit::Local => {
            if !global.quiet {
                render::notes(&[format!("the body of the answer: {}", broken.what)], stderr);
            }
            Err(failure)
        }
        (Err(unprinted), _) => Err(unprinted),
    }
}

/// Ends a run without a command.
fn end(ending: Ending, stderr: Palette) -> ExitCode {
    match ending {
        Ending::Text(text) => finish(render::write_out(text.as_bytes()), stderr),
        Ending::Mistake(failure) => finish(Err(failure), stderr),
        Ending::ShortHelp(help) => {
            render::write_help(&help);
            Exit::Usage.into()
        }
    }
}

/// Ends a run without a report.
fn finish(result: Result<(), Failure>, stderr: Palette) -> ExitCode {
    match result {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            render::failure(&failure, stderr);
            failure.exit.into()
        }
    }
}

fn perform(cli: &Cli, stdout: Palette, stderr: Palette) -> anyhow::Result<Report> {
    // A server handles signals itself.
    if !matches!(cli.command, Command::Serve(_)) {
        commands::interrupt::heed_as_first_process()?;
    }
    match &cli.command {
        Command::Serve(args) => {
            commands::serve::run(args, &|form| console(args, form, (stdout, stderr), cli.global))
        }
        Command::Token(args) => {
            commands::token::run(args, trace(cli.global, stderr), &note(cli.global, stderr))
        }
        Command::GitCredential(args) => commands::git_credential::run(args, trace(cli.global, stderr)),
        Command::Call(args) => commands::call::run(args, &bar(cli.global), trace(cli.global, stderr)),
        Command::Inspect(args) => commands::inspect::run(args),
        Command::Mint(args) => commands::mint::run(args),
        Command::Probe(args) => {
            commands::probe::run(args, &bar(cli.global), &note(cli.global, stderr), trace(cli.global, stderr))
        }
        Command::Trust(args) => commands::trust::run(args),
        Command::Doctor(args) => commands::doctor::run(args, trace(cli.global, stderr), cli.global.verbose),
        Command::Init(args) => Ok(Report::Init(commands::init::run(args)?)),
        Command::Health(args) => commands::health::run(args),
        Command::Wait(args) => commands::health::wait(args),
        Command::Client(args) => {
            let terminal = std::io::stderr().is_terminal();
            let told = ImportDisplay::new(terminal, (!cli.global.quiet).then_some(stderr));
            commands::client::run(args, Box::new(told))
        }
        Command::Store(args) => {
            let told = ImportDisplay::new(false, (!cli.global.quiet).then_some(stderr));
            commands::store_command::run(args, Box::new(told))
        }
        Command::Key(args) => commands::key::run(args),
        Command::Test(args) => commands::test::run(args),
        Command::Completions(args) => Ok(Report::Text(cli::completions(args.shell))),
        Command::Man(args) => Ok(Report::Text(cli::pages::man(&args.words)?)),
        Command::Help(args) => Ok(Report::Text(cli::pages::help(&args.words)?)),
        Command::Version => Ok(Report::Version(cli::version())),
    }
}

/// The progress bar of long runs.
fn bar(global: Global) -> render::call::Bar {
    render::call::Bar::new(std::io::stderr().is_terminal() && !global.quiet)
}

/// Prints a note while a command runs.
fn note(global: Global, stderr: Palette) -> impl Fn(&str) {
    move |text| {
        if !global.quiet {
            render::notes(&[text.to_owned()], stderr);
        }
    }
}

/// The console of a server with its log format; by default text on a terminal and JSON elsewhere.
fn console(
    args: &ServeArgs,
    form: Option<LogForm>,
    (stdout, stderr): (Palette, Palette),
    global: Global,
) -> std::io::Result<Arc<dyn commands::serve::Console>> {
    // The child command, if any, owns stdout.
    let (out, palette, terminal) = if args.command.is_empty() {
        (LogSink::Stdout, stdout, std::io::stdout().is_terminal())
    } else {
        (LogSink::Stderr, stderr, std::io::stderr().is_terminal())
    };
    let format = match form {
        Some(LogForm::Text) => LogFormat::Text(palette),
        Some(LogForm::Json) => LogFormat::Json,
        None if terminal => LogFormat::Text(palette),
        None => LogFormat::Json,
    };
    Ok(Arc::new(LogConsole::start(format, out, global, stderr)?))
}

/// The `--verbose` trace, which prints each request and answer as it happens.
fn trace(global: Global, palette: Palette) -> Trace {
    if !global.verbose {
        return Trace::default();
    }
    Trace::to(move |line| render::notes(&[line], palette))
}

fn print_notes(report: &Report, global: Global, palette: Palette) {
    if global.verbose {
        render::notes(report.details(), palette);
    }
    if !global.quiet {
        render::notes(&report.notes(), palette);
        if let Report::Repeated(repeated) = report
            && !repeated.json
        {
            render::call::print_tally(&repeated.tally, palette);
        }
    }
}
