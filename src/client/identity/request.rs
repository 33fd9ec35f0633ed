//! The outcome of looking for an identity: a request to send, or why there is none.

use crate::client::request::OutgoingRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that JavaScript encodes in a query (`encodeURIComponent`, then `URL`), as GitHub's own client does.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'(')
    .remove(b')');

/// A request to the platform.
#[derive(Clone, Debug)]
pub struct IdentityRequest {
    pub request: OutgoingRequest,
    /// Whether it is a metadata service of this machine: asked without a proxy, and for a second at most.
    pub is_metadata_service: bool,
}

/// Why there is no identity, and the cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityError {
    pub what: String,
    pub hint: String,
}

impl IdentityError {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

/// Encodes a value for a query.
pub(super) fn component(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}
