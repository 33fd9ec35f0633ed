//! Stops a server: answers the requests that have arrived, then writes what is pending. Each step has a time
//! limit.

use super::{RunningServer, tell_that_it_stops};
use crate::commands::Report;
use crate::commands::serve::console::PHASE;
use crate::commands::serve::observers::{AUDIT, PATIENCE};
use crate::exit::{Exit, Failure};
use std::time::Duration;

/// The time for requests in flight.
const DRAIN: Duration = Duration::from_secs(10);
/// The time for the rest of requests that have arrived in part. Nothing was decided, so clients may send them
/// again.
const GRACE: Duration = Duration::from_millis(250);
/// A stop that takes longer reports what it waits for.
const SOON: Duration = Duration::from_millis(200);

impl RunningServer<'_> {
    /// Stops after the command with its exit code. A 0 becomes a failure if decisions were not recorded.
    pub(in crate::commands::serve) fn stop_with(self, code: u8) -> Report {
        let lost = self.stop_and_tell().filter(|failure| failure.phase == AUDIT && code == 0);
        Report::Stopped(lost.map_or(code, |failure| failure.exit.code()))
    }

    pub(super) fn stop_and_tell(self) -> Option<Failure> {
        let console = self.console.clone();
        let Err(failure) = self.stop() else { return None };
        console.alarm(failure.phase, &failure.what);
        Some(failure)
    }

    pub(super) fn stop(self) -> Result<(), Failure> {
        tell_that_it_stops();
        let mut told = self.watching.audit_trouble().is_some() && self.tells_of_decisions();
        self.gate.stop(GRACE);
        let drained = self.gate.ends_within(SOON) || {
            told = told || self.tells_of_decisions();
            self.gate.ends_within(DRAIN.saturating_sub(SOON))
        };
        if !told {
            self.tells_of_decisions();
        }
        if let Err(error) = self.keeper.finish() {
            let what = format!("pending uses of secrets and revocations may be lost: {}", error.cause());
            self.console.alarm(PHASE, &what);
        }
        let recorded = self.watching.finish();
        let cut = || format!("requests were still open after {} s and were cut off", DRAIN.as_secs());
        let drained = if drained { Ok(()) } else { Err(Failure::new(Exit::Local, PHASE, cut())) };
        if let (Err(open), Err(_)) = (&drained, &recorded) {
            self.console.alarm(open.phase, &open.what);
        }
        recorded.and(drained)
    }

    /// Reports that the stop waits for the audit log. False if nothing is pending.
    fn tells_of_decisions(&self) -> bool {
        let pending = self.watching.pending();
        if pending == 0 {
            return false;
        }
        let are = if pending == 1 { "decision is" } else { "decisions are" };
        // With a command, signals go to the command.
        let gives_up = if self.args.command.is_empty() { "; a second signal gives up" } else { "" };
        let most = PATIENCE.as_secs();
        let what = format!("{pending} {are} being written; the stop waits up to {most} s{gives_up}");
        self.console.alarm(AUDIT, &what);
        true
    }
}
