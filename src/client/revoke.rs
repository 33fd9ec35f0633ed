//! Token revocation (RFC 7009).

use crate::client::Attempt;
use crate::client::agent::Answer;
use crate::client::authentication::{AuthenticatedClient, ProofError};
use crate::client::endpoint::EndpointUrl;
use crate::client::refusal::{TokenError, refusal};
use crate::client::request::OutgoingRequest;
use crate::secret::Secret;

/// The request (section 2.1).
///
/// # Errors
/// If client authentication cannot be prepared, or the token is not text.
pub fn prepare(
    endpoint: &EndpointUrl,
    identity: &AuthenticatedClient,
    token: &Secret,
    attempt: &Attempt,
) -> Result<OutgoingRequest, ProofError> {
    let token = token.expose_str().map_err(|_| ProofError::NotText)?.to_owned();
    identity.post(endpoint, vec![("token", token), ("token_type_hint", "access_token".to_owned())], attempt)
}

/// Checks the answer: 200, whether or not the token was valid (section 2.2).
///
/// # Errors
/// [`TokenError`] for any other answer.
pub fn read(answer: &Answer) -> Result<(), TokenError> {
    if (200..=299).contains(&answer.status) { Ok(()) } else { Err(refusal(answer)) }
}
