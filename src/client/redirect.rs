//! `call --follow`: the target of a redirect and the request sent there (RFC 9110 section 15.4). It never
//! leads from https to http, and sends neither token nor body to another origin. Pure.

use crate::client::endpoint::{EndpointError, EndpointUrl};
use crate::http::Headers;
use http::Method;
use url::{ParseError, Url};

/// The limit of redirects, against loops.
pub const MOST: usize = 5;

/// The next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectStep {
    pub endpoint: EndpointUrl,
    pub method: Method,
    /// Whether the body is sent: never to another origin.
    pub with_body: bool,
    /// Whether it has another origin, which receives neither token nor body.
    pub leaves: bool,
}

/// Why a redirect is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// 300, 304 and others, or a Location that is missing or empty.
    #[error("it names no place to go to")]
    Nowhere,
    /// Several Locations that differ.
    #[error("it names more than one place to go to")]
    Ambiguous,
    /// Parsers disagree about such characters and may choose another server.
    #[error("its Location has a blank, a backslash, a control or another character that no URL has")]
    Characters,
    /// Not a usable URL.
    #[error("its target is not a usable address: {0}")]
    Address(EndpointError),
    /// It would expose what https protected.
    #[error("it leads from https to http")]
    Downgrade,
}

/// The request that a redirect asks for.
///
/// # Errors
/// [`RedirectError`] if it is not followed.
pub fn follow(
    status: u16,
    headers: &Headers,
    from: &EndpointUrl,
    method: &Method,
    insecure_http: bool,
) -> Result<RedirectStep, RedirectError> {
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Err(RedirectError::Nowhere);
    }
    let endpoint = match resolve(from, location(headers)?, insecure_http) {
        Err(EndpointError::Insecure) if from.is_https() => return Err(RedirectError::Downgrade),
        parsed => parsed.map_err(RedirectError::Address)?,
    };
    if from.is_https() && !endpoint.is_https() {
        return Err(RedirectError::Downgrade);
    }
    let leaves = !from.same_origin(&endpoint);
    let becomes_get = match status {
        303 => *method != Method::HEAD,
        // Like browsers (notes of sections 15.4.2 and 15.4.3).
        301 | 302 => *method == Method::POST,
        _ => false,
    };
    let method = if becomes_get { Method::GET } else { method.clone() };
    Ok(RedirectStep { endpoint, method, with_body: !becomes_get && !leaves, leaves })
}

/// The only Location of an answer (RFC 9110 section 10.2.2). The agent has percent-encoded bytes beyond
/// ASCII.
fn location(headers: &Headers) -> Result<&str, RedirectError> {
    let mut all = headers.all("location");
    let first = all.next().filter(|first| !first.is_empty()).ok_or(RedirectError::Nowhere)?;
    if all.any(|other| other != first) {
        return Err(RedirectError::Ambiguous);
    }
    let is_odd = |c: char| !c.is_ascii_graphic() || "\\\"<>^`".contains(c);
    if first.contains(is_odd) { Err(RedirectError::Characters) } else { Ok(first) }
}

