//! The answers of a server under test, as text and as JSON.

use super::style::escape;
use crate::clock::span;
use crate::commands::test::report::{ExpectedRequests, TestFinding, TestReport};
use crate::json;
use crate::testbench::clock_change::{BenchClock, DateClock};
use crate::testbench::expectation::ExpectationCheck;
use crate::testbench::fault::FaultRule;
use crate::testbench::request_log::{RequestList, RequestRecord};
use serde::Serialize;

#[derive(Serialize)]
struct ExpectedJson<'a> {
    passed: bool,
    checks: &'a [ExpectationCheck],
}

/// The text for stdout.
#[must_use]
pub(super) fn text(report: &TestReport) -> String {
    match (&report.finding, report.json) {
        (TestFinding::Faults(found), true) => json::line(found),
        (TestFinding::Clock(found), true) => json::line(found),
        (TestFinding::Keys(found), true) => json::line(found),
        (TestFinding::Requests(found), true) => json::line(found),
        (TestFinding::Expected(found), true) => {
            let passed = found.checks.iter().all(|check| check.passed);
            json::line(&ExpectedJson { passed, checks: &found.checks })
        }
        (TestFinding::Faults(found), false) => found.faults.iter().map(fault).collect(),
        (TestFinding::Clock(found), false) => clock(found),
        (TestFinding::Keys(found), false) => format!("{}: {}\n", escape(&found.kid), escape(&found.meaning)),
        (TestFinding::Requests(found), false) => requests(found),
        (TestFinding::Expected(found), false) => expected(found),
    }
}

fn clock(found: &BenchClock) -> String {
    let BenchClock { time, offset, rate, date, .. } = found;
    let apart = span(offset.unsigned_abs().into());
    let offset = match offset {
        0 => "as this machine's clock".to_owned(),
        1.. => format!("{apart} ahead of this machine's clock"),
        _ => format!("{apart} behind this machine's clock"),
    };
    let rate = match rate {
        0 => ", stopped".to_owned(),
        1 => String::new(),
        rate => format!(", {rate} times as fast"),
    };
    let date = if *date == DateClock::Machine { "; Date shows this machine's clock" } else { "" };
    format!("{}  {offset}{rate}{date}\n", escape(time))
}

fn fault(rule: &FaultRule) -> String {
    let client = rule.client.as_ref().map(|client| format!(", client {client}")).unwrap_or_default();
    let skip = match rule.skip {
        0 => String::new(),
        1 => ", after one request".to_owned(),
        skip => format!(", after {skip} requests"),
    };
    let times = match rule.times {
        None => "always".to_owned(),
        Some(1) => "once".to_owned(),
        Some(times) => format!("{times} times"),
    };
    format!("{}\n", escape(&format!("{:10}  {times}{client}{skip}: {}", rule.on, rule.fault.name())))
}

fn requests(found: &RequestList) -> String {
    found.requests.iter().map(request).collect()
}

fn request(request: &RequestRecord) -> String {
    let client = request.client.as_deref().unwrap_or("-");
    let why = request.reason.as_deref().or(request.error.as_deref()).or(request.scope.as_deref());
    let fault = request.fault.as_deref().map(|fault| format!("  fault: {fault}")).unwrap_or_default();
    let line = format!(
        "{:>4}  {}  {:10}  {:3}  {:8}  {}  {}  {}{fault}",
        request.number,
        request.time,
        request.on,
        request.status,
        request.verdict.name(),
        client,
        request.auth,
        why.unwrap_or_default(),
    );
    format!("{}\n", escape(line.trim_end()))
}

fn expected(found: &ExpectedRequests) -> String {
    let line = |check: &ExpectationCheck| {
        let state = if check.passed { "ok" } else { "FAIL" };
        let instead = if check.passed { String::new() } else { format!(", expected {}", check.expected) };
        format!("{state:4}  {}: {}{}\n", check.name, escape(&check.value), escape(&instead))
    };
    found.checks.iter().map(line).collect()
}
