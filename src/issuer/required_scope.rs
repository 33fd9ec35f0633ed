//! The scopes that a request needs: `?scope=a%20b` in the URL of the protected resource or of a guard.

use crate::http::params;
use crate::issuer::challenge::{Denial, Scheme};
use crate::scope::ScopeSet;

/// The scopes that the query requires; several parameters add up.
///
/// # Errors
/// The reason, if one is not a scope.
pub fn in_query(query: &str) -> Result<ScopeSet, String> {
    let mut all = ScopeSet::empty();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if params::decode(name).is_ok_and(|name| name == "scope") {
            let value = params::decode(value).map_err(|_| "the scope in the query cannot be decoded")?;
            let scope: ScopeSet = value.parse().map_err(|error| format!("the query: {error}"))?;
            all = all.union(&scope);
        }
    }
    Ok(all)
}

/// Checks that a token's scope is enough.
///
/// # Errors
/// `insufficient_scope` with the missing scopes.
pub fn missing(needed: &ScopeSet, held: &ScopeSet, (scheme, client): (Scheme, &str)) -> Result<(), Denial> {
    if needed.is_subset(held) {
        return Ok(());
    }
    let missing = needed.minus(held).collect::<Vec<_>>().join(" ");
    Err(Denial::InsufficientScope { scheme, client: client.to_owned(), missing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_parameter_of_a_query_counts() {
        for (query, scope) in [
            ("", ""),
            ("x=y", ""),
            ("scope=a%20b", "a b"),
            ("scope=b+a&scope=c", "a b c"),
            ("sco%70e=a&x", "a"),
            ("Scope=a", ""),
            ("scope", ""),
        ] {
            assert_eq!(in_query(query).map(|scope| scope.to_string()), Ok(scope.to_owned()), "{query}");
        }
        for bad in ["scope=%", "scope=%22", "scope=a%0ab"] {
            assert!(in_query(bad).is_err(), "{bad}");
        }
    }
}
