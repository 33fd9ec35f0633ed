//! Client authentication (RFC 6749 section 2.3).

use crate::http::authorization::Credentials;
use crate::issuer::error::Refusal;
use crate::registry::{Authentication, Client, Registry};

/// The client whose secret one of the readings has. Every reading is tried, and each takes the
/// time of a check whether its client exists or not.
///
/// # Errors
/// `invalid_client`; which half was wrong is for the log.
pub fn authenticate<'a>(registry: &'a Registry, readings: &[Credentials]) -> Result<&'a Client, Refusal> {
    let mut refusal = Refusal::UnknownClient;
    let mut found = None;
    for reading in readings {
        match registry.authenticate(&reading.id, &reading.secret) {
            Authentication::Authenticated(client) => found = Some(client),
            Authentication::WrongSecret(_) => refusal = Refusal::WrongSecret,
            Authentication::UnknownClient => {}
        }
    }
    found.ok_or(refusal)
}
