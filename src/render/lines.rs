//! Writes whole lines to stdout or stderr from several threads, without interleaving.

use crate::os_error::plain;
use std::io::{self, Write};

/// The buffer size in bytes before lines are written.
const BATCH: usize = 8 * 1024;

/// stdout or stderr. Each write is atomic with respect to other threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSink {
    Stdout,
    /// For `serve -- COMMAND`, where the command owns stdout.
    Stderr,
}

impl Write for LogSink {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout => whole(io::stdout().lock(), lines),
            Self::Stderr => whole(io::stderr().lock(), lines),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout => io::stdout().lock().flush(),
            Self::Stderr => Ok(()),
        }
    }
}

fn whole(mut out: impl Write, lines: &[u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < lines.len() {
        match out.write(&lines[done..]) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Report the bytes already written. The next call meets the same error.
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(done)
}

/// Writes the lines of the log until a write fails. A closed pipe is deliberate, so only other errors raise
/// an alarm.
pub(super) struct LogLines {
    out: LogSink,
    waiting: Vec<u8>,
    open: bool,
    alarm: Box<dyn Fn(&str)>,
}

impl LogLines {
    pub(super) fn new(out: LogSink, alarm: impl Fn(&str) + 'static) -> Self {
        Self { out, waiting: Vec::new(), open: true, alarm: Box::new(alarm) }
    }

    pub(super) fn line(&mut self, text: &str) {
        if self.open {
            self.waiting.extend_from_slice(text.as_bytes());
            self.waiting.push(b'\n');
            if self.waiting.len() >= BATCH {
                self.flush();
            }
        }
    }

    pub(super) fn flush(&mut self) {
        if self.open {
            let written = self.out.write_all(&self.waiting).and_then(|()| self.out.flush());
            self.waiting.clear();
            self.check(written);
        }
    }

    fn check(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.open = false;
            if error.kind() != io::ErrorKind::BrokenPipe {
                let name = if self.out == LogSink::Stdout { "stdout" } else { "stderr" };
                (self.alarm)(&format!(
                    "cannot write to {name}: {}; requests are no longer logged",
                    plain(&error)
                ));
            }
        }
    }
}
