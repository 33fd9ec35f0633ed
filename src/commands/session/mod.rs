//! Shared by `token` and `call`: settings from flags, environment, profile and defaults, and the token from
//! the cache or the issuer.

pub mod acquire;
pub mod answer;
mod client_doubt;
mod client_id;
pub mod connection;
pub mod credentials;
pub(super) mod details;
mod endpoints;
pub mod failure;
pub mod given;
pub mod grant;
pub mod identity;
pub mod identity_settings;
pub mod metadata;
mod missing;
mod mistyped_url;
mod params;
pub mod private_files;
pub mod profile;
pub mod profile_keys;
mod refusal_cure;
mod resource_uri;
mod scope_cure;
mod secret_command;
mod secret_location;
pub mod send;
pub mod settle;
mod source;
pub mod urls;
