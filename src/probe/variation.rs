//! One request of a case.

use super::exchange::ProbeRequest;
use super::terms::Right;
use crate::secret::Secret;

/// One request of a case.
#[derive(Clone)]
pub struct Variation {
    /// The request in words.
    pub label: String,
    pub request: ProbeRequest,
    /// The token in it, if it has one.
    pub token: Option<Secret>,
    /// In place of the case's.
    pub right: Option<Right>,
}

impl Variation {
    #[must_use]
    pub fn new(label: impl Into<String>, request: ProbeRequest) -> Self {
        Self { label: label.into(), request, token: None, right: None }
    }

    #[must_use]
    pub fn holding(self, token: &str) -> Self {
        Self { token: Some(Secret::new(token)), ..self }
    }

    #[must_use]
    pub fn right(self, right: Right) -> Self {
        Self { right: Some(right), ..self }
    }
}
