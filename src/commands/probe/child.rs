//! The API of `probe … -- COMMAND`: started before the run and stopped after it.

use super::report::PHASE;
use super::sending::ProbeSender;
use crate::commands::interrupt::{EndedGroup, end_now, spawn_group};
use crate::commands::server_secrets::without_server_secrets;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use crate::probe::exchange::{ProbeRequest, SendError};
use std::ffi::OsString;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The time in which the API must answer.
const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(50);

pub(super) struct ApiProcess {
    child: Child,
    _group: EndedGroup,
    name: String,
}

impl Drop for ApiProcess {
    fn drop(&mut self) {
        end_now(&mut self.child, true);
    }
}

/// Starts the command. Its stdout goes to stderr, since stdout has the report.
///
/// # Errors
/// Exit 1 if it cannot be started.
pub(super) fn start(
    words: &[OsString],
    port: u16,
    issuer: Option<&str>,
) -> Result<Option<ApiProcess>, Failure> {
    let Some((program, arguments)) = words.split_first() else { return Ok(None) };
    let mut command = Command::new(program);
    without_server_secrets(&mut command);
    command
        .args(arguments)
        .env("PORT", port.to_string())
        .env_remove("HEISTCTL_ISSUER")
        .env_remove("HEISTCTL_TOKEN");
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    if let Some(issuer) = issuer {
        command.env("HEISTCTL_ISSUER", issuer).env("HEISTCTL_URL", issuer);
    }
    let name = program.to_string_lossy().into_owned();
    let (child, group) = spawn_group(&mut command).map_err(|error| {
        Failure::new(Exit::Local, PHASE, format!("cannot start {name}: {}", plain(&error)))
            .hint("after -- comes the command that starts the API, as -- node api.js")
    })?;
    Ok(Some(ApiProcess { child, _group: group, name }))
}

impl ApiProcess {
    /// Waits until the API answers.
    ///
    /// # Errors
    /// Exit 6 if it ends, 7 if it does not answer in time.
    pub(super) fn wait(&mut self, sender: &ProbeSender, request: &ProbeRequest) -> Result<(), Failure> {
        let began = Instant::now();
        loop {
            match sender.send(request) {
                Err(SendError::Unreachable(_)) => {}
                _ => return Ok(()),
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                let what = format!("{} ended before the API answered: {status}", self.name);
                return Err(Failure::new(Exit::Unreachable, PHASE, what)
                    .hint("it must stay in the foreground and listen on the port in PORT"));
            }
            if began.elapsed() > PATIENCE {
                let what = format!("the API of {} does not answer", self.name);
                return Err(Failure::new(Exit::TimedOut, PHASE, what)
                    .hint("it must listen on the port in PORT, which is the port of the URL"));
            }
            sleep(STEP);
        }
    }
}
