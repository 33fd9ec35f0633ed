//! Controls, canaries, selections, and what a report may show.

use super::world::{findings, run_through, world};
use crate::probe::battery::{self, Selection};
use crate::probe::controls::NotTestable;
use crate::probe::exchange::{ProbeAnswer, SendError};
use crate::probe::material::JwksAnswer;
use crate::probe::probed::ProbeVerdict;
use crate::probe::terms::{CaseSeverity, ProbeMode};
use std::collections::BTreeSet;

fn only(names: &[&str]) -> Selection {
    Selection { only: names.iter().map(|name| (*name).to_owned()).collect(), ..Selection::default() }
}

fn status(status: u16) -> Result<ProbeAnswer, SendError> {
    Ok(ProbeAnswer { status, ..ProbeAnswer::default() })
}

#[test]
fn the_battery_is_complete_and_each_id_is_its_groups() {
    let counts: Vec<(&str, usize)> = crate::probe::terms::ProbeGroup::ALL
        .map(|group| (group.letter(), battery::all().filter(|case| case.group() == group).count()))
        .to_vec();
    let expected = [
        ("P", 11),
        ("S", 16),
        ("A", 22),
        ("T", 10),
        ("I", 9),
        ("Y", 5),
        ("O", 8),
        ("B", 12),
        ("H", 5),
        ("N", 8),
    ];
    assert_eq!(counts, expected);
    let ids: BTreeSet<&str> = battery::all().map(|case| case.id).collect();
    assert_eq!(ids.len(), 106);
    assert_eq!(battery::count(ProbeMode::Certificate), 2);
}

#[test]
fn without_its_controls_nothing_is_said() {
    type Answering = fn(bool, usize) -> Result<ProbeAnswer, SendError>;
    let cases: [(&str, Answering); 4] = [
        ("Public { status: 200 }", |_, _| status(200)),
        ("Refused", |_, _| status(401)),
        ("AcceptedOnce { status: 401 }", |has_token, count| {
            status(if has_token && count == 2 { 200 } else { 401 })
        }),
        ("Unsent(Unreachable", |_, _| Err(SendError::Unreachable("refused".to_owned()))),
    ];
    for (expected, answering) in cases {
        let (mut material, _) = world("");
        let mut count = 0;
        let ended = run_through(&mut material, &only(&["S1"]), &mut |request| {
            count += 1;
            answering(request.header("authorization").is_some(), count)
        });
        let why: NotTestable = ended.err().unwrap();
        assert!(format!("{why:?}").contains(expected), "{expected}: {why:?}");
        assert!(count <= 4, "{expected}: {count} requests");
    }
}

#[test]
fn a_key_that_the_api_does_not_trust_skips_its_cases() {
    let (mut material, mut api) = world("");
    api.keys.cached.borrow_mut().clear();
    *api.keys.issuer.answer.borrow_mut() = JwksAnswer::Set(r#"{"keys":[]}"#.to_owned());
    let genuine = material.genuine().to_owned();
    let found = run_through(&mut material, &only(&["T1", "S12"]), &mut |request| {
        if request.header("authorization") == Some(&format!("Bearer {genuine}")) {
            return status(200);
        }
        api.answer(request)
    });
    let verdicts: Vec<ProbeVerdict> = found.unwrap().outcomes.iter().map(|outcome| outcome.verdict).collect();
    assert_eq!(verdicts, [ProbeVerdict::Passed, ProbeVerdict::Skipped]);
}

/// The API refuses everything after some requests: nothing is passed by that.
#[test]
fn a_lost_canary_repeats_its_block_once_and_then_nothing_is_said() {
    let (mut material, mut api) = world("");
    let (mut count, mut paused) = (0, 0);
    let send = &mut |request: &crate::probe::exchange::ProbeRequest| {
        count += 1;
        if count > 20 { status(401) } else { api.answer(request) }
    };
    let around = crate::probe::run::Surroundings {
        send,
        pace: &mut |pace| paused += usize::from(pace == crate::probe::run::Pace::Slow),
        clock: &|| crate::clock::Timestamp::from_unix(super::world::NOW),
        progress: &mut |_, _| {},
    };
    let cases = only(&["P", "S"]).cases();
    let found = crate::probe::run::run(&mut material, &cases, around).unwrap();
    assert!(found.outcomes.iter().all(|outcome| outcome.verdict == ProbeVerdict::Inconclusive));
    assert_eq!(found.outcomes.len(), 27);
    assert!(paused > 10, "the block was not repeated slowly");
}

/// A rate limit that ends: the block is repeated, and counts.
#[test]
fn a_block_that_a_rate_limit_spoilt_is_repeated() {
    let (mut material, mut api) = world("S1");
    let mut count = 0;
    let found = run_through(&mut material, &only(&["S1"]), &mut |request| {
        count += 1;
        if count == 8 || count == 9 { status(429) } else { api.answer(request) }
    });
    let found = found.unwrap();
    assert_eq!(found.outcomes[0].verdict, ProbeVerdict::Accepted, "{:?}", found.outcomes[0].requests);
}

#[test]
fn cases_are_chosen_by_id_and_by_group() {
    let ids = |selection: &Selection| selection.cases().iter().map(|case| case.id).collect::<Vec<_>>();
    assert_eq!(ids(&only(&["t9", "Y1"])), ["T9", "Y1"]);
    let skipping = Selection { skip: vec!["Y1".to_owned(), "H".to_owned()], ..only(&["Y", "H"]) };
    assert_eq!(ids(&skipping), ["Y2", "Y3", "Y4", "Y5"]);
    assert!(!ids(&Selection::default()).contains(&"T9"));
    assert!(ids(&Selection { deep: true, ..Selection::default() }).contains(&"T9"));
    assert!(battery::is_known("a3") && battery::is_known("N") && !battery::is_known("Z1"));
}

/// Neither the good token nor a forged one can be copied from what a run found.
#[test]
fn no_finding_has_a_token() {
    let found = findings("S3");
    let text: String = found
        .outcomes
        .iter()
        .flat_map(|outcome| &outcome.requests)
        .chain(&found.controls)
        .map(|probed| {
            format!("{} {:?} {:?} {:?}\n", probed.label, probed.changed, probed.challenge, probed.note)
        })
        .collect();
    let is_long = |word: &&str| word.len() > 60 && word.split('.').count() >= 3 && word.starts_with("eyJ");
    let tokens: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '"').filter(is_long).collect();
    assert!(tokens.is_empty(), "{tokens:?}");
    let worst = found.outcomes.iter().find(|outcome| outcome.case.id == "S3").unwrap();
    assert!(worst.got_in());
    assert_eq!(worst.severity(), CaseSeverity::Critical);
}

/// The table in docs/probe.md is that of the data.
#[test]
fn the_documented_battery_is_that_of_the_data() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/probe.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, documented) = text.split_once("<!-- battery -->\n\n").unwrap();
    let mut table =
        "| case | needs | severity | sent | right | rule |\n|---|---|---|---|---|---|\n".to_owned();
    for case in battery::all() {
        let needs = format!("{}{}", case.mode.letter(), if case.deep { ", `--deep`" } else { "" });
        let (severity, right) = (case.severity.name(), case.right.words());
        let row =
            format!("| {} | {needs} | {severity} | {} | {right} | {} |\n", case.id, case.title, case.section);
        table.push_str(&row);
    }
    assert!(documented == table, "write into docs/probe.md:\n{table}");
}
