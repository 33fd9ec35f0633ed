//! Request bodies from text, a file or stdin. Large bodies are streamed, and a large pipe can be sent only
//! once.

use super::failures::PHASE;
use super::not_json;
use crate::cli::CallArgs;
use crate::client::agent::{Agent, StreamedAnswer, TransportError};
use crate::client::request::OutgoingRequest;
use crate::commands::environment::refuse_credential;
use crate::exit::{Exit, Failure};
use crate::json::{Json, JsonLimits};
use crate::os_error::plain;
use crate::secret::Secret;
use http::header::{CONTENT_LENGTH, EXPECT};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The API decides what it accepts from `--json-body`. The limit only bounds recursion.
const BODY_BOUNDS: JsonLimits = JsonLimits { depth: 128, ..JsonLimits::DOCUMENT };
/// Pipes up to this size are held in memory, so that they can be sent again.
const HELD: u64 = 64 * 1024;
/// Larger bodies wait for `100 Continue`, because the server may refuse them (RFC 9110 section 10.1.1).
const EXPECTING: u64 = 1024 * 1024;

pub(super) enum Body {
    None,
    Held(Secret),
    /// A file with its length, opened for each request.
    File(PathBuf, u64),
    /// The unread rest of a large pipe.
    Pipe(Pipe),
}

/// A body that can be sent only once.
pub(super) struct Pipe {
    reader: Box<dyn Read>,
    origin: String,
    begun: bool,
}

impl Body {
    /// Reads the body that the flags name, with its media type.
    ///
    /// # Errors
    /// Exit 2 if it cannot be read, or if `--json-body` is not JSON.
    pub(super) fn settle(args: &CallArgs) -> Result<(Self, Option<&'static str>), Failure> {
        let usage = |what: String| Failure::new(Exit::Usage, PHASE, what);
        let (given, flag) = match (&args.data, &args.json_body) {
            (Some(data), _) => (data.expose(), "--data"),
            (None, Some(json)) => (json.expose(), "--json-body"),
            (None, None) => return Ok((Self::None, None)),
        };
        let is_json = flag == "--json-body";
        let media_type = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
        let body = match given {
            [b'@', b'-'] => Self::pipe(Box::new(io::stdin()), "stdin")?,
            [b'@', path @ ..] => {
                let path = std::str::from_utf8(path).map_err(|_| usage(format!("{flag}: no path")))?;
                refuse_credential(Path::new(path), &format!("{flag} @"), PHASE)?;
                Self::file(Path::new(path))?
            }
            text => {
                if is_json {
                    Json::parse_within(text, BODY_BOUNDS).map_err(|error| {
                        // The parser's message gives only the place, because the text may be secret.
                        usage(format!("the body from --json-body: {error}"))
                            .hint(not_json::cure(&String::from_utf8_lossy(text)))
                    })?;
                }
                Self::Held(Secret::new(text))
            }
        };
        Ok((body, Some(media_type)))
    }

