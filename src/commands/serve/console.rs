//! The interface through which a running server shows its banner, requests and alarms.

use super::banner::Banner;
use crate::commands::inspect::report::InspectReport;
use crate::server::HttpExchange;
use std::io::Write;

pub(super) const PHASE: &str = "serve";

/// The output of a running server.
pub trait Console: Send + Sync {
    /// Shows that the server is ready. This is the first line of a log.
    fn ready(&self, banner: &Banner);
    /// Logs an answered request. Must not block.
    fn exchange(&self, exchange: Box<HttpExchange>);
    /// The number of lines that [`Console::exchange`] has dropped since the start.
    fn dropped(&self) -> u64;
    /// Reports a problem that needs an operator now.
    fn alarm(&self, phase: &str, what: &str);
    /// Shows the fix for the last alarm.
    fn hint(&self, phase: &str, cure: &str);
    /// Reports an event that may interest an operator.
    fn notice(&self, phase: &str, what: &str);
    /// The banner as text for the page of the server.
    fn banner(&self, banner: &Banner) -> String;
    /// The JSON of `inspect --json` for the page of the server.
    fn inspected(&self, report: &InspectReport) -> String;
    /// Returns a writer for other lines in the log. Each write is one line.
    fn lines(&self) -> Box<dyn Write + Send>;
    /// Flushes the log before the server stops.
    fn finish(&self);
}
