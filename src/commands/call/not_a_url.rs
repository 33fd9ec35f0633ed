//! Common mistakes in the URL of a resource: a path alone, a token, blanks, or letters that URLs cannot have.
//! Pure. Possible secrets are not quoted.

use crate::http::address::ascii_host;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Characters that a path or query keeps: all but blanks, controls and non-ASCII letters.
const NOT_IN_URL: &AsciiSet = &CONTROLS.add(b' ');

/// The mistake, and the correction.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotUrl {
    pub(super) what: String,
    pub(super) cure: String,
}

impl NotUrl {
    fn new(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { what: what.into(), cure: cure.into() }
    }
}

/// The URL to send: non-ASCII letters in path and query are percent-encoded (RFC 3987 section 3.1), and the
/// host is written in ASCII. `server`
/// is the token endpoint's origin, if known.
///
/// # Errors
/// [`NotUrl`] for a known mistake. The URL parser reports all others.
pub(super) fn read(text: &str, server: Option<&str>) -> Result<String, NotUrl> {
    if text.starts_with("ey") && text.matches('.').count() >= 2 {
        let what = "a token was given instead of a URL";
        return Err(NotUrl::new(what, "call gets its token itself; heistctl inspect reads a token"));
    }
    if let Some(path) = path(text) {
        return Err(of_path(path, server.unwrap_or("https://api.example.com")));
    }
    let Some((scheme, rest)) = text.split_once("://") else { return Ok(text.to_owned()) };
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at(at);
    let host = in_ascii(host)?;
    if let Some(blank) = rest.trim_end().find(char::is_whitespace) {
        return Err(of_blank(&format!("{scheme}://{host}"), rest.trim_end(), blank));
    }
    Ok(format!("{scheme}://{host}{}", if rest.is_ascii() { rest.to_owned() } else { encoded(rest) }))
}

/// A host and port, with the name in its ASCII form (IDNA). User information stays: the URL parser rejects it.
fn in_ascii(authority: &str) -> Result<String, NotUrl> {
    if authority.is_ascii() || authority.contains('@') {
        return Ok(authority.to_owned());
    }
    let at = authority.rfind(':').unwrap_or(authority.len());
    let (name, port) = authority.split_at(at);
    ascii_host(name).map(|host| format!("{host}{port}")).ok_or_else(|| {
        let what = format!("the host of the URL, {name}, is not a valid international name (IDNA)");
        NotUrl::new(what, "write the name in its ASCII form, which begins with xn--")
    })
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NOT_IN_URL).to_string()
}

/// A path alone, possibly without its leading slash.
fn path(text: &str) -> Option<&str> {
    let is_path = |c: char| c.is_ascii_alphanumeric() || "/_-.~?=&%+,:@".contains(c);
    let first = text.split('/').next().unwrap_or_default();
    let is_relative =
        text.contains('/') && !first.contains(['.', ':']) && first != "localhost" && !first.is_empty();
    let is_alone =
        text.starts_with('/') && !text.starts_with("//") || text == "protected-resource" || is_relative;
    let is_scheme_typo = first.eq_ignore_ascii_case("http") || first.eq_ignore_ascii_case("https");
    (is_alone && !is_scheme_typo && text.chars().all(is_path)).then_some(text)
}

fn of_path(path: &str, server: &str) -> NotUrl {
    let path = path.trim_start_matches('/');
    // Leave the query out of the message, because it may be secret.
    let shown = path.split('?').next().unwrap_or_default();
    let what = format!("/{shown} is a path, not a URL: scheme and host are missing");
    if shown == "protected-resource" {
        let cure = "heistctl call without a URL calls /protected-resource beside the token endpoint";
        return NotUrl::new(what, cure);
    }
    NotUrl::new(what, format!("heistctl call {server}/{shown}"))
}

fn of_blank(origin: &str, rest: &str, at: usize) -> NotUrl {
    let part = if rest[..at].contains('?') { "query" } else { "path" };
    let what = format!("there is a blank in the {part} of the URL");
    // The query may be secret, and credentials may precede the host.
    if part == "query" || origin.contains('@') {
        return NotUrl::new(what, "write a blank in a URL as %20");
    }
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_whitespace().collect::<Vec<_>>().join(" ");
    NotUrl::new(what, format!("write it as %20: {origin}{}", encoded(&path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_a_url_is_called_by_its_kind() {
        for (text, what, cure) in [
            ("eyJhbGciOiJub25lIn0.e30.", "a token", "inspect"),
            ("/protected-resource", "a path", "without a URL"),
            ("protected-resource", "a path", "without a URL"),
            ("/v1/things?secret=x", "/v1/things is a path", "heistctl call http://s:1/v1/things"),
            ("v1/things", "/v1/things is a path", "heistctl call http://s:1/v1/things"),
            ("https://bü\u{ff0f}cher.example/x", "is not a valid international name", "xn--"),
            ("http://a/b c", "a blank in the path", "http://a/b%20c"),
            ("http://a/b c/d\te?q=1", "a blank in the path", "http://a/b%20c/d%20e"),
            ("http://a/b?q=1 2", "a blank in the query", "%20"),
        ] {
            let error = read(text, Some("http://s:1")).unwrap_err();
            assert!(error.what.contains(what) && error.cure.contains(cure), "{text}: {error:?}");
            assert!(!error.what.contains("secret") && !error.cure.contains("secret"));
        }
    }

    #[test]
    fn letters_beyond_ascii_are_encoded_and_what_is_encoded_stays() {
        for (text, url) in [
            ("http://a/prö", "http://a/pr%C3%B6"),
            ("http://a/x?q=日本", "http://a/x?q=%E6%97%A5%E6%9C%AC"),
            ("http://a/pr%C3%B6?x=%20+y", "http://a/pr%C3%B6?x=%20+y"),
            ("http://a/{id}|x", "http://a/{id}|x"),
            ("http://a?prö", "http://a?pr%C3%B6"),
            ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
            ("https://Bücher.example:8443?ö", "https://xn--bcher-kva.example:8443?%C3%B6"),
            ("http://１２７.0.0.1:80/", "http://127.0.0.1:80/"),
        ] {
            assert_eq!(read(text, None).as_deref(), Ok(url));
        }
        for other in [
            "localhost:8001/x",
            "api.example.com/x",
            "htp://a",
            "hunter2",
            "",
            "//a/b",
            "http:/a",
            "127.0.0.1:8001",
        ] {
            assert_eq!(read(other, None).as_deref(), Ok(other));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>(), url in "https?://[a-z@:]{0,5}[/?# éa-z%]{0,12}") {
            let _ = read(&text, None);
            prop_assert!(read(&url, None).is_ok_and(|url| url.is_ascii()) || !url.is_ascii() || url.contains(' '));
        }
    }
}
