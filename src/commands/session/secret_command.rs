//! A secret that a command prints: a secret manager's. It is run without a shell, within a time, and
//! what it prints is the secret and shown nowhere.

use crate::commands::environment::{Sourced, read_all, stdin_is_terminal};
use crate::commands::interrupt;
use crate::commands::server_secrets::without_server_secrets;
use crate::exit::{Exit, Failure};
use crate::secret::Secret;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

const PHASE: &str = "client secret";
const PAUSE: Duration = Duration::from_millis(10);
/// What it printed is there once it has ended.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Runs it and takes what it prints, less one line end.
///
/// # Errors
/// Exit 2 where it cannot be run, fails, or prints nothing, 7 where it has not ended by the deadline.
pub(super) fn run(words: &[String], profile: &str, deadline: Instant) -> Result<Sourced<Secret>, Failure> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(
            failed(profile, "is empty").hint("write it as secret_command = [\"pass\", \"show\", \"client\"]")
        );
    };
    let mut command = Command::new(program);
    without_server_secrets(&mut command);
    // Somebody may type what it asks for. What else stdin has is not for it: the body of a call, or the rest
    // of a loop's list.
    let stdin = if stdin_is_terminal() { Stdio::inherit() } else { Stdio::null() };
    // Its complaints may hold what it knows; whoever wants them runs it by hand.
    command.args(arguments).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::null());
    // In a group of its own it can be ended with all that it starts. At a terminal it could not ask there
    // then, nor would Ctrl-C reach it.
    let leads_group = !has_terminal();
    if leads_group {
        command.process_group(0);
    }
    let mut child = command.spawn().map_err(|error| {
        failed(profile, &format!("cannot run {program}: {error}"))
            .hint("its first word is a program, the rest its arguments")
    })?;
    // Without that it lives on where we are ended, and that is all.
    let undone = leads_group.then(|| interrupt::ends(&child).ok());
    let printed = wait(&mut child, leads_group, profile, deadline)?;
    drop(undone);
    let secret = Secret::from_file_content(printed.expose());
    if secret.is_empty() {
        return Err(failed(profile, "prints nothing").hint(format!("run {program} by hand to see why")));
    }
    Ok(Sourced::new(secret, format!("secret_command of {profile}")))
}

fn has_terminal() -> bool {
    stdin_is_terminal() || File::open("/dev/tty").is_ok()
}

fn wait(child: &mut Child, leads_group: bool, profile: &str, deadline: Instant) -> Result<Secret, Failure> {
    let (give, taken) = channel();
    if let Some(stdout) = child.stdout.take() {
        // Read while it runs: a full pipe would stop it.
        thread::spawn(move || give.send(read_all(stdout, "its output").map(Secret::new)));
    }
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => thread::sleep(PAUSE),
            Ok(None) | Err(_) => {
                interrupt::end_now(child, leads_group);
                let failure = failed(profile, "has not ended in time");
                return Err(Failure { exit: Exit::TimedOut, ..failure }
                    .hint("does it wait for somebody to type something? --timeout allows it more time"));
            }
        }
    };
    match taken.recv_timeout(AFTERWARDS) {
        Err(_) => Err(failed(profile, "has ended, and something it started keeps its output open")
            .hint("it prints the secret and ends, and all that it started with it")),
        Ok(Err(error)) => Err(failed(profile, &format!("prints too much: {error}"))
            .hint("it prints the secret and nothing else")),
        Ok(Ok(_)) if !status.success() => {
            Err(failed(profile, &format!("failed ({status})")).hint("run it by hand to see why"))
        }
        Ok(Ok(printed)) => Ok(printed),
    }
}

fn failed(profile: &str, what: &str) -> Failure {
    Failure::new(Exit::Usage, PHASE, format!("the secret_command of {profile} {what}"))
}
