//! The report for people: findings first.

use crate::commands::probe::report::ProbeRunReport;
use crate::probe::battery;
use crate::probe::case::ProbeCase;
use crate::probe::outcome::CaseOutcome;
use crate::probe::probed::{ProbeVerdict, Probed};
use crate::probe::terms::{CaseSeverity, ProbeGroup};
use crate::render::style::{Palette, escape};
use std::collections::BTreeMap;
use std::time::Duration;

/// Requests of one case that are shown.
const SHOWN: usize = 6;

pub(super) fn run(report: &ProbeRunReport, palette: Palette) -> String {
    let mut out = format!("{}\n", summary(report, palette));
    for outcome in report.findings() {
        out.push_str(&finding(outcome, palette));
    }
    out.push_str(&noted(report, palette));
    out.push_str(&controls(report, palette));
    out.push_str(&reasons(report, ProbeVerdict::Inconclusive, "Inconclusive", palette));
    out.push_str(&reasons(report, ProbeVerdict::Skipped, "Not tried", palette));
    out.push_str(&passed(report, palette));
    out
}

fn summary(report: &ProbeRunReport, palette: Palette) -> String {
    let got_in = report.outcomes.iter().filter(|outcome| outcome.got_in()).count();
    let tried = report.outcomes.len() - report.count(ProbeVerdict::Skipped);
    let inconclusive = report.count(ProbeVerdict::Inconclusive);
    let findings = report.findings().len();
    let (word, sentence) = if got_in > 0 {
        (palette.bad("FAIL"), format!("{got_in} of {tried} cases got in and should not"))
    } else if inconclusive > 0 {
        (palette.warn("UNCLEAR"), format!("{inconclusive} of {tried} cases could not be judged"))
    } else {
        (palette.good("PASS"), format!("nothing got in: {tried} cases tried"))
    };
    let severities: Vec<String> = CaseSeverity::ALL
        .into_iter()
        .map(|severity| (severity, report.of_severity(severity)))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {}", severity.name()))
        .collect();
    let findings =
        if findings == 0 { String::new() } else { format!("\nfindings: {}", severities.join(", ")) };
    format!(
        "{word}: {sentence}\n{} {}, {}\n{} requests in {}{findings}",
        escape(&report.method),
        escape(&report.url),
        escape(&report.source),
        report.requests,
        seconds(report.took),
    )
}

fn finding(outcome: &CaseOutcome, palette: Palette) -> String {
    let CaseOutcome { case, verdict, .. } = outcome;
    let severity = outcome.severity().name();
    let severity = if outcome.got_in() { palette.bad(severity) } else { palette.warn(severity) };
    let mut out = format!("\n{severity} {}: {}: {}\n", palette.head(case.id), case.title, meaning(*verdict));
    let bad: Vec<&Probed> = outcome.requests.iter().filter(|probed| probed.verdict.is_finding()).collect();
    for probed in bad.iter().take(SHOWN) {
        out.push_str(&format!("  sent   {}\n", escape(&sent(probed))));
        out.push_str(&format!("  came   {}\n", escape(&came(probed))));
    }
    if bad.len() > SHOWN {
        out.push_str(&format!("         and {} more\n", bad.len() - SHOWN));
    }
    out.push_str(&format!("  right  {}\n", case.right.words()));
    out.push_str(&format!("  fix    {}\n", case.advice));
    out.push_str(&format!("  see    {}\n", palette.dim(case.section)));
    out
}

const fn meaning(verdict: ProbeVerdict) -> &'static str {
    match verdict {
        ProbeVerdict::Accepted => "accepted",
        ProbeVerdict::Broken => "the answers are wrong",
        ProbeVerdict::Fell => "refused by a failure of the API",
        ProbeVerdict::Rejected => "refused, and should be accepted",
        ProbeVerdict::WrongStatus => "refused with another status",
        ProbeVerdict::Inconclusive => "could not be judged",
        ProbeVerdict::Noted => "noted",
        ProbeVerdict::Passed => "passed",
        ProbeVerdict::Skipped => "not tried",
    }
}

