//! Invisible characters: their names, their position in a text, and trimming.

use crate::json::is_unsafe;

/// A blank of any kind, a control character, or one without width.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace() || is_unsafe(c)
}

/// The name of a character for messages, with its article.
#[must_use]
pub fn name(c: char) -> String {
    let name = match c {
        ' ' => return "a blank".to_owned(),
        '\n' => "a line end",
        '\r' => "a carriage return",
        '\t' => "a tab",
        '\u{a0}' | '\u{202f}' => "a no-break space",
        '\u{ad}' => "a soft hyphen",
        '\u{200b}' => "a zero-width space",
        '\u{200c}' | '\u{200d}' => "a zero-width joiner",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "a direction mark",
        '\u{2060}' => "a word joiner",
        '\u{feff}' => "a byte order mark",
        c if c.is_control() => "a control character",
        c if is_invisible(c) => "an invisible character",
        _ => "the character",
    };
    format!("{name} (U+{:04X})", u32::from(c))
}

/// Describes the first invisible character at the start, at the end or inside of a text. Blanks inside are
/// allowed.
#[must_use]
pub fn unseen(text: &str) -> Option<String> {
    let invisible = |c: &char| is_invisible(*c);
    let first = text.chars().next().filter(invisible).map(|c| format!("begins with {}", name(c)));
    let last = || text.chars().next_back().filter(invisible).map(|c| format!("ends with {}", name(c)));
    let within =
        || text.chars().filter(|c| *c != ' ').find(invisible).map(|c| format!("contains {}", name(c)));
    first.or_else(last).or_else(within)
}

/// Describes the first character that is not printable ASCII, and its position (RFC 6749 appendix A:
/// VSCHAR).
#[must_use]
pub fn not_vschar(text: &str) -> Option<String> {
    let bad = text.chars().find(|c| !matches!(c, ' '..='~'))?;
    Some(match () {
        () if text.starts_with(bad) => format!("begins with {}", name(bad)),
        () if text.ends_with(bad) => format!("ends with {}", name(bad)),
        () => format!("contains {}", name(bad)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_named() {
        for (text, found) in [
            ("app", None),
            ("my app", None),
            ("", None),
            ("é", None),
            (" app", Some("begins with a blank")),
            ("app\r", Some("ends with a carriage return (U+000D)")),
            ("\u{feff}app", Some("begins with a byte order mark (U+FEFF)")),
            ("app\u{a0}", Some("ends with a no-break space (U+00A0)")),
            ("a\u{200b}pp", Some("contains a zero-width space (U+200B)")),
            ("a\u{1b}[0m", Some("contains a control character (U+001B)")),
            ("app\u{3000}", Some("ends with an invisible character (U+3000)")),
        ] {
            assert_eq!(unseen(text).as_deref(), found, "{text:?}");
        }
    }

    #[test]
    fn only_printable_ascii_is_vschar() {
        for (text, found) in [
            ("a b~!", None),
            (" app ", None),
            ("app\n", Some("ends with a line end (U+000A)")),
            ("\u{200e}app", Some("begins with a direction mark (U+200E)")),
            ("café-x", Some("contains the character (U+00E9)")),
        ] {
            assert_eq!(not_vschar(text).as_deref(), found, "{text:?}");
        }
    }
}
