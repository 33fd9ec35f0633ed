//! Private keys and secrets at rest, sealed with AES-256-GCM under a key stored elsewhere. The name of a sealed
//! one is authenticated too, so it does not open under another name.

use crate::jose::digest::{base64url, unbase64};
use crate::jose::private::PrivateKey;
use crate::secret::Secret;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::alphabet::URL_SAFE;

const SEALED: &str = "a256gcm:";
/// The forms of what is not sealed.
const PKCS8: &str = "pkcs8:";
const SECRET: &str = "secret:";
const KEY_LEN: usize = 32;

/// The key that seals: 32 bytes. During a change, a second one also opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealingKey {
    seals: Secret,
    opens: Option<Secret>,
}

/// Why a stored private key or secret cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is sealed, and no key is configured.
    #[error("it is sealed, and no key is configured to open it")]
    NoKey,
    /// It was sealed with another key, for another name, or was modified.
    #[error("it does not open with this key")]
    WrongKey,
    /// It was not written by heistctl.
    #[error("it is damaged")]
    Damaged,
    /// The cryptography library refused.
    #[error("it cannot be written")]
    Crypto,
}

impl SealingKey {
    /// Parses base64url or standard base64, with or without padding.
    ///
    /// # Errors
    /// If it is not 32 bytes.
    pub fn read(text: &Secret) -> Result<Self, &'static str> {
        const WRONG: &str = "it is not 32 bytes in base64url";
        let plain: Vec<u8> = text
            .expose()
            .iter()
            .map(|letter| match letter {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            })
            .collect();
        let bytes = unbase64(&URL_SAFE, Secret::new(plain).expose()).map(Secret::new).ok_or(WRONG)?;
        if bytes.len() == KEY_LEN { Ok(Self { seals: bytes, opens: None }) } else { Err(WRONG) }
    }

    /// A key that also opens what `other` has sealed.
    #[must_use]
    pub fn beside(self, other: Self) -> Self {
        Self { opens: Some(other.seals), ..self }
    }

    /// Only the key that opens what is stored under that name; both if neither does.
    #[must_use]
    pub fn like(&self, kept: &Secret, name: &str) -> Self {
        let single = |seals: &Secret| Self { seals: seals.clone(), opens: None };
        let opens = |key: &Self| open(kept, name, Some(key)).is_ok();
        self.keys().map(single).find(opens).unwrap_or_else(|| self.clone())
    }

    fn keys(&self) -> impl Iterator<Item = &Secret> {
        [&self.seals].into_iter().chain(&self.opens)
    }
}

/// Writes a private key for that name, sealed if there is a sealing key.
///
/// # Errors
/// [`SealError::Crypto`]
pub fn seal(private: &PrivateKey, name: &str, key: Option<&SealingKey>) -> Result<Secret, SealError> {
    let clear = private.pkcs8().map_err(|_| SealError::Crypto)?;
    seal_bytes(clear.expose(), PKCS8, name, key)
}

/// Writes a secret for that name, sealed if there is a sealing key.
///
/// # Errors
/// [`SealError::Crypto`]
pub fn seal_secret(secret: &Secret, name: &str, key: Option<&SealingKey>) -> Result<Secret, SealError> {
    seal_bytes(secret.expose(), SECRET, name, key)
}

fn seal_bytes(clear: &[u8], form: &str, name: &str, key: Option<&SealingKey>) -> Result<Secret, SealError> {
    let Some(key) = key else { return Ok(Secret::new(format!("{form}{}", base64url(clear)))) };
    let mut sealed = clear.to_vec();
    let nonce = cipher(&key.seals)
        .and_then(|cipher| cipher.seal_in_place_append_tag(Aad::from(name), &mut sealed).ok())
        .ok_or(SealError::Crypto)?;
    Ok(Secret::new(format!("{SEALED}{}", base64url(&[nonce.as_ref().as_slice(), &sealed].concat()))))
}

/// Reads the output of [`seal`] for that name.
///
/// # Errors
/// [`SealError`] with the reason; the key is not quoted.
pub fn open(kept: &Secret, name: &str, key: Option<&SealingKey>) -> Result<PrivateKey, SealError> {
    PrivateKey::from_der(open_bytes(kept, PKCS8, name, key)?.expose()).map_err(|_| SealError::Damaged)
}

/// Reads the output of [`seal_secret`] for that name.
///
/// # Errors
/// [`SealError`] with the reason.
pub fn open_secret(kept: &Secret, name: &str, key: Option<&SealingKey>) -> Result<Secret, SealError> {
    open_bytes(kept, SECRET, name, key)
}

fn open_bytes(kept: &Secret, form: &str, name: &str, key: Option<&SealingKey>) -> Result<Secret, SealError> {
    let text = kept.expose_str().map_err(|_| SealError::Damaged)?;
    let bytes = |text: &str| unbase64(&URL_SAFE, text.as_bytes()).map(Secret::new).ok_or(SealError::Damaged);
    if let Some(clear) = text.strip_prefix(form) {
        return bytes(clear);
    }
    let sealed = bytes(text.strip_prefix(SEALED).ok_or(SealError::Damaged)?)?;
    let key = key.ok_or(SealError::NoKey)?;
    let (nonce, sealed) = sealed.expose().split_at_checked(NONCE_LEN).ok_or(SealError::Damaged)?;
    for key in key.keys() {
        let mut bytes = zeroize::Zeroizing::new(sealed.to_vec());
        let cipher = cipher(key).ok_or(SealError::Crypto)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Damaged)?;
        if let Ok(opened) = cipher.open_in_place(nonce, Aad::from(name), &mut bytes) {
            return Ok(Secret::new(&*opened));
        }
    }
    Err(SealError::WrongKey)
}

