//! The only writer to stdout and stderr.

use super::style::{Palette, escape};
use crate::exit::{Exit, Failure};
use rustix::fs::OFlags;
use std::io::{self, Write};

/// Writes to stdout; a closed pipe is no failure.
///
/// # Errors
/// Where it cannot be written.
pub fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    write_all(bytes).or_else(tolerate_closed_pipe)
}

/// Writes what can never be shown again: where nobody reads it, that is a failure, too.
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

/// Whether stdout was closed before the program began. Rust's runtime has put /dev/null in its place then,
/// open in both directions, which a shell's `> /dev/null` is not.
fn was_closed(stdout: &io::Stdout) -> rustix::io::Result<bool> {
    let (there, null) = (rustix::fs::fstat(stdout)?, rustix::fs::stat("/dev/null")?);
    let mode = rustix::fs::fcntl_getfl(stdout)? & OFlags::RWMODE;
    Ok(there.st_rdev == null.st_rdev && there.st_ino == null.st_ino && mode == OFlags::RDWR)
}

pub(super) fn cannot_write(error: &io::Error) -> Failure {
    Failure::new(Exit::Local, "output", format!("cannot write to stdout: {error}"))
}

pub(super) fn tolerate_closed_pipe(error: io::Error) -> Result<(), Failure> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(cannot_write(&error)) }
}

/// Prints notes to stderr, a line each.
pub fn notes(notes: &[String], palette: Palette) {
    for note in notes {
        say(&format!("{} {}", palette.warn("note:"), escape(note)));
    }
}

/// Prints a failure to stderr: `error: <phase>: <what>`, then the cure; each of several.
pub fn failure(failure: &Failure, palette: Palette) {
    for failure in failure.each() {
        say(&format!("{} {}", palette.bad("error:"), escape(&failure.to_string())));
        if let Some(cure) = &failure.hint {
            hint(cure, palette);
        }
    }
}

/// Prints the short help to stderr, for a command line that is not finished.
pub fn write_help(help: &str) {
    say(help.trim_end());
}

/// Prints what to do to stderr.
pub fn hint(hint: &str, palette: Palette) {
    say(&format!("{} {}", palette.good("hint:"), escape(hint)));
}

/// A line to stderr; where that is closed there is nobody to tell.
pub(super) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
