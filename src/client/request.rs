//! A request as a value: pure functions prepare it, the agent sends it.

use crate::client::endpoint::EndpointUrl;
use crate::secret::Secret;
use http::{HeaderName, Method};

/// A request to send.
#[derive(Clone, Debug)]
pub struct OutgoingRequest {
    /// The method, in the case in which it is sent.
    pub method: Method,
    pub endpoint: EndpointUrl,
    /// The fields; their values may be secrets.
    pub headers: Vec<(HeaderName, Secret)>,
    /// The body, unless it is streamed.
    pub body: Secret,
}
