//! Positions of keys in a file.

use crate::exit::{Exit, Failure, Place};
use std::collections::BTreeMap;

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
        Place { file: self.file.to_owned(), line: Some(line), column: None }
    }

    /// A failure with the line of a byte offset.
    pub(super) fn failure(&self, at: usize, column: Option<usize>, what: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, self.phase, what).at(Place { column, ..self.place(at) })
    }
}

/// The positions of a section and its keys.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub(super) header: Option<Place>,
    pub(super) keys: BTreeMap<String, Place>,
    /// Whether the section has another error, which may explain a missing key.
    pub is_flawed: bool,
}

impl Places {
    /// The position of a key. For a missing key, that of its section.
    #[must_use]
    pub fn of(&self, key: &str) -> Option<Place> {
        self.keys.get(key).or(self.header.as_ref()).cloned()
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
