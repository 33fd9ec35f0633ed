//! The caller's expectations of a token.

use super::check::CheckName;
use crate::jose::algorithm::Algorithm;
use crate::scope::ScopeSet;

/// Expectations of a token. The default expects nothing in particular, without leeway.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Seconds by which clocks may differ.
    pub leeway: u64,
    /// Seconds beyond the leeway in which an `iat` ahead of now is a warning, not a failure.
    pub iat_grace: u64,
    /// The issuer, compared byte for byte.
    pub iss: Option<String>,
    /// Audiences of which the token must name one; empty for no expectation.
    pub aud: Vec<String>,
    /// A token that names no audience is taken although one is expected of those that do.
    pub aud_optional: bool,
    /// The subject.
    pub sub: Option<String>,
    /// Scopes that must all be there.
    pub scope: Option<ScopeSet>,
    /// Values of `typ` of which the header must have one (RFC 8725 section 3.11); empty for any.
    pub typ: Vec<String>,
    /// Algorithms that are allowed; empty for whatever the key allows.
    pub alg: Vec<Algorithm>,
    /// The maximum number of fitting keys to try, in the set's order; `None` for all.
    pub most_keys: Option<usize>,
    /// The longest time in seconds from `iat` to `exp`.
    pub max_lifetime: Option<u64>,
    /// Claims that must be there, whatever they say; `structure` tells which are not.
    pub required_claims: &'static [&'static str],
    /// Checks that must pass: neither skipped nor about something absent.
    pub require: Vec<CheckName>,
    /// Look for weaknesses and for causes of failure, too. Costs time, and never changes the outcome.
    pub advise: bool,
}
