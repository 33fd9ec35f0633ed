//! URLs of token requests, from flags and files or from an issuer's metadata.

use super::mistyped_url;
use crate::client::discovery::{self, NamedError};
use crate::client::endpoint::{EndpointError, EndpointUrl};
use crate::client::redact::truncate;
use crate::commands::environment::Sourced;
use crate::commands::misplaced::names_variable;
use crate::exit::{Exit, Failure};
use crate::secret::looks_like_credential;

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
    let parsed = EndpointUrl::parse(text, insecure_http).and_then(|url| {
        // A parser accepts them, and no server can have them.
        if mistyped_url::is_impossible(&url) { Err(EndpointError::NotUrl) } else { Ok(url) }
    });
    parsed.map_err(|error| {
        if error == EndpointError::Insecure && mistyped_url::mended(text).is_none() && mistyped_url::why_not(text).is_none() {
            let what = format!("the URL from {origin}: {error}");
            return Failure::new(Exit::Usage, phase, what)
                .hint("use https, or --insecure-http if the network is yours");
        }
        let may_be_secret = text.contains(['@', '?', '#']) || looks_like_credential(text);
        let shown = if may_be_secret { String::new() } else { format!(": {:?}", truncate(text)) };
        let mended = mistyped_url::mended(text);
        let why = mended.as_ref().map(|(why, _)| *why).or_else(|| mistyped_url::why_not(text));
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let error = match error {
            EndpointError::NotUrl => format!("{error}{why}"),
            EndpointError::Insecure => format!("{}{why}", EndpointError::NotUrl),
            other => other.to_string(),
        };
        // The query may also be secret.
        let is_name = mended.is_none() && mistyped_url::is_name(text);
        let url = mended.filter(|_| !looks_like_credential(text)).map(|(_, url)| url);
        let url = url.and_then(|url| url.split('?').next().map(str::to_owned));
        let url = url.unwrap_or_else(|| "https://host/path".to_owned());
        let failure = Failure::new(Exit::Usage, phase, format!("the URL from {origin}: {error}{shown}"));
        if is_name && ["--issuer", "HEISTCTL_ISSUER"].contains(&origin) {
            return failure.hint(
                "an issuer's name is not its address: --token-url http://127.0.0.1:8001/oauth/token names the \
                 endpoint",
            );
        }
        if origin == "the command line" && names_variable(text) {
            return failure.hint(
                "a shell expands variables, if they are not in single quotes; after serve --: \
                 -- sh -c 'heistctl call \"$HEISTCTL_URL/protected-resource\"'",
            );
        }
        failure.hint(format!("write it as {}", setting(origin, &url)))
    })
}

/// A setting in the form of its source: a flag, a variable, or the value alone.
pub(in crate::commands) fn setting(origin: &str, value: &str) -> String {
    if origin.starts_with("--") {
        format!("{origin} {value}")
    } else if origin.starts_with("HEISTCTL_") {
        format!("{origin}={value}")
    } else {
        value.to_owned()
    }
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
    fn a_setting_is_written_as_it_was_read() {
        for (origin, written) in
            [("--issuer", "--issuer x"), ("HEISTCTL_ISSUER", "HEISTCTL_ISSUER=x"), ("profile a", "x")]
        {
            assert_eq!(setting(origin, "x"), written);
        }
    }
}
