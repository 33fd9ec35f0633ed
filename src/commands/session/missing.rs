//! Explains why an issuer has no metadata, and finds the intended issuer or endpoint.

use super::urls::{METADATA_PHASE, setting};
use crate::client::discovery::{DiscoveryError, Missing};
use crate::client::endpoint::EndpointUrl;
use crate::client::redact::truncate;
use crate::commands::environment::Sourced;
use crate::exit::Failure;
use crate::http::TOKEN_PATH;

const WELL_KNOWN: &str = "/.well-known/";
/// Paths of endpoints that people give instead of an issuer.
const TOKEN_ENDS: [&str; 2] = ["/token", "/token/"];
const OTHER_ENDS: [&str; 9] = [
    "/introspect",
    "/introspection",
    "/revoke",
    "/revocation",
    "/authorize",
    "/userinfo",
    "/jwks",
    "/jwks.json",
    "/certs",
];

/// The failure if no well-known address has the issuer's metadata.
pub(super) fn no_metadata(issuer: &Sourced<String>, missing: &Missing) -> Failure {
    let (what, exit) = (format!("{missing} ({})", issuer.origin), missing.exit());
    Failure::new(exit, METADATA_PHASE, what).hint(cure(issuer, missing))
}

fn cure(issuer: &Sourced<String>, missing: &Missing) -> String {
    let Sourced { value, origin } = issuer;
    for error in missing.errors() {
        match error {
            DiscoveryError::OtherIssuer { found, .. } if EndpointUrl::parse(found, true).is_ok() => {
                return named(issuer, found);
            }
            DiscoveryError::WantsHttps => return setting(origin, &value.replacen("http://", "https://", 1)),
            _ => {}
        }
    }
    if let Some((base, _)) = value.split_once(WELL_KNOWN) {
        return format!("give the issuer, without the well-known path: {}", setting(origin, base));
    }
    if TOKEN_ENDS.iter().any(|end| value.ends_with(end)) {
        let endpoint = value.trim_end_matches('/');
        return format!("if that is the token endpoint: {}", setting(&as_token_url(origin), endpoint));
    }
    if OTHER_ENDS.iter().any(|end| value.ends_with(end)) {
        return format!("that is the address of an endpoint: {origin} takes the issuer itself");
    }
    let local =
        EndpointUrl::parse(value, true).ok().filter(|url| url.is_loopback() && url.uri().path() == "/");
    let is_absent = missing.errors().all(|error| *error == DiscoveryError::Status(404));
    match local.filter(|_| is_absent) {
        Some(local) => format!(
            "is this the issuer, byte for byte? serve --demo has no metadata: {} {}{TOKEN_PATH}",
            as_token_url(origin),
            local.origin()
        ),
        None => "is this the issuer, byte for byte? --token-url names a token endpoint instead".to_owned(),
    }
}

/// The issuer that the server claims to be. On another host it may not be trustworthy.
fn named(issuer: &Sourced<String>, found: &str) -> String {
    let found = truncate(found);
    let host = |url: &str| EndpointUrl::parse(url, true).ok();
    let is_same = host(&issuer.value).zip(host(&found)).is_some_and(|(asked, found)| {
        asked.host().eq_ignore_ascii_case(found.host()) || asked.is_loopback() && found.is_loopback()
    });
    let condition = if is_same { "" } else { "if that is the issuer that you trust: " };
    format!("{condition}{}", setting(&issuer.origin, &found))
}

/// The setting for a token endpoint that replaces the one for an issuer.
fn as_token_url(origin: &str) -> String {
    match origin {
        "HEISTCTL_ISSUER" => "HEISTCTL_TOKEN_URL".to_owned(),
        _ => "--token-url".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(issuer: &str, errors: &[DiscoveryError]) -> String {
        let mut missing = Missing::default();
        let address = EndpointUrl::parse("https://as.example.com", true).unwrap();
        errors.iter().for_each(|error| missing.add(&address, error.clone()));
        no_metadata(&Sourced::new(issuer.to_owned(), "--issuer"), &missing).hint.unwrap_or_default()
    }

    #[test]
    fn the_cure_is_a_line_to_paste() {
        let other = |found: &str| {
            vec![DiscoveryError::OtherIssuer { asked: "x".to_owned(), found: found.to_owned() }; 2]
        };
        let absent = [DiscoveryError::Status(404), DiscoveryError::Status(404)];
        for (issuer, errors, cure) in [
            ("https://a/", other("https://a"), "--issuer https://a"),
            ("http://localhost:1", other("http://127.0.0.1:1"), "--issuer http://127.0.0.1:1"),
            ("https://a", other("https://b"), "if that is the issuer that you trust: --issuer https://b"),
            ("http://a:8443", vec![DiscoveryError::WantsHttps], "--issuer https://a:8443"),
            ("https://a/oauth/token", absent.to_vec(), "endpoint: --token-url https://a/oauth/token"),
            ("https://a/t/token/", absent.to_vec(), "--token-url https://a/t/token"),
            ("https://a/.well-known/openid-configuration", absent.to_vec(), "path: --issuer https://a"),
            ("https://a/oauth/introspect", absent.to_vec(), "takes the issuer itself"),
            ("https://a/x", absent.to_vec(), "byte for byte"),
        ] {
            let hint = hint(issuer, &errors);
            assert!(hint.contains(cure), "{issuer}: {hint}");
        }
    }
}
