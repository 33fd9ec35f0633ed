//! The value of a number in any spelling: `1000`, `1e3` and `1000.0` are equal (RFC 8259 section 6).
//! Decimal arithmetic only, because floats would round large numbers.

use std::fmt;

/// A number, rounded down to a billionth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number {
    /// The largest integer that is not above it.
    pub whole: i128,
    /// The remainder in billionths: 0 to 999,999,999.
    pub nanos: u32,
}

/// Why a text is not a [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// It violates RFC 8259 section 6.
    NotANumber,
    /// Its magnitude exceeds 2^127.
    OutOfRange,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "not a number",
            Self::OutOfRange => "out of range",
        })
    }
}

/// A JSON number, split: the value is `0.DIGITS * 10^point`.
struct DecimalParts<'a> {
    negative: bool,
    /// The digits before and after the decimal point.
    before: &'a [u8],
    after: &'a [u8],
    exponent: i64,
}

impl Number {
    /// Parses a JSON number.
    ///
    /// # Errors
    /// [`NumberError`] for any other text, and beyond 2^127.
    pub fn read(text: &str) -> Result<Self, NumberError> {
        Self::of(&DecimalParts::of(text).ok_or(NumberError::NotANumber)?)
    }

    fn of(parts: &DecimalParts<'_>) -> Result<Self, NumberError> {
        let digits = || parts.before.iter().chain(parts.after);
        let Some(zeros) = digits().position(|digit| *digit != b'0') else {
            return Ok(Self { whole: 0, nanos: 0 });
        };
        // The number of these digits that are before the decimal point.
        let length = i64::try_from(parts.before.len()).unwrap_or(i64::MAX);
        let point = length.saturating_add(parts.exponent);
        let point = point.saturating_sub(i64::try_from(zeros).unwrap_or(i64::MAX));
        // 2^127 has 39 digits.
        if point > 39 {
            return Err(NumberError::OutOfRange);
        }
        let mut digits = digits().skip(zeros).map(|digit| i128::from(digit - b'0'));
        let mut whole: i128 = 0;
        for _ in 0..point {
            let next = whole.checked_mul(10).and_then(|ten| ten.checked_add(digits.next().unwrap_or(0)));
            whole = next.ok_or(NumberError::OutOfRange)?;
        }
        let mut nanos: u32 = 0;
        for place in 0..9 {
            let digit = if place < -point { 0 } else { digits.next().unwrap_or(0) };
            nanos = nanos * 10 + u32::try_from(digit).unwrap_or(0);
        }
        Ok(Self::signed(parts.negative, whole, nanos, digits.any(|digit| digit != 0)))
    }

    /// `rest` is true if more digits follow the nanos; a negative number is then rounded away from zero.
    fn signed(negative: bool, whole: i128, nanos: u32, rest: bool) -> Self {
        const UNIT: u32 = 1_000_000_000;
        match nanos + u32::from(rest) {
            _ if !negative => Self { whole, nanos },
            0 => Self { whole: -whole, nanos: 0 },
            below => Self { whole: -whole - 1, nanos: (UNIT - below) % UNIT },
        }
    }
}

impl<'a> DecimalParts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix('-');
        let (before, after) = match unsigned.unwrap_or(mantissa).split_once('.') {
            Some((before, after)) if !after.is_empty() => (before, after),
            Some(_) => return None,
            None => (unsigned.unwrap_or(mantissa), ""),
        };
        let is_whole = before == "0" || !before.is_empty() && !before.starts_with('0');
        let all_digits = [before, after].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        let (before, after) = (before.as_bytes(), after.as_bytes());
        (is_whole && all_digits).then_some(Self { negative: unsigned.is_some(), before, after, exponent })
    }
}

/// An exponent of any length; it saturates beyond the range of numbers.
fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(i64::MAX / 2);
    Some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<(i128, u32)> {
        Number::read(text).ok().map(|number| (number.whole, number.nanos))
    }

    #[test]
    fn one_number_has_one_value_in_every_spelling() {
        for (spellings, value) in [
            (
                &[
                    "1000000000000000000",
                    "1e18",
                    "1E+18",
                    "1.0e18",
                    "0.1e19",
                    "10e17",
                    "1000000000000000000.0",
                ][..],
                (10_i128.pow(18), 0),
            ),
            (
                &["9007199254740993", "9007199254740993.0", "9.007199254740993e15", "90071992547409930e-1"],
                (9_007_199_254_740_993, 0),
            ),
            (&["0", "-0", "0.0", "0e999999999999999999999", "-0e-5", "0.000e7"], (0, 0)),
            (&["1.5", "15e-1", "0.15e1", "1.500000000"], (1, 500_000_000)),
            (&["-1.5", "-15e-1", "-0.15E1"], (-2, 500_000_000)),
            (&["-1", "-1.0", "-10e-1"], (-1, 0)),
            (&["0.000000001", "1e-9", "0.1e-8"], (0, 1)),
            (&["1e-10", "1e-99999999999999999999"], (0, 0)),
            (&["-1e-10", "-1e-99999999999999999999"], (-1, 999_999_999)),
            (&["-0.9999999999"], (-1, 0)),
            (&["1e38", "100e36"], (10_i128.pow(38), 0)),
            (&["170141183460469231731687303715884105727"], (i128::MAX, 0)),
        ] {
            for text in spellings {
                assert_eq!(read(text), Some(value), "{text}");
            }
        }
    }

    #[test]
    fn what_is_beyond_all_range_is_so_in_every_spelling() {
        let long = format!("1{}", "0".repeat(400));
        for text in [
            "1e39",
            "1e400",
            "-1e400",
            "1e99999999999999999999",
            &long,
            "170141183460469231731687303715884105728",
        ] {
            assert_eq!(Number::read(text), Err(NumberError::OutOfRange), "{text}");
        }
    }

    #[test]
    fn what_json_does_not_call_a_number_is_none() {
        for text in [
            "", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "1_0", " 1", "1 ", "--1", "1e1.5", "NaN",
            "1e1e1", "١",
        ] {
            assert_eq!(Number::read(text), Err(NumberError::NotANumber), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn moving_the_point_changes_nothing(whole in any::<i64>(), shift in 0_usize..60) {
            let shifted = format!("{whole}{}e-{shift}", "0".repeat(shift));
            prop_assert_eq!(read(&shifted), Some((i128::from(whole), 0)));
            prop_assert_eq!(read(&whole.to_string()), Some((i128::from(whole), 0)));
        }

        #[test]
        fn any_text_has_a_value_or_none(text in "[-+0-9eE.]{0,20}") {
            let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            let read = Number::read(&text);
            // serde_json has a range of its own.
            prop_assert!(!is_json || read != Err(NumberError::NotANumber), "{}", text);
        }
    }
}