/// Whether a text is the output of [`seal_secret`], as opposed to a hash.
#[must_use]
pub fn is_kept_secret(text: &str) -> bool {
    text.starts_with(SEALED) || text.starts_with(SECRET)
}

/// Whether a stored key is sealed.
#[must_use]
pub fn is_sealed(kept: &Secret) -> bool {
    kept.expose().starts_with(SEALED.as_bytes())
}

fn cipher(key: &Secret) -> Option<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM, key.expose()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::algorithm::Algorithm;
    use crate::jose::sign::key_pair_algorithms;

    fn key(byte: u8) -> SealingKey {
        SealingKey::read(&Secret::new(base64url(&[byte; 32]))).unwrap()
    }

    fn thumbprint(key: &PrivateKey) -> Option<String> {
        key.thumbprint().unwrap()
    }

    #[test]
    fn a_key_of_every_algorithm_opens_with_its_key_and_name_only() {
        for algorithm in key_pair_algorithms() {
            let private = PrivateKey::generate(algorithm).unwrap();
            let sealed = seal(&private, "a", Some(&key(1))).unwrap();
            assert!(is_sealed(&sealed));
            assert_eq!(thumbprint(&open(&sealed, "a", Some(&key(1))).unwrap()), thumbprint(&private));
            let why = |name, key: Option<&SealingKey>| open(&sealed, name, key).unwrap_err();
            assert_eq!(
                (why("b", Some(&key(1))), why("a", Some(&key(2))), why("a", None)),
                (SealError::WrongKey, SealError::WrongKey, SealError::NoKey)
            );
            let clear = seal(&private, "a", None).unwrap();
            assert!(!is_sealed(&clear));
            assert_eq!(thumbprint(&open(&clear, "b", Some(&key(1))).unwrap()), thumbprint(&private));
        }
    }

    #[test]
    fn of_two_keys_either_opens_and_the_first_seals() {
        let private = PrivateKey::generate(Algorithm::ES256).unwrap();
        let (old, new) = (key(1), key(2));
        let both = new.clone().beside(old.clone());
        let of_old = seal(&private, "a", Some(&old)).unwrap();
        let of_both = seal(&private, "a", Some(&both)).unwrap();
        for sealed in [&of_old, &of_both] {
            assert_eq!(thumbprint(&open(sealed, "a", Some(&both)).unwrap()), thumbprint(&private));
        }
        assert!(open(&of_both, "a", Some(&new)).is_ok());
        assert_eq!(open(&of_both, "a", Some(&old)).unwrap_err(), SealError::WrongKey);
        assert_eq!((both.like(&of_old, "a"), both.like(&of_both, "a")), (old, new));
        let third = seal(&private, "a", Some(&key(3))).unwrap();
        assert_eq!(open(&third, "a", Some(&both)).unwrap_err(), SealError::WrongKey);
        assert_eq!(both.like(&third, "a"), both);
    }

    #[test]
    fn a_secret_opens_with_its_key_and_name_only_and_is_not_a_private_key() {
        let secret = Secret::new("correct horse");
        let sealed = seal_secret(&secret, "a", Some(&key(1))).unwrap();
        let clear = seal_secret(&secret, "a", None).unwrap();
        for (kept, sealing) in [(&sealed, Some(key(1))), (&clear, Some(key(1))), (&clear, None)] {
            assert!(is_kept_secret(kept.expose_str().unwrap()));
            assert_eq!(open_secret(kept, "a", sealing.as_ref()), Ok(secret.clone()));
            assert_eq!(open(kept, "a", sealing.as_ref()).unwrap_err(), SealError::Damaged);
        }
        let why = |name, key: Option<&SealingKey>| open_secret(&sealed, name, key).unwrap_err();
        assert_eq!(
            (why("b", Some(&key(1))), why("a", Some(&key(2))), why("a", None)),
            (SealError::WrongKey, SealError::WrongKey, SealError::NoKey)
        );
        assert!(!is_kept_secret("sha256:00") && !is_kept_secret("$argon2id$"));
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let private = PrivateKey::generate(Algorithm::ES256).unwrap();
        let sealed = seal(&private, "a", Some(&key(1))).unwrap();
        let text = sealed.expose_str().unwrap();
        for at in [SEALED.len(), SEALED.len() + 20, text.len() - 3] {
            let letter = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = format!("{}{letter}{}", &text[..at], &text[at + 1..]);
            assert_eq!(open(&Secret::new(changed), "a", Some(&key(1))).unwrap_err(), SealError::WrongKey);
        }
        for damaged in ["", "hello", "a256gcm:", "a256gcm:AAAA", "pkcs8:AAAA", "pkcs8:!"] {
            let error = open(&Secret::new(damaged), "a", Some(&key(1))).unwrap_err();
            assert_eq!(error, SealError::Damaged, "{damaged}");
        }
    }

    #[test]
    fn a_sealing_key_is_32_bytes_however_they_are_written() {
        let bytes = [0xFB; 32];
        let url = base64url(&bytes);
        for good in [url.clone(), format!("{url}="), url.replace('-', "+").replace('_', "/")] {
            assert_eq!(SealingKey::read(&Secret::new(good)), Ok(key(0xFB)));
        }
        for bad in ["", "short", &base64url(&[1; 31]), &base64url(&[1; 33]), "!".repeat(43).as_str()] {
            assert!(SealingKey::read(&Secret::new(bad)).is_err(), "{bad}");
        }
    }
}
