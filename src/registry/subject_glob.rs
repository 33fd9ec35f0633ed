//! Patterns for subjects, as in `repo:acme/*:environment:prod`. `*` stops at `:` and `/`, which separate the
//! parts of a subject; `**` does not. There is no escape: a literal `*` needs an exact subject.

/// One element of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GlobPart {
    Byte(u8),
    /// Any bytes of one part.
    Within,
    /// Any bytes.
    Across,
}

impl GlobPart {
    /// Whether it is a star that may stand for this byte.
    const fn covers(self, byte: u8) -> bool {
        match self {
            Self::Byte(_) => false,
            Self::Within => !matches!(byte, b':' | b'/'),
            Self::Across => true,
        }
    }
}

fn parts(bytes: &[u8]) -> Vec<GlobPart> {
    let (mut at, mut found) = (0, Vec::with_capacity(bytes.len()));
    while at < bytes.len() {
        let part = match (bytes[at], bytes.get(at + 1)) {
            (b'*', Some(b'*')) => GlobPart::Across,
            (b'*', _) => GlobPart::Within,
            (byte, _) => GlobPart::Byte(byte),
        };
        at += if part == GlobPart::Across { 2 } else { 1 };
        found.push(part);
    }
    found
}

/// Whether the whole text fits the pattern. The literal text at both ends decides most cases at once, without
/// memory. The rest takes time in proportion to the product of the two lengths.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let (Some(first), Some(last)) = (pattern.find('*'), pattern.rfind('*')) else { return pattern == text };
    let (start, end) = (&pattern.as_bytes()[..first], &pattern.as_bytes()[last + 1..]);
    let middle = text.as_bytes().strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    middle.is_some_and(|middle| fits_middle(&parts(&pattern.as_bytes()[first..=last]), middle))
}

fn fits_middle(parts: &[GlobPart], text: &[u8]) -> bool {
    // Whether the first `n` parts fit the text so far.
    let mut reached = vec![false; parts.len() + 1];
    reached[0] = true;
    skip_empty(parts, &mut reached);
    for byte in text {
        // From the end, so that each place is read before it is written.
        for at in (0..=parts.len()).rev() {
            let stays = reached[at] && parts.get(at).is_some_and(|part| part.covers(*byte));
            let arrives = at > 0 && reached[at - 1] && parts[at - 1] == GlobPart::Byte(*byte);
            reached[at] = stays || arrives;
        }
        skip_empty(parts, &mut reached);
        if !reached.contains(&true) {
            return false;
        }
    }
    reached[parts.len()]
}

/// A `*` may stand for nothing.
fn skip_empty(parts: &[GlobPart], reached: &mut [bool]) {
    for (at, part) in parts.iter().enumerate() {
        if reached[at] && !matches!(part, GlobPart::Byte(_)) {
            reached[at + 1] = true;
        }
    }
}

/// The part of a pattern before its first `*`.
#[must_use]
pub fn literal_start(pattern: &str) -> &str {
    pattern.split('*').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stays_within_a_part_and_two_do_not() {
        for (pattern, text, expected) in [
            ("repo:acme/*:environment:prod", "repo:acme/api:environment:prod", true),
            ("repo:acme/*:environment:prod", "repo:acme/:environment:prod", true),
            ("repo:acme/*:environment:prod", "repo:acme/api:x:environment:prod", false),
            ("repo:acme/*:environment:prod", "repo:acme/a/b:environment:prod", false),
            ("repo:acme/*", "repo:acme/api:environment:prod", false),
            ("repo:acme/**", "repo:acme/api:environment:prod", true),
            ("repo:acme/**:environment:prod", "repo:acme/api:environment:x:environment:prod", true),
            ("repo:acme/**:environment:prod", "repo:acme/api:environment:prod2", false),
            ("repo:acme/api:*", "repo:acme/api:", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYc:", false),
            ("a**b*c", "a:/:bc", true),
            ("***", "a:b", true),
            ("*", "a:b", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("é*", "éa", true),
            ("A", "a", false),
            // The literal ends must not overlap.
            ("ab*b", "ab", false),
            ("ab*b", "abb", true),
            ("a**a", "a", false),
            ("repo:acme/*:*:*prod", "repo:acme/api:environment:prod", true),
            ("repo:acme/*:x*:*prod", "repo:acme/api:environment:prod", false),
            ("*x***", "a/x", false),
            ("*x***", "ax/", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_does_not_take_exponential_time() {
        let pattern = "*a".repeat(200);
        assert!(!fits(&pattern, &"a".repeat(199)));
        assert!(!fits(&format!("{pattern}b"), &"a".repeat(4000)));
    }

    #[test]
    fn the_literal_start_ends_before_the_first_star() {
        assert_eq!(["repo:acme/*", "repo:*", "a", "**"].map(literal_start), ["repo:acme/", "repo:", "a", ""]);
    }
}
