//! Lines on stdout or stderr, from several threads: each line whole, never one inside another.

use std::io::{self, Write};

/// So many bytes of lines are written at once.
const BATCH: usize = 8 * 1024;

/// stdout or stderr for whole lines: what is written at once is not interleaved with what others write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSink {
    /// stdout
    Stdout,
    /// stderr, where stdout is somebody else's.
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
            // What has been written counts; the next call meets the same error.
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(done)
}

/// The log's lines, until they cannot be written. A closed pipe is somebody's choice; a full disk is an alarm,
/// once.
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
                (self.alarm)(&format!("cannot write to {name}: {error}; requests are no longer logged"));
            }
        }
    }
}
