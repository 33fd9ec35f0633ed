//! `--step-up`: the scope to request when a resource answers `insufficient_scope` (RFC 6750 section 3.1). Pure.

use crate::client::protected_resource::ProtectedResource;
use crate::client::redact::truncate;
use crate::http::challenge::Challenge;
use crate::scope::ScopeSet;

/// A longer scope is not requested: it would be the server's text, not a list of permissions.
const MAX_SCOPE: usize = 4096;

/// Whether the resource accepted the token and wants more scope.
pub(super) fn is_wanted(status: u16, challenges: &[Challenge]) -> bool {
    status == 403 && challenges.iter().any(is_insufficient)
}

fn is_insufficient(challenge: &Challenge) -> bool {
    challenge.get("error") == Some("insufficient_scope")
}

/// The scope that was requested or granted, and what the challenge wants.
///
/// # Errors
/// The reason not to request it.
pub(super) fn scope(
    challenges: &[Challenge],
    asked: &ScopeSet,
    granted: &ScopeSet,
) -> Result<ScopeSet, String> {
    let named = challenges.iter().filter(|challenge| is_insufficient(challenge));
    let scope = named.filter_map(|challenge| challenge.get("scope")).find(|scope| !scope.trim().is_empty());
    let scope = scope.ok_or("the challenge names no scope")?;
    let scope: ScopeSet = scope.parse().map_err(|_| "the challenge names a scope that is not valid")?;
    if scope.is_subset(granted) || scope.is_subset(asked) {
        return Err("the scope that it wants was already requested".to_owned());
    }
    let all: Vec<&str> = asked.iter().chain(granted.iter()).chain(scope.iter()).collect();
    ScopeSet::from_tokens(all)
        .ok()
        .filter(|all| all.as_str().len() <= MAX_SCOPE)
        .ok_or_else(|| format!("the scope that it wants is longer than {MAX_SCOPE} bytes"))
}

/// Another issuer's resource gains nothing from our issuer's scope.
///
/// # Errors
/// If the resource names only other issuers.
pub(super) fn is_of_issuer(resource: Option<&ProtectedResource>, issuer: Option<&str>) -> Result<(), String> {
    match (resource, issuer) {
        (Some(resource), Some(issuer)) if !resource.accepts(issuer) => {
            let servers = truncate(&resource.authorization_servers.join(" or "));
            Err(format!("the resource accepts tokens of {servers}, not of {}", truncate(issuer)))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::challenge::read;

    #[test]
    fn the_union_is_requested_where_the_challenge_wants_more() {
        let of = |challenge: &str, asked: &str, granted: &str| {
            scope(&read(challenge), &asked.parse().unwrap(), &granted.parse().unwrap())
                .map(|scope| scope.to_string())
        };
        let wants = r#"Basic realm="x", Bearer error="insufficient_scope", scope="b c""#;
        assert_eq!(of(wants, "a", "a b").as_deref(), Ok("a b c"));
        assert_eq!(of(wants, "", "").as_deref(), Ok("b c"));
        for (challenge, asked, granted, why) in [
            (wants, "a b c", "a", "already requested"),
            (wants, "", "b c d", "already requested"),
            ("Bearer error=insufficient_scope", "", "", "names no scope"),
            (r#"Bearer error=insufficient_scope, scope=" ""#, "", "", "names no scope"),
            (r#"Bearer error=insufficient_scope, scope="\"é""#, "", "", "not valid"),
        ] {
            let refused = of(challenge, asked, granted).unwrap_err();
            assert!(refused.contains(why), "{challenge}: {refused}");
        }
        let long = format!(r#"Bearer error=insufficient_scope, scope="{}""#, "x".repeat(5000));
        assert!(of(&long, "", "").unwrap_err().contains("longer than 4096"));
    }

    #[test]
    fn only_a_403_that_wants_scope_is_a_reason() {
        let wants = read("Bearer error=insufficient_scope");
        assert!(is_wanted(403, &wants) && !is_wanted(401, &wants));
        assert!(!is_wanted(403, &read("Bearer scope=x")) && !is_wanted(403, &[]));
    }
}
