//! URLs of token requests, from flags and files or from an issuer's metadata.

use crate::client::discovery::{self, NamedError};
use crate::client::endpoint::{EndpointError, EndpointUrl};
use crate::client::redact::truncate;
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};
use crate::http::visible::is_invisible;
use crate::secret::looks_like_credential;

/// A common mistake in URLs: the correction and the explanation.
type UrlMistake = (fn(&str) -> Option<String>, &'static str);

/// The first match counts.
const FAULTS: [UrlMistake; 10] = [
    (|text| changed(text, text.trim_matches(is_invisible)), "it has blanks or line ends around it"),
    (|text| changed(text, text.trim_matches(QUOTES)), "it is in quotes or brackets"),
    (assigned, "it begins with the name of a variable"),
    (|text| text.contains('\\').then(|| text.replace('\\', "/")), "it has backslashes"),
    (twice, "it has two schemes"),
    (misspelled, "its scheme is not http:// or https://"),
    (without_scheme, "it has no scheme"),
    (|text| text.split_once('#').map(|(url, _)| url.to_owned()), "it has a fragment (#…)"),
    (without_credentials, "it has a user's name or a password in it"),
    (|text| text.split_once(char::is_whitespace).map(|(url, _)| url.to_owned()), "it has a blank in it"),
];
pub(super) const QUOTES: [char; 10] =
    ['"', '\'', '`', '<', '>', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', ','];

/// Parses a URL.
///
/// # Errors
/// Exit 2. The message has the URL's source, and the URL if it cannot contain a secret.
pub fn endpoint(
    text: &str,
    insecure_http: bool,
    phase: &'static str,
    origin: &str,
) -> Result<EndpointUrl, Failure> {
    EndpointUrl::parse(text, insecure_http).map_err(|error| {
        if error == EndpointError::Insecure {
            let what = format!("the URL from {origin}: {error}");
            return Failure::new(Exit::Usage, phase, what)
                .hint("use https, or --insecure-http if the network is yours");
        }
        let may_be_secret = text.contains(['@', '?', '#']) || looks_like_credential(text);
        let shown = if may_be_secret { String::new() } else { format!(": {:?}", truncate(text)) };
        let mended = mended(text);
        let why = mended.as_ref().map(|(why, _)| format!(": {why}")).unwrap_or_default();
        let error = if error == EndpointError::NotUrl { format!("{error}{why}") } else { error.to_string() };
        // The query may also be secret.
        let url = mended.filter(|_| !looks_like_credential(text)).map(|(_, url)| url);
        let url = url.and_then(|url| url.split('?').next().map(str::to_owned));
        let url = url.unwrap_or_else(|| "https://host/path".to_owned());
        let failure = Failure::new(Exit::Usage, phase, format!("the URL from {origin}: {error}{shown}"));
        failure.hint(format!("write it as {}", setting(origin, &url)))
    })
}

/// A setting in the form of its source: a flag, a variable, or the value alone.
pub(super) fn setting(origin: &str, value: &str) -> String {
    if origin.starts_with("--") {
        format!("{origin} {value}")
    } else if origin.starts_with("HEISTCTL_") {
        format!("{origin}={value}")
    } else {
        value.to_owned()
    }
}

/// The mistake in a text that is not a URL, and the intended URL.
fn mended(text: &str) -> Option<(&'static str, String)> {
    let mut first = None;
    let mut url = text.to_owned();
    for (mend, what) in FAULTS {
        if let Some(mended) = mend(&url) {
            first = first.or(Some(what));
            url = mended;
        }
    }
    let is_good = EndpointUrl::parse(&url, true).is_ok();
    first.filter(|_| is_good).map(|what| (what, url))
}

fn changed(before: &str, after: &str) -> Option<String> {
    (before != after).then(|| after.to_owned())
}

fn assigned(text: &str) -> Option<String> {
    let (name, url) = text.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| url.trim_matches(QUOTES).to_owned())
}

fn twice(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    rest.contains("://").then(|| rest.to_owned())
}

/// `http:/x`, `http//x`, `htps://x`, `wss://x`.
fn misspelled(text: &str) -> Option<String> {
    let scheme = text.find(['/', '.', '?']).map_or(text, |at| &text[..at]);
    let lower = scheme.trim_end_matches(':').to_ascii_lowercase();
    let rest = text[scheme.len()..].trim_start_matches('/');
    let is_web = lower == "http" || lower == "https";
    let has_slashes = text[scheme.len()..].starts_with("//");
    if is_web && !rest.is_empty() && (!has_slashes || !scheme.ends_with(':') || text.contains(":///")) {
        return Some(format!("{lower}://{rest}"));
    }
    let is_other = !is_web && has_slashes && scheme.ends_with(':');
    is_other.then(|| format!("https://{rest}"))
}

/// Uses http for this machine and https for others.
fn without_scheme(text: &str) -> Option<String> {
    if text.contains("://") || text.is_empty() || text.starts_with('/') && !text.starts_with("//") {
        return None;
    }
    let text = text.trim_start_matches(['/', ':']);
    let with = |scheme: &str| format!("{scheme}://{text}");
    let url = EndpointUrl::parse(&with("http"), true).ok()?;
    let has_name = url.host().contains('.') || url.host().contains(':') || text.contains([':', '/']);
    (url.is_loopback() || has_name).then(|| with(if url.is_loopback() { "http" } else { "https" }))
}

fn without_credentials(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (_, host) = rest[..end].rsplit_once('@')?;
    Some(format!("{scheme}://{host}{}", &rest[end..]))
}

/// The phase of failures about metadata.
pub(super) const METADATA_PHASE: &str = "issuer's metadata";
/// The source of addresses from metadata.
pub(super) const METADATA_ORIGIN: &str = "the issuer's metadata";

/// An address from an issuer's metadata.
///
/// # Errors
/// Exit 5 if it cannot be used.
pub fn named(
    member: &'static str,
    url: &str,
    issuer: &str,
    insecure_http: bool,
    phase: &'static str,
) -> Result<Sourced<EndpointUrl>, Failure> {
    let named = discovery::named(url, issuer, insecure_http).map_err(|error| {
        let what = format!("{member} in the metadata of {}: {error}", truncate(issuer));
        let hint = match error {
            NamedError::Downgrade(_) => "the issuer must name https there",
            NamedError::Address(EndpointError::Insecure) => {
                "--insecure-http allows it, if the network is yours"
            }
            NamedError::Address(_) => "the issuer must name a URL there: https://host/path",
        };
        Failure::new(Exit::ServerFailed, phase, what).hint(hint)
    })?;
    Ok(Sourced::new(named, METADATA_ORIGIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_written_wrong_is_mended() {
        for (text, part, url) in [
            (" https://as.example.com", "blanks", "https://as.example.com"),
            ("https://as.example.com\n", "blanks", "https://as.example.com"),
            ("'https://as.example.com'", "quotes", "https://as.example.com"),
            ("<https://as.example.com>", "brackets", "https://as.example.com"),
            ("\u{201c}https://as.example.com\u{201d}", "quotes", "https://as.example.com"),
            ("ISSUER=https://as.example.com", "name of a variable", "https://as.example.com"),
            ("https:\\\\as.example.com", "backslashes", "https://as.example.com"),
            ("https://https://as.example.com", "two schemes", "https://as.example.com"),
            ("http:/127.0.0.1:8001", "its scheme", "http://127.0.0.1:8001"),
            ("https//as.example.com/x", "its scheme", "https://as.example.com/x"),
            ("https:as.example.com", "", ""),
            ("https:///as.example.com", "its scheme", "https://as.example.com"),
            ("htps://as.example.com", "its scheme", "https://as.example.com"),
            ("wss://as.example.com/x", "its scheme", "https://as.example.com/x"),
            ("as.example.com", "no scheme", "https://as.example.com"),
            ("as.example.com:8443/x", "no scheme", "https://as.example.com:8443/x"),
            ("localhost:8001", "no scheme", "http://localhost:8001"),
            ("127.0.0.1:8001/oauth/token", "no scheme", "http://127.0.0.1:8001/oauth/token"),
            ("[::1]:8001", "no scheme", "http://[::1]:8001"),
            ("//as.example.com", "no scheme", "https://as.example.com"),
            ("https://u:p@as.example.com/x", "password", "https://as.example.com/x"),
            ("https://as.example.com/#x", "fragment", "https://as.example.com/"),
        ] {
            let found = mended(text);
            let (what, meant) = found.unwrap_or_default();
            assert!(what.contains(part) && meant == url, "{text}: {what} {meant}");
        }
        for text in ["", "/oauth/token", "hunter2", "https://", "http://127.0.0.1:99999/"] {
            assert_eq!(mended(text), None, "{text}");
        }
    }

    #[test]
    fn a_setting_is_written_as_it_was_read() {
        for (origin, written) in
            [("--issuer", "--issuer x"), ("HEISTCTL_ISSUER", "HEISTCTL_ISSUER=x"), ("profile a", "x")]
        {
            assert_eq!(setting(origin, "x"), written);
        }
    }
}
