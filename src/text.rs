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

#[cfg(test)]
mod tests {
    use super::*;

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
