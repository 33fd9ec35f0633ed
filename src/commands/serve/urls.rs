//! Checks of the URLs in a configuration: the issuer, `public_url` and `jwks_uri`.

use super::impossible_hosts::impossible;
use super::placeholders::{self, Confidence};
use super::problems::wrong;
use crate::client::endpoint::{EndpointError, EndpointUrl};
use crate::commands::configuration::literal::may_show;
use crate::exit::Failure;
use crate::http::TOKEN_PATH;
use crate::http::address::Address;
use crate::http::visible::not_vschar;

const ISSUER: &str = "https://as.example.com";
const PUBLIC_URL: &str = "https://tokens.example.com";
const RESOURCE: &str = "https://api.example.com/orders";
const JWKS_URI: &str = "https://host/jwks.json";

/// Checks an issuer. It may be any name. A URL must be https (or loopback) and must not have a query, a
/// fragment or credentials (RFC 8414 section 2).
pub(in crate::commands) fn check_issuer(issuer: &str, insecure_http: bool) -> Result<(), Failure> {
    let hint = format!("write issuer = \"{ISSUER}\"");
    no_placeholder("issuer", issuer, ISSUER)?;
    if let Some(why) = no_url_has(issuer) {
        return Err(wrong(format!("the issuer {why}")).hint(hint));
    }
    if is_broken(issuer) {
        let what = format!("the issuer {issuer:?} is not a URL: its beginning is mistyped");
        return Err(wrong(what).hint(format!("write issuer = \"{}\"", as_url(issuer))));
    }
    if !issuer.contains("://") {
        return Ok(());
    }
    if issuer.contains(['?', '#']) {
        let base = issuer.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let base = if may_show(base) { base } else { ISSUER };
        return Err(wrong("the issuer has a query or a fragment (RFC 8414 section 2)")
            .hint(format!("write issuer = \"{base}\"")));
    }
    let is_plain = issuer.starts_with("https://") || issuer.starts_with("http://");
    match EndpointUrl::parse(issuer, insecure_http) {
        Ok(url) if is_plain => usable("the issuer", &url, ISSUER),
        Ok(_) => Err(wrong("the issuer's scheme is not in lower case").hint(hint)),
        Err(EndpointError::UserInfo) => {
            Err(wrong("the issuer contains credentials, which tokens would reveal").hint(hint))
        }
        Err(EndpointError::Insecure) => {
            let https = issuer.replacen("http://", "https://", 1);
            Err(wrong(format!("the issuer: {}", EndpointError::Insecure)).hint(format!(
                "write issuer = \"{https}\"; on a private network, insecure_http = true or --insecure-http"
            )))
        }
        Err(error) => Err(wrong(format!("the issuer: {error}")).hint(hint)),
    }
}

pub(super) fn check_public_url(url: &str) -> Result<(), Failure> {
    no_placeholder("public_url", url, PUBLIC_URL)?;
    let of = |text: &str| format!("write public_url = \"{text}\"");
    match EndpointUrl::parse(url, true) {
        Ok(parsed) if parsed.uri().query().is_some() => {
            Err(wrong("public_url has a query, but endpoints have their own paths").hint(of(PUBLIC_URL)))
        }
        Ok(parsed) => usable("public_url", &parsed, PUBLIC_URL),
        Err(EndpointError::NotUrl) => {
            let why = no_url_has(url).or_else(|| (!url.contains("://")).then(|| "has no scheme".to_owned()));
            let why = why.map(|why| format!(": it {why}")).unwrap_or_default();
            Err(wrong(format!("public_url is not a URL{why}")).hint(of(&as_url(url.trim()))))
        }
        Err(EndpointError::UserInfo) => {
            Err(wrong("public_url contains credentials, which the metadata would reveal")
                .hint(of(PUBLIC_URL)))
        }
        Err(error) => Err(wrong(format!("public_url: {error}")).hint(of(PUBLIC_URL))),
    }
}

