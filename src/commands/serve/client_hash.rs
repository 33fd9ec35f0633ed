//! `secret_hash`: the hash of a client's secret, and hints for values that are not one.

use super::problems::wrong;
use crate::exit::Failure;
use crate::registry::secret_hash::{SecretHash, SecretHashError};

const MAKE: &str = "heistctl client hash makes one: secret_hash = \"sha256:…\"; printf %s \"$SECRET\" | \
                    sha256sum gives the digits";
const SHA256_DIGITS: usize = 64;

/// Prefixes of hashes that other programs make.
const OTHERS: [(&[&str], &str); 8] = [
    (&["$2a$", "$2b$", "$2y$", "$2$"], "a bcrypt hash"),
    (&["$argon2i$", "$argon2d$"], "an argon2 hash, but not argon2id"),
    (&["$1$", "$5$", "$6$", "$y$", "$gy$"], "a hash of crypt, as in /etc/shadow"),
    (&["$scrypt$", "scrypt:"], "a scrypt hash"),
    (&["$pbkdf2", "pbkdf2:", "pbkdf2_"], "a PBKDF2 hash"),
    (&["{SSHA", "{SHA", "{MD5", "{CRYPT"], "a hash of LDAP"),
    (&["md5:", "sha1:", "sha384:", "sha512:"], "a hash other than SHA-256"),
    (&["$apr1$"], "a hash of htpasswd"),
];

pub(super) fn kept_hash(text: &str) -> Result<SecretHash, Failure> {
    let hash: SecretHash = text.parse().map_err(|error| explain(text, &error))?;
    if hash.is_of_nothing() {
        return Err(wrong("secret_hash is the hash of an empty secret").hint(MAKE));
    }
    Ok(hash)
}

/// The failure of a hash that cannot be used. It never shows the text, which may be the secret itself.
fn explain(text: &str, error: &SecretHashError) -> Failure {
    let digits = text.trim().strip_prefix("sha256:").or_else(|| text.trim().strip_prefix("SHA256:"));
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(digits) = digits.filter(|digits| is_hex(digits) && digits.len() != SHA256_DIGITS) {
        let what = format!("secret_hash has {} hexadecimal digits, not {SHA256_DIGITS}", digits.len());
        return wrong(what).hint(MAKE);
    }
    if is_hex(text.trim()) && text.trim().len() == SHA256_DIGITS {
        return wrong("secret_hash has no sha256: before its digits").hint(format!(
            "write sha256: before the {SHA256_DIGITS} digits: secret_hash = \"sha256:…\"; if they are the \
             secret itself, \
             heistctl client hash makes its hash"
        ));
    }
    let other = OTHERS.iter().find(|(starts, _)| starts.iter().any(|start| text.starts_with(start)));
    match other {
        Some((_, kind)) => wrong(format!("secret_hash is {kind}: {error}")).hint(MAKE),
        None => wrong(format!("secret_hash: {error}")).hint(MAKE),
    }
}
