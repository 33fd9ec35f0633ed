//! A change of a test's clock, as it is sent to the server and written in a script.

use crate::clock::{ClockReading, MovableClock, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The fastest clock: a day in a second.
pub const MAX_RATE: u32 = 86_400;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockChange {
    /// First, show this machine's time again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advance: Option<u64>,
    /// The difference to this machine's clock, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// Seconds that pass in a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// The clock of the `Date` header: `server` or `machine`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<DateClock>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DateClock {
    /// The test's clock.
    #[default]
    Server,
    /// This machine's clock.
    Machine,
}

/// The clock of a server under test.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct BenchClock {
    pub time: String,
    pub time_unix: i64,
    /// Seconds by which it is ahead of the machine's clock; negative if behind.
    pub offset: i64,
    pub rate: u32,
    pub date: DateClock,
}

impl BenchClock {
    #[must_use]
    pub fn of(ClockReading { time, ahead, rate }: ClockReading, date: DateClock) -> Self {
        Self { time: time.to_string(), time_unix: time.unix(), offset: ahead, rate, date }
    }
}

impl ClockChange {
    /// Moves the clock. Nothing changes if a value is not valid.
    ///
    /// # Errors
    /// The problem, in a sentence.
    pub fn apply(&self, clock: &MovableClock) -> Result<(), String> {
        let set = self.set.as_deref().map(str::parse::<Timestamp>).transpose();
        let set = set.map_err(|error| format!("set: {error}"))?;
        if self.rate.is_some_and(|rate| rate > MAX_RATE) {
            return Err(format!("rate: the fastest is {MAX_RATE}, a day in a second"));
        }
        if self.reset {
            clock.reset();
        }
        if let Some(seconds) = self.offset {
            clock.offset(seconds);
        }
        if let Some(time) = set {
            clock.set(time);
        }
        if let Some(seconds) = self.advance {
            clock.advance(Duration::from_secs(seconds));
        }
        if let Some(rate) = self.rate {
            clock.run_at(rate);
        }
        Ok(())
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_with_one_wrong_value_moves_nothing() {
        let clock = MovableClock::default();
        for wrong in [r#"{"advance":3600,"set":"soon"}"#, r#"{"advance":3600,"rate":86401}"#] {
            let change: ClockChange = serde_json::from_str(wrong).unwrap();
            assert!(change.apply(&clock).is_err());
            assert_eq!(clock.read().ahead, 0, "{wrong}");
        }
        let change: ClockChange = serde_json::from_str(r#"{"offset":-90,"rate":0}"#).unwrap();
        change.apply(&clock).unwrap();
        assert_eq!((clock.read().ahead, clock.read().rate), (-90, 0));
        assert!(serde_json::from_str::<ClockChange>(r#"{"advnace":1}"#).is_err());
    }
}
