//! Long answers, written while they are read: lines, or a JSON object with an array. Only one page is held in
//! memory.

use super::print::{tolerate_closed_pipe, write_all};
use crate::exit::Failure;
use crate::json;
use serde_json::Value;
use std::io;

/// Text that is not written yet.
pub(super) struct OutputStream {
    waiting: String,
    /// The array's name, in JSON.
    array: Option<&'static str>,
    begun: bool,
}

/// Whether the reader is still there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputState {
    There,
    /// The pipe is closed, which is not an error.
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

    /// Adds an element to the array.
    pub(super) fn item(&mut self, value: &Value) {
        if std::mem::replace(&mut self.begun, true) {
            self.waiting.push(',');
        }
        self.waiting.push_str(json::line(value).trim_end());
    }

    /// Writes the buffered text.
    ///
    /// # Errors
    /// Where stdout cannot be written.
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

    /// Ends the answer. JSON may have more members after the array.
    ///
    /// # Errors
    /// Where stdout cannot be written.
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
