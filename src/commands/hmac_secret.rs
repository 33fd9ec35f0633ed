//! A shared secret for HMAC, in the encoding that `--secret-encoding` names.

use super::environment::Sourced;
use crate::cli::SecretEncoding;
use crate::exit::{Exit, Failure};
use crate::jose::digest::{unbase64, unhex, without_blanks};
use crate::jose::key::{KeyError, KeyMaterial};
use crate::secret::Secret;
use crate::text::wide;
use base64::alphabet::{STANDARD, URL_SAFE};

/// The bytes of the secret. Without an encoding, one trailing line end is not part of it.
///
/// # Errors
/// Exit 2 if it is empty, encoded differently, or a key of another kind.
pub(super) fn decoded(
    given: &Sourced<Secret>,
    encoding: Option<SecretEncoding>,
    phase: &'static str,
) -> Result<Secret, Failure> {
    let Sourced { value, origin } = given;
    let text = value.expose();
    let decoded = match encoding {
        None => Some(Secret::from_file_content(text)),
        Some(SecretEncoding::Raw) => Some(value.clone()),
        Some(SecretEncoding::Base64) => unbase64(&STANDARD, text).map(Secret::new),
        Some(SecretEncoding::Base64url) => unbase64(&URL_SAFE, text).map(Secret::new),
        Some(SecretEncoding::Hex) => unhex(&without_blanks(text)).map(Secret::new),
    };
    let Some(secret) = decoded else {
        let name = encoding.map_or("raw", SecretEncoding::name);
        let what =
            format!("the secret from {origin} is not written in {name}, as --secret-encoding {name} says");
        return Err(Failure::new(Exit::Usage, phase, what).hint(
            "leave out --secret-encoding for a secret that is text; others are hex, base64 and base64url",
        ));
    };
    if let Some(what) = wide(secret.expose()).filter(|_| encoding.is_none()) {
        let what = format!("the secret from {origin} is {what}");
        return Err(Failure::new(Exit::Usage, phase, what).hint(
            "iconv -f UTF-16 -t UTF-8 FILE > secret.txt converts it; --secret-encoding raw takes it as it is",
        ));
    }
    // The last byte of DER may look like a line end.
    if let Err(error) = KeyMaterial::hmac(secret.clone()).and_then(|_| KeyMaterial::hmac(value.clone())) {
        let what = match error {
            KeyError::KeyAsSecret(noun) => format!("{origin} is {noun}, which is never an HMAC secret"),
            other => format!("the secret from {origin}: {other}"),
        };
        return Err(Failure::new(Exit::Usage, phase, what).hint("use --key"));
    }
    if secret.is_empty() {
        let what = format!("the secret from {origin} is empty");
        return Err(Failure::new(Exit::Usage, phase, what)
            .hint("give the secret that signs the tokens: --secret-file FILE or --secret-env NAME"));
    }
    Ok(secret)
}