    fn file(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| cannot_read(Exit::Usage, path, &error))?;
        let meta = file.metadata().map_err(|error| cannot_read(Exit::Usage, path, &error))?;
        if meta.is_dir() {
            let what = format!("cannot read {}: it is a folder", path.display());
            return Err(Failure::new(Exit::Usage, PHASE, what));
        }
        // A FIFO has no length and can be read once. Files in /proc report length 0.
        if !meta.is_file() || meta.len() == 0 {
            return Self::pipe(Box::new(file), &path.display().to_string());
        }
        Ok(Self::File(path.to_owned(), meta.len()))
    }

    fn pipe(mut reader: Box<dyn Read>, origin: &str) -> Result<Self, Failure> {
        let mut start = Vec::new();
        let read = reader.by_ref().take(HELD).read_to_end(&mut start);
        read.map_err(|error| cannot_read(Exit::Usage, Path::new(origin), &error))?;
        if (start.len() as u64) < HELD {
            return Ok(Self::Held(Secret::new(start)));
        }
        let reader = Box::new(io::Cursor::new(start).chain(reader));
        Ok(Self::Pipe(Pipe { reader, origin: origin.to_owned(), begun: false }))
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether the body can be sent now, or the reason why not.
    pub(super) fn is_whole(&self) -> Result<(), String> {
        match self {
            Self::Pipe(Pipe { origin, begun: true, .. }) => {
                Err(format!("the body came from {origin} and cannot be sent again"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the body can be sent any number of times, or the reason why not.
    pub(super) fn is_lasting(&self) -> Result<(), String> {
        match self {
            Self::Pipe(pipe) => Err(format!(
                "the body comes from {} and, being larger than {HELD} bytes, can be sent once only",
                pipe.origin
            )),
            _ => Ok(()),
        }
    }

    /// Sends the body with its request.
    ///
    /// # Errors
    /// Exit 1 if it cannot be read. The inner result is the network's.
    pub(super) fn send(
        &mut self,
        agent: &Agent,
        mut outgoing: OutgoingRequest,
    ) -> Result<Result<StreamedAnswer, TransportError>, Failure> {
        match self {
            Self::None => Ok(agent.send(&outgoing)),
            Self::Held(bytes) => {
                outgoing.body = bytes.clone();
                Ok(agent.send(&outgoing))
            }
            Self::File(path, length) => {
                let file = File::open(&*path).map_err(|error| cannot_read(Exit::Local, path, &error))?;
                outgoing.headers.push((CONTENT_LENGTH, Secret::new(length.to_string())));
                if *length > EXPECTING {
                    outgoing.headers.push((EXPECT, Secret::new("100-continue")));
                }
                let mut feed = Feed { reader: file, left: Some(*length), begun: false, failed: None };
                let sent = agent.stream(&outgoing, &mut feed);
                feed.check(path).map(|()| sent)
            }
            Self::Pipe(pipe) => {
                outgoing.headers.push((EXPECT, Secret::new("100-continue")));
                let mut feed = Feed { reader: &mut pipe.reader, left: None, begun: false, failed: None };
                let sent = agent.stream(&outgoing, &mut feed);
                pipe.begun |= feed.begun;
                feed.check(Path::new(&pipe.origin)).map(|()| sent)
            }
        }
    }
}

fn cannot_read(exit: Exit, path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::new(exit, PHASE, format!("cannot read {}: {}", path.display(), plain(error)));
    failure.hint("@FILE and @- name a body; is the path right?")
}

/// A reader that remembers its error. The agent would report it as a network error.
struct Feed<R> {
    reader: R,
    /// The rest of a known length.
    left: Option<u64>,
    begun: bool,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Feed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.begun = true;
        // Ignore bytes that were added to the file since its length was sent.
        let room = self.left.map_or(buffer.len(), |left| usize::try_from(left).unwrap_or(usize::MAX));
        let room = room.min(buffer.len());
        let read = loop {
            match self.reader.read(&mut buffer[..room]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) if room > 0 && self.left.is_some() => {
                    break Err(io::Error::other("the file became shorter"));
                }
                read => break read,
            }
        };
        let count = read.map_err(|error| {
            let shown = io::Error::other(error.to_string());
            self.failed = Some(error);
            shown
        })?;
        self.left = self.left.map(|left| left - count as u64);
        Ok(count)
    }
}

impl<R> Feed<R> {
    fn check(&self, path: &Path) -> Result<(), Failure> {
        self.failed.as_ref().map_or(Ok(()), |error| Err(cannot_read(Exit::Local, path, error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(bytes: &[u8], left: Option<u64>) -> (Result<usize, String>, bool) {
        let mut feed = Feed { reader: bytes, left, begun: false, failed: None };
        let read = feed.read_to_end(&mut Vec::new()).map_err(|error| error.to_string());
        (read, feed.failed.is_some())
    }

    #[test]
    fn a_body_is_as_long_as_was_said_or_the_file_is_to_blame() {
        assert_eq!(feed(b"abc", None), (Ok(3), false));
        assert_eq!(feed(b"abc", Some(3)), (Ok(3), false));
        assert_eq!(feed(b"abcde", Some(3)), (Ok(3), false));
        assert_eq!(feed(b"ab", Some(3)), (Err("the file became shorter".to_owned()), true));
    }

    #[test]
    fn a_file_that_says_that_it_is_empty_is_read_all_the_same() {
        let of = |path: &Path| match Body::file(path) {
            Ok(Body::Held(bytes)) => bytes.len(),
            _ => panic!("it is not held"),
        };
        assert!(of(Path::new("/proc/self/status")) > 100);
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty");
        std::fs::write(&empty, "").unwrap();
        assert_eq!(of(&empty), 0);
    }

    #[test]
    fn a_small_pipe_is_held_and_a_large_one_comes_once() {
        let of = |length: usize| Body::pipe(Box::new(io::Cursor::new(vec![b'x'; length])), "stdin").unwrap();
        for length in [0, 5, 65_535] {
            assert!(matches!(of(length), Body::Held(bytes) if bytes.len() == length));
        }
        let Body::Pipe(mut pipe) = of(100_000) else { panic!("it is held") };
        let mut all = Vec::new();
        pipe.reader.read_to_end(&mut all).unwrap();
        assert_eq!(all.len(), 100_000);
        pipe.begun = true;
        let body = Body::Pipe(pipe);
        assert_eq!(body.is_whole(), Err("the body came from stdin and cannot be sent again".to_owned()));
        assert!(body.is_lasting().is_err());
    }
}
