//! Explains times in unsupported formats and shows the supported form. Pure.

/// A time above this many seconds (the year 5138) was probably meant in a smaller unit.
const TOO_LATE: i128 = 100_000_000_000;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The subsecond unit in which `number` would be a plausible time since 1970.
#[must_use]
pub fn smaller_unit(number: i128) -> Option<&'static str> {
    divided(number).map(|(unit, _)| unit)
}

/// The unit, and its count per second.
fn divided(number: i128) -> Option<(&'static str, i128)> {
    let units = [("milliseconds", 1000), ("microseconds", 1_000_000), ("nanoseconds", 1_000_000_000)];
    // The largest 64-bit number stands for "never".
    let range = |size: i128| TOO_LATE * size / 1000..(TOO_LATE * size).min(i128::from(i64::MAX));
    units.into_iter().find(|(_, size)| range(*size).contains(&number))
}

/// Explains why a text is not a time, and shows the corrected text if it is known.
pub(super) fn explained(text: &str) -> String {
    let text = text.trim();
    of_number(text).or_else(|| of_date(text)).or_else(|| of_words(text)).unwrap_or_else(|| {
        "not a time: write RFC 3339 (2026-11-23T08:00:00Z) or seconds since 1970".to_owned()
    })
}

/// Explains a number that parses as seconds but was probably meant in another unit.
pub(super) fn of_number(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let number: i128 = whole.parse().ok()?;
    if whole.len() == 8 || whole.len() == 14 {
        let date = [whole.get(..4)?, whole.get(4..6)?, whole.get(6..8)?];
        if let Some(date) = civil_date(date) {
            let time = whole.get(8..).filter(|time| !time.is_empty());
            let time = time
                .map_or_else(|| "00:00:00".to_owned(), |t| format!("{}:{}:{}", &t[..2], &t[2..4], &t[4..]));
            return Some(format!("a date without its separators: write {date}T{time}Z"));
        }
    }
    if let Some((unit, size)) = divided(number) {
        let seconds = number / size;
        return Some(format!("it looks like {unit}: write seconds since 1970, {seconds}"));
    }
    fraction
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|_| format!("seconds are whole: write {whole}"))
}

/// Formats a date as `YYYY-MM-DD`, if it is valid.
fn civil_date([year, month, day]: [&str; 3]) -> Option<String> {
    let number = |text: &str| text.parse::<u16>().ok();
    let (y, m, d) = (number(year)?, number(month)?, number(day)?);
    let fits = (1970..2100).contains(&y) && (1..=12).contains(&m) && (1..=31).contains(&d);
    fits.then(|| format!("{y:04}-{m:02}-{d:02}"))
}

/// Explains a numeric date, optionally followed by a time.
fn of_date(text: &str) -> Option<String> {
    let (date, time) = match text.find(['T', 't', ' ', '_']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    };
    let parts: Vec<&str> = date.split(['-', '/', '.']).collect();
    let [first, second, third] = parts.try_into().ok()?;
    let year_first = civil_date([first, second, third]);
    let day_first = civil_date([third, second, first]);
    // 12/31/2026: these numbers are only valid as month and day.
    let month_first = civil_date([third, first, second]);
    let date = match (year_first, day_first, month_first) {
        (Some(date), ..) | (None, Some(date), None) | (None, None, Some(date)) => date,
        (None, Some(day_first), Some(month_first)) if day_first == month_first => day_first,
        (None, Some(day_first), Some(month_first)) => {
            return Some(format!(
                "it may be two dates: write {day_first}T00:00:00Z or {month_first}T00:00:00Z"
            ));
        }
        _ => return Some("no such date: write year, month and day, as 2026-11-23T08:00:00Z".to_owned()),
    };
    if time.is_empty() {
        return Some(format!("a date without a time: write {date}T00:00:00Z"));
    }
    Some(format!("not RFC 3339: write {date}T{}", of_time(time).unwrap_or_else(|| "08:00:00Z".to_owned())))
}

/// Formats a numeric time as `HH:MM:SS` with its zone.
fn of_time(time: &str) -> Option<String> {
    let end = time.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(time.len());
    let (clock, rest) = time.split_at(end);
    let figures: Vec<&str> = clock.split(':').collect();
    let (hours, minutes) = (figures.first()?, figures.get(1)?);
    let seconds = figures.get(2).copied().unwrap_or("00");
    let zone = rest.trim_start_matches(['.', ',']).trim_start_matches(|c: char| c.is_ascii_digit()).trim();
    let offset = zone.strip_prefix(['+', '-']).filter(|digits| digits.len() == 4 && digits.is_ascii());
    let zone = offset
        .map_or_else(|| "Z".to_owned(), |digits| format!("{}{}:{}", &zone[..1], &digits[..2], &digits[2..]));
    Some(format!("{hours:0>2}:{minutes:0>2}:{seconds}{zone}"))
}