/// Resolves a reference, without its fragment (RFC 3986 section 5.2). The `url` crate repairs forms such as
/// `https:b` or `///b` that other parsers read differently, so the authority is checked as written.
fn resolve(from: &EndpointUrl, reference: &str, insecure_http: bool) -> Result<EndpointUrl, EndpointError> {
    let reference = reference.split('#').next().unwrap_or_default();
    if Url::parse(reference) != Err(ParseError::RelativeUrlWithoutBase) {
        EndpointUrl::parse(reference, insecure_http)?;
    } else if reference.starts_with("//") {
        let scheme = from.uri().scheme_str().unwrap_or_default();
        EndpointUrl::parse(&format!("{scheme}:{reference}"), insecure_http)?;
    }
    let base = Url::parse(&from.uri().to_string()).map_err(|_| EndpointError::NotUrl)?;
    let found = base.join(reference).map_err(|_| EndpointError::NotUrl)?;
    EndpointUrl::parse(found.as_str(), insecure_http)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(locations: &[&str]) -> Headers {
        let mut headers = Headers::default();
        locations.iter().for_each(|location| headers.push("Location", *location));
        headers
    }

    fn to(from: &str, location: &str) -> Result<RedirectStep, RedirectError> {
        follow(302, &at(&[location]), &EndpointUrl::parse(from, true).unwrap(), &Method::GET, false)
    }

    #[test]
    fn a_reference_leads_from_where_it_stands() {
        for (location, expected) in [
            ("https://b/x#y", "https://b/x"),
            ("//b:8443/x", "https://b:8443/x"),
            ("/x", "https://a/x"),
            ("x", "https://a/b/c/x"),
            ("./x", "https://a/b/c/x"),
            ("../x", "https://a/b/x"),
            ("../../../../x", "https://a/x"),
            ("..", "https://a/b/"),
            ("/x/./y/../z", "https://a/x/z"),
            ("?z", "https://a/b/c/d?z"),
            ("//B:443/%2e%2E/x", "https://b/x"),
            ("#x", "https://a/b/c/d?q"),
            ("/.//evil.com/x", "https://a//evil.com/x"),
            ("/x%2F..%5Cy", "https://a/x%2F..%5Cy"),
            ("x?y=/../z", "https://a/b/c/x?y=/../z"),
            ("x:y", ""),
        ] {
            let step = to("https://a/b/c/d?q", location);
            assert_eq!(
                step.map(|step| step.endpoint.uri().to_string()).unwrap_or_default(),
                expected,
                "{location}"
            );
        }
        assert_eq!(to("https://a", "x").unwrap().endpoint.uri().to_string(), "https://a/x");
    }

    #[test]
    fn the_token_stays_at_its_origin_and_https_stays_https() {
        assert!(!to("https://a/x", "https://a:443/y").unwrap().leaves);
        for other in ["https://b/x", "https://a:8443/x", "//a.b/x"] {
            assert!(to("https://a/x", other).unwrap().leaves, "{other}");
        }
        assert!(to("http://127.0.0.1:1/x", "https://a/x").unwrap().leaves);
        assert!(to("http://127.0.0.1:1/x", "http://127.0.0.1:2/x").unwrap().leaves);
        let insecure =
            follow(302, &at(&["http://a/x"]), &to("https://a/", "/").unwrap().endpoint, &Method::GET, true);
        assert_eq!(insecure, Err(RedirectError::Downgrade));
        assert_eq!(to("https://a/x", "http://a/x"), Err(RedirectError::Downgrade));
        assert_eq!(to("https://a/x", "http://127.0.0.1/x"), Err(RedirectError::Downgrade));
        let address = |error| Err(RedirectError::Address(error));
        assert_eq!(to("http://127.0.0.1/x", "http://b/x"), address(EndpointError::Insecure));
        assert_eq!(to("https://a/x", "https://u:p@b/x"), address(EndpointError::UserInfo));
        assert_eq!(to("https://a/x", "ftp://b/x"), address(EndpointError::NotUrl));
    }

    #[test]
    fn the_method_changes_as_the_rfc_has_it() {
        let from = EndpointUrl::parse("https://a/x", false).unwrap();
        for (status, method, expected) in [
            (301, "POST", Some(("GET", false))),
            (302, "POST", Some(("GET", false))),
            (302, "PUT", Some(("PUT", true))),
            (303, "POST", Some(("GET", false))),
            (303, "PUT", Some(("GET", false))),
            (303, "HEAD", Some(("HEAD", true))),
            (307, "POST", Some(("POST", true))),
            (308, "PATCH", Some(("PATCH", true))),
            (300, "GET", None),
            (304, "GET", None),
            (305, "GET", None),
        ] {
            let step = follow(status, &at(&["/y"]), &from, &method.parse().unwrap(), false).ok();
            let seen = step.as_ref().map(|step| (step.method.as_str(), step.with_body));
            assert_eq!(seen, expected, "{status} {method}");
        }
        for (status, method) in [(302, "PUT"), (307, "POST"), (308, "PATCH")] {
            let method = method.parse().unwrap();
            let step = follow(status, &at(&["https://b/y"]), &from, &method, false).unwrap();
            assert!(step.leaves && !step.with_body && step.method == method, "{status} {step:?}");
        }
    }

    #[test]
    fn a_location_that_can_be_read_in_two_ways_is_not_followed() {
        let from = EndpointUrl::parse("https://a/x", false).unwrap();
        let of = |locations: &[&str]| follow(302, &at(locations), &from, &Method::GET, false);
        for locations in [&[][..], &[""], &[" "], &["", "/y"]] {
            assert_eq!(of(locations), Err(RedirectError::Nowhere), "{locations:?}");
        }
        assert_eq!(of(&["/y", "/z"]), Err(RedirectError::Ambiguous));
        assert_eq!(of(&["/y", "/y"]).unwrap().endpoint.uri().to_string(), "https://a/y");
        for location in [
            "/a b",
            "/a\tb",
            "/a\u{1}b",
            "\\\\b\\x",
            "/\\b/x",
            "https:\\\\b",
            "https://b\\@a/",
            "/caf\u{fffd}",
            "/<x>",
        ] {
            assert_eq!(of(&[location]), Err(RedirectError::Characters), "{location:?}");
        }
        for location in ["///b/x", "https:b", "https:///b", "https://ex%E4mple.com/", "https://b:99999/"] {
            assert!(matches!(of(&[location]), Err(RedirectError::Address(_))), "{location:?}");
        }
    }

    proptest! {
        #[test]
        fn any_location_is_followed_or_not(
            location in any::<String>(),
            path in "[a./?:#]{0,20}",
        ) {
            for location in [location, path] {
                if let Ok(step) = to("https://a/b/c?d", &location) {
                    prop_assert!(step.endpoint.is_https());
                }
            }
        }
    }
}
