//! Lines on stdout, from several threads: each line whole, never one inside another.

use std::io::{self, Write};

/// So many bytes of lines are written at once.
const BATCH: usize = 8 * 1024;

/// stdout for whole lines: what is written at once is not interleaved with what others write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stdout;

impl Write for Stdout {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let mut stdout = io::stdout().lock();
        let mut done = 0;
        while done < lines.len() {
            match stdout.write(&lines[done..]) {
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

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().lock().flush()
    }
}

/// The log's lines on stdout, until that fails. A closed pipe is somebody's choice; a full disk is said
/// once.
pub(super) struct LogLines {
    waiting: Vec<u8>,
    open: bool,
}

impl LogLines {
    pub(super) fn new() -> Self {
        Self { waiting: Vec::new(), open: true }
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
            let written = Stdout.write_all(&self.waiting).and_then(|()| Stdout.flush());
            self.waiting.clear();
            self.check(written);
        }
    }

    fn check(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.open = false;
            if error.kind() != io::ErrorKind::BrokenPipe {
                super::say(&format!(
                    "error: log: cannot write to stdout: {error}; requests are no longer logged"
                ));
            }
        }
    }
}
