//! The only writer to stdout and stderr.

use super::mask::discreet;
use super::style::{Palette, escape};
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use rustix::fs::OFlags;
use std::io::{self, Write};

/// Writes to stdout. A closed pipe is not an error.
///
/// # Errors
/// Where stdout cannot be written.
pub fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    write_all(bytes).or_else(tolerate_closed_pipe)
}

/// Writes a value that cannot be shown again. A closed pipe is an error here.
pub(super) fn write_once(bytes: &[u8]) -> Result<(), Failure> {
    if was_closed(&io::stdout()).unwrap_or(false) {
        return Err(Failure::new(Exit::Local, "output", "cannot write to stdout: it is closed"));
    }
    write_all(bytes).map_err(|error| cannot_write(&error))
}

pub(super) fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush())
}

/// Whether stdout was closed before the program started. Rust's runtime then opens /dev/null for reading and
/// writing; a shell's `> /dev/null` is for writing only.
fn was_closed(stdout: &io::Stdout) -> rustix::io::Result<bool> {
    let (there, null) = (rustix::fs::fstat(stdout)?, rustix::fs::stat("/dev/null")?);
    let mode = rustix::fs::fcntl_getfl(stdout)? & OFlags::RWMODE;
    Ok(there.st_rdev == null.st_rdev && there.st_ino == null.st_ino && mode == OFlags::RDWR)
}

pub(super) fn cannot_write(error: &io::Error) -> Failure {
    Failure::new(Exit::Local, "output", format!("cannot write to stdout: {}", plain(error)))
        .hint("> FILE writes elsewhere; df -h FILE shows the room on its disk")
}

pub(super) fn tolerate_closed_pipe(error: io::Error) -> Result<(), Failure> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(cannot_write(&error)) }
}

/// Prints notes to stderr, one per line.
pub fn notes(notes: &[String], palette: Palette) {
    for note in notes {
        say(&format!("{} {}", palette.warn("note:"), escape(&discreet(note))));
    }
}

/// Prints a failure and its related failures to stderr: `error: <phase>: <what>`, then the hint.
pub fn failure(failure: &Failure, palette: Palette) {
    for failure in failure.each() {
        say(&format!("{} {}", palette.bad("error:"), escape(&discreet(&failure.to_string()))));
        if let Some(cure) = &failure.hint {
            hint(cure, palette);
        }
    }
}

/// Prints the short help to stderr, for an incomplete command line.
pub fn write_help(help: &str) {
    say(help.trim_end());
}

/// Prints a hint to stderr.
pub fn hint(hint: &str, palette: Palette) {
    say(&format!("{} {}", palette.good("hint:"), escape(&discreet(hint))));
}

/// Prints a line to stderr, in one write: other programs may write to the same pipe. Ignores errors: stderr may be
/// closed.
pub(super) fn say(line: &str) {
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}