pub(super) fn check_jwks_uri(uri: &str) -> Result<(), Failure> {
    no_placeholder("jwks_uri", uri, JWKS_URI)?;
    let parsed = EndpointUrl::parse(uri, false).map_err(|error| {
        let (why, url) = match error {
            EndpointError::Insecure => {
                let why = "it is plain http to another host: anyone on the network path can replace the keys";
                (why.to_owned(), uri.replacen("http://", "https://", 1))
            }
            error => (error.to_string(), JWKS_URI.to_owned()),
        };
        wrong(format!("jwks_uri: {why}")).hint(format!("write jwks_uri = \"{url}\""))
    })?;
    usable("jwks_uri", &parsed, JWKS_URI)
}

/// Checks the id of a resource (RFC 9728 section 1.2): https or loopback, without query and fragment.
pub(super) fn check_resource_id(id: &str, insecure_http: bool) -> Result<(), Failure> {
    no_placeholder("id", id, RESOURCE)?;
    let hint = format!("write id = \"{RESOURCE}\"");
    let why = match EndpointUrl::parse(id, insecure_http) {
        Ok(url) if url.uri().query().is_some() => "it has a query".to_owned(),
        Ok(_) if id.contains(['"', '\\']) || !id.is_ascii() => "it has characters that no URL has".to_owned(),
        Ok(url) => return usable("id", &url, RESOURCE),
        Err(EndpointError::Insecure) => "it is plain http to another host".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(wrong(format!("id {id:?} is not the URL of a resource: {why}")).hint(hint))
}

/// Describes the first character in a text that URLs cannot contain; `None` if there is none.
fn no_url_has(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("is empty".to_owned());
    }
    let bad = text.chars().find(|c| !c.is_ascii_graphic() || "\"\\<>".contains(*c))?;
    if bad.is_whitespace() {
        return Some("has a blank, which URLs cannot contain".to_owned());
    }
    let of_host = if bad.is_alphabetic() { "; a host is written in its xn-- form" } else { "" };
    Some(not_vschar(text).map_or_else(
        || format!("has the character {bad:?}, which URLs cannot contain"),
        |what| format!("{what}, which URLs cannot contain{of_host}"),
    ))
}

/// Refuses placeholders. A word that may be part of a host name only gets a warning.
fn no_placeholder(key: &str, value: &str, example: &str) -> Result<(), Failure> {
    let Some((placeholder, Confidence::Sure)) = placeholders::find(value) else { return Ok(()) };
    let what = format!("{key} still has the placeholder {placeholder}: heist.toml does not expand variables");
    Err(wrong(what)
        .hint(format!("write the value itself, or make the file with envsubst; {key} = \"{example}\"")))
}

/// Refuses port 0 and hosts that cannot exist.
fn usable(key: &str, url: &EndpointUrl, example: &str) -> Result<(), Failure> {
    if let Some(why) = impossible(url) {
        return Err(wrong(format!("{key} {why}"))
            .hint(format!("write {} = \"{example}\"", key.trim_start_matches("the "))));
    }
    if url.port() != 0 {
        return Ok(());
    }
    Err(wrong(format!("{key} has port 0, which clients cannot connect to")).hint(format!(
        "write the port that clients use, or leave it out: {} = \"{example}\"",
        key.trim_start_matches("the ")
    )))
}

/// Whether a text is a URL with a mistyped beginning: `https:a`, `http:/a`, `https//a`, `//a`.
fn is_broken(issuer: &str) -> bool {
    let lower = issuer.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return false;
    }
    let after = lower.strip_prefix("https").or_else(|| lower.strip_prefix("http"));
    after.is_some_and(|after| after.starts_with(':') || after.starts_with("//"))
        || lower.starts_with("//")
        || lower.starts_with(':')
}

