//! Guards: forward authentication for gateways. A gateway asks `/guard/NAME` about each request, and passes
//! on those that the guard grants.

pub mod answer;
pub mod asked;
pub mod holder;
pub mod path;
pub mod routes;
pub mod rules;
mod target;
pub mod verified_tokens;
mod verify;
