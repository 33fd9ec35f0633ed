//! Dashes and quotes that word processors and chats make of `--` and `"`.

use super::shown::plain_word;
use super::{Explained, TypedCommandLine, retyped};

/// Hyphens, dashes and the minus sign that are not `-`.
const DASHES: [char; 9] = [
    '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}', '\u{fe63}',
    '\u{ff0d}',
];
const QUOTES: [char; 7] = ['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}'];

/// The flag that was meant by `–scope`, `—scope`, `–-scope` or `“--scope”`.
pub(super) fn meant(word: &str) -> Option<String> {
    let bare = word.trim_matches(QUOTES);
    let (flag, value) = bare.split_once('=').map_or((bare, ""), |(flag, _)| (flag, &bare[flag.len()..]));
    let name = flag.trim_start_matches(|c| c == '-' || DASHES.contains(&c));
    let is_changed =
        flag.starts_with(DASHES) || flag.starts_with('-') && (bare != word || flag.contains(DASHES));
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let dashes = if name.len() == 1 { "-" } else { "--" };
    (is_changed && is_name).then(|| format!("{dashes}{name}{}", value.trim_matches(QUOTES)))
}

impl TypedCommandLine {
    /// A flag that begins with a typographic dash or quote, which clap takes for an argument.
    pub(super) fn explain_typographic(&self) -> Option<Explained> {
        let own = self.own().iter().take_while(|word| *word != "--");
        let (word, flag) = own.filter_map(|word| Some((word, meant(word)?))).next()?;
        let first = word.chars().next()?;
        let kind = if QUOTES.contains(&first) { "quote" } else { "dash" };
        let first = if first == '-' { word.chars().find(|c| DASHES.contains(c))? } else { first };
        let subject = plain_word(word).map_or_else(|| "a flag".to_owned(), |word| format!("\"{word}\""));
        let what =
            format!("{}: {subject} has a typographic {kind} (U+{:04X})", self.name(), u32::from(first));
        let mended: Vec<String> =
            self.words.iter().map(|word| meant(word).unwrap_or_else(|| word.clone())).collect();
        let flag = flag.split('=').next().unwrap_or_default();
        Some((what, retyped::line(&mended).unwrap_or_else(|| format!("write {flag}"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typographic_dash_is_read_as_the_flag_that_was_meant() {
        for (word, flag) in [
            ("–scope", Some("--scope")),
            ("—scope", Some("--scope")),
            ("−scope", Some("--scope")),
            ("–-scope", Some("--scope")),
            ("-–scope", Some("--scope")),
            ("‐‐scope=a", Some("--scope=a")),
            ("“--scope”", Some("--scope")),
            ("–X", Some("-X")),
            ("–", None),
            ("–1", None),
            ("--scope", None),
            ("“a”", None),
            ("scope–a", None),
        ] {
            assert_eq!(meant(word).as_deref(), flag, "{word}");
        }
    }
}
