//! CORS (the Fetch standard): answers that pages of any origin may read. Credentials are never allowed:
//! such an answer is the same for everybody.

use crate::http::Response;
use crate::issuer::{LogRecord, LoggedResponse};

/// The methods of a document that everybody may read.
pub const ALLOW: &str = "GET, HEAD, OPTIONS";
/// Seconds for which a browser may remember the answer to its preflight request.
const MAX_AGE: &str = "86400";

/// The same answer, readable by pages of any origin.
#[must_use]
pub fn readable(outcome: LoggedResponse) -> LoggedResponse {
    LoggedResponse { response: outcome.response.header("Access-Control-Allow-Origin", "*"), ..outcome }
}

/// The answer to OPTIONS, by which a browser asks whether a page may read a document.
#[must_use]
pub fn preflight() -> LoggedResponse {
    let response = Response::no_content()
        .header("Allow", ALLOW)
        .header("Access-Control-Allow-Methods", "GET, HEAD")
        // Any field may be sent: browser clients add their own, such as MCP-Protocol-Version.
        .header("Access-Control-Allow-Headers", "*")
        .header("Access-Control-Max-Age", MAX_AGE);
    LoggedResponse { response, record: LogRecord::default() }
}
