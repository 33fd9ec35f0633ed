//! Reports become text or JSON here, and this is the only room that writes to stdout and stderr.

pub mod call;
mod chain;
pub mod check;
pub mod diff;
pub mod inspect;
pub mod keys;
pub mod lines;
pub mod registry;
pub mod serve;
pub mod style;
pub mod token;

use crate::commands::Report;
use crate::exit::{Exit, Failure};
use rustix::fs::OFlags;
use std::io::{self, IsTerminal, Write};
use style::{Palette, escape};

/// Prints a report to stdout. A closed pipe is no failure: whoever read it has had enough.
///
/// # Errors
/// Where stdout cannot be written, or a body that is passed through breaks off.
pub fn report(report: Report, palette: Palette) -> Result<(), Failure> {
    match report {
        Report::Text(text) => write_out(&text),
        Report::Token(report) => write_out(token::text(&report).expose()),
        Report::Checking(report) => write_out(token::checked(&report).as_bytes()),
        Report::Profiles(report) => write_out(token::profiles(&report).as_bytes()),
        Report::Done(_) => Ok(()),
        Report::Registry(report) => {
            let text = registry::text(&report, palette);
            match report.lost() {
                None => write_out(text.expose()),
                Some((lost, cure)) => write_once(text.expose()).map_err(|failure| {
                    Failure { what: format!("{}; {lost}", failure.what), ..failure }.hint(cure)
                }),
            }
        }
        Report::Keys(report) => write_out(keys::text(&report, palette).as_bytes()),
        Report::Inspect(report) => write_out(inspect::text(&report, palette).as_bytes()),
        Report::Call(report) => call::pass_through(report),
        Report::Repeated(report) if report.json => write_out(call::tally_json(&report.tally).as_bytes()),
        Report::Repeated(_) => Ok(()),
        Report::Raw(bytes) if io::stdout().is_terminal() => {
            write_out(format!("{}\n", escape(&String::from_utf8_lossy(&bytes))).as_bytes())
        }
        Report::Raw(bytes) => write_out(&bytes),
        Report::Redacted(redacted) => write_out(inspect::redacted(&redacted).as_bytes()),
        Report::Diff(difference) => write_out(diff::text(&difference, palette).as_bytes()),
        Report::Served | Report::Commanded(_) => Ok(()),
        Report::Checked(checked) => {
            write_out(check::text(&checked, palette).as_bytes())?;
            check::failure(&checked).map_or(Ok(()), Err)
        }
    }
}

/// Writes to stdout; a closed pipe is no failure.
///
/// # Errors
/// Where it cannot be written.
pub fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    write_all(bytes).or_else(tolerate_closed_pipe)
}

/// Writes what can never be shown again: where nobody reads it, that is a failure, too.
fn write_once(bytes: &[u8]) -> Result<(), Failure> {
    if was_closed(&io::stdout()).unwrap_or(false) {
        return Err(Failure::new(Exit::Local, "output", "cannot write to stdout: it is closed"));
    }
    write_all(bytes).map_err(|error| cannot_write(&error))
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
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

fn cannot_write(error: &io::Error) -> Failure {
    Failure::new(Exit::Local, "output", format!("cannot write to stdout: {error}"))
}

fn tolerate_closed_pipe(error: io::Error) -> Result<(), Failure> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(cannot_write(&error)) }
}

/// Prints notes to stderr, a line each.
pub fn notes(notes: &[String], palette: Palette) {
    for note in notes {
        say(&format!("{} {}", palette.warn("note:"), escape(note)));
    }
}

/// Prints a failure to stderr: `error: <phase>: <what>`, then the cure.
pub fn failure(failure: &Failure, palette: Palette) {
    say(&format!("{} {}", palette.bad("error:"), escape(&failure.to_string())));
    if let Some(hint) = &failure.hint {
        say(&format!("{} {}", palette.good("hint:"), escape(hint)));
    }
}

/// A line to stderr; where that is closed there is nobody to tell.
fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
