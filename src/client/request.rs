//! A request as a value: it is prepared by functions of their arguments, and sent by the agent.

use crate::client::endpoint::EndpointUrl;
use crate::secret::Secret;
use http::{HeaderName, Method};

/// A request to send.
#[derive(Clone, Debug)]
pub struct OutgoingRequest {
    /// Its method, in the letters in which it is sent.
    pub method: Method,
    /// Where to.
    pub endpoint: EndpointUrl,
    /// Fields; their values may be secrets.
    pub headers: Vec<(HeaderName, Secret)>,
    /// Its body, unless that is streamed.
    pub body: Secret,
}
