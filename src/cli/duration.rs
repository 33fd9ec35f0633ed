//! Durations as people type them.

use crate::clock::MAX_DURATION;
use std::time::Duration;

const TOO_LONG: &str = "longer than ten years: write 10y, which is the most";
const FORMS: &str = "30s, 5m or 1h 30m";

/// `30s`, `1h 5m`; a bare number counts seconds.
///
/// # Errors
/// The problem, and after a colon the correct form.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    // humantime reads M as months. Reject it, because people mean minutes.
    if let Some(minutes) = with_months(text) {
        return Err(format!("not clear, M means months: write {minutes} for minutes"));
    }
    let duration = match text.parse() {
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text),
    };
    match duration {
        Ok(duration) if duration > MAX_DURATION => Err(TOO_LONG.to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) if text.len() > 19 && is_digits(text) => Err(TOO_LONG.to_owned()),
        Err(_) => Err(wrong(text)),
    }
}

/// The time limit of a request. Zero would leave no time; other tools mean "no limit" by it.
///
/// # Errors
/// As [`parse_duration`], and for zero.
pub fn parse_timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => {
            Err("not a time limit, it leaves no time: write 30s; the longest is 10y".to_owned())
        }
        timeout => Ok(timeout),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Minutes, for a number of months as humantime reads `M`.
fn with_months(text: &str) -> Option<String> {
    let number = text.trim().strip_suffix('M')?.trim_end();
    is_digits(number).then(|| format!("{number}m"))
}

fn wrong(text: &str) -> String {
    const ENDLESS: [&str; 9] =
        ["never", "forever", "infinite", "infinity", "unlimited", "always", "none", "inf", "off"];
    let lower = text.trim().to_ascii_lowercase();
    if ENDLESS.contains(&lower.as_str()) {
        return "not a duration: the longest is ten years, 10y".to_owned();
    }
    if let Some(positive) = lower.strip_prefix('-').filter(|rest| is_good(rest)) {
        return format!("not a duration, it is negative: write {positive}");
    }
    match meant(&lower) {
        Some(meant) => format!("not a duration: write {meant}; the forms are {FORMS}"),
        None => format!("not a duration: write {FORMS}"),
    }
}

fn is_good(text: &str) -> bool {
    text.parse::<u64>().is_ok() || humantime::parse_duration(text).is_ok()
}

/// Guesses the intended duration.
fn meant(lower: &str) -> Option<String> {
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric() && c != '.').trim_end_matches('.');
    let bare = bare.replace('_', "").replace(',', ".");
    let fraction = if bare.starts_with('.') { format!("0{bare}") } else { bare };
    let is_number = fraction.parse::<f64>().is_ok_and(f64::is_finite);
    let candidates = [
        of_iso(lower),
        of_clock(lower),
        without_last_unit(lower),
        Some(fraction.clone()),
        // Without a unit it counts seconds.
        is_number.then(|| format!("{fraction}s")),
        of_word(lower),
    ];
    candidates.into_iter().flatten().find(|meant| humantime::parse_duration(meant).is_ok())
}

/// The duration that was meant by a text that is not one, for a line to paste.
#[must_use]
pub fn meant_duration(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let lower = lower.strip_prefix('-').unwrap_or(&lower);
    with_months(text)
        .or_else(|| humantime::parse_duration(lower).is_ok().then(|| lower.to_owned()))
        .or_else(|| meant(lower))
}

/// `15 minutos`, `1H`: the unit begins like one in English.
fn of_word(text: &str) -> Option<String> {
    let start = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, word) = (&text[..start], text[start..].trim());
    let is_word = !number.is_empty() && word.len() > 1 && word.chars().all(char::is_alphabetic);
    let unit = word.chars().next().filter(|unit| "smhd".contains(*unit))?;
    let is_word = is_word && !["mo", "st"].iter().any(|other| word.starts_with(other));
    is_word.then(|| format!("{number}{unit}"))
}

/// `pt15m`, `p1dt2h` (ISO 8601).
fn of_iso(text: &str) -> Option<String> {
    let rest = text.strip_prefix('p')?;
    let (days, time) = rest.split_once('t').unwrap_or((rest, ""));
    let mut out = String::new();
    for c in days.chars().chain(time.chars()) {
        out.push(c);
        if c.is_ascii_alphabetic() {
            out.push(' ');
        }
    }
    // After days, M means months.
    (!days.contains('m')).then(|| out.trim_end().to_owned())
}

/// `00:15:00`, `1:30`.
fn of_clock(text: &str) -> Option<String> {
    let fields: Vec<u64> = text.split(':').map(|field| field.parse().ok()).collect::<Option<_>>()?;
    if !(2..=3).contains(&fields.len()) {
        return None;
    }
    let units = fields.iter().zip(["h", "m", "s"]).filter(|(count, _)| **count > 0);
    Some(units.map(|(count, unit)| format!("{count}{unit}")).collect::<Vec<_>>().join(" "))
}

