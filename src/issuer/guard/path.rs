//! The path of a request, decoded into its segments. Paths that an API may read differently than the guard
//! are refused: otherwise a caller could name one path to the guard and another to the API.

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OddPath {
    #[error("it does not begin with a slash")]
    NoSlash,
    #[error("it has an empty segment (//)")]
    EmptySegment,
    #[error("it has a segment of dots, such as . or ..")]
    Dots,
    #[error("it has an encoded slash or backslash")]
    EncodedSlash,
    #[error("it has a semicolon, whose meaning differs between programs")]
    Semicolon,
    #[error("it is encoded twice")]
    EncodedTwice,
    #[error("it has a character that no path has, or a broken escape")]
    Character,
    #[error("it is not UTF-8 once it is decoded")]
    NotUtf8,
}

/// The decoded segments of a path; `/` has one, which is empty. Only the last one may be empty.
///
/// # Errors
/// [`OddPath`]
pub fn segments(path: &str) -> Result<Vec<String>, OddPath> {
    let below = path.strip_prefix('/').ok_or(OddPath::NoSlash)?;
    let count = below.split('/').count();
    let segment = |(at, text): (usize, &str)| match text.is_empty() && at + 1 < count {
        true => Err(OddPath::EmptySegment),
        false => segment(text),
    };
    let segments: Vec<String> = below.split('/').enumerate().map(segment).collect::<Result<_, _>>()?;
    // `//` alone: the first of two empty segments.
    Ok(segments)
}

fn segment(text: &str) -> Result<String, OddPath> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let (byte, after) = match (byte, after) {
            (b'%', [high, low, after @ ..]) => (escaped(*high, *low)?, after),
            (b'%', _) => return Err(OddPath::Character),
            (b';', _) => return Err(OddPath::Semicolon),
            (byte, after) if is_plain(*byte) => (*byte, after),
            _ => return Err(OddPath::Character),
        };
        out.push(byte);
        rest = after;
    }
    let is_dots = !out.is_empty() && out.iter().all(|byte| *byte == b'.');
    let is_twice = out.windows(3).any(|part| part[0] == b'%' && part[1..].iter().all(u8::is_ascii_hexdigit));
    match String::from_utf8(out) {
        Ok(_) if is_dots => Err(OddPath::Dots),
        Ok(_) if is_twice => Err(OddPath::EncodedTwice),
        Ok(text) if text.chars().any(char::is_control) => Err(OddPath::Character),
        Ok(text) => Ok(text),
        Err(_) => Err(OddPath::NotUtf8),
    }
}

fn escaped(high: u8, low: u8) -> Result<u8, OddPath> {
    let digit = |byte: u8| char::from(byte).to_digit(16).ok_or(OddPath::Character);
    let value = u8::try_from(digit(high)? * 16 + digit(low)?).map_err(|_| OddPath::Character)?;
    match value {
        b'/' | b'\\' => Err(OddPath::EncodedSlash),
        b';' => Err(OddPath::Semicolon),
        value => Ok(value),
    }
}

/// The characters of a path that stand for themselves (RFC 3986 section 3.3), without the semicolon.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&'..=b',' | b'=' | b':' | b'@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_is_decoded_once() {
        for (path, parts) in [
            ("/", &[""][..]),
            ("/a", &["a"]),
            ("/a/", &["a", ""]),
            ("/%61/B", &["a", "B"]),
            ("/caf%C3%A9/a%20b", &["café", "a b"]),
            ("/a.b/..c/~x", &["a.b", "..c", "~x"]),
            ("/100%25", &["100%"]),
            ("/a:b@c/(d)", &["a:b@c", "(d)"]),
        ] {
            assert_eq!(segments(path).unwrap(), parts, "{path}");
        }
    }

    #[test]
    fn paths_that_programs_read_differently_are_refused() {
        for (path, why) in [
            ("", OddPath::NoSlash),
            ("a", OddPath::NoSlash),
            ("*", OddPath::NoSlash),
            ("//", OddPath::EmptySegment),
            ("//a", OddPath::EmptySegment),
            ("/a//b", OddPath::EmptySegment),
            ("/a//", OddPath::EmptySegment),
            ("/a/../b", OddPath::Dots),
            ("/.", OddPath::Dots),
            ("/a/..", OddPath::Dots),
            ("/a/%2e%2E/b", OddPath::Dots),
            ("/a/.%2e", OddPath::Dots),
            ("/...", OddPath::Dots),
            ("/a%2fb", OddPath::EncodedSlash),
            ("/a%5Cb", OddPath::EncodedSlash),
            ("/a;b", OddPath::Semicolon),
            ("/a/..;/b", OddPath::Semicolon),
            ("/a%3bb", OddPath::Semicolon),
            ("/a%252fb", OddPath::EncodedTwice),
            ("/%25%32e", OddPath::EncodedTwice),
            ("/a%", OddPath::Character),
            ("/a%2", OddPath::Character),
            ("/a%zz", OddPath::Character),
            ("/a\\b", OddPath::Character),
            ("/a%00", OddPath::Character),
            ("/a%0d%0ab", OddPath::Character),
            ("/a%C2%85", OddPath::Character),
            ("/a b", OddPath::Character),
            ("/é", OddPath::Character),
            ("/%ff", OddPath::NotUtf8),
            ("/%c0%ae%c0%ae", OddPath::NotUtf8),
        ] {
            assert_eq!(segments(path), Err(why), "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_segment_can_be_read_as_another_path(text in "[/.%;\\\\a-c0-9A-F~ ]{0,24}") {
            if let Ok(parts) = segments(&text) {
                for (at, part) in parts.iter().enumerate() {
                    prop_assert!(!part.contains(['/', '\\', ';']), "{part}");
                    prop_assert!(!part.is_empty() || at + 1 == parts.len());
                    prop_assert!(part.is_empty() || part.chars().any(|c| c != '.'));
                    // A second decoding, as some programs do, finds nothing new.
                    let again = percent_encoding::percent_decode_str(part).decode_utf8_lossy();
                    prop_assert_eq!(&*again, part.as_str());
                }
            }
        }

        #[test]
        fn a_plain_path_is_what_it_says(parts in proptest::collection::vec("[a-z0-9_~-]{1,6}", 1..5)) {
            prop_assert_eq!(segments(&format!("/{}", parts.join("/"))), Ok(parts));
        }
    }
}
