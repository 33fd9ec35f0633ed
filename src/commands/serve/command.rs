//! `serve -- COMMAND`: runs a command with the server's address in its environment.

use super::banner::Banner;
use super::command_failure::{self, NotStarted};
use super::events::Event;
use super::trial::{TrialClient, TrialSecret};
use crate::commands::server_secrets::without_server_secrets;
use crate::os_error::plain;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::Sender;
use std::thread;

pub(super) struct Running {
    pid: u32,
}

/// Starts the command with this process's stdin and stdout. Its end is sent as an event.
///
/// # Errors
/// [`NotStarted`]
pub(super) fn start(
    words: &[OsString],
    banner: &Banner,
    signing_variable: Option<&str>,
    events: Sender<Event>,
) -> Result<Running, NotStarted> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(NotStarted::new(1, "there is no command", "heistctl serve --demo -- COMMAND"));
    };
    let mut command = Command::new(program);
    without_server_secrets(&mut command);
    if let Some(name) = signing_variable {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("HEISTCTL_URL", &banner.ready.url)
        .env("HEISTCTL_TOKEN_URL", &banner.ready.token_url);
    // The inherited environment may name another server.
    command.env_remove("HEISTCTL_ISSUER");
    if banner.ready.issuer.contains("://") {
        command.env("HEISTCTL_ISSUER", &banner.ready.issuer);
    }
    if let Some(TrialClient { id, secret: TrialSecret::Public(secret), .. }) = &banner.trial.client {
        command.env("HEISTCTL_CLIENT_ID", id).env("HEISTCTL_CLIENT_SECRET", secret);
        command.env_remove("HEISTCTL_CLIENT_SECRET_FILE");
    }
    if let Some(authority) = &banner.authority {
        command.env("SSL_CERT_FILE", authority);
    }
    let mut child = command.spawn().map_err(|error| command_failure::explain(program, &error))?;
    let running = Running { pid: child.id() };
    let waiting = thread::Builder::new().name("command".to_owned()).spawn(move || {
        // If the wait fails, the child has ended.
        let _ = events.send(Event::Ended(child.wait().map_or(1, code)));
    });
    waiting.map(|_| running).map_err(|error| {
        NotStarted::new(
            1,
            format!("cannot wait for the command: {}", plain(&error)),
            "check the limit of threads: ulimit -u",
        )
    })
}

/// Returns the exit code, or 128 plus the signal, as in a shell.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

impl Running {
    /// Forwards a signal.
    pub(super) fn signal(&self, number: i32) {
        use rustix::process::{Pid, Signal, kill_process};
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let Some((pid, signal)) = pid.zip(Signal::from_named_raw(number)) {
            // The command may have ended just now.
            let _ = kill_process(pid, signal);
        }
    }
}
