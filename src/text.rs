//! Text from other parties, and words of commands to paste, for messages.

use std::borrow::Cow;

/// Truncates to `most` characters, with an ellipsis. Redact first: half a secret, left by a cut, would not
/// be recognised.
#[must_use]
pub fn truncate(text: &str, most: usize) -> Cow<'_, str> {
    // The byte count is never below the character count.
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Quotes a word for a shell where it needs quotes.
#[must_use]
pub fn shell_word(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:=,".contains(c);
    let is_plain = !word.is_empty() && word.chars().all(is_plain);
    if is_plain { Cow::Borrowed(word) } else { Cow::Owned(format!("'{}'", word.replace('\'', r"'\''"))) }
}

/// Names the encoding of bytes that Windows PowerShell writes with `>` and other programs do not expect.
#[must_use]
pub fn wide(bytes: &[u8]) -> Option<&'static str> {
    decoded_wide(bytes).map(|_| "UTF-16, as Windows PowerShell writes files")
}

/// The text of UTF-16, with a byte order mark or recognised by its zero bytes.
#[must_use]
pub fn decoded_wide(bytes: &[u8]) -> Option<String> {
    let decoded = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        Some(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => decoded(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => decoded(rest, u16::from_be_bytes),
        [1..=255, 0, 1..=255, 0, ..] => decoded(bytes, u16::from_le_bytes),
        [0, 1..=255, 0, 1..=255, ..] => decoded(bytes, u16::from_be_bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_read_with_and_without_its_mark() {
        for bytes in [&b"\xFF\xFEa\0b\0"[..], b"\xFE\xFF\0a\0b", b"a\0b\0", b"\0a\0b"] {
            assert_eq!(decoded_wide(bytes).as_deref(), Some("ab"), "{bytes:?}");
        }
        for bytes in [&b"ab"[..], b"", b"\0\0\0\0", "\u{feff}ab".as_bytes()] {
            assert_eq!(wide(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        for (text, shown) in [
            ("", ""),
            ("abc", "abc"),
            ("éüß", "éüß"),
            ("abcd", "abc…"),
            ("éüßa", "éüß…"),
            ("\u{1f600}ab…", "\u{1f600}ab…"),
        ] {
            assert_eq!(truncate(text, 3), shown, "{text}");
        }
        assert_eq!(truncate("é", 0), "…");
    }

    #[test]
    fn a_word_is_quoted_where_a_shell_would_change_it() {
        for (word, quoted) in
            [("a:b", "a:b"), ("", "''"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("$x", "'$x'")]
        {
            assert_eq!(shell_word(word), quoted, "{word}");
        }
    }
}
