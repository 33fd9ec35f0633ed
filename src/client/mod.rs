//! The client's side of the protocol: pure functions prepare a request and read the answer; only the agent
//! does I/O.

pub mod agent;
pub mod authentication;
pub mod call;
pub mod discovery;
pub mod dpop;
pub mod endpoint;
pub mod grant;
pub mod identity;
pub mod introspect;
pub mod lifetime;
pub mod protected_resource;
pub mod proxy;
pub mod redact;
pub mod redirect;
pub mod refusal;
pub mod request;
pub mod retry;
pub mod revoke;
pub mod token;
pub mod token_cache;

use crate::clock::Timestamp;

/// The inputs that differ in each attempt: signed requests are valid only once.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub now: Timestamp,
    /// The id (`jti`) of a signed request.
    pub id: [u8; 16],
    /// The nonce that the server requested for the DPoP proof (RFC 9449 section 8).
    pub nonce: Option<String>,
}
