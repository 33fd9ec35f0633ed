//! Notices that an answer repeats the access token, while its body is streamed. The body itself is the answer, and
//! stays as it is.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Set once the token was seen.
#[derive(Clone, Debug, Default)]
pub struct EchoFlag(Rc<Cell<bool>>);

impl EchoFlag {
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.get()
    }
}

/// A body that is searched for a text as it is read, in constant memory and linear time (Knuth, Morris and Pratt).
pub(super) struct EchoWatch<R> {
    body: R,
    text: Vec<u8>,
    /// For each prefix of the text: the length of its longest proper prefix that is its suffix, too.
    borders: Vec<usize>,
    /// The length of the prefix of the text that the bytes so far end with.
    matched: usize,
    seen: EchoFlag,
}

impl<R: Read> EchoWatch<R> {
    pub(super) fn of(body: R, text: &str, seen: EchoFlag) -> Self {
        let text = text.as_bytes().to_vec();
        let mut watch = Self { body, borders: vec![0; text.len()], text, matched: 0, seen };
        for at in 1..watch.text.len() {
            watch.advance(watch.text[at]);
            watch.borders[at] = watch.matched;
        }
        watch.matched = 0;
        watch
    }

    /// Extends the match by a byte, or falls back to a shorter one.
    fn advance(&mut self, byte: u8) {
        while self.matched > 0 && self.text.get(self.matched) != Some(&byte) {
            self.matched = self.borders[self.matched - 1];
        }
        if self.text.get(self.matched) == Some(&byte) {
            self.matched += 1;
        }
    }
}

impl<R: Read> Read for EchoWatch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.body.read(buffer)?;
        if !self.seen.is_set() && !self.text.is_empty() {
            for byte in &buffer[..count] {
                self.advance(*byte);
                if self.matched == self.text.len() {
                    self.seen.0.set(true);
                    break;
                }
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads at most one byte at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(1);
            self.0.read(&mut buffer[..most])
        }
    }

    #[test]
    fn a_text_is_found_wherever_it_is_and_however_it_arrives() {
        for (body, text, expected) in [
            ("xx abcabd yy", "abcabd", true),
            ("abcabcabd", "abcabd", true),
            ("aaab", "aab", true),
            ("abcab", "abcabd", false),
            ("abcabe abcab d", "abcabd", false),
            ("", "a", false),
            ("anything", "", false),
        ] {
            let (whole, trickled) = (EchoFlag::default(), EchoFlag::default());
            let mut read = Vec::new();
            EchoWatch::of(body.as_bytes(), text, whole.clone()).read_to_end(&mut read).unwrap();
            EchoWatch::of(Trickle(body.as_bytes()), text, trickled.clone()).read_to_end(&mut read).unwrap();
            assert_eq!((whole.is_set(), trickled.is_set()), (expected, expected), "{text} in {body}");
            assert_eq!(read, [body.as_bytes(), body.as_bytes()].concat());
        }
    }
}
