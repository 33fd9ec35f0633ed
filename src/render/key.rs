//! The signing keys of a store, as text and as JSON. Never shows private keys.

use super::style::{Palette, escape};
use crate::clock::{Timestamp, ago, relative};
use crate::commands::key::report::{KeyTransition, KeysReport, next_step};
use crate::json;
use crate::registry::keys::{KeyRecord, Stage};
use serde::Serialize;

/// The text for stdout.
#[must_use]
pub fn text(report: &KeysReport, palette: Palette) -> String {
    if report.json {
        return json::line(&KeysJson { keys: report.rows().map(|key| key_json(report, key)).collect() });
    }
    report.rows().map(|key| row(report, key, palette)).collect()
}

fn row(report: &KeysReport, key: &KeyRecord, palette: Palette) -> String {
    let stage = report.keys.stage(key, report.now);
    let name = format!("{:8}", stage.name());
    let name = match stage {
        Stage::Signing => palette.good(&name),
        Stage::Standby | Stage::Next => name,
        Stage::Retiring | Stage::Retired => palette.dim(&name),
    };
    let next = next_step_text(report, key, stage);
    format!("{}  {:5}  {name}  {next}\n", escape(&key.kid), escape(&key.algorithm))
}

fn next_step_text(report: &KeysReport, key: &KeyRecord, stage: Stage) -> String {
    let when =
        |moment: Timestamp| format!("{}, at {moment}", relative(i128::from(moment.unix()), report.now));
    let over =
        |seconds| format!("{}, at {}", ago(i128::from(seconds), report.now), Timestamp::from_unix(seconds));
    match (stage, next_step(&report.keys, key, report.now)) {
        (Stage::Standby, _) => {
            format!("published {}; heistctl key rotate makes it sign", over(key.created))
        }
        (Stage::Signing, Some(KeyTransition::Retires(end))) => {
            format!("until its successor does; retires {}", when(end))
        }
        (Stage::Signing, _) => key.signs_from.map(|from| format!("since {}", over(from))).unwrap_or_default(),
        (_, Some(KeyTransition::Signs(from))) => format!("signs {}", when(from)),
        (_, Some(KeyTransition::Retires(end))) => format!("verifies its tokens; retires {}", when(end)),
        (_, None) => String::new(),
    }
}

#[derive(Serialize)]
struct KeysJson<'a> {
    keys: Vec<KeyJson<'a>>,
}

#[derive(Serialize)]
struct KeyJson<'a> {
    kid: &'a str,
    algorithm: &'a str,
    state: &'static str,
    sealed: bool,
    created: String,
    signs_from: Option<String>,
    retires: Option<String>,
    next_step: Option<StepJson>,
}

#[derive(Serialize)]
struct StepJson {
    what: &'static str,
    at: String,
}

fn key_json<'a>(report: &KeysReport, key: &'a KeyRecord) -> KeyJson<'a> {
    let time = |seconds| Timestamp::from_unix(seconds).to_string();
    let step = next_step(&report.keys, key, report.now).map(|step| match step {
        KeyTransition::Signs(at) => StepJson { what: "signs", at: at.to_string() },
        KeyTransition::Retires(at) => StepJson { what: "retires", at: at.to_string() },
    });
    KeyJson {
        kid: &key.kid,
        algorithm: &key.algorithm,
        state: report.keys.stage(key, report.now).name(),
        sealed: key.private.is_sealed(),
        created: time(key.created),
        signs_from: key.signs_from.map(time),
        retires: report.keys.retires(key).map(|end| end.to_string()),
        next_step: step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::algorithm::Algorithm;
    use crate::registry::keys::StoreKeys;
    use std::time::Duration;

    #[test]
    fn on_a_clock_that_was_put_back_nothing_is_so_since_a_moment_that_lies_ahead() {
        let now = Timestamp::from_unix(1_795_420_800);
        let before = now.after(Duration::from_secs(240));
        let make = || KeyRecord::generate(Algorithm::ES256, before, None).unwrap();
        let mut keys = StoreKeys::default();
        keys.add(make(), before);
        keys.add(make(), before);
        let shown = keys.published(now).iter().map(|key| key.kid.clone()).collect();
        let report = KeysReport { keys, shown, json: false, now, notes: Vec::new() };
        let said = text(&report, Palette::default());
        assert!(said.contains("since just now, at 2026-11-23T08:04:00Z"), "{said}");
        assert!(said.contains("published just now, at 2026-11-23T08:04:00Z"), "{said}");
        assert!(!said.contains("in 4m"), "{said}");
    }
}