/// Returns the URL that was probably meant, or an example.
pub(super) fn as_url(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let scheme = ["https", "http"]
        .into_iter()
        .find(|scheme| lower.strip_prefix(scheme).is_some_and(|after| after.starts_with([':', '/'])));
    let rest = text[scheme.map_or(0, str::len)..].trim_start_matches([':', '/']);
    let is_loopback = EndpointUrl::parse(&format!("http://{rest}"), false).is_ok();
    let written = if is_loopback && scheme != Some("https") { "http" } else { "https" };
    let url = format!("{written}://{rest}");
    let is_fine = !url.contains(char::is_whitespace) && check_issuer_url(&url);
    if is_fine { url } else { ISSUER.to_owned() }
}

fn check_issuer_url(url: &str) -> bool {
    let is_fine =
        |url: &EndpointUrl| url.port() != 0 && url.uri().query().is_none() && impossible(url).is_none();
    EndpointUrl::parse(url, false).is_ok_and(|parsed| is_fine(&parsed))
}

/// Warnings about URLs that are valid but probably wrong, each alone or compared with the other.
pub(super) fn warnings(issuer: Option<&str>, public_url: Option<&str>, has_tls: bool) -> Vec<String> {
    let urls = || [("issuer", issuer), ("public_url", public_url)].into_iter();
    let each =
        |check: fn(&str, &str) -> Option<String>| urls().filter_map(move |(key, url)| check(key, url?));
    let schemes = issuer.zip(public_url).and_then(two_schemes);
    let base = urls().rev().find_map(|(key, url)| Some((key, url?)));
    let schemes = schemes.or_else(|| base.filter(|_| has_tls).and_then(plain_beside_tls));
    each(unusual_spelling).chain(each(path_of_an_endpoint)).chain(schemes).collect()
}

/// Warns about a URL that contains the path of an endpoint: the server adds these paths itself.
fn path_of_an_endpoint(key: &str, url: &str) -> Option<String> {
    let start = url.find("://").map(|at| at + "://".len())?;
    let at = [TOKEN_PATH, "/.well-known/"].into_iter().filter_map(|path| url[start..].find(path)).min()?;
    let base = &url[..start + at];
    Some(format!(
        "{key} contains the path of an endpoint, but the server appends endpoint paths itself; write {key} \
         = {base:?}"
    ))
}

fn plain_beside_tls((key, url): (&str, &str)) -> Option<String> {
    let is_plain = EndpointUrl::parse(url, true).is_ok_and(|url| !url.is_https());
    is_plain.then(|| {
        format!(
            "{key} is http, but the server serves only https: clients that use it get no answer; write \
             {key} = \"{}\"",
            url.replacen("http://", "https://", 1)
        )
    })
}

/// Warns about a URL that is not in normal form. Issuers and audiences are compared byte by byte (RFC 8414
/// section 3.3), and libraries that parse URLs write the normal form.
fn unusual_spelling(key: &str, url: &str) -> Option<String> {
    let endpoint = EndpointUrl::parse(url, true).ok()?;
    let host = endpoint.host().to_ascii_lowercase();
    // The name without its last dot is the same host, and certificates have that form.
    let normal = Address::parse(url)?.to_string().replacen(&host, host.trim_end_matches('.'), 1);
    let is_normal = normal.trim_end_matches('/') == url.trim_end_matches('/');
    (!is_normal).then(|| {
        format!(
            "{key} is not in normal form, but it is compared byte by byte: \
             write {key} = \"{}\"",
            if url.ends_with('/') { normal.as_str() } else { normal.trim_end_matches('/') }
        )
    })
}

