//! A type for secrets: no `Display`, `Deref` or `Serialize`; its `Debug` shows nothing; it is wiped when
//! dropped. [`Secret::expose`] is the only, greppable way to read it.

use std::borrow::Cow;
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes that must not be shown: a client secret, a signing secret, a token.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// A secret from a file or a pipe. One trailing LF or CRLF, which editors and `echo` add, is removed.
    pub fn from_file_content(bytes: impl Into<Vec<u8>>) -> Self {
        let mut bytes = bytes.into();
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        Self::new(bytes)
    }

    /// The bytes. Review every call: they must not reach a log, a message or an argv.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text.
    ///
    /// # Errors
    /// If the bytes are not UTF-8; the error does not reveal them.
    pub fn expose_str(&self) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(&self.0)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The length in characters, or in bytes if it is not UTF-8. A two-byte character is as easy to guess
    /// as a one-byte one.
    #[must_use]
    pub fn characters(&self) -> usize {
        self.expose_str().map_or(self.len(), |text| text.chars().count())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for Secret {
    /// Constant-time for secrets of equal length.
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Whether a typed text may be a credential, which no message repeats: a JWT, a generated secret, a PEM, or
/// a word of 20 or more characters with both cases or digits.
#[must_use]
pub fn looks_like_credential(text: &str) -> bool {
    const LONG: usize = 20;
    let is_mixed = |word: &str| {
        let classes = [char::is_uppercase, char::is_lowercase, char::is_numeric];
        word.chars().count() >= LONG && classes.iter().filter(|class| word.contains(**class)).count() > 1
    };
    let is_known = text.starts_with("eyJ") || text.contains("heist_") || text.contains("-----BEGIN");
    is_known || text.split(|c: char| "/.:?&=@ ".contains(c)).any(is_mixed)
}

/// A name from a stranger, as a client id, for a log. `id:SECRET`, as curl's -u takes it, loses its secret.
#[must_use]
pub fn without_credential(name: &str) -> Cow<'_, str> {
    const NOT_SHOWN: &str = "(not shown)";
    if !looks_like_credential(name) {
        return Cow::Borrowed(name);
    }
    match name.split_once(':').filter(|(id, _)| !id.is_empty() && !looks_like_credential(id)) {
        Some((id, _)) => Cow::Owned(format!("{id}:{NOT_SHOWN}")),
        None => Cow::Borrowed(NOT_SHOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_nothing_of_the_secret_not_even_its_length() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
        assert_eq!(format!("{:?}", Secret::new("")), "Secret(…)");
    }

    #[test]
    fn one_line_end_is_not_part_of_a_secret_file() {
        for (content, secret) in
            [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a", "a"), ("\n", ""), ("a\r", "a\r")]
        {
            assert_eq!(Secret::from_file_content(content).expose(), secret.as_bytes());
        }
    }

    #[test]
    fn characters_are_counted_and_not_their_bytes() {
        assert_eq!(Secret::new("pässwörter").characters(), 10);
        assert_eq!(Secret::new([0xFF, 0xFE, b'a']).characters(), 3);
    }

    #[test]
    fn what_may_be_a_credential_is_known() {
        for text in [
            "eyJhbGciOiJub25lIn0.e30.",
            "heist_abc",
            "-----BEGIN X",
            "a1B2c3D4e5F6g7H8i9J0",
            "x abcdefghijklmnopqrs1",
        ] {
            assert!(looks_like_credential(text), "{text}");
        }
        for text in [
            "as.example.com",
            "localhost:8001",
            "https://as.example.com/realms/main",
            "hacker-client",
            "abcdefghijklmnopqrstu",
        ] {
            assert!(!looks_like_credential(text), "{text}");
        }
    }

    #[test]
    fn a_name_loses_what_may_be_its_secret() {
        for (name, shown) in [
            ("hacker-client", "hacker-client"),
            ("urn:example:backend", "urn:example:backend"),
            ("backend:heist_abc", "backend:(not shown)"),
            ("backend:a1B2c3D4e5F6g7H8i9J0", "backend:(not shown)"),
            ("heist_abc:backend", "(not shown)"),
            ("a1B2c3D4e5F6g7H8i9J0", "(not shown)"),
            (":a1B2c3D4e5F6g7H8i9J0", "(not shown)"),
        ] {
            assert_eq!(without_credential(name), shown);
        }
    }

    #[test]
    fn equality_compares_all_bytes() {
        assert_eq!(Secret::new("abc"), Secret::new("abc"));
        assert_ne!(Secret::new("abc"), Secret::new("abd"));
        assert_ne!(Secret::new("abc"), Secret::new("ab"));
    }
}
