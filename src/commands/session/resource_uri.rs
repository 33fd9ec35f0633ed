//! Checks a resource before it is sent: an absolute URI without a fragment (RFC 8707 section 2). Pure.

use super::source::PHASE;
use super::urls::setting;
use crate::exit::{Exit, Failure};

/// # Errors
/// Exit 2 with the resource that was probably meant.
pub(super) fn check(resource: &str, origin: &str) -> Result<(), Failure> {
    let Some((why, meant)) = mistake(resource) else { return Ok(()) };
    let what = format!("{origin}: {resource:?} {why}");
    Err(Failure::new(Exit::Usage, PHASE, what).hint(format!(
        "write it as {}; --audience takes names, where the issuer supports it",
        setting(origin, &meant)
    )))
}

fn mistake(resource: &str) -> Option<(&'static str, String)> {
    let bare = resource.trim();
    let scheme = bare.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(is_part)
    });
    if bare.is_empty() {
        return Some(("is empty", "https://api.example.com".to_owned()));
    }
    if bare.contains(' ') || bare != resource {
        return Some(("has a blank in it", bare.split_whitespace().collect::<Vec<_>>().join("%20")));
    }
    if let Some((before, _)) = bare.split_once('#') {
        return Some(("has a fragment (#…), which no resource may have", before.to_owned()));
    }
    if scheme.is_some() {
        return None;
    }
    let host = if bare.contains(['.', ':', '/']) {
        bare.trim_start_matches('/').to_owned()
    } else {
        format!("{bare}.example.com")
    };
    Some(("is not an absolute URI: it has no scheme", format!("https://{host}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_uris_are_sent() {
        for (resource, why, meant) in [
            ("api", "no scheme", "https://api.example.com"),
            ("api.example.com/v1", "no scheme", "https://api.example.com/v1"),
            ("//api.example.com", "no scheme", "https://api.example.com"),
            ("127.0.0.1:8001", "no scheme", "https://127.0.0.1:8001"),
            ("https://x#frag", "fragment", "https://x"),
            (" https://x", "blank", "https://x"),
            ("", "empty", "https://api.example.com"),
        ] {
            let (what, found) = mistake(resource).unwrap_or_else(|| panic!("{resource}"));
            assert!(what.contains(why) && found == meant, "{resource}: {what}: {found}");
        }
        for resource in ["https://x", "urn:x", "api://default", "spiffe://a/b", "HTTPS://X"] {
            assert_eq!(mistake(resource), None, "{resource}");
        }
    }
}
