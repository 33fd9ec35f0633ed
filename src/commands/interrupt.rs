//! Handles signals: removes unfinished files and kills child processes, then ends the command as the signal
//! would have. The thread for signals runs only if there is something to clean up.

use crate::atomic_file;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The process groups to kill, and whether the thread runs.
struct InterruptState {
    groups: Vec<Pid>,
    listening: bool,
}

static STATE: Mutex<InterruptState> = Mutex::new(InterruptState { groups: Vec::new(), listening: false });

/// Registers a process group to kill. Dropping it unregisters the group.
pub(super) struct EndedGroup(Pid);

impl Drop for EndedGroup {
    fn drop(&mut self) {
        state().groups.retain(|leader| *leader != self.0);
    }
}

/// Removes unfinished files on signals from now on.
///
/// # Errors
/// Where signal handlers cannot be installed.
pub(super) fn heed() -> io::Result<()> {
    listen(&mut state())
}

/// Starts a command that leads a process group, which is killed on a signal. A terminal's Ctrl-C does not
/// reach that group.
///
/// # Errors
/// Where the command cannot be started.
pub(super) fn spawn_group(command: &mut Command) -> io::Result<(Child, EndedGroup)> {
    // Locked until the group is known: a signal in between would leave it behind.
    let mut state = state();
    // Without handlers it only outlives us if we are killed.
    let _ = listen(&mut state);
    let child = command.process_group(0).spawn()?;
    let leader = Pid::from_child(&child);
    state.groups.push(leader);
    Ok((child, EndedGroup(leader)))
}

/// The kernel discards signals without a handler for the first process of a container. Without this handler
/// it could not be stopped.
///
/// # Errors
/// Exit 1 where signal handlers cannot be installed.
pub fn heed_as_first_process() -> Result<(), Failure> {
    if std::process::id() != 1 {
        return Ok(());
    }
    heed().map_err(|error| Failure::new(Exit::Local, "signals", plain(&error)))
}

fn state() -> MutexGuard<'static, InterruptState> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(state: &mut InterruptState) -> io::Result<()> {
    if state.listening {
        return Ok(());
    }
    // Keep signals ignored that the parent ignored, as nohup does.
    let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP].iter().filter(|s| ignored >> (**s - 1) & 1 == 0))?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            atomic_file::remove_unfinished();
            // Ignore errors: the group may have ended already.
            for leader in &self::state().groups {
                let _ = kill_process_group(*leader, Signal::TERM);
            }
            if std::process::id() == 1 {
                std::process::exit(128 + signal);
            }
            let _ = emulate_default_handler(signal);
        }
    })?;
    state.listening = true;
    Ok(())
}

/// The ignored signals, one bit each, from /proc/self/status.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Kills a child on timeout, with all processes of its group.
pub(super) fn end_now(leader: &mut Child, leads_group: bool) {
    // Kill the group first: its id is the child's, which is free for reuse after the wait.
    if leads_group {
        let _ = kill_process_group(Pid::from_child(leader), Signal::KILL);
    }
    let _ = leader.kill();
    let _ = leader.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_status_of_the_process() {
        for (status, mask) in
            [("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t1\n", 0x1001), ("SigIgn:\tx", 0), ("", 0)]
        {
            assert_eq!(ignored(status), mask, "{status}");
        }
    }
}