fn two_schemes((issuer, public_url): (&str, &str)) -> Option<String> {
    let is_https = |url: &str| EndpointUrl::parse(url, true).ok().map(|url| url.is_https());
    match (is_https(issuer)?, is_https(public_url)?) {
        (true, false) => Some(format!(
            "public_url is http and the issuer https: some clients refuse plain http, others send their \
             secrets in clear; write public_url = \"{}\"",
            public_url.replacen("http://", "https://", 1)
        )),
        (false, true) => Some(format!(
            "public_url is https and the issuer http: clients fetch the metadata in clear, and anyone on \
             the network path can change it; write issuer = \"{}\"",
            issuer.replacen("http://", "https://", 1)
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_was_meant_is_told() {
        for (text, url) in [
            ("https:a", "https://a"),
            ("http:/as.example.com/x", "https://as.example.com/x"),
            ("https//as.example.com", "https://as.example.com"),
            ("HTTPS:as.example.com", "https://as.example.com"),
            ("//as.example.com", "https://as.example.com"),
            ("localhost:8080", "http://localhost:8080"),
            ("http:localhost:8080", "http://localhost:8080"),
            ("https:localhost:8080", "https://localhost:8080"),
            ("as.example.com:8443", "https://as.example.com:8443"),
            ("as.example.com", "https://as.example.com"),
            ("http.example.com", "https://http.example.com"),
            ("urn:example:as", ISSUER),
            ("https:", ISSUER),
            ("a b", ISSUER),
        ] {
            assert_eq!(as_url(text), url, "{text}");
        }
    }

    #[test]
    fn names_are_issuers_and_mistyped_urls_are_not() {
        for good in
            ["heist-oauth-service", "urn:example:as", "http-service", "localhost:8080", "https.example.com"]
        {
            assert!(check_issuer(good, false).is_ok(), "{good}");
        }
        for bad in
            ["https:a", "http:/a", "https//a", "//a", "://a", "HTTP:a", "https:///a", "http://localhost:0"]
        {
            assert!(check_issuer(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_spelling_of_its_own_is_told_with_the_usual_one() {
        for (url, usual) in [
            ("https://AS.example.com", "\"https://as.example.com\""),
            ("https://as.example.com:443/", "\"https://as.example.com/\""),
            ("https://as.example.com/a/../b", "\"https://as.example.com/b\""),
            ("HTTPS://as.example.com", "\"https://as.example.com\""),
            ("https://as.example.com./x", "\"https://as.example.com/x\""),
        ] {
            let told = warnings(Some(url), None, false);
            assert!(told.len() == 1 && told[0].ends_with(usual), "{url}: {told:?}");
        }
        for url in
            ["https://as.example.com/", "https://as.example.com:8443/x", "https://[::1]:8001", "a-name"]
        {
            assert_eq!(warnings(Some(url), Some(url), true), Vec::<String>::new(), "{url}");
        }
    }

    #[test]
    fn two_schemes_are_told_from_both_sides() {
        let (plain, tls) = ("http://localhost:8001", "https://as.example.com");
        assert!(
            warnings(Some(tls), Some(plain), false)[0].contains("public_url is http and the issuer https")
        );
        assert!(
            warnings(Some(plain), Some(tls), false)[0].contains("public_url is https and the issuer http")
        );
        assert_eq!(warnings(Some(tls), Some(tls), false), Vec::<String>::new());
        assert_eq!(warnings(Some("a-name"), Some(plain), false), Vec::<String>::new());
    }

    #[test]
    fn plain_http_beside_a_certificate_and_paths_of_endpoints_are_told() {
        let plain = "http://localhost:8001";
        assert!(warnings(Some(plain), None, true)[0].ends_with("write issuer = \"https://localhost:8001\""));
        assert!(warnings(Some("a-name"), Some(plain), true)[0].contains("public_url is http"));
        assert_eq!(warnings(Some(plain), None, false), Vec::<String>::new());
        for url in [
            "https://as.example.com/a/oauth/token",
            "https://as.example.com/a/.well-known/openid-configuration",
        ] {
            let told = warnings(None, Some(url), false);
            assert!(told[0].ends_with("write public_url = \"https://as.example.com/a\""), "{told:?}");
        }
    }
}
