//! What `token` and `call` share: who asks whom for what, settled from flags, environment, profile and
//! defaults, and the token itself, from the cache or from the issuer.

pub mod acquire;
pub mod answer;
pub mod credentials;
mod endpoints;
pub mod failure;
pub mod profile;
mod secret_command;
pub mod settle;
mod source;
pub mod urls;
