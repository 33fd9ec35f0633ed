//! The gate's reports to the rest of the server.

use crate::server::HttpExchange;

/// Open connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Idle ones included.
    pub all: usize,
    /// Those without a request that is being answered; handshakes are among them.
    pub idle: usize,
}

/// Receives the gate's reports, on the gate's own thread: nothing here may block.
pub trait Watch: Send + Sync {
    /// An answer has left, or its client has: the engine's answers and the gate's own refusals.
    fn exchange(&self, exchange: Box<HttpExchange>);
    /// Reported every 250 ms while there are any.
    fn connections(&self, counts: Counts);
    /// A connection or a request met a limit: the value of the label `limit`.
    fn limit_hit(&self, limit: &'static str);
    /// Something is wrong with the machine or the engine.
    fn trouble(&self, what: &str);
}
