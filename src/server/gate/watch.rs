//! The gate's reports to the rest of the server.

use crate::server::HttpExchange;

/// Open connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Including idle ones.
    pub all: usize,
    /// Without a request that is being answered; includes handshakes.
    pub idle: usize,
}

/// Receives the gate's reports, on the gate's own thread: nothing here may block.
pub trait Watch: Send + Sync {
    /// An answer is sent, or its client has left: the engine's answers and the gate's own refusals.
    fn exchange(&self, exchange: Box<HttpExchange>);
    /// Reported every 250 ms while there are connections.
    fn connections(&self, counts: Counts);
    /// A connection or a request exceeded a limit: the value of the label `limit`.
    fn limit_hit(&self, limit: &'static str);
    /// The machine or the engine has a problem.
    fn trouble(&self, what: &str);
}
