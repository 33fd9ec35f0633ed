//! The report in the forms of CI systems.

use crate::commands::probe::report::ProbeRunReport;
use crate::probe::outcome::CaseOutcome;
use crate::probe::probed::{ProbeVerdict, Probed};
use crate::probe::terms::CaseSeverity;
use crate::render::junit::{JunitCase, JunitSuite, JunitVerdict, document};
use crate::render::sarif::{self, SarifFinding};

/// Only what got in is a failure, as for the exit code. Other findings are output.
pub(super) fn junit(report: &ProbeRunReport) -> String {
    let cases = report.outcomes.iter().map(case).collect();
    document(&JunitSuite { name: format!("heistctl probe {}", report.url), cases, time: report.took })
}

fn case(outcome: &CaseOutcome) -> JunitCase {
    let case = outcome.case;
    let reason = outcome.reason.clone().unwrap_or_default();
    let verdict = match outcome.verdict {
        ProbeVerdict::Skipped => JunitVerdict::Skipped { message: reason },
        ProbeVerdict::Inconclusive => JunitVerdict::Error { message: reason },
        _ if outcome.got_in() => JunitVerdict::Failed {
            message: format!("{}: {} ({})", outcome.severity().name(), case.title, outcome.verdict.name()),
            detail: detail(outcome),
        },
        _ => JunitVerdict::Passed,
    };
    let is_output = outcome.verdict.is_finding() && !outcome.got_in();
    JunitCase {
        class: format!("heistctl.probe.{}", case.group().letter()),
        name: format!("{} {}", case.id, case.title),
        time: outcome.took(),
        verdict,
        output: if is_output { detail(outcome) } else { String::new() },
    }
}

pub(super) fn sarif(report: &ProbeRunReport) -> String {
    let one = |outcome: &&CaseOutcome| SarifFinding {
        rule: outcome.case.id,
        title: outcome.case.title,
        help: format!("{} ({})", outcome.case.advice, outcome.case.section),
        level: level(outcome.severity()),
        score: score(outcome.severity()),
        message: detail(outcome),
        uri: report.url.clone(),
    };
    sarif::document("heistctl probe", &report.findings().iter().map(one).collect::<Vec<_>>())
}

const fn level(severity: CaseSeverity) -> &'static str {
    match severity {
        CaseSeverity::Critical | CaseSeverity::High => "error",
        CaseSeverity::Medium => "warning",
        CaseSeverity::Low | CaseSeverity::Info => "note",
    }
}

/// The scale of `security-severity`, by which code hosts sort findings.
const fn score(severity: CaseSeverity) -> &'static str {
    match severity {
        CaseSeverity::Critical => "9.5",
        CaseSeverity::High => "8.0",
        CaseSeverity::Medium => "5.5",
        CaseSeverity::Low => "3.0",
        CaseSeverity::Info => "1.0",
    }
}

/// The request, the answer, and the right one.
fn detail(outcome: &CaseOutcome) -> String {
    let bad = outcome.requests.iter().filter(|probed| probed.verdict.is_finding());
    let line = |probed: &Probed| {
        let status = probed.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let changed = probed.changed.join("; ");
        let note = probed.note.as_deref().unwrap_or_default();
        let more = [changed.as_str(), note].into_iter().filter(|part| !part.is_empty());
        let more = more.map(|part| format!(" ({part})")).collect::<String>();
        format!("sent {}{more}: {status}\n", probed.label)
    };
    let sent: String = bad.map(line).collect();
    let case = outcome.case;
    format!("{sent}right: {}\nfix: {}\nsee: {}\n", case.right.words(), case.advice, case.section)
}
