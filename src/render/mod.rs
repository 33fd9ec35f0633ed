//! Renders reports as text or JSON. Only this module writes to stdout and stderr.

pub mod call;
mod chain;
pub mod check;
pub mod client;
pub mod diff;
mod doctor;
mod doctor_junit;
pub mod git_credential;
mod health;
pub mod history;
mod init;
pub mod inspect;
pub mod junit;
pub mod key;
pub mod lines;
mod mask;
mod mint;
mod print;
mod probe;
pub mod sarif;
pub mod serve;
mod setup;
mod store;
mod stream;
pub mod style;
mod test;
pub mod token;
mod trust;

use crate::commands::Report;
use crate::commands::client::report::{ClientOutcome, ClientReport};
use crate::exit::Failure;
use print::write_once;
pub use print::{failure, hint, notes, write_help, write_out};
use std::io::{self, IsTerminal};
use style::{Palette, escape};

/// Prints a report to stdout. A closed pipe is not an error: the reader has stopped reading.
///
/// # Errors
/// Where stdout cannot be written, or a streamed body ends early.
pub fn report(report: Report, palette: Palette) -> Result<(), Failure> {
    match report {
        Report::Text(text) | Report::Version(text) => write_out(&text),
        Report::Token(report) => token::print(&report),
        Report::GitCredential(report) => write_out(git_credential::text(&report).expose()),
        Report::Checking(report) => write_out(token::checked(&report).as_bytes()),
        Report::Profiles(report) => write_out(token::profiles(&report).as_bytes()),
        Report::Done(_) => Ok(()),
        Report::History(report) => history::print(report),
        Report::Init(report) => init::print(&report),
        Report::Client(report) => client_report(report, palette),
        Report::Store(report) => store::print(report, palette),
        Report::Keys(report) => write_out(key::text(&report, palette).as_bytes()),
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
        Report::Doctor(report) => {
            // stdout has the report even if the file cannot be written.
            let written = doctor_junit::write(&report);
            write_out(doctor::text(&report, palette).as_bytes()).and(written)
        }
        Report::Setup(report) => write_out(setup::text(&report, palette).as_bytes()),
        Report::Health(report) => write_out(health::text(&report).as_bytes()),
        Report::Probe(report) => probe::print(&report, palette),
        Report::Test(report) => write_out(test::text(&report).as_bytes()),
        Report::Trust(report) => write_out(trust::text(&report, palette).as_bytes()),
        Report::Mint(minted) => write_out(mint::text(&minted).expose()),
        Report::Served | Report::Stopped(_) => Ok(()),
        Report::Checked(checked) => {
            write_out(check::text(&checked, palette).as_bytes())?;
            check::failure(&checked).map_or(Ok(()), Err)
        }
    }
}

fn client_report(report: ClientReport, palette: Palette) -> Result<(), Failure> {
    match report {
        ClientReport { found: ClientOutcome::Clients(listing), json, .. } => {
            client::list(*listing, json, palette)
        }
        ClientReport { found: ClientOutcome::Importing(importing), json, .. } => {
            client::import(*importing, json)
        }
        report => {
            let text = client::text(&report, palette);
            match report.lost() {
                None => write_out(text.expose()),
                Some((lost, cure)) => write_once(text.expose()).map_err(|failure| {
                    Failure { what: format!("{}; {lost}", failure.what), ..failure }.hint(cure)
                }),
            }
        }
    }
}
