//! `heistctl serve`: reads the configuration, opens the sockets, and serves until a signal comes or its
//! command ends.

pub mod audit_log;
mod banner;
mod certificate_reload;
mod check;
mod client_certificates;
mod client_documents;
mod client_hash;
mod client_identities;
mod client_secrets;
mod clients;
mod command;
mod command_failure;
mod compose;
pub mod config;
mod config_file;
pub mod config_keys;
pub mod config_resources;
pub mod config_trust;
mod conflicts;
mod console;
mod delayed_start;
pub mod demo;
mod development;
mod document_rules;
mod events;
mod fetches;
mod file_collisions;
mod flawed_clients;
mod guards;
mod impossible_hosts;
mod inputs;
mod issuer_keys;
pub mod limits;
mod listen_address;
mod marked_store;
mod metadata;
mod named_file;
pub mod observers;
mod page;
mod placeholders;
mod prepare;
mod prepared;
mod problems;
mod ready;
mod remote_keys;
pub mod report;
mod resources;
mod run_settings;
mod running;
mod scripted_faults;
mod server_store;
mod signing;
mod slow_store;
mod sockets;
mod store_sync;
mod test_script;
mod time_watch;
mod trial;
pub(super) mod trusts;
mod under_test;
mod urls;
mod warnings;
mod without_store;

use crate::cli::{LogForm, ServeArgs};
use crate::commands::Report;
use crate::exit::{self, Failure};
use anyhow::Context;
pub use banner::{Banner, Ready};
pub use console::Console;
use console::PHASE;
use delayed_start::StartOutcome;
use events::Event;
use observers::Observers;
use running::RunningServer;
use sd_notify::NotifyState;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
pub use trial::{Trial, TrialClient, TrialSecret};
pub(in crate::commands) use urls::check_issuer;
use without_store::StartWithoutStore;

/// Opens the console whose log has that form, if one is configured.
pub type OpenConsole<'a> = dyn Fn(Option<LogForm>) -> io::Result<Arc<dyn Console>> + 'a;

/// The finding of `serve --check`.
///
/// # Errors
/// All that would end a start.
pub(super) fn examined(args: &ServeArgs) -> Result<report::Served, Failure> {
    check::check(args).found
}

/// Runs until SIGINT or SIGTERM, or for as long as the command runs.
///
/// # Errors
/// Exit 2 for a configuration that is wrong, 1 where a socket cannot be bound.
pub fn run(args: &ServeArgs, open: &OpenConsole<'_>) -> anyhow::Result<Report> {
    if args.check {
        return Ok(Report::Checked(check::check(args)));
    }
    let unstored = match prepare::settle(args) {
        Ok(unstored) => Arc::new(unstored),
        Err(failure) => return unprepared(args, open, failure),
    };
    let console = &open(unstored.base.run.log).context("cannot start the log")?;
    run_logged(args, &unstored, console).or_else(|error| Ok(fail(console.as_ref(), &error)))
}

/// Reports mistakes of the configuration as JSON, if that is set as the form of the log.
fn unprepared(args: &ServeArgs, open: &OpenConsole<'_>, failure: Failure) -> anyhow::Result<Report> {
    let form = args.log.or_else(|| config_file::log_form(args)).filter(|form| *form == LogForm::Json);
    let error = failure.into();
    match form {
        Some(form) => Ok(fail(open(Some(form)).context("cannot start the log")?.as_ref(), &error)),
        None => Err(error),
    }
}

/// Reports the end of a server in the form of its log.
fn fail(console: &dyn Console, error: &anyhow::Error) -> Report {
    let failure = exit::failure(error);
    for failure in failure.each() {
        console.alarm(failure.phase, &failure.placed());
        failure.hint.iter().for_each(|cure| console.hint(failure.phase, cure));
    }
    Report::Stopped(failure.exit.code())
}

fn run_logged(
    args: &ServeArgs,
    unstored: &Arc<StartWithoutStore>,
    console: &Arc<dyn Console>,
) -> anyhow::Result<Report> {
    let ready_file = unstored.base.run.ready_file.as_deref();
    ready_file.map_or(Ok(()), ready::check_file)?;
    let watching = Observers::open(unstored.base.audit_log.as_ref(), console)?;
    let (events, happened) = channel();
    let signals = args.command.is_empty();
    events::listen(events.clone(), watching.clone(), signals).context("cannot listen for signals")?;
    let (server, banner) = match start(args, unstored, (console, &watching), &happened)? {
        Ok(started) => started,
        Err(stopped) => return Ok(*stopped),
    };
    ready_file.map_or(Ok(()), |path| ready::write_file(path, &banner.ready))?;
    console.ready(&banner);
    watching.is_ready();
    // It fails without a service manager, which is fine.
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    let signing_variable = unstored.base.inputs.signing_variable.as_deref();
    let report = serve((args, console.as_ref()), &banner, server, (events, &happened), signing_variable);
    if let Some(path) = ready_file {
        ready::remove_own(path, banner.ready.pid);
    }
    report
}

/// Opens the sockets and the store, and waits for a store that is unreachable. Returns a report if a signal
/// ends the wait.
fn start<'a>(
    args: &'a ServeArgs,
    unstored: &Arc<StartWithoutStore>,
    (console, watching): (&Arc<dyn Console>, &Arc<Observers>),
    happened: &Receiver<Event>,
) -> Result<Result<(RunningServer<'a>, Banner), Box<Report>>, Failure> {
    let sockets = sockets::open(&unstored.base)?;
    // After the sockets are open, so that the file of a server that has the port stays.
    unstored.base.run.ready_file.as_deref().map_or(Ok(()), ready::remove_stale)?;
    let (prepared, opening) = match delayed_start::begin(unstored, args.wait_for_store, console.as_ref())? {
        StartOutcome::Ready(prepared) => (*prepared, None),
        StartOutcome::Waiting(opening) => (unstored.waiting(), Some(opening)),
    };
    // Without its store, the warnings come once it is there.
    let warnings = if opening.is_none() { warnings::warnings(&prepared) } else { Vec::new() };
    let started = RunningServer::start(args, prepared, sockets, console.clone(), watching.clone())?;
    warnings.iter().for_each(|warning| console.notice(PHASE, warning));
    match opening {
        Some(opening) => started.0.wait_for(opening, happened),
        None => Ok(Ok(started)),
    }
}

/// Serves until a signal comes, or for as long as the command runs.
fn serve(
    (args, console): (&ServeArgs, &dyn Console),
    banner: &Banner,
    server: RunningServer<'_>,
    (events, happened): (Sender<Event>, &Receiver<Event>),
    signing_variable: Option<&str>,
) -> anyhow::Result<Report> {
    if args.command.is_empty() {
        return server.run(happened, None);
    }
    match command::start(&args.command, banner, signing_variable, events) {
        Ok(running) => server.run(happened, Some(&running)),
        Err(why) => {
            console.alarm(PHASE, &why.what);
            console.hint(PHASE, &why.hint);
            Ok(server.stop_with(why.code))
        }
    }
}
