//! Positions of keys in a file.

use crate::exit::{Exit, Failure, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) phase: &'static str,
}

impl Source<'_> {
    pub(super) fn place(&self, at: usize) -> Place {
        let line =
            self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|byte| **byte == b'\n').count() + 1;
        Place::line(self.file, line)
    }

    /// The lines of the section whose header is at a byte offset; those above all sections without one.
    pub(super) fn lines_of_section(&self, start: Option<usize>) -> Range<usize> {
        let first = start.map_or(0, |start| self.place(start).line.unwrap_or(1));
        let below = self.text.lines().enumerate().skip(first);
        let is_header =
            |line: &str| line.trim_start().starts_with('[') && !line.trim_start().starts_with("[\"");
        let end =
            below.into_iter().find(|(_, line)| is_header(line)).map_or(usize::MAX, |(index, _)| index + 1);
        first..end
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