/// Explains words and relative times, which `date` converts to seconds.
fn of_words(text: &str) -> Option<String> {
    let small = text.to_ascii_lowercase();
    if small == "now" {
        return Some("the current time is the default: leave it out".to_owned());
    }
    let is_plain =
        text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || " ,:+-.".contains(c));
    let is_dated =
        MONTHS.iter().any(|month| small.contains(month)) && small.contains(|c: char| c.is_ascii_digit());
    if is_plain && is_dated {
        return Some(format!("not RFC 3339: write \"$(date -u -d '{text}' +%FT%TZ)\""));
    }
    let words = ["today", "tomorrow", "yesterday", "midnight", "noon"];
    if words.contains(&small.as_str()) {
        return Some(format!("not a time: write \"$(date -u -d {small} +%s)\""));
    }
    distance(&small).map(|distance| format!("a relative time: write \"$(date -u -d '{distance}' +%s)\""))
}

/// Converts `+1h`, `-30m`, `in 2d` or `1 hour ago` to the syntax of `date`.
fn distance(text: &str) -> Option<String> {
    const UNITS: [(&str, &str); 5] =
        [("mi", "minutes"), ("m", "minutes"), ("h", "hours"), ("d", "days"), ("s", "seconds")];
    let is_past = text.starts_with('-') || text.ends_with("ago");
    let rest = text.trim_start_matches("in ").trim_start_matches(['+', '-']).trim_end_matches("ago").trim();
    let end = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0)?;
    let (number, unit) = (&rest[..end], rest[end..].trim());
    let is_word = unit.chars().all(|c| c.is_ascii_lowercase());
    let (_, unit) = UNITS.iter().find(|(begin, _)| is_word && unit.starts_with(begin))?;
    Some(format!("{number} {unit}{}", if is_past { " ago" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_time_in_another_form_is_told_with_what_to_write() {
        for (text, part) in [
            ("1795420800000", "looks like milliseconds: write seconds since 1970, 1795420800"),
            ("1795420800000000", "microseconds: write seconds since 1970, 1795420800"),
            ("1795420800000000000", "nanoseconds: write seconds since 1970, 1795420800"),
            ("1795420800.25", "whole: write 1795420800"),
            ("1795420800000.5", "milliseconds"),
            ("20261123", "2026-11-23T00:00:00Z"),
            ("20261123080000", "2026-11-23T08:00:00Z"),
            ("2026-11-23", "write 2026-11-23T00:00:00Z"),
            ("2026/11/23", "write 2026-11-23T00:00:00Z"),
            ("23.11.2026", "write 2026-11-23T00:00:00Z"),
            ("23/11/2026", "write 2026-11-23T00:00:00Z"),
            ("11/23/2026", "write 2026-11-23T00:00:00Z"),
            ("11/12/2026", "2026-12-11T00:00:00Z or 2026-11-12T00:00:00Z"),
            ("11/11/2026", "write 2026-11-11T00:00:00Z"),
            ("2026-13-41", "no such date"),
            ("2026-11-23T08:00", "write 2026-11-23T08:00:00Z"),
            ("2026-11-23 8:05", "write 2026-11-23T08:05:00Z"),
            ("2026-11-23T08:00:00+0100", "write 2026-11-23T08:00:00+01:00"),
            ("2026-11-23 08:00:00 UTC", "write 2026-11-23T08:00:00Z"),
            ("2026-11-23T08:00:00,5Z", "write 2026-11-23T08:00:00Z"),
            ("23.11.2026 08:00", "write 2026-11-23T08:00:00Z"),
            ("Mon, 23 Nov 2026 08:00:00 GMT", "$(date -u -d 'Mon, 23 Nov 2026 08:00:00 GMT' +%FT%TZ)"),
            ("Nov 23 2026", "date -u -d"),
            ("now", "leave it out"),
            ("tomorrow", "date -u -d tomorrow +%s"),
            ("+1h", "date -u -d '1 hours' +%s"),
            ("-30m", "'30 minutes ago'"),
            ("in 2d", "'2 days'"),
            ("1 hour ago", "'1 hours ago'"),
            ("later", "RFC 3339"),
            ("", "RFC 3339"),
        ] {
            assert!(explained(text).contains(part), "{text}: {}", explained(text));
        }
    }

    #[test]
    fn numbers_that_are_seconds_are_left_alone() {
        for text in ["0", "-5", "1795420800", "99999999999", "9223372036854775807", "12345678"] {
            assert_eq!(of_number(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_explained(text in any::<String>(), figures in "[0-9T :./+-]{0,24}") {
            prop_assert!(!explained(&text).is_empty() && !explained(&figures).is_empty());
        }
    }
}
