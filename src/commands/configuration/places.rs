//! Positions of keys in a file.

use crate::exit::{Exit, Failure, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The line starts and the headers of a text, found once: places are looked up for every key of every section.
#[derive(Debug)]
pub(super) struct LineIndex {
    /// The byte offsets of the line ends.
    ends: Vec<usize>,
    /// The lines, from 0, of the sections' headers.
    headers: Vec<usize>,
}

impl LineIndex {
    pub(super) fn of(text: &str) -> Self {
        let is_header = |line: &str| line.starts_with('[') && !line.starts_with("[\"");
        let headers = text.lines().enumerate().filter(|(_, line)| is_header(line.trim_start()));
        let headers = headers.map(|(line, _)| line).collect();
        Self { ends: text.match_indices('\n').map(|(at, _)| at).collect(), headers }
    }

    /// The line of a byte offset, from 1.
    fn line(&self, at: usize) -> usize {
        self.ends.partition_point(|end| *end < at) + 1
    }

    /// The line, from 1, of the first header below a number of lines.
    fn header_below(&self, lines: usize) -> Option<usize> {
        let next = self.headers.partition_point(|header| *header < lines);
        self.headers.get(next).map(|header| header + 1)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) lines: &'a LineIndex,
    pub(super) phase: &'static str,
}

impl Source<'_> {
    pub(super) fn place(&self, at: usize) -> Place {
        Place::line(self.file, self.lines.line(at))
    }

    /// The lines of the section whose header is at a byte offset; those above all sections without one.
    pub(super) fn lines_of_section(&self, start: Option<usize>) -> Range<usize> {
        let first = start.map_or(0, |start| self.lines.line(start));
        first..self.lines.header_below(first).unwrap_or(usize::MAX)
    }

    /// The place of a section's header, for what the section lacks: it comes after the errors in its lines.
    pub(super) fn header(&self, start: usize) -> Place {
        let last = self.lines_of_section(Some(start)).end;
        Place { order: Some(last), ..self.place(start) }
    }

    /// A failure with the line of a byte offset.
    pub(super) fn failure(&self, at: usize, what: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, self.phase, what).at(self.place(at))
    }
}

/// The positions of a section and its keys.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub(super) header: Option<Place>,
    pub(super) keys: BTreeMap<String, Place>,
    /// Keys with an error, which may explain that their value is missing.
    pub(super) flawed: BTreeSet<String>,
    /// Whether the file has errors in this section. They come before those in what it says.
    pub(super) has_errors: bool,
    /// Whether the section has a key of an unknown meaning, which may explain any missing key.
    pub has_unknown: bool,
}

impl Places {
    /// The position of a key. For a missing key, that of its section.
    #[must_use]
    pub fn of(&self, key: &str) -> Option<Place> {
        let place = self.keys.get(key).or(self.header.as_ref())?.clone();
        let order = self.header.as_ref().filter(|_| self.has_errors).and_then(|header| header.order);
        Some(Place { order: order.or(place.order), ..place })
    }

    /// Whether the value of one of these keys may be missing because of an error.
    #[must_use]
    pub fn is_flawed(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.flawed.contains(*key))
    }

    /// A failure at that position.
    #[must_use]
    pub fn failing(&self, key: &str, failure: Failure) -> Failure {
        match self.of(key) {
            Some(place) if failure.place.is_none() => failure.at(place),
            _ => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_sections_are_found_by_their_offset() {
        let text = "a = 1\n[b]\nc = [\n  [\"x\"],\n]\n\n[[d]]\ne = 2";
        let lines = LineIndex::of(text);
        let source = Source { file: "f", lines: &lines, phase: "p" };
        for at in 0..=text.len() {
            let expected = text[..at].matches('\n').count() + 1;
            assert_eq!(source.place(at).line, Some(expected), "{at}");
        }
        let at = |part: &str| text.find(part);
        assert_eq!(source.lines_of_section(None), 0..2);
        assert_eq!(source.lines_of_section(at("[b]")), 2..7);
        assert_eq!(source.lines_of_section(at("[[d]]")), 7..usize::MAX);
        assert_eq!(source.header(at("[b]").unwrap()).order, Some(7));
    }
}
