//! Text of others, for people to read.

use std::borrow::Cow;

/// At most `most` characters of a text, and an ellipsis where it has more. Redact before: the half of a secret
/// that a cut leaves is no longer found.
#[must_use]
pub fn truncate(text: &str, most: usize) -> Cow<'_, str> {
    // A text has at least as many bytes as characters.
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
