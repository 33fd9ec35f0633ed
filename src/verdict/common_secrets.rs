//! Secrets from tutorials, libraries' examples and default configurations. Anybody can forge a token that
//! is signed with one of them.

use crate::jose::algorithm::Family;
use crate::jose::compact::Jws;
use crate::jose::digest::sha256;
use crate::jose::key::KeyMaterial;
use crate::jose::verify;
use crate::secret::Secret;
use std::collections::HashSet;
use std::sync::LazyLock;

const COMMON: [&str; 62] = [
    "",
    "secret",
    "Secret",
    "SECRET",
    "secret123",
    "secret_key",
    "secret-key",
    "secretkey",
    "secretKey",
    "SECRET_KEY",
    "my-secret",
    "my_secret",
    "mysecret",
    "my-secret-key",
    "my_secret_key",
    "mysecretkey",
    "my-super-secret-key",
    "my-32-character-ultra-secure-and-ultra-long-secret",
    "super-secret",
    "supersecret",
    "super_secret",
    "super-secret-key",
    "super-secret-change-in-production",
    "your-secret",
    "your_secret",
    "your-secret-key",
    "your_secret_key",
    "your-secret-here",
    "your-256-bit-secret",
    "your-384-bit-secret",
    "your-512-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    "shhhhh",
    "shhhhhhh",
    "changeme",
    "change-me",
    "change_me",
    "ChangeMe",
    "changeit",
    "change-this-secret",
    "password",
    "Password1",
    "password123",
    "passw0rd",
    "123456",
    "12345678",
    "1234567890",
    "0123456789abcdef",
    "qwerty",
    "admin",
    "root",
    "test",
    "testing",
    "key",
    "jwt",
    "jwt_secret",
    "jwt-secret",
    "jwtsecret",
    "JWT_SECRET",
    "hacker-secret-123",
    "planner-secret-456",
];

/// Whether one of the common secrets made this token's HMAC.
#[must_use]
pub fn signed_with_one(jws: &Jws<'_>) -> bool {
    let Ok(algorithm) = verify::precheck(jws) else { return false };
    algorithm.family() == Family::Hmac
        && COMMON
            .iter()
            .any(|secret| verify::matches(jws, &KeyMaterial::Hmac(Secret::new(*secret)), algorithm))
}

#[must_use]
pub fn is_one(secret: &Secret) -> bool {
    is_digest_of_one(&sha256(secret.expose()))
}

/// Whether it is the fast hash of a common secret; slow hashes are not tried.
#[must_use]
pub fn is_digest_of_one(digest: &[u8; 32]) -> bool {
    static DIGESTS: LazyLock<HashSet<[u8; 32]>> =
        LazyLock::new(|| COMMON.iter().map(|common| sha256(common.as_bytes())).collect());
    DIGESTS.contains(digest)
}
