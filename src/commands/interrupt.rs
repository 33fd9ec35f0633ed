//! Signals that end a command: unfinished files are removed and child processes ended, then the command ends
//! as it would have without us. One thread waits for signals, where there is something to undo at all.

use crate::atomic_file;
use crate::exit::{Exit, Failure};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::fs;
use std::io;
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The process groups that a signal ends, and whether the thread runs.
struct InterruptState {
    groups: Vec<Pid>,
    listening: bool,
}

static STATE: Mutex<InterruptState> = Mutex::new(InterruptState { groups: Vec::new(), listening: false });

/// A process group that a signal ends, until this is dropped.
pub(super) struct EndedGroup(Pid);

impl Drop for EndedGroup {
    fn drop(&mut self) {
        state().groups.retain(|leader| *leader != self.0);
    }
}

/// Has signals remove unfinished files from now on.
///
/// # Errors
/// Where signals cannot be listened to.
pub(super) fn heed() -> io::Result<()> {
    listen(&mut state())
}

/// A signal ends the group that this child leads, too: it does not reach that by itself.
///
/// # Errors
/// As [`heed`].
pub(super) fn ends(leader: &Child) -> io::Result<EndedGroup> {
    let mut state = state();
    listen(&mut state)?;
    let leader = Pid::from_child(leader);
    state.groups.push(leader);
    Ok(EndedGroup(leader))
}

/// The kernel does not deliver to the first process of a container the signals that it has no handler for:
/// without this it could not be stopped.
///
/// # Errors
/// Exit 1 where signals cannot be listened to.
pub fn heed_as_first_process() -> Result<(), Failure> {
    if std::process::id() != 1 {
        return Ok(());
    }
    heed().map_err(|error| Failure::new(Exit::Local, "signals", error.to_string()))
}

fn state() -> MutexGuard<'static, InterruptState> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(state: &mut InterruptState) -> io::Result<()> {
    if state.listening {
        return Ok(());
    }
    // A signal that our parent had ignored, as nohup does, stays ignored.
    let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP].iter().filter(|s| ignored >> (**s - 1) & 1 == 0))?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            atomic_file::remove_unfinished();
            // A group that has ended already cannot be signalled.
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

/// The signals that are ignored, one bit each, as /proc/self/status shows them.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Kills a child whose time is over, with all processes of the group that it leads.
pub(super) fn end_now(leader: &mut Child, leads_group: bool) {
    // The group first: its id is the child's, which is free once the child is waited for.
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
