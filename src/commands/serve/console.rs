//! The place where a running server shows its banner, its requests and its troubles.

use super::banner::Banner;
use crate::server::HttpExchange;
use std::io::Write;

pub(super) const PHASE: &str = "serve";

/// Shows what happens to a server.
pub trait Console: Send + Sync {
    /// The server is ready. This is the first line of a log.
    fn ready(&self, banner: &Banner);
    /// A request was answered. Must not block.
    fn exchange(&self, exchange: Box<HttpExchange>);
    /// The number of lines, since the start, for which [`Console::exchange`] had no room.
    fn dropped(&self) -> u64;
    /// Something needs an operator now.
    fn alarm(&self, phase: &str, what: &str);
    /// What to do about the last alarm.
    fn hint(&self, phase: &str, cure: &str);
    /// Something may interest an operator.
    fn notice(&self, phase: &str, what: &str);
    /// A writer for lines between those of the log; each write is one line.
    fn lines(&self) -> Box<dyn Write + Send>;
    /// Writes everything out before the server stops.
    fn finish(&self);
}
