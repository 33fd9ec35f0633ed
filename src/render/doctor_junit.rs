//! The report of `doctor` as JUnit XML.

use super::junit::{JunitCase, JunitSuite, JunitVerdict, document};
use crate::atomic_file;
use crate::commands::doctor::report::DoctorReport;
use crate::doctor::check::DoctorFinding;
use crate::doctor::examination::JudgedCheck;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use std::path::Path;
use std::time::Duration;

/// Writes the file, if one is wanted.
///
/// # Errors
/// Where the file cannot be written.
pub(super) fn write(report: &DoctorReport) -> Result<(), Failure> {
    report.junit.as_deref().map_or(Ok(()), |path| written(path, &text(report)))
}

fn written(path: &Path, text: &str) -> Result<(), Failure> {
    atomic_file::replace(path, text.as_bytes(), 0o644).map_err(|error| {
        let what = format!("cannot write {}: {}", path.display(), plain(&error));
        Failure::new(Exit::Local, "output", what)
    })
}

fn text(report: &DoctorReport) -> String {
    let cases = report.examination.checks.iter().map(case).collect();
    let name = format!("heistctl doctor {}", report.issuer);
    document(&JunitSuite { name, cases, time: report.took })
}

fn case(judged: &JudgedCheck) -> JunitCase {
    let check = judged.check;
    let (verdict, output) = match &judged.finding {
        DoctorFinding::Pass => (JunitVerdict::Passed, String::new()),
        DoctorFinding::Warn(seen) => (JunitVerdict::Passed, format!("warning: {seen}")),
        DoctorFinding::Skip(why) => (JunitVerdict::Skipped { message: why.clone() }, String::new()),
        DoctorFinding::Fail { seen, .. } => {
            let detail = format!(
                "right: {} ({})\nasked: {}\nseen: {seen}\ncure: {}\nbreaks: {}\n",
                check.title,
                check.section,
                judged.asked.join(", "),
                check.cure,
                check.breaks.join(", ")
            );
            let message = format!("{}: {seen}", judged.weight.name());
            (JunitVerdict::Failed { message, detail }, String::new())
        }
    };
    let class = format!("heistctl.doctor.{}", check.group.word());
    JunitCase {
        class,
        name: format!("{} {}", check.number, check.name),
        time: Duration::ZERO,
        verdict,
        output,
    }
}
