//! `expires_in` (RFC 6749 section 5.1), in each spelling that servers have for a number of seconds.

use crate::json::Json;

/// More digits than this are more seconds than a clock holds.
const MAX_DIGITS: usize = 18;

/// Whole seconds, rounded down; `None` where the server says nothing. Azure AD v1, ADFS and others write a
/// string, and 3600.0 and 3.6e3 are the number 3600 (RFC 8259 section 6).
///
/// # Errors
/// Where it is not a number of seconds: a sentence that shows nothing of the value, which may be a token in
/// the wrong place.
pub fn seconds(value: Option<&Json>) -> Result<Option<u64>, String> {
    let text = match value {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Number(text)) => text,
        Some(Json::String(text)) => text.trim(),
        Some(other) => return Err(format!("expires_in is {}, not a number of seconds", other.kind())),
    };
    match Decimal::parse(text) {
        None => Err("expires_in is a string that is not a number of seconds".to_owned()),
        Some(number) => number.whole().map(Some),
    }
}

/// A number as JSON writes it.
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
}

impl<'a> Decimal<'a> {
    /// The grammar of RFC 8259 section 6, but for zeros in front.
    fn parse(text: &'a str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = !whole.is_empty() && digits(whole) && digits(fraction);
        is_number.then_some(Self { negative, whole, fraction, exponent })
    }

    fn whole(&self) -> Result<u64, String> {
        let digits = format!("{}{}", self.whole, self.fraction);
        let zeros = digits.len() - digits.trim_start_matches('0').len();
        let digits = &digits[zeros..];
        if digits.is_empty() {
            return Ok(0);
        }
        if self.negative {
            return Err("expires_in is negative".to_owned());
        }
        // The number of digits before the point.
        let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
        let point = length(self.whole).saturating_add(self.exponent).saturating_sub(zeros as i64);
        let Ok(point) = usize::try_from(point) else { return Ok(0) };
        if point > MAX_DIGITS {
            return Err("expires_in is more seconds than a clock holds".to_owned());
        }
        let whole: String = digits.chars().chain(std::iter::repeat('0')).take(point).collect();
        Ok(whole.parse().unwrap_or(0))
    }
}

/// Digits with a sign; one that no number holds is as large as numbers get.
fn exponent_of(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(i64::MAX / 2);
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<u64>, String> {
        seconds(Some(&Json::parse(text.as_bytes()).unwrap()))
    }

    #[test]
    fn every_spelling_of_a_number_is_the_number() {
        for (text, number) in [
            ("3600", 3600),
            ("\"3600\"", 3600),
            ("\" 3600 \"", 3600),
            ("\"03600\"", 3600),
            ("3600.0", 3600),
            ("\"3600.0\"", 3600),
            ("3600.999", 3600),
            ("3.6e3", 3600),
            ("3.6E+3", 3600),
            ("\"3.6e3\"", 3600),
            ("36000e-1", 3600),
            ("0.36e4", 3600),
            ("0.00036e7", 3600),
            ("0", 0),
            ("-0", 0),
            ("-0.0e9", 0),
            ("0e99999999999999999999", 0),
            ("0.9", 0),
            ("5e-1", 0),
            ("1e-99999999999999999999", 0),
            ("1e12", 1_000_000_000_000),
            ("1000000000000", 1_000_000_000_000),
            ("999999999999999999", 999_999_999_999_999_999),
        ] {
            assert_eq!(read(text), Ok(Some(number)), "{text}");
        }
        assert_eq!((seconds(None), read("null")), (Ok(None), Ok(None)));
    }

    #[test]
    fn what_is_not_a_number_of_seconds_is_said_and_not_shown() {
        for (text, part) in [
            ("-1", "is negative"),
            ("\"-3600\"", "is negative"),
            ("1e18", "more seconds than a clock holds"),
            ("1e400", "more seconds than a clock holds"),
            ("1e99999999999999999999", "more seconds than a clock holds"),
            ("18446744073709551616", "more seconds than a clock holds"),
            ("true", "is a boolean"),
            ("[3600]", "is an array"),
            ("{}", "is an object"),
            ("\"\"", "a string that is not a number"),
            ("\"3600s\"", "a string that is not a number"),
            ("\"hunter2\"", "a string that is not a number"),
            ("\"3600.\"", "a string that is not a number"),
            ("\".5\"", "a string that is not a number"),
            ("\"+3600\"", "a string that is not a number"),
            ("\"1e\"", "a string that is not a number"),
            ("\"0x10\"", "a string that is not a number"),
            ("\"3 600\"", "a string that is not a number"),
            ("\"NaN\"", "a string that is not a number"),
            ("\"٣\"", "a string that is not a number"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part) && !error.contains("hunter2"), "{text}: {error}");
        }
    }
}
