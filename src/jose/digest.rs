//! SHA-256, random bytes, and base64url without padding (RFC 7515 section 2).

use aws_lc_rs::{digest, hmac, rand};
use base64::Engine;
use base64::alphabet::Alphabet;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::fmt;

#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// SHA-1, for the thumbprints of certificates that use it (RFC 7517 section 4.8).
#[must_use]
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    out.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    out
}

/// HMAC-SHA-256.
#[must_use]
pub fn hmac_sha256(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes).as_ref());
    out
}

#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Decodes hexadecimal digits of either case; `None` if a byte is not a digit.
#[must_use]
pub fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pair = |pair: &[u8]| Some(nibble(pair[0])? << 4 | nibble(pair[1])?);
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for digits in digits.chunks(2) {
        bytes.push(if digits.len() == 2 { pair(digits)? } else { return None });
    }
    Some(bytes)
}

/// The first 64 bits of a token's SHA-256, in hexadecimal: enough to find it in a log, useless to a thief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 8]);

impl Fingerprint {
    #[must_use]
    pub fn of(token: &str) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&sha256(token.as_bytes())[..8]);
        Self(first)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// Unpredictable bytes from the system's generator.
///
/// # Errors
/// If the system has none; nothing may be issued then.
pub fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| RandomError)?;
    Ok(bytes)
}

#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system's random generator failed")]
pub struct RandomError;

/// Decodes base64 with or without padding, in one line or several; `None` if it is not base64.
#[must_use]
pub fn unbase64(alphabet: &Alphabet, text: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config).decode(without_blanks(text)).ok()
}

/// Removes blanks, since editors and base64 wrap lines.
#[must_use]
pub fn without_blanks(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}

/// base64url without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_of_abc_is_the_known_answer() {
        assert_eq!(hex(&sha256(b"abc"))[..16], *"ba7816bf8f01cfea");
        assert_eq!(Fingerprint::of("abc").to_string(), "ba7816bf8f01cfea");
    }

    #[test]
    fn hex_is_read_as_written() {
        assert_eq!(unhex(b"00ffA5"), Some(vec![0, 255, 0xa5]));
        assert_eq!((unhex(b"0"), unhex(b"+1"), unhex(b"zz"), unhex(b"")), (None, None, None, Some(vec![])));
    }

    #[test]
    fn random_bytes_differ() {
        assert_ne!(random::<16>().unwrap(), random::<16>().unwrap());
    }
}
