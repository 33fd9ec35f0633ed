//! Value parsers that several commands share.

use super::scopes::scope_list;
use super::usage::value_parsers::InvalidValue;
use crate::scope::ScopeSet;
use crate::secret::Secret;

/// Wraps a token as a secret as soon as it is parsed.
#[allow(clippy::unnecessary_wraps, reason = "clap wants a Result")]
pub(super) fn parse_token(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

pub(super) fn parse_scope(text: &str) -> Result<ScopeSet, InvalidValue> {
    scope_list(&[text.to_owned()])
}
