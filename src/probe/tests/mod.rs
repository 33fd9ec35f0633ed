//! Each check that an API lacks is found by its own case, and by no other.

mod api;
mod claims;
mod keys;
mod runs;
mod world;

use super::battery;
use super::case::Way;
use super::outcome::CaseOutcome;
use super::probed::ProbeVerdict;
use world::findings;

/// Checks whose absence also opens other cases, and those that the reference API cannot lack alone.
const COMPANIONS: [(&str, &[&str]); 9] = [
    // Tokens with five parts.
    ("S8", &["P8", "S12"]),
    ("A11", &["A15"]),
    // An API that learns no key asks for it every time.
    ("A19", &["A20"]),
    ("A21", &["A22"]),
    // The same hole: the signature is not compared with these bytes.
    ("S3", &["A9"]),
    ("S4", &["S6"]),
    ("A9", &["A5", "S3"]),
    ("A8", &["A22"]),
    // Every refusal has another status.
    ("N4", &["*"]),
];
/// Found by the switch of another case.
const OF_OTHERS: [&str; 2] = ["S6", "A17"];

fn reds(outcomes: &[CaseOutcome]) -> Vec<&'static str> {
    let is_red = |outcome: &&CaseOutcome| outcome.verdict.is_finding();
    outcomes.iter().filter(is_red).map(|outcome| outcome.case.id).collect()
}

fn details(outcomes: &[CaseOutcome]) -> String {
    let red = outcomes.iter().filter(|outcome| outcome.verdict.is_finding());
    red.map(|outcome| format!("{}: {:?}\n", outcome.case.id, outcome.requests)).collect()
}

#[test]
fn an_api_that_checks_everything_has_no_finding() {
    let found = findings("");
    assert_eq!(reds(&found.outcomes), [""; 0], "{}", details(&found.outcomes));
    let untried: Vec<&str> = found
        .outcomes
        .iter()
        .filter(|outcome| outcome.verdict == ProbeVerdict::Skipped)
        .filter(|outcome| !matches!(outcome.case.way, Way::Untried(_)))
        .map(|outcome| outcome.case.id)
        .collect();
    // It refuses HS256 without asking for keys, wants no nonce, and its metadata demands no bound tokens.
    assert_eq!(untried, ["A16", "B9", "B10"]);
}

/// A row's own switch, and what it found beside its row.
fn wrong(off: &'static str) -> Option<String> {
    let found = findings(off);
    let mut reds = reds(&found.outcomes);
    let is_noted = |outcome: &CaseOutcome| outcome.case.id == off && outcome.verdict == ProbeVerdict::Noted;
    if matches!(off, "N8" | "A18") && found.outcomes.iter().any(is_noted) {
        reds.push(off);
    }
    let allowed = COMPANIONS.iter().find(|(case, _)| *case == off).map_or(&[][..], |(_, more)| *more);
    let stray: Vec<&&str> =
        reds.iter().filter(|red| **red != off && !allowed.contains(red) && !allowed.contains(&"*")).collect();
    let is_found = reds.contains(&off);
    (!is_found || !stray.is_empty()).then(|| format!("{off}: found {is_found}, also {stray:?}\n"))
}

#[test]
fn each_missing_check_is_found_by_its_case_and_by_no_other() {
    let ids: Vec<&'static str> = battery::all()
        .filter(|case| !matches!(case.way, Way::Untried(_)) && case.id != "B9" && !case.deep)
        .map(|case| case.id)
        .filter(|id| !OF_OTHERS.contains(id))
        .collect();
    assert!(ids.len() > 85, "{}", ids.len());
    let wrong: String = std::thread::scope(|scope| {
        let parts: Vec<_> = ids
            .chunks(ids.len().div_ceil(4))
            .map(|part| scope.spawn(|| part.iter().filter_map(|id| wrong(id)).collect::<String>()))
            .collect();
        parts.into_iter().map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{wrong}");
}