fn sent(probed: &Probed) -> String {
    let changed: Vec<&String> =
        probed.changed.iter().filter(|change| !probed.label.contains(*change)).collect();
    if changed.is_empty() {
        return probed.label.clone();
    }
    let changed: Vec<&str> = changed.into_iter().take(6).map(String::as_str).collect();
    format!("{} ({})", probed.label, changed.join("; "))
}

fn came(probed: &Probed) -> String {
    let status = probed.status.map(|status| status.to_string());
    let parts = [status, probed.challenge.clone(), probed.note.clone()];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

fn noted(report: &ProbeRunReport, palette: Palette) -> String {
    let lines = report.outcomes.iter().flat_map(|outcome| {
        let noted = outcome.requests.iter().filter(|probed| {
            probed.verdict == ProbeVerdict::Noted
                || probed.verdict == ProbeVerdict::Passed && probed.note.is_some() && outcome.case.id == "T2"
        });
        noted.map(|probed| {
            let what = if probed.status.is_some() { "accepted: " } else { "" };
            format!("  {:4} {what}{}: {}\n", outcome.case.id, escape(&probed.label), escape(&came(probed)))
        })
    });
    titled("Noted", lines.collect(), palette)
}

/// Controls that are not as they should be.
fn controls(report: &ProbeRunReport, palette: Palette) -> String {
    let odd = report.controls.iter().filter(|probed| probed.verdict != ProbeVerdict::Passed);
    let lines = odd.map(|probed| format!("  {}: {}\n", escape(&probed.label), escape(&came(probed))));
    titled("Controls", lines.collect(), palette)
}

/// Cases by their reason.
fn reasons(report: &ProbeRunReport, verdict: ProbeVerdict, title: &str, palette: Palette) -> String {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for outcome in report.outcomes.iter().filter(|outcome| outcome.verdict == verdict) {
        let said = outcome.requests.iter().find_map(|probed| probed.note.as_deref());
        let reason = outcome.reason.as_deref().or(said).unwrap_or_default();
        by_reason.entry(reason).or_default().push(outcome.case.id);
    }
    let lines =
        by_reason.iter().map(|(reason, cases)| format!("  {}: {}\n", cases.join(" "), escape(reason)));
    titled(title, lines.collect(), palette)
}

fn passed(report: &ProbeRunReport, palette: Palette) -> String {
    let mut lines = String::new();
    for group in ProbeGroup::ALL {
        let passed = report.outcomes.iter().filter(|outcome| {
            outcome.case.group() == group
                && matches!(outcome.verdict, ProbeVerdict::Passed | ProbeVerdict::Noted)
        });
        let ids: Vec<&str> = passed.map(|outcome| outcome.case.id).collect();
        if !ids.is_empty() {
            lines.push_str(&format!("  {}: {}\n", group.title(), ids.join(" ")));
        }
    }
    titled("Right", lines, palette)
}

fn titled(title: &str, lines: String, palette: Palette) -> String {
    if lines.is_empty() { lines } else { format!("\n{}\n{lines}", palette.head(title)) }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

/// All cases, by group.
pub(super) fn battery(palette: Palette) -> String {
    let mut out = String::new();
    for group in ProbeGroup::ALL {
        out.push_str(&format!("{}\n", palette.head(&format!("{}. {}", group.letter(), group.title()))));
        battery::all().filter(|case| case.group() == group).for_each(|case| out.push_str(&row(case)));
    }
    out.push_str(
        "\nB needs a good token, K a key, S --serve, D a DPoP-bound token, M a certificate-bound token.\n",
    );
    out
}

fn row(case: &ProbeCase) -> String {
    let deep = if case.deep { ", with --deep" } else { "" };
    format!("  {:4} {} {:9} {}{deep}\n", case.id, case.mode.letter(), case.severity.name(), case.title)
}
