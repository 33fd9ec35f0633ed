//! The report of `doctor`, as text and as JSON.

use super::style::{Palette, escape};
use crate::commands::doctor::report::DoctorReport;
use crate::doctor::check::{DoctorFinding, Weight};
use crate::doctor::examination::{Grade, JudgedCheck};
use crate::json;
use crate::verdict::Status;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct DoctorJson<'a> {
    issuer: &'a str,
    grade: Grade,
    sentence: &'static str,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    profile: Option<&'static str>,
    requests: usize,
    counts: CountsJson,
    checks: Vec<JudgedJson<'a>>,
}

#[derive(Serialize)]
struct CountsJson {
    pass: usize,
    fail: usize,
    warn: usize,
    skip: usize,
}

#[derive(Serialize)]
struct JudgedJson<'a> {
    number: u8,
    name: &'static str,
    group: &'static str,
    status: Status,
    weight: Weight,
    title: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<&'a str>,
    asked: &'a [String],
    section: &'static str,
    cure: &'static str,
    breaks: &'static [&'static str],
}

/// The text for stdout.
#[must_use]
pub(super) fn text(report: &DoctorReport, palette: Palette) -> String {
    if report.json { as_json(report) } else { as_text(report, palette) }
}

const fn status(finding: &DoctorFinding) -> Status {
    match finding {
        DoctorFinding::Pass => Status::Pass,
        DoctorFinding::Fail { .. } => Status::Fail,
        DoctorFinding::Warn(_) => Status::Warn,
        DoctorFinding::Skip(_) => Status::Skip,
    }
}

/// The words of a failure or a warning.
fn seen(judged: &JudgedCheck) -> Option<&str> {
    match &judged.finding {
        DoctorFinding::Fail { seen, .. } | DoctorFinding::Warn(seen) => Some(seen),
        DoctorFinding::Pass | DoctorFinding::Skip(_) => None,
    }
}

fn with(report: &DoctorReport, wanted: Status) -> impl Iterator<Item = &JudgedCheck> {
    report.examination.checks.iter().filter(move |judged| status(&judged.finding) == wanted)
}

fn as_json(report: &DoctorReport) -> String {
    let count = |wanted| with(report, wanted).count();
    let grade = report.examination.grade;
    json::line(&DoctorJson {
        issuer: &report.issuer,
        grade,
        sentence: grade.sentence(),
        profile: report.profile.map(|profile| profile.name()),
        requests: report.requests,
        counts: CountsJson {
            pass: count(Status::Pass),
            fail: count(Status::Fail),
            warn: count(Status::Warn),
            skip: count(Status::Skip),
        },
        checks: report.examination.checks.iter().map(judged_json).collect(),
    })
}

fn judged_json(judged: &JudgedCheck) -> JudgedJson<'_> {
    let JudgedCheck { check, finding, weight, asked } = judged;
    JudgedJson {
        number: check.number,
        name: check.name,
        group: check.group.word(),
        status: status(finding),
        weight: *weight,
        title: check.title,
        seen: seen(judged),
        skipped: if let DoctorFinding::Skip(why) = finding { Some(why) } else { None },
        asked,
        section: check.section,
        cure: check.cure,
        breaks: check.breaks,
    }
}

fn as_text(report: &DoctorReport, palette: Palette) -> String {
    let grade = report.examination.grade;
    let name = format!("{grade:?}");
    let name = if grade.is_good() { palette.good(&name) } else { palette.bad(&name) };
    let wanted = report.profile.map(|profile| format!(", for {profile}")).unwrap_or_default();
    let mut out = format!("grade {name}{wanted}: {}: {}\n", escape(&report.issuer), grade.sentence());
    for wanted in [Status::Fail, Status::Warn] {
        let mut found: Vec<&JudgedCheck> = with(report, wanted).collect();
        found.sort_by_key(|judged| std::cmp::Reverse(judged.weight));
        found.into_iter().for_each(|judged| out.push_str(&paragraph(judged, palette)));
    }
    out.push('\n');
    if report.verbose {
        let line = |judged: &JudgedCheck| {
            format!(
                "{}  {:2} {}: {}\n",
                palette.good("PASS"),
                judged.check.number,
                judged.check.name,
                judged.check.title
            )
        };
        with(report, Status::Pass).for_each(|judged| out.push_str(&line(judged)));
    } else {
        out.push_str(&format!("passed  {}; -v lists them\n", with(report, Status::Pass).count()));
    }
    out.push_str(&skipped(report));
    out
}

/// A failure or a warning.
fn paragraph(judged: &JudgedCheck, palette: Palette) -> String {
    let check = judged.check;
    let state = palette.status(status(&judged.finding));
    let weight = judged.weight.name();
    let mut out = format!("\n{state}  {} {}  {weight}\n", check.number, palette.head(check.name));
    let mut row = |label: &str, value: &str| out.push_str(&format!("  {label:7} {}\n", escape(value)));
    let section = if check.section == "-" { String::new() } else { format!(" ({})", check.section) };
    row("right", &format!("{}{section}", check.title));
    judged.asked.iter().for_each(|asked| row("asked", asked));
    row("seen", seen(judged).unwrap_or_default());
    row("cure", check.cure);
    row("breaks", &check.breaks.join(", "));
    out
}

/// The skipped checks, by their reason.
fn skipped(report: &DoctorReport) -> String {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for judged in with(report, Status::Skip) {
        if let DoctorFinding::Skip(why) = &judged.finding {
            reasons.entry(why).or_default().push(judged.check.number.to_string());
        }
    }
    let total: usize = reasons.values().map(Vec::len).sum();
    if total == 0 {
        return String::new();
    }
    let line = |(why, numbers): (&str, Vec<String>)| format!("  {}: {}\n", escape(why), numbers.join(", "));
    format!("skipped {total}\n{}", reasons.into_iter().map(line).collect::<String>())
}
