//! The report of `doctor` about this machine, as text and as JSON.

use super::style::{Palette, escape};
use crate::commands::doctor::report::{SetupFinding, SetupReport};
use crate::json;
use crate::verdict::Status;
use serde::Serialize;

#[derive(Serialize)]
struct SetupJson<'a> {
    ok: bool,
    checks: Vec<SetupCheckJson<'a>>,
}

#[derive(Serialize)]
struct SetupCheckJson<'a> {
    name: &'static str,
    status: Status,
    seen: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<&'a str>,
}

/// The text for stdout.
#[must_use]
pub(super) fn text(report: &SetupReport, palette: Palette) -> String {
    if report.json {
        let checks = report.findings.iter().map(json_of).collect();
        return json::line(&SetupJson { ok: report.is_good(), checks });
    }
    report.findings.iter().map(|finding| line(finding, palette)).collect()
}

fn json_of(finding: &SetupFinding) -> SetupCheckJson<'_> {
    let SetupFinding { name, status, seen, cure } = finding;
    SetupCheckJson { name, status: *status, seen, cure: cure.as_deref() }
}

fn line(finding: &SetupFinding, palette: Palette) -> String {
    let cure = finding.cure.as_deref().map(|cure| format!("      cure: {}\n", escape(cure)));
    let state = palette.status(finding.status);
    format!("{state}  {:13}  {}\n{}", finding.name, escape(&finding.seen), cure.unwrap_or_default())
}
