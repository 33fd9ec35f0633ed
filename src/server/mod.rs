//! The network side of `serve`: sockets, limits, routes, logs and metrics. The issuer handles tokens.

pub mod audit;
pub mod bulkheads;
pub mod capacity;
pub mod cors;
pub mod endpoint;
pub mod engine;
mod engine_socket;
mod exchange;
pub mod gate;
pub mod health;
pub mod listen;
mod local_access;
pub mod metrics;
mod operations;
pub mod page;
pub mod rate_limits;
pub mod route;
mod serving;
mod test_control;
mod tested;

pub use exchange::HttpExchange;
pub(crate) use exchange::MAX_PATH;
pub use serving::{Current, Serving};
