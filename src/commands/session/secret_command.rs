//! Runs `secret_command`, which prints the client's secret, or `identity_command`. They run without a shell and
//! with a timeout. Their output is never shown.

use crate::commands::configuration::literal::{list, may_show};
use crate::commands::environment::{Sourced, read_all, stdin_is_terminal};
use crate::commands::interrupt;
use crate::commands::misplaced;
use crate::commands::server_secrets::without_server_secrets;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use crate::secret::Secret;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(10);
/// The time to read the remaining output after the command has ended.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// A command of a profile that prints a credential.
pub(super) struct SecretCommand<'a> {
    /// The key in the profile.
    pub key: &'static str,
    /// The phase of its failures.
    pub phase: &'static str,
    /// The program and its arguments.
    pub words: &'a [String],
    /// The profile, as messages name it.
    pub profile: &'a str,
}

impl SecretCommand<'_> {
    fn failed(&self, what: &str) -> Failure {
        let Self { key, phase, profile, .. } = self;
        Failure::new(Exit::Usage, phase, format!("the {key} of {profile} {what}"))
    }
}

/// Runs the command and returns its output without one line end.
///
/// # Errors
/// Exit 2 if it cannot be run, fails or prints nothing; 7 if it exceeds the deadline.
pub(super) fn run(line: &SecretCommand<'_>, deadline: Instant) -> Result<Sourced<Secret>, Failure> {
    let Some((program, arguments)) = line.words.split_first() else {
        let example = format!("write it as {} = [\"pass\", \"show\", \"client\"]", line.key);
        return Err(line.failed("is empty").hint(example));
    };
    let mut command = Command::new(program);
    without_server_secrets(&mut command);
    // It may prompt on a terminal. It never reads a piped stdin, which belongs to the call's body or to a
    // shell loop.
    let stdin = if stdin_is_terminal() { Stdio::inherit() } else { Stdio::null() };
    // Its stderr may contain secrets. Users can run it by hand to see it.
    command.args(arguments).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::null());
    // Its own process group allows killing it with its children. On a terminal it needs our group to prompt
    // and to get Ctrl-C.
    let leads_group = !has_terminal();
    let started = if leads_group {
        interrupt::spawn_group(&mut command).map(|(child, group)| (child, Some(group)))
    } else {
        command.spawn().map(|child| (child, None))
    };
    let (mut child, group) = started.map_err(|error| {
        let hint = apart(line.key, program).filter(|_| arguments.is_empty());
        let hint = hint.unwrap_or_else(|| "its first word is a program, the rest its arguments".to_owned());
        line.failed(&format!("cannot run {program}: {}", plain(&error))).hint(hint)
    })?;
    let printed = wait(&mut child, leads_group, line, deadline)?;
    drop(group);
    let secret = Secret::from_file_content(printed.expose());
    if secret.is_empty() {
        return Err(line.failed("prints nothing").hint(format!("run {program} by hand to see why")));
    }
    Ok(Sourced::new(secret, format!("{} of {}", line.key, line.profile)))
}

/// The setting for a command that was written as one word.
fn apart(key: &str, line: &str) -> Option<String> {
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let is_plain = words.len() > 1 && may_show(line) && misplaced::unexpanded(&words).is_none();
    is_plain.then(|| format!("{key} = {}", list(&words)))
}

fn has_terminal() -> bool {
    stdin_is_terminal() || File::open("/dev/tty").is_ok()
}

fn wait(
    child: &mut Child,
    leads_group: bool,
    line: &SecretCommand<'_>,
    deadline: Instant,
) -> Result<Secret, Failure> {
    let (give, taken) = channel();
    if let Some(stdout) = child.stdout.take() {
        // Read while it runs: a full pipe would block it.
        thread::spawn(move || give.send(read_all(stdout, "its output").map(Secret::new)));
    }
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => thread::sleep(PAUSE),
            Ok(None) | Err(_) => {
                interrupt::end_now(child, leads_group);
                let failure = line.failed("timed out");
                return Err(Failure { exit: Exit::TimedOut, ..failure }
                    .hint("does it wait for input? --timeout gives it more time"));
            }
        }
    };
    match taken.recv_timeout(AFTERWARDS) {
        Err(_) => Err(line
            .failed("has ended, but a process that it started keeps its output open")
            .hint("it must end together with all that it starts")),
        Ok(Err(error)) => Err(line
            .failed(&format!("prints too much: {error}"))
            .hint("it must print the credential and nothing else")),
        Ok(Ok(_)) if !status.success() => {
            Err(line.failed(&format!("failed ({status})")).hint("run it by hand to see why"))
        }
        Ok(Ok(printed)) => Ok(printed),
    }
}
