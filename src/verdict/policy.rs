//! The caller's expectations of a token.

use super::check::CheckName;
use crate::jose::algorithm::Algorithm;
use crate::scope::ScopeSet;

/// The default has no expectations and no leeway.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The tolerated clock difference, in seconds.
    pub leeway: u64,
    /// Seconds beyond the leeway by which an `iat` in the future is a warning and not a failure.
    pub iat_grace: u64,
    /// The issuer, compared byte for byte.
    pub iss: Option<String>,
    /// The accepted audiences; empty for any.
    pub aud: Vec<String>,
    /// Whether a token without an audience is accepted although audiences are expected.
    pub aud_optional: bool,
    /// The subject.
    pub sub: Option<String>,
    /// Scopes that must all be present.
    pub scope: Option<ScopeSet>,
    /// The accepted values of `typ` (RFC 8725 section 3.11); empty for any.
    pub typ: Vec<String>,
    /// The allowed algorithms; empty for all that the key allows.
    pub alg: Vec<Algorithm>,
    /// The maximum number of matching keys to try, in the set's order; `None` for all.
    pub most_keys: Option<usize>,
    /// The maximum from `iat` to `exp`, in seconds.
    pub max_lifetime: Option<u64>,
    /// Claims that must be present with any value; `structure` lists the missing ones.
    pub required_claims: &'static [&'static str],
    /// Checks that must pass: neither skipped nor absent.
    pub require: Vec<CheckName>,
    /// Whether to look for weaknesses and causes of failure. Costs time, and never changes the outcome.
    pub advise: bool,
}
