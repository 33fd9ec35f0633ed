//! Decodes chunked bodies (RFC 9112 section 7.1), so that the engine gets a length. Pure.

use super::head::{HeadError, MAX_BODY, MAX_HEAD, fault};

/// The limit of a chunk's size line with extensions, in bytes.
const MAX_SIZE_LINE: usize = 256;
/// The limit of trailer fields.
const MAX_TRAILERS: usize = 16;

/// The position in a chunked body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chunked {
    /// Before a chunk's size.
    #[default]
    Size,
    /// Inside of a chunk, with the number of bytes left.
    Data(usize),
    /// Before the line end after a chunk.
    DataEnd,
    /// In the trailer section, after the last chunk.
    Trailers,
}

impl Chunked {
    /// Decodes `input` into `body`. Returns the number of bytes used, and whether the body is complete.
    ///
    /// # Errors
    /// A [`HeadError`] if the chunks are malformed or too large.
    pub fn decode(&mut self, input: &[u8], body: &mut Vec<u8>) -> Result<(usize, bool), HeadError> {
        let mut used = 0;
        loop {
            let rest = &input[used..];
            let step = match *self {
                Self::Size => size(rest)?,
                Self::Data(left) => Some(data(rest, left, body)),
                Self::DataEnd => data_end(rest)?.map(|length| (length, Self::Size)),
                Self::Trailers => match trailers(rest)? {
                    Some(length) => return Ok((used + length, true)),
                    None => None,
                },
            };
            let Some((length, next)) = step else { return Ok((used, false)) };
            if let (Self::Size, Self::Data(size)) = (*self, next)
                && size > MAX_BODY - body.len().min(MAX_BODY)
            {
                return fault(413, "the body is larger than 64 KiB");
            }
            let stuck = length == 0 && *self == next;
            used += length;
            *self = next;
            if stuck {
                return Ok((used, false));
            }
        }
    }
}

fn size(rest: &[u8]) -> Result<Option<(usize, Chunked)>, HeadError> {
    const BAD: &str = "a chunk's size is malformed (RFC 9112 section 7.1)";
    match httparse::parse_chunk_size(rest) {
        Ok(httparse::Status::Complete((length, size))) => {
            let line = &rest[..length - 2];
            let printable = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t');
            if length > MAX_SIZE_LINE
                || !line.iter().all(printable)
                || !line.first().is_some_and(u8::is_ascii_hexdigit)
            {
                return fault(400, BAD);
            }
            let next = match usize::try_from(size) {
                Ok(0) => Chunked::Trailers,
                Ok(size) => Chunked::Data(size),
                Err(_) => return fault(413, "the body is larger than 64 KiB"),
            };
            Ok(Some((length, next)))
        }
        Ok(httparse::Status::Partial) if rest.len() <= MAX_SIZE_LINE => Ok(None),
        _ => fault(400, BAD),
    }
}

fn data(rest: &[u8], left: usize, body: &mut Vec<u8>) -> (usize, Chunked) {
    let length = rest.len().min(left);
    body.extend_from_slice(&rest[..length]);
    (length, if length == left { Chunked::DataEnd } else { Chunked::Data(left - length) })
}

fn data_end(rest: &[u8]) -> Result<Option<usize>, HeadError> {
    match rest {
        [b'\r', b'\n', ..] => Ok(Some(2)),
        [] | [b'\r'] => Ok(None),
        _ => fault(400, "a chunk is longer than its size says (RFC 9112 section 7.1)"),
    }
}

/// Trailer fields are read and dropped: nothing here needs any.
fn trailers(rest: &[u8]) -> Result<Option<usize>, HeadError> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_TRAILERS];
    match httparse::parse_headers(rest, &mut fields) {
        Ok(httparse::Status::Complete((length, _))) if length <= MAX_HEAD => {
            let ended =
                rest[..length].split_inclusive(|byte| *byte == b'\n').all(|line| line.ends_with(b"\r\n"));
            if ended {
                Ok(Some(length))
            } else {
                fault(400, "a line must end with CR LF (RFC 9112 section 2.2)")
            }
        }
        Ok(httparse::Status::Partial) if rest.len() < MAX_HEAD => Ok(None),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => fault(431, "the trailer fields are too large"),
        Err(_) => fault(400, "a trailer field is malformed (RFC 9112 section 5)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(text: &str) -> Result<(String, usize), u16> {
        let mut body = Vec::new();
        match Chunked::default().decode(text.as_bytes(), &mut body) {
            Ok((used, true)) => Ok((String::from_utf8(body).unwrap(), used)),
            Ok((_, false)) => Err(0),
            Err(fault) => Err(fault.status),
        }
    }

    #[test]
    fn chunks_become_a_body() {
        assert_eq!(whole("5\r\nhello\r\n0\r\n\r\n"), Ok(("hello".to_owned(), 15)));
        assert_eq!(whole("1;a=b\r\nx\r\n2 \r\nyz\r\n0\r\nX: y\r\n\r\nGET"), Ok(("xyz".to_owned(), 29)));
        assert_eq!(whole("0\r\n\r\n"), Ok((String::new(), 5)));
        for (text, status) in [
            ("5\r\nhello\r\n", 0),
            ("5\r\nhell", 0),
            ("x\r\n", 400),
            ("\r\n", 400),
            ("-1\r\n", 400),
            ("0x5\r\nhello\r\n", 400),
            ("5\nhello\r\n0\r\n\r\n", 400),
            ("5\r\nhello!\r\n", 400),
            ("10001\r\n", 413),
            ("fffffffffffffffff\r\n", 400),
            ("ffffffffffffffff\r\n", 413),
            ("0\r\nX : y\r\n\r\n", 400),
            ("0\r\nX: y\n\r\n", 400),
            ("5;\u{1}\r\n", 400),
        ] {
            assert_eq!(whole(text), Err(status), "{text:?}");
        }
        assert_eq!(whole(&format!("1;{}", "x".repeat(300))), Err(400));
    }

    proptest! {
        #[test]
        fn pieces_give_what_the_whole_gives(
            chunks in proptest::collection::vec("[a-z]{1,9}", 0..6),
            cut in 0usize..80,
        ) {
            let mut text: String = chunks.iter().map(|c| format!("{:x}\r\n{c}\r\n", c.len())).collect();
            text.push_str("0\r\n\r\n");
            let cut = cut.min(text.len());
            let (mut state, mut body) = (Chunked::default(), Vec::new());
            let (used, done) = state.decode(&text.as_bytes()[..cut], &mut body).unwrap();
            let (rest, done_then) = if done { (0, true) } else {
                state.decode(&text.as_bytes()[used..], &mut body).unwrap()
            };
            prop_assert_eq!((used + rest, done_then), (text.len(), true));
            prop_assert_eq!(String::from_utf8(body).unwrap(), chunks.concat());
        }

        #[test]
        fn any_bytes_are_read_or_refused(input in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut body = Vec::new();
            if let Ok((used, _)) = Chunked::default().decode(&input, &mut body) {
                prop_assert!(used <= input.len() && body.len() <= input.len());
            }
        }
    }
}
