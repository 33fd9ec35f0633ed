//! Content codings of answers (RFC 9110 section 8.4). heistctl requests none, but some servers compress
//! anyway.

use super::failure::TransportError;
use crate::http::Headers;
use crate::text::truncate;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::{self, BufRead, BufReader, Read};

/// The most nested codings that are decoded.
const MOST: usize = 3;
/// The limit of an unknown coding's name in a message, in characters.
const MAX_NAME: usize = 40;

/// The codings of an answer, the last applied first.
///
/// # Errors
/// With the name of a coding that heistctl does not know.
pub(super) fn codings(headers: &Headers) -> Result<Vec<Coding>, TransportError> {
    let names = headers.all("content-encoding").flat_map(|value| value.split(','));
    let mut found = Vec::new();
    for name in names.map(str::trim).filter(|name| !name.is_empty()) {
        match name.to_ascii_lowercase().as_str() {
            "identity" => {}
            "gzip" | "x-gzip" => found.push(Coding::Gzip),
            "deflate" => found.push(Coding::Deflate),
            _ => return Err(unknown(name)),
        }
    }
    if found.len() > MOST {
        return Err(TransportError::NotHttp(format!("the answer is compressed {} times", found.len())));
    }
    found.reverse();
    Ok(found)
}

fn unknown(name: &str) -> TransportError {
    let name = truncate(name, MAX_NAME);
    let why = "which heistctl did not request and does not support; it supports gzip and deflate";
    TransportError::NotHttp(format!("the answer is compressed with {name}, {why}"))
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
}

/// Decompresses the body as it is read.
pub(super) fn decoded(body: Box<dyn Read>, codings: &[Coding]) -> Box<dyn Read> {
    let each = |body, coding: &Coding| {
        Box::new(Decoded { coding: *coding, state: DecodeState::Unread(body) }) as Box<dyn Read>
    };
    codings.iter().fold(body, each)
}

/// The decoder is chosen on the first byte, because an answer to HEAD has no body.
struct Decoded {
    coding: Coding,
    state: DecodeState,
}

enum DecodeState {
    Unread(Box<dyn Read>),
    Reading(Box<dyn Read>),
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let DecodeState::Unread(body) = &mut self.state {
            let body = std::mem::replace(body, Box::new(io::empty()));
            self.state = DecodeState::Reading(self.coding.begin(body)?);
        }
        let DecodeState::Reading(reader) = &mut self.state else { return Ok(0) };
        reader.read(buffer).map_err(|error| self.coding.named(error))
    }
}

impl Coding {
    fn begin(self, body: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
        let mut body = BufReader::new(body);
        let Some(first) = body.fill_buf()?.first().copied() else { return Ok(Box::new(io::empty())) };
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(body)),
            // The coding is zlib's, but some servers send a bare deflate stream (RFC 9110 section 8.4.1.2).
            Self::Deflate if first & 0x0f == 8 => Box::new(ZlibDecoder::new(body)),
            Self::Deflate => Box::new(DeflateDecoder::new(body)),
        })
    }

    fn named(self, error: io::Error) -> io::Error {
        let name = match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        };
        match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                io::Error::new(io::ErrorKind::InvalidData, format!("it is not valid {name}"))
            }
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(names: &[&str], body: Vec<u8>) -> Result<String, String> {
        let mut headers = Headers::default();
        names.iter().for_each(|name| headers.push("Content-Encoding", *name));
        let codings = codings(&headers).map_err(|error| error.to_string())?;
        let mut text = String::new();
        decoded(Box::new(io::Cursor::new(body)), &codings)
            .read_to_string(&mut text)
            .map_err(|error| error.to_string())?;
        Ok(text)
    }

    #[test]
    fn what_is_compressed_is_read_whatever_its_coding_is_called() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(b"text").unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
        bare.write_all(b"text").unwrap();
        let good = Ok("text".to_owned());
        for (names, body) in [
            (&[][..], b"text".to_vec()),
            (&["identity"], b"text".to_vec()),
            (&[""], b"text".to_vec()),
            (&["gzip"], gzip(b"text")),
            (&["X-GZip"], gzip(b"text")),
            (&["gzip, identity"], gzip(b"text")),
            (&["gzip"], [gzip(b"te"), gzip(b"xt")].concat()),
            (&["gzip, gzip"], gzip(&gzip(b"text"))),
            (&["gzip", "gzip"], gzip(&gzip(b"text"))),
            (&["deflate"], zlib.finish().unwrap()),
            (&["deflate"], bare.finish().unwrap()),
        ] {
            assert_eq!(read(names, body), good, "{names:?}");
        }
        assert_eq!(read(&["gzip"], Vec::new()), Ok(String::new()));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (names, body, part) in [
            (&["br"][..], b"x".to_vec(), "compressed with br, which"),
            (&["gzip, zstd"], b"x".to_vec(), "compressed with zstd, which"),
            (&["gzip, gzip, gzip, gzip"], b"x".to_vec(), "compressed 4 times"),
            (&["gzip"], b"a longer text".to_vec(), "it is not valid gzip"),
            (&["deflate"], vec![0xff; 9], "it is not valid deflate"),
        ] {
            let error = read(names, body).unwrap_err();
            assert!(error.contains(part), "{names:?} {error}");
        }
        let whole = gzip(b"text");
        assert!(read(&["gzip"], whole[..whole.len() - 1].to_vec()).is_err());
    }
}
