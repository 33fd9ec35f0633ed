//! Secrets that we make: 256 bits in letters that every client writes the same way, with a prefix by
//! which scanners find a leaked one, and a checksum by which a mistyped one is known without a look.

use crate::jose::digest::{RandomError, base64url, random, sha256};
use crate::secret::Secret;

/// What a secret begins with.
pub const PREFIX: &str = "heist_";
/// Letters of the random part: 256 bits.
const RANDOM: usize = 43;
/// Letters of the checksum: 36 bits.
const CHECKSUM: usize = 6;

/// A new secret.
///
/// # Errors
/// Where the system gives no random bytes.
pub fn secret() -> Result<Secret, RandomError> {
    let random = base64url(&random::<32>()?);
    let checksum = checksum(&random);
    Ok(Secret::new(format!("{PREFIX}{random}{checksum}")))
}

fn checksum(random: &str) -> String {
    let mut text = base64url(&sha256(format!("{PREFIX}{random}").as_bytes()));
    text.truncate(CHECKSUM);
    text
}

/// Whether a secret looks like one of ours and was mistyped or cut; `None` for what we never made.
#[must_use]
pub fn is_damaged(secret: &Secret) -> Option<bool> {
    let rest = secret.expose_str().ok()?.strip_prefix(PREFIX)?;
    Some(match (rest.get(..RANDOM), rest.get(RANDOM..)) {
        (Some(random), Some(sum)) => checksum(random) != sum,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_secret_is_whole_and_a_mistyped_one_is_known() {
        let made = secret().unwrap();
        let text = made.expose_str().unwrap().to_owned();
        assert_eq!(text.len(), PREFIX.len() + RANDOM + CHECKSUM);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(is_damaged(&made), Some(false));
        let other = if text.as_bytes()[10] == b'a' { "b" } else { "a" };
        let typed = format!("{}{other}{}", &text[..10], &text[11..]);
        for damaged in [typed.as_str(), &text[..40], &format!("{text}x"), PREFIX, "heist_é"] {
            assert_eq!(is_damaged(&Secret::new(damaged)), Some(true), "{damaged}");
        }
        assert_eq!(is_damaged(&Secret::new("hunter2")), None);
        assert_ne!(secret().unwrap(), made);
    }
}
