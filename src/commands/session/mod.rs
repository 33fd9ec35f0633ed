//! What `token` and `call` share: who asks whom for what, settled from flags, environment, profile and
//! defaults, and the token itself, from the cache or from the issuer.

pub mod acquire;
pub mod answer;
mod client_id;
pub mod credentials;
mod endpoints;
pub mod failure;
mod missing;
pub mod profile;
mod secret_command;
pub mod settle;
mod source;
pub mod urls;
