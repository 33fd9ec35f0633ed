//! Time: whole seconds since 1970 (RFC 7519 section 2) and its text forms. Only this module reads the
//! system's clocks; all other code takes the current time as an argument. A server uses
//! [`shared::SharedClock`].

mod boot;
mod guard;
pub mod mistyped;
mod moment;
mod movable;
pub mod shared;

pub use guard::JUMP;
pub use moment::Moment;
pub use movable::{ClockReading, MovableClock};
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest duration accepted anywhere: ten years. Adding it to a clock cannot overflow.
pub const MAX_DURATION: Duration = Duration::from_secs(10 * 31_557_600);

const SECONDS_PER_DAY: i128 = 86_400;
/// Days of 400 Gregorian years.
const DAYS_PER_ERA: i128 = 146_097;

/// A moment in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// This machine's clock, which may be wrong. A server uses [`shared::SharedClock::now`] for dates and
    /// this only for its logs.
    #[must_use]
    pub fn now() -> Self {
        Moment::now().into()
    }

    /// A time for rate limits: seconds since some start, unaffected by clock jumps. It is not a date.
    #[must_use]
    pub fn paced() -> Self {
        Moment::from_millis(boot::millis()).into()
    }

    /// Truncates a system time, such as a file's modification time, to whole seconds.
    #[must_use]
    pub fn of(moment: SystemTime) -> Self {
        match moment.duration_since(UNIX_EPOCH) {
            Ok(since) => Self(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)),
            Err(before) => Self(-i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX)),
        }
    }

    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The time `duration` later, in whole seconds. Saturates.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
    }
}

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        Self(moment.millis().div_euclid(1000))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, `2026-11-23T08:00:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rfc3339(i128::from(self.0)))
    }
}

impl Serialize for Timestamp {
    /// As a NumericDate: whole seconds (RFC 7519 section 2).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

/// The text is not a valid time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TimeError(String);

impl FromStr for Timestamp {
    type Err = TimeError;

    /// RFC 3339 in UTC, or seconds since 1970.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if let Some(why) = mistyped::of_number(text) {
            return Err(TimeError(why));
        }
        text.parse()
            .ok()
            .map(Self)
            .or_else(|| moment(text))
            .ok_or_else(|| TimeError(mistyped::explained(text)))
    }
}

/// RFC 3339, with any offset.
fn moment(text: &str) -> Option<Timestamp> {
    let (moment, offset) = split_offset(text)?;
    let since = humantime::parse_rfc3339_weak(moment).ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok().map(|seconds| Timestamp(seconds - offset))
}

/// Splits off the UTC offset and returns it in seconds: `+01:00` is 3600.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    let at = text.rfind(['+', '-']).filter(|at| text.len() - at == 6 && text.contains(':'));
    let Some(at) = at.filter(|at| text[at + 1..].contains(':')) else { return Some((text, 0)) };
    let (hours, minutes) = text[at + 1..].split_once(':')?;
    let seconds = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
    Some((&text[..at], if text[at..].starts_with('-') { -seconds } else { seconds }))
}

/// Formats seconds since 1970 as RFC 3339 in UTC for years 0 to 9999, otherwise as `year N`. A token may
/// contain any number, so this must not panic.
#[must_use]
pub fn rfc3339(seconds: i128) -> String {
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_PER_DAY));
    if !(0..=9999).contains(&year) {
        return format!("year {year}");
    }
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Converts days since 1970 to year, month and day of the proleptic Gregorian calendar.
fn civil(days: i128) -> (i128, i128, i128) {
    // Count from 0000-03-01, so that the leap day is the last day of its year.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i128::from(month <= 2), month, day_of_month)
}

/// Formats a duration with its two largest units: `1h 12m`, `59m 12s`, `3d 4h`.
#[must_use]
pub fn span(seconds: u128) -> String {
    const UNITS: [(u128, &str); 5] = [(31_557_600, "y"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in UNITS {
        if rest >= size {
            parts.push(format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}

/// Formats `moment` relative to `now`: `in 59m 12s`, `1h 12m ago`, `now`. Both are seconds since 1970.
#[must_use]
pub fn relative(moment: i128, now: Timestamp) -> String {
    let distance = moment.saturating_sub(i128::from(now.0));
    match distance {
        0 => "now".to_owned(),
        1.. => format!("in {}", span(distance.unsigned_abs())),
        _ => format!("{} ago", span(distance.unsigned_abs())),
    }
}

/// Formats the time since a past event: `1h 12m ago`, `just now`. After a clock was set back, a past event
/// must not appear to be in the future.
#[must_use]
pub fn ago(moment: i128, now: Timestamp) -> String {
    if moment >= i128::from(now.0) { "just now".to_owned() } else { relative(moment, now) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_written_as_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_420_800, "2026-11-23T08:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, "year 10000"),
            (99_999_999_999_999, "year 3170843"),
            (i128::from(i64::MAX), "year 292277026596"),
        ] {
            assert_eq!(rfc3339(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn times_are_read_in_both_forms() {
        assert_eq!("1795420800".parse(), Ok(Timestamp(1_795_420_800)));
        assert_eq!("2026-11-23T08:00:00Z".parse(), Ok(Timestamp(1_795_420_800)));
        assert_eq!("2026-11-23 08:00:00".parse(), Ok(Timestamp(1_795_420_800)));
        assert_eq!("2026-11-23T09:30:00+01:30".parse(), Ok(Timestamp(1_795_420_800)));
        assert_eq!("2026-11-23T03:00:00-05:00".parse(), Ok(Timestamp(1_795_420_800)));
        for other in ["yesterday", "2026-11-23", "1795420800000", "20261123"] {
            assert!(
                other.parse::<Timestamp>().is_err_and(|error| error.to_string().contains("write")),
                "{other}"
            );
        }
    }

    #[test]
    fn spans_name_two_units() {
        assert_eq!(span(3552), "59m 12s");
        assert_eq!(span(4320), "1h 12m");
        assert_eq!(span(0), "0s");
        assert_eq!(relative(60, Timestamp(0)), "in 1m");
        assert_eq!(relative(0, Timestamp(90)), "1m 30s ago");
        assert_eq!(relative(5, Timestamp(5)), "now");
        assert_eq!(ago(0, Timestamp(90)), "1m 30s ago");
        assert_eq!([5, 300].map(|moment| ago(moment, Timestamp(5))), ["just now", "just now"]);
    }

    proptest! {
        #[test]
        fn agrees_with_humantime_where_both_can(seconds in 0i64..253_402_300_799) {
            let moment = UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
            let theirs = humantime::format_rfc3339_seconds(moment).to_string();
            prop_assert_eq!(rfc3339(i128::from(seconds)), theirs);
        }

        #[test]
        fn no_moment_panics(seconds in any::<i128>(), now in any::<i64>()) {
            let _ = rfc3339(seconds);
            let _ = relative(seconds, Timestamp(now));
        }
    }
}
