//! A secret that a client signs with (`client_secret_jwt`), as stored. A hash cannot verify an HMAC, so the store
//! has the secret itself in the place of its hash, sealed with the store key as signing keys are.

use crate::jose::sealing::{self, SealError, SealingKey};
use crate::secret::Secret;

/// The text for the store.
///
/// # Errors
/// [`SealError::Crypto`]
pub fn text(client: &str, secret: &Secret, key: Option<&SealingKey>) -> Result<String, SealError> {
    let sealed = sealing::seal_secret(secret, &name(client), key)?;
    sealed.expose_str().map(str::to_owned).map_err(|_| SealError::Crypto)
}

/// Whether a stored text is a secret, and not its hash.
#[must_use]
pub fn is_kept(text: &str) -> bool {
    sealing::is_kept_secret(text)
}

/// Opens a stored secret.
///
/// # Errors
/// [`SealError`]
pub fn opened(client: &str, text: &str, key: Option<&SealingKey>) -> Result<Secret, SealError> {
    sealing::open_secret(&Secret::new(text), &name(client), key)
}

/// The name under which a secret is sealed. No signing key has a blank in its name.
fn name(client: &str) -> String {
    format!("client {client}")
}
