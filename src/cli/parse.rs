//! Values of flags that several commands have.

use super::usage::value_parsers::InvalidValue;
use crate::clock::MAX_DURATION;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use std::time::Duration;

/// `30s`, `1h 5m`; a bare number counts seconds.
///
/// # Errors
/// Where it is neither, or longer than ten years.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = match text.parse() {
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text),
    };
    match duration {
        Ok(duration) if duration > MAX_DURATION => Err("longer than ten years".to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) => Err("not a length of time: write 30s, 5m or 1h 30m".to_owned()),
    }
}

/// A token is a secret from the first moment on.
#[allow(clippy::unnecessary_wraps, reason = "clap wants a Result")]
pub(super) fn parse_token(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

pub(super) fn parse_scope(text: &str) -> Result<ScopeSet, InvalidValue> {
    scope_list(&[text.to_owned()]).map_err(|why| InvalidValue::new("is not a scope").hint(why))
}

/// Scopes as people list them: repeated, separated by spaces or commas.
///
/// # Errors
/// Where a character is in none.
pub fn scope_list(texts: &[String]) -> Result<ScopeSet, String> {
    texts.join(" ").replace(',', " ").parse().map_err(|error: crate::scope::ScopeError| error.to_string())
}
