//! A request and its answer, as logs, metrics and the audit log see them.

use crate::clock::Timestamp;
use crate::issuer::LogRecord;
use crate::server::endpoint::Endpoint;
use std::net::IpAddr;
use std::time::Duration;

/// Characters of a path that are logged.
pub(crate) const MAX_PATH: usize = 256;

/// One request and its answer, without secrets.
#[derive(Clone, Debug)]
pub struct HttpExchange {
    /// The request's id, which the answer carries, too.
    pub id: String,
    /// When it was decided.
    pub time: Timestamp,
    /// The client's address.
    pub peer: Option<IpAddr>,
    /// The method as received.
    pub method: String,
    /// The path as received, cut after [`MAX_PATH`] characters. The query is left out: it may hold secrets.
    pub path: String,
    /// `None` for a path that is not an endpoint, and for a request that the gate refused.
    pub endpoint: Option<Endpoint>,
    /// The status of the answer.
    pub status: u16,
    /// From the request's first byte read to the answer's last byte written. The gate sets it; until then, and
    /// for a client that left before its answer was there, it is the engine's own time.
    pub duration: Duration,
    /// The request, the grant and the reason of a refusal.
    pub note: LogRecord,
}
