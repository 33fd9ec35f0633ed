//! `heistctl serve`: prepare, open the sockets, say so, and then do what the events ask until the end:
//! a signal, or the end of the command that it serves for.

mod certificate_names;
mod certificate_reload;
pub mod check;
mod client_certificates;
mod client_secrets;
mod clients;
mod command;
mod compose;
pub mod config;
mod conflicts;
mod delayed_start;
pub mod demo;
mod development;
mod file_collisions;
mod impossible_hosts;
mod inputs;
pub mod limits;
mod listen_address;
pub mod observers;
mod placeholders;
pub mod prepare;
mod ready;
mod remote_keys;
mod running;
mod signing;
mod slow_store;
mod sockets;
mod store_sync;
mod time_watch;
mod urls;
mod warnings;
mod without_store;

use crate::cli::ServeArgs;
use crate::commands::Report;
use crate::exit::Failure;
use crate::server::HttpExchange;
use anyhow::Context;
use check::CheckResult;
pub use compose::Banner;
use delayed_start::StartOutcome;
use observers::Observers;
pub use ready::Ready;
use running::RunningServer;
use sd_notify::NotifyState;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use without_store::StartWithoutStore;

const PHASE: &str = "serve";
/// Where `serve` tells what happens.
pub trait Console: Send + Sync {
    /// The socket is open.
    fn ready(&self, banner: &Banner);
    /// A request was answered. Must not block.
    fn exchange(&self, exchange: Arc<HttpExchange>);
    /// Lines that [`Console::exchange`] had no room for, since the start.
    fn dropped(&self) -> u64;
    /// Something is wrong that an operator should know at once.
    fn alarm(&self, phase: &str, what: &str);
    /// Something has happened that an operator may want to know.
    fn notice(&self, phase: &str, what: &str);
    /// Where lines go that are to stand beside the log; each is one call.
    fn lines(&self) -> Box<dyn Write + Send>;
    /// The server is about to stop; returns when everything has been written.
    fn finish(&self);
}

/// What may happen to a server.
enum Event {
    /// SIGINT, SIGTERM, or SIGHUP where the terminal is gone.
    Stop(i32),
    /// SIGHUP.
    Reload,
    /// The command has ended with that code.
    Ended(u8),
}

/// Runs until SIGINT or SIGTERM, or for as long as the command runs.
///
/// # Errors
/// Exit 2 for a configuration that is wrong, 1 where a socket cannot be bound.
pub fn run(args: &ServeArgs, console: &Arc<dyn Console>) -> anyhow::Result<Report> {
    if args.check {
        return Ok(Report::Checked(CheckResult::of(args)));
    }
    let unstored = Arc::new(prepare::settle(args)?);
    if let Some(path) = &args.ready_file {
        ready::check_file(path)?;
    }
    let watching = Observers::open(unstored.base.audit_log.as_ref(), console)?;
    let (events, happened) = channel();
    let signals = args.command.is_empty();
    tell_of_signals(events.clone(), watching.clone(), signals).context("cannot listen for signals")?;
    let (server, banner) = match start(args, &unstored, (console, &watching), &happened)? {
        Ok(started) => started,
        Err(stopped) => return Ok(*stopped),
    };
    if let Some(path) = &args.ready_file {
        ready::write_file(path, &banner.ready)?;
    }
    console.ready(&banner);
    watching.is_ready();
    // Without a service manager there is nobody to tell.
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    let signing_variable = unstored.base.inputs.signing_variable.as_deref();
    let report = serve((args, console.as_ref()), &banner, server, (events, &happened), signing_variable);
    if let Some(path) = &args.ready_file {
        ready::remove_own(path, banner.ready.pid);
    }
    report
}

/// Opens the sockets and the store, and waits for a store that is away. A report, where a signal has ended the
/// wait.
fn start<'a>(
    args: &'a ServeArgs,
    unstored: &Arc<StartWithoutStore>,
    (console, watching): (&Arc<dyn Console>, &Arc<Observers>),
    happened: &Receiver<Event>,
) -> Result<Result<(RunningServer<'a>, Banner), Box<Report>>, Failure> {
    let sockets = sockets::open(args, &unstored.base)?;
    // Not before: the file of a server that has the port stays.
    args.ready_file.as_deref().map_or(Ok(()), ready::remove_stale)?;
    let (prepared, opening) = match delayed_start::begin(unstored, args.wait_for_store, console.as_ref())? {
        StartOutcome::Ready(prepared) => (*prepared, None),
        StartOutcome::Waiting(opening) => (unstored.waiting(), Some(opening)),
    };
    // What is waited for is warned of when it has come.
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
        Err((code, what)) => {
            console.alarm(PHASE, &what);
            Ok(server.stop_with(code))
        }
    }
}

/// Signals become events. Where there is no command to pass them on to, the second that asks for the end
/// is obeyed at once. A file that may not grow any more is a failure to write, and no reason to end.
fn tell_of_signals(events: Sender<Event>, watching: Arc<Observers>, impatient: bool) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGXFSZ])?;
    let had_terminal = io::stdin().is_terminal();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut stops = 0;
        for signal in signals.forever().filter(|signal| *signal != SIGXFSZ) {
            // Who closes the window does not want the server to live on without it.
            let hung_up = had_terminal && !io::stdin().is_terminal();
            let reload = signal == SIGHUP && !hung_up;
            let event = if reload { Event::Reload } else { Event::Stop(signal) };
            stops += u32::from(!reload);
            if (impatient && stops > 1) || events.send(event).is_err() {
                std::process::exit(i32::from(watching.abandon().code()));
            }
        }
    })?;
    Ok(())
}
