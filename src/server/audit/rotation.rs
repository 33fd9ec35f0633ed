//! Log rotation: SIGHUP reopens the target after another program has moved the file. Waiting lines are
//! kept, and the new file starts with a whole line.

use super::Audit;
use super::threads::AuditWriter;
use crate::os_error::plain;

impl Audit {
    /// Reopens the target before the next line. On failure the old one stays open and an alarm is raised.
    pub fn reopen(&self) {
        self.shared.lock().reopen = true;
        self.shared.work.notify_one();
    }
}

impl AuditWriter {
    pub(super) fn reopen(&mut self) {
        match (self.open)() {
            Ok(out) => {
                self.out = out;
                self.retry = None;
                self.shared.lock().queue.restart();
            }
            Err(error) => {
                self.desk.alarm(&format!("it cannot be opened again: {}; the old one stays", plain(&error)));
            }
        }
    }
}
