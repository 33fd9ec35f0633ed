//! A request and its answer, for logs, metrics and the audit log.

use crate::clock::Timestamp;
use crate::issuer::LogRecord;
use crate::server::endpoint::Endpoint;
use crate::server::local_access::PAGE_PREFIX;
use std::net::IpAddr;
use std::time::Duration;

/// The limit of a logged path, in characters.
pub(crate) const MAX_PATH: usize = 256;

/// One request and its answer, without secrets.
#[derive(Clone, Debug)]
pub struct HttpExchange {
    /// The request's id, which is also in the answer.
    pub id: String,
    /// The id of the trace that it belongs to (W3C Trace Context).
    pub trace_id: Option<String>,
    /// When it was decided.
    pub time: Timestamp,
    /// The client's address.
    pub peer: Option<IpAddr>,
    /// The method as received.
    pub method: String,
    /// The path as received, truncated to [`MAX_PATH`] characters. The query is omitted: it may hold
    /// secrets.
    pub path: String,
    /// `None` for a path that is not an endpoint, and for a request that the gate refused.
    pub endpoint: Option<Endpoint>,
    /// The status of the answer.
    pub status: u16,
    /// From the first byte read to the last byte written. The gate sets it; until then, and for a client
    /// that left early, it is the engine's own time.
    pub duration: Duration,
    /// The request, the grant and the reason of a refusal.
    pub note: LogRecord,
}

impl HttpExchange {
    /// Whether the page in a browser has asked for its own data. It asks every second or two, so a log leaves
    /// that out. A server without the page refuses such requests, so they are logged.
    #[must_use]
    pub fn is_of_page(&self) -> bool {
        self.status < 400 && self.path.starts_with(PAGE_PREFIX)
    }
}
