//! The URLs of token requests: from flags and files, or from an issuer's metadata.

use crate::client::discovery::{self, NamedError};
use crate::client::endpoint::{Endpoint, EndpointError};
use crate::client::redact::truncate;
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};

/// Reads a URL.
///
/// # Errors
/// Exit 2; the message names where the URL came from, not the URL, which may hold a secret.
pub fn endpoint(
    text: &str,
    insecure_http: bool,
    phase: &'static str,
    origin: &str,
) -> Result<Endpoint, Failure> {
    Endpoint::parse(text, insecure_http).map_err(|error| {
        let failure = Failure::new(Exit::Usage, phase, format!("the URL from {origin}: {error}"));
        match error {
            EndpointError::Insecure => failure.hint("use https, or --insecure-http if the network is yours"),
            _ => failure.hint("write it as https://host/path"),
        }
    })
}

/// Where an address is from that the metadata names.
pub(super) const METADATA_ORIGIN: &str = "the issuer's metadata";

/// An address that an issuer's metadata names.
///
/// # Errors
/// Exit 5 where it is not used.
pub fn named(
    member: &'static str,
    url: &str,
    issuer: &str,
    insecure_http: bool,
    phase: &'static str,
) -> Result<Sourced<Endpoint>, Failure> {
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
