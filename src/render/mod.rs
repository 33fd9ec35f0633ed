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
        Report::Registry(report) => write_out(registry::text(&report, palette).expose()),
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
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(cannot_write(&error)),
        _ => Ok(()),
    }
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
