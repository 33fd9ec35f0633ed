//! Parses `expires_in` (RFC 6749 section 5.1) in every form that servers use for a number of seconds.

use crate::json::Json;
use crate::json::number::{Number, NumberError};

/// The limit that a clock can hold, in seconds.
const MAX: i128 = 1_000_000_000_000_000_000;

/// Whole seconds, rounded down; `None` if the member is absent. Azure AD v1, ADFS and others send a string,
/// and 3600.0 and 3.6e3 are the number 3600 (RFC 8259 section 6).
///
/// # Errors
/// If it is not a number of seconds. The message does not show the value, which may be a misplaced token.
pub fn seconds(value: Option<&Json>) -> Result<Option<u64>, String> {
    let text = match value {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Number(text)) => text,
        Some(Json::String(text)) => without_zeros(text.trim()),
        Some(other) => return Err(format!("expires_in is {}, not a number of seconds", other.kind())),
    };
    match Number::read(text) {
        Err(NumberError::NotANumber) => {
            Err("expires_in is a string that is not a number of seconds".to_owned())
        }
        Ok(number) if number.whole < 0 => Err("expires_in is negative".to_owned()),
        Err(NumberError::OutOfRange) if text.starts_with('-') => Err("expires_in is negative".to_owned()),
        Ok(number) if number.whole < MAX => Ok(u64::try_from(number.whole).ok()),
        Ok(_) | Err(NumberError::OutOfRange) => {
            Err("expires_in is more seconds than a clock holds".to_owned())
        }
    }
}

/// Strips leading zeros, which are allowed in a string but not in a JSON number.
fn without_zeros(text: &str) -> &str {
    let zeros = text.bytes().take_while(|byte| *byte == b'0').count();
    let more = text.as_bytes().get(zeros).is_some_and(u8::is_ascii_digit);
    &text[if more { zeros } else { zeros.saturating_sub(1) }..]
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
