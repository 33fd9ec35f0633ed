//! Judges addresses that metadata names.

use crate::client::endpoint::{EndpointError, EndpointUrl};
use crate::doctor::evidence::{IssuerEvidence, shortened};

/// Whether the issuer is plain http on this machine, which is allowed for tests.
pub(super) fn is_local(evidence: &IssuerEvidence) -> bool {
    EndpointUrl::parse(&evidence.issuer, true).is_ok_and(|url| !url.is_https() && url.is_loopback())
}

/// Why an endpoint's address is wrong; `None` if it is right.
pub(super) fn fault(name: &str, url: &str, evidence: &IssuerEvidence) -> Option<String> {
    let shown = shortened(url);
    match EndpointUrl::parse(url, true) {
        Err(EndpointError::Fragment) => Some(format!("{name} has a fragment: {shown}")),
        Err(EndpointError::UserInfo) => Some(format!("{name} has a user name in it")),
        Err(_) => Some(format!("{name} is not an absolute https URL: {shown}")),
        Ok(found) if !(found.is_https() || is_local(evidence) && found.is_loopback()) => {
            Some(format!("{name} is plain http: {shown}"))
        }
        Ok(_) => None,
    }
}
