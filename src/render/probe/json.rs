//! The report as JSON.

use crate::commands::probe::report::ProbeRunReport;
use crate::json;
use crate::probe::battery;
use crate::probe::case::ProbeCase;
use crate::probe::outcome::CaseOutcome;
use crate::probe::probed::{ProbeVerdict, Probed};
use crate::probe::terms::CaseSeverity;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Serialize)]
struct ProbeJson<'a> {
    verdict: &'static str,
    url: &'a str,
    method: &'a str,
    token: TokenSourceJson<'a>,
    requests: usize,
    took_ms: u64,
    /// ProbeFindings by severity.
    findings: BTreeMap<&'static str, usize>,
    controls: Vec<ProbedJson<'a>>,
    cases: Vec<ProbeCaseJson<'a>>,
}

#[derive(Serialize)]
struct TokenSourceJson<'a> {
    source: &'a str,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct ProbeCaseJson<'a> {
    id: &'static str,
    group: &'static str,
    title: &'static str,
    verdict: &'static str,
    severity: &'static str,
    right: String,
    advice: &'static str,
    section: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    requests: Vec<ProbedJson<'a>>,
}

#[derive(Serialize)]
struct ProbedJson<'a> {
    sent: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<&'a str>,
    took_ms: u64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    changed: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct BatteryJson {
    cases: Vec<BatteryCaseJson>,
}

#[derive(Serialize)]
struct BatteryCaseJson {
    id: &'static str,
    group: &'static str,
    needs: &'static str,
    severity: &'static str,
    deep: bool,
    title: &'static str,
    right: String,
    advice: &'static str,
    section: &'static str,
}

pub(super) fn run(report: &ProbeRunReport) -> String {
    let got_in = report.outcomes.iter().any(CaseOutcome::got_in);
    let unclear = report.count(ProbeVerdict::Inconclusive) > 0;
    let counted = |severity: CaseSeverity| (severity.name(), report.of_severity(severity));
    json::line(&ProbeJson {
        verdict: if got_in {
            "fail"
        } else if unclear {
            "inconclusive"
        } else {
            "pass"
        },
        url: &report.url,
        method: &report.method,
        token: TokenSourceJson { source: &report.source, fingerprint: &report.fingerprint },
        requests: report.requests,
        took_ms: millis(report.took),
        findings: CaseSeverity::ALL.into_iter().map(counted).collect(),
        controls: report.controls.iter().map(probed).collect(),
        cases: report.outcomes.iter().map(case).collect(),
    })
}

fn case(outcome: &CaseOutcome) -> ProbeCaseJson<'_> {
    let ProbeCase { id, title, right, advice, section, .. } = outcome.case;
    ProbeCaseJson {
        id,
        group: outcome.case.group().title(),
        title,
        verdict: outcome.verdict.name(),
        severity: outcome.severity().name(),
        right: right.words(),
        advice,
        section,
        reason: outcome.reason.as_deref(),
        requests: outcome.requests.iter().map(probed).collect(),
    }
}

fn probed(probed: &Probed) -> ProbedJson<'_> {
    ProbedJson {
        sent: &probed.label,
        verdict: probed.verdict.name(),
        status: probed.status,
        challenge: probed.challenge.as_deref(),
        took_ms: millis(probed.took),
        changed: &probed.changed,
        note: probed.note.as_deref(),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn battery() -> String {
    let one = |case: &'static ProbeCase| BatteryCaseJson {
        id: case.id,
        group: case.group().title(),
        needs: case.mode.letter(),
        severity: case.severity.name(),
        deep: case.deep,
        title: case.title,
        right: case.right.words(),
        advice: case.advice,
        section: case.section,
    };
    json::line(&BatteryJson { cases: battery::all().map(one).collect() })
}
