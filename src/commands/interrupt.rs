//! Signals that end a command: what it has begun and nobody else would undo is undone, and then it ends
//! as it would have without us. One thread for all of it, where there is something to do at all.

use crate::exit::{Exit, Failure};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What has been begun, and whether anybody listens.
struct InterruptState {
    begun: Vec<(u64, Unfinished)>,
    next: u64,
    listening: bool,
}

static STATE: Mutex<InterruptState> =
    Mutex::new(InterruptState { begun: Vec::new(), next: 0, listening: false });

/// What a signal must not leave behind.
enum Unfinished {
    /// A file in the making.
    File(PathBuf),
    /// A command in a group of its own, which the signal does not reach.
    Group(Pid),
}

/// As long as it is there, a signal undoes what it stands for.
pub(super) struct Undone(u64);

impl Drop for Undone {
    fn drop(&mut self) {
        state().begun.retain(|(number, _)| *number != self.0);
    }
}

/// A signal removes that file.
///
/// # Errors
/// Where signals cannot be listened to.
pub(super) fn removes(file: PathBuf) -> io::Result<Undone> {
    undoes(Unfinished::File(file))
}

/// A signal ends the group that this child leads, too.
///
/// # Errors
/// As [`removes`].
pub(super) fn ends(leader: &Child) -> io::Result<Undone> {
    undoes(Unfinished::Group(Pid::from_child(leader)))
}

/// The kernel spares the first process of a container the signals that it does nothing about: without this
/// such a one could not be stopped before its time is over.
///
/// # Errors
/// Exit 1 where signals cannot be listened to.
pub fn heed_as_first_process() -> Result<(), Failure> {
    if std::process::id() != 1 {
        return Ok(());
    }
    listen(&mut state()).map_err(|error| Failure::new(Exit::Local, "signals", error.to_string()))
}

fn undoes(begun: Unfinished) -> io::Result<Undone> {
    let mut state = state();
    listen(&mut state)?;
    state.next += 1;
    let number = state.next;
    state.begun.push((number, begun));
    Ok(Undone(number))
}

fn state() -> MutexGuard<'static, InterruptState> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(state: &mut InterruptState) -> io::Result<()> {
    if state.listening {
        return Ok(());
    }
    // What whoever started us has had ignored, as nohup does, stays so.
    let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP].iter().filter(|s| ignored >> (**s - 1) & 1 == 0))?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            self::state().begun.iter().for_each(|(_, begun)| begun.undo());
            if std::process::id() == 1 {
                std::process::exit(128 + signal);
            }
            let _ = emulate_default_handler(signal);
        }
    })?;
    state.listening = true;
    Ok(())
}

impl Unfinished {
    /// What cannot be undone is left.
    fn undo(&self) {
        match self {
            Self::File(path) => drop(fs::remove_file(path)),
            Self::Group(leader) => drop(kill_process_group(*leader, Signal::TERM)),
        }
    }
}

/// The signals that are ignored, a bit each, where the system tells.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Ends a child that had its time, and all that it has started in the group that it leads.
pub(super) fn end_now(leader: &mut Child, leads_group: bool) {
    // The group first: its number is the child's, and free once that is waited for.
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
    fn what_is_ignored_is_read_from_what_the_system_tells() {
        for (status, mask) in
            [("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t1\n", 0x1001), ("SigIgn:\tx", 0), ("", 0)]
        {
            assert_eq!(ignored(status), mask, "{status}");
        }
    }

    #[test]
    fn what_is_done_is_no_longer_undone() {
        let [first, second] = ["/nowhere/a", "/nowhere/b"].map(PathBuf::from);
        let left =
            |file: &PathBuf| state().begun.iter().any(|(_, b)| matches!(b, Unfinished::File(f) if f == file));
        let (done, _going_on) = (removes(first.clone()).unwrap(), removes(second.clone()).unwrap());
        assert!(left(&first) && left(&second));
        drop(done);
        assert!(!left(&first) && left(&second));
    }
}
