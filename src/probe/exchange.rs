//! A request to the API and its answer, as values. The paths and fields are sent as they are.

use crate::http::Headers;
use crate::secret::Secret;
use std::time::Duration;

/// A request, with whatever method, path and fields a case wants.
#[derive(Clone)]
pub struct ProbeRequest {
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// Names may repeat. Values may be tokens.
    pub headers: Vec<(String, Secret)>,
    pub body: Secret,
}

impl ProbeRequest {
    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), Secret::new(value)));
        self
    }

    #[must_use]
    pub fn at(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }

    #[must_use]
    pub fn by(self, method: &str) -> Self {
        Self { method: method.to_owned(), ..self }
    }

    /// The first value of a field, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(field, _)| field.eq_ignore_ascii_case(name))?;
        value.expose_str().ok()
    }
}

/// An answer. Its body is cut at a limit.
#[derive(Clone, Default)]
pub struct ProbeAnswer {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
    pub took: Duration,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The connection was made and then lost.
    #[error("{0}")]
    Closed(String),
    #[error("{0}")]
    TimedOut(String),
    #[error("{0}")]
    Unreachable(String),
    /// The request cannot be sent at all.
    #[error("{0}")]
    Unsendable(String),
}
