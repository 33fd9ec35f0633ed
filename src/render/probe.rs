//! The findings of a probe: for people, as JSON, JUnit and SARIF.

mod files;
mod json;
mod text;

use super::print::write_out;
use super::style::Palette;
use crate::atomic_file;
use crate::commands::probe::report::{ProbeReport, ProbeRunReport};
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use std::path::Path;

/// Writes the files, then prints the report.
///
/// # Errors
/// Where a file or stdout cannot be written.
pub(super) fn print(report: &ProbeReport, palette: Palette) -> Result<(), Failure> {
    match report {
        ProbeReport::Battery { json: true } => write_out(json::battery().as_bytes()),
        ProbeReport::Battery { json: false } => write_out(text::battery(palette).as_bytes()),
        ProbeReport::Run(run) => {
            // stdout has the report even if a file cannot be written.
            let written = write_files(run);
            let text = if run.json { json::run(run) } else { text::run(run, palette) };
            write_out(text.as_bytes()).and(written)
        }
    }
}

fn write_files(run: &ProbeRunReport) -> Result<(), Failure> {
    let written = |path: &Path, text: String| {
        atomic_file::replace(path, text.as_bytes(), 0o644).map_err(|error| {
            let what = format!("cannot write {}: {}", path.display(), plain(&error));
            Failure::new(Exit::Local, "output", what)
        })
    };
    run.junit.as_deref().map_or(Ok(()), |path| written(path, files::junit(run)))?;
    run.sarif.as_deref().map_or(Ok(()), |path| written(path, files::sarif(run)))
}
