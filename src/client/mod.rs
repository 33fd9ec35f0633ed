//! The client's side of the protocol, in pure halves round one effect: a request value is
//! prepared, the agent sends it, the answer is read by a function of it.

pub mod agent;
pub mod call;
pub mod discovery;
pub mod endpoint;
pub mod token;
