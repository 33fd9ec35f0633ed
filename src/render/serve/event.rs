//! Notices and alarms of a server on stderr. They have the format of the log but bypass its queue, so that
//! many requests cannot delay them.

use crate::clock::Timestamp;
use crate::json;
use crate::render::mask::discreet;
use crate::render::print::say;
use crate::render::style::{Palette, escape};
use serde::Serialize;
use std::borrow::Cow;

/// A notice or an alarm.
#[derive(Debug, Serialize)]
pub(super) struct ServerEvent<'a> {
    event: &'static str,
    time: String,
    phase: &'a str,
    message: Cow<'a, str>,
}

const NOTICE: &str = "notice";
const ALARM: &str = "alarm";
const HINT: &str = "hint";

impl<'a> ServerEvent<'a> {
    pub(super) fn notice(phase: &'a str, message: &'a str) -> Self {
        Self { event: NOTICE, time: Timestamp::now().to_string(), phase, message: discreet(message) }
    }

    pub(super) fn alarm(phase: &'a str, message: &'a str) -> Self {
        Self { event: ALARM, ..Self::notice(phase, message) }
    }

    /// The fix for an alarm.
    pub(super) fn hint(phase: &'a str, message: &'a str) -> Self {
        Self { event: HINT, ..Self::notice(phase, message) }
    }

    /// Prints the event as text in these colours, or as JSON.
    pub(super) fn print(&self, people: Option<Palette>) {
        say(&people.map_or_else(|| self.json(), |palette| self.text(palette)));
    }

    /// `note: serve: …` or `error: store: …`
    fn text(&self, palette: Palette) -> String {
        if self.event == HINT {
            return format!("{} {}", palette.good("hint:"), escape(&self.message));
        }
        let kind = if self.event == ALARM { palette.bad("error:") } else { palette.warn("note:") };
        format!("{kind} {}: {}", self.phase, escape(&self.message))
    }

    fn json(&self) -> String {
        json::line(self).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_and_alarms_differ_in_words_and_in_json() {
        let none = Palette::default();
        assert_eq!(ServerEvent::notice("serve", "a\u{1b}b").text(none), "note: serve: a\\u{001b}b");
        assert_eq!(ServerEvent::alarm("store", "gone").text(none), "error: store: gone");
        assert_eq!(ServerEvent::hint("serve", "a\u{1b}b").text(none), "hint: a\\u{001b}b");
        let line = ServerEvent { time: "T".to_owned(), ..ServerEvent::alarm("store", "\"x\"\u{1b}") }.json();
        assert_eq!(line, r#"{"event":"alarm","time":"T","phase":"store","message":"\"x\"\u001b"}"#);
        assert!(ServerEvent::notice("serve", "x").json().starts_with(r#"{"event":"notice","time":"20"#));
    }
}
