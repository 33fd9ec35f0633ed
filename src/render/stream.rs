//! A long answer, written as it is read: lines, or one JSON object with an array in it. It takes the memory of
//! one page.

use super::print::{tolerate_closed_pipe, write_all};
use crate::exit::Failure;
use crate::json;
use serde_json::Value;
use std::io;

/// What was not written yet.
pub(super) struct OutputStream {
    waiting: String,
    /// The name of the array, in JSON.
    array: Option<&'static str>,
    begun: bool,
}

/// Whether somebody reads on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputState {
    There,
    /// It has had enough, which is no failure.
    Closed,
}

impl OutputState {
    pub(super) fn is_closed(self) -> bool {
        self == Self::Closed
    }
}

impl OutputStream {
    pub(super) fn new(array: Option<&'static str>) -> Self {
        Self { waiting: array.map(|name| format!("{{\"{name}\":[")).unwrap_or_default(), array, begun: false }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.waiting.push_str(text);
    }

    /// An element of the array.
    pub(super) fn item(&mut self, value: &Value) {
        if std::mem::replace(&mut self.begun, true) {
            self.waiting.push(',');
        }
        self.waiting.push_str(json::line(value).trim_end());
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn flush(&mut self) -> Result<OutputState, Failure> {
        match write_all(self.waiting.as_bytes()) {
            Ok(()) => {
                self.waiting.clear();
                Ok(OutputState::There)
            }
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(OutputState::Closed),
            Err(error) => tolerate_closed_pipe(error).map(|()| OutputState::Closed),
        }
    }

    /// Ends the answer, in JSON with more members after the array.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn end(mut self, members: &[(&str, Value)]) -> Result<(), Failure> {
        if self.array.is_some() {
            self.waiting.push(']');
            for (name, value) in members {
                self.waiting.push_str(&format!(",\"{name}\":{}", json::line(value).trim_end()));
            }
            self.waiting.push_str("}\n");
        }
        self.flush().map(drop)
    }
}