/// `1h30`: the last number has the next smaller unit.
fn without_last_unit(text: &str) -> Option<String> {
    let start = text.rfind(|c: char| !c.is_ascii_digit())? + 1;
    let (before, last) = text.split_at(start);
    let unit = match before.trim_end().chars().next_back()? {
        'd' => 'h',
        'h' => 'm',
        'm' => 's',
        _ => return None,
    };
    (!last.is_empty()).then(|| format!("{} {last}{unit}", before.trim_end()))
}

/// A duration, and whether it was typed with a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub time: Duration,
    /// The number as typed, if it had no unit.
    pub bare: Option<String>,
}

impl Span {
    /// Warns that a bare number counts seconds. `unit` and `units` are the usual unit: `m` and `minutes`.
    #[must_use]
    pub fn note(&self, flag: &str, unit: &str, units: &str) -> Option<String> {
        let number = self.bare.as_ref()?;
        let means = match self.time.as_secs() {
            1 => "1 second".to_owned(),
            seconds @ ..60 => format!("{seconds} seconds"),
            seconds => in_words(seconds),
        };
        Some(format!("{flag} {number} means {means}: write {number}{unit} for {units}"))
    }
}

/// `41d 16h`: only the two largest units.
fn in_words(seconds: u64) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (unit, length) in units {
        if left >= length && parts.len() < 2 {
            parts.push(format!("{}{unit}", left / length));
        }
        left %= length;
    }
    parts.join(" ")
}

/// # Errors
/// As [`parse_duration`].
pub(super) fn parse_span(text: &str) -> Result<Span, String> {
    let time = parse_duration(text)?;
    let is_bare = is_digits(text);
    // Zero is zero in any unit.
    Ok(Span { time, bare: (is_bare && !time.is_zero()).then(|| text.to_owned()) })
}

/// The time that old secrets stay valid. A bare number would end them after seconds where hours are meant.
///
/// # Errors
/// As [`parse_duration`], and for a number without a unit.
pub(super) fn parse_overlap(text: &str) -> Result<Duration, String> {
    let span = parse_span(text)?;
    match span.bare {
        Some(number) => Err(format!(
            "not a length of time, it has no unit: write {number}h for hours, or {number}s for seconds"
        )),
        None => Ok(span.time),
    }
}

/// A token lifetime in whole seconds.
///
/// # Errors
/// As [`parse_duration`], and for durations under a second.
pub(super) fn parse_lifetime(text: &str) -> Result<Span, String> {
    let span = parse_span(text)?;
    if span.time < Duration::from_secs(1) {
        return Err("under a second: write --lifetime 15m".to_owned());
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_length_of_time_is_answered_with_the_one_that_is_meant() {
        for (text, answer) in [
            ("PT15M", "write 15m"),
            ("P1DT2H", "write 1d 2h"),
            ("00:15:00", "write 15m"),
            ("1:30", "write 1h 30m"),
            ("1h30", "write 1h 30m"),
            ("1,5h", "write 1.5h"),
            ("never", "ten years"),
            ("-5m", "write 5m"),
            ("15M", "write 15m for minutes"),
            ("20y", "write 10y"),
            ("99999999999999999999", "write 10y"),
            ("1.5", "write 1.5s"),
            ("1,5", "write 1.5s"),
            (".5s", "write 0.5s"),
            ("30_000", "write 30000s"),
            ("30s,", "write 30s"),
            ("<30s>", "write 30s"),
            ("off", "ten years"),
            ("", "30s, 5m or 1h 30m"),
            ("abc", "30s, 5m or 1h 30m"),
            ("1e10", "30s, 5m or 1h 30m"),
        ] {
            let error = parse_duration(text).unwrap_err();
            assert!(error.contains(answer), "{text}: {error}");
        }
        for (text, seconds) in [("15", 15), ("15m", 900), ("1h 30m", 5400), ("1month", 2_630_016)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn a_time_limit_leaves_time() {
        assert_eq!(parse_timeout("1ms"), Ok(Duration::from_millis(1)));
        for zero in ["0", "0s", "0h 0m"] {
            assert!(parse_timeout(zero).unwrap_err().contains("write 30s"), "{zero}");
        }
    }

    #[test]
    fn a_number_without_a_unit_is_told_in_both() {
        let note = |text: &str| parse_span(text).unwrap().note("--lifetime", "m", "minutes");
        assert_eq!(note("1").as_deref(), Some("--lifetime 1 means 1 second: write 1m for minutes"));
        assert_eq!(note("15").as_deref(), Some("--lifetime 15 means 15 seconds: write 15m for minutes"));
        assert_eq!(
            note("3600000").as_deref(),
            Some("--lifetime 3600000 means 41d 16h: write 3600000m for minutes")
        );
        assert_eq!((note("15m"), note("0")), (None, None));
        assert!(parse_lifetime("0").is_err() && parse_lifetime("500ms").is_err());
    }
}
