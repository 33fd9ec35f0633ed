//! heistctl: both sides of OAuth 2.0 for machines.
pub mod claims;
pub mod clock;
pub mod jose;
pub mod json;
pub mod scope;
pub mod secret;
pub mod verdict;
