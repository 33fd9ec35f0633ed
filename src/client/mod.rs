//! The client's side of the protocol, in pure halves round one effect: a request value is
//! prepared, the agent sends it, the answer is read by a function of it.

pub mod agent;
pub mod call;
pub mod challenge;
pub mod discovery;
pub mod dpop;
pub mod endpoint;
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

/// What each sending of a request has of its own: what is signed for one is good once.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The present moment.
    pub now: Timestamp,
    /// The id of what is signed.
    pub id: [u8; 16],
    /// The nonce that the server wants in a DPoP proof (RFC 9449 section 8).
    pub nonce: Option<String>,
}
