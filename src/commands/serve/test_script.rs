//! The file of `--script`: clock and faults of a test from the start.

use super::problems::{Problems, wrong};
use super::scripted_faults;
use crate::clock::Timestamp;
use crate::commands::configuration::schema::{Key, Kind, Schema, SectionForm, TomlSection};
use crate::commands::configuration::{self, Table};
use crate::commands::environment::read_all;
use crate::exit::Failure;
use crate::testbench::bench::TestScript;
use crate::testbench::clock_change::{ClockChange, DateClock, MAX_RATE};
use std::path::Path;

const fn key(name: &'static str, kind: Kind, example: &'static str) -> Key {
    Key { name, kind, example }
}

const SCRIPT: Schema = Schema {
    file: "script.toml",
    phase: "script",
    sections: &[
        TomlSection {
            name: "",
            form: SectionForm::Top,
            keys: &[
                key("clock", Kind::Text, "\"2026-11-23T08:00:00Z\""),
                key("rate", Kind::Count, "60"),
                key("date", Kind::Word, "\"machine\""),
            ],
            meant: &[(&["time", "now", "set", "start"], "clock"), (&["speed", "factor"], "rate")],
        },
        scripted_faults::FAULT,
    ],
    flags: &[],
};

/// Reads a script.
///
/// # Errors
/// Exit 2 with all problems of the file.
pub(super) fn read(path: &Path) -> Result<TestScript, Failure> {
    let name = path.display().to_string();
    let unread = |error: &dyn std::fmt::Display| {
        wrong(format!("cannot read {name} (from --script): {error}")).hint("check that the path is right")
    };
    let file = std::fs::File::open(path).map_err(|error| unread(&error))?;
    let bytes = read_all(file, &name).map_err(|error| wrong(format!("{error:#}")))?;
    let text = String::from_utf8(bytes).map_err(|_| unread(&"it is not UTF-8"))?;
    parse(&name, &text)
}

fn parse(name: &str, text: &str) -> Result<TestScript, Failure> {
    let (read, problems) = configuration::read(&SCRIPT, name, text, |top| {
        let (script, time) = of(&top);
        (script, time, top.finish())
    });
    let mut problems = Problems::new(problems);
    let script = read.map(|(script, time, places)| {
        if let Some(Err(error)) = time.map(|time| time.parse::<Timestamp>()) {
            problems.note(places.failing("clock", wrong(format!("clock: {error}"))));
        }
        script
    });
    problems.end(script)
}

fn of(top: &Table<'_>) -> (TestScript, Option<String>) {
    let most = usize::try_from(MAX_RATE).unwrap_or(usize::MAX);
    let time = top.text("clock");
    let date = top.word("date", &["server", "machine"]);
    let clock = ClockChange {
        set: time.clone(),
        rate: top.count("rate", 0..=most).and_then(|rate| u32::try_from(rate).ok()),
        date: date.map(|date| if date == "machine" { DateClock::Machine } else { DateClock::Server }),
        ..ClockChange::default()
    };
    let faults = top.tables("fault").into_iter().map(scripted_faults::of).collect();
    (TestScript { clock, faults }, time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_has_the_clock_and_all_its_errors_are_reported() {
        let script =
            parse("s.toml", "clock = \"2026-11-23T08:00:00Z\"\nrate = 0\ndate = \"machine\"\n").unwrap();
        assert_eq!(script.clock.set.as_deref(), Some("2026-11-23T08:00:00Z"));
        let text =
            "[[fault]]\non = \"token\"\ntimes = 3\nstatus = 503\n[[fault]]\non = \"jwks\"\nset = { a = 1 }\n";
        let faults = parse("s.toml", text).unwrap().faults;
        assert_eq!((faults.len(), faults[0].times, faults[0].fault.status), (2, Some(3), Some(503)));
        let failure =
            parse("s.toml", "[[fault]]\nstatus = 99\n[[fault]]\non = \"tokn\"\nrepeat = 3\n").unwrap_err();
        assert!(failure.each().count() >= 3, "{failure:?}");
        assert_eq!((script.clock.rate, script.clock.date), (Some(0), Some(DateClock::Machine)));
        let failure =
            parse("s.toml", "clock = \"soon\"\nrate = 99999999\ndate = \"x\"\nspeed = 1\n").unwrap_err();
        let told: Vec<String> = failure.each().map(Failure::placed).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told.iter().all(|line| line.contains("s.toml:")), "{told:?}");
    }
}
