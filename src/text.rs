//! Text from other parties, for messages.

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
}
