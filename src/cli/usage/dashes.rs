//! Dashes and quotes that word processors and chats make of `--` and `"`.

/// Hyphens, dashes and the minus sign that are not `-`.
pub(super) const DASHES: [char; 9] = [
    '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}', '\u{fe63}',
    '\u{ff0d}',
];
pub(super) const QUOTES: [char; 7] =
    ['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}'];

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
