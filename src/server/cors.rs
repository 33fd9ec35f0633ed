//! CORS (the Fetch standard): answers that pages of any origin may read. Credentials are never allowed, so
//! the answer is the same for everybody.

use crate::http::Response;
use crate::issuer::{LogRecord, LoggedResponse};

/// The methods of a public document.
pub const ALLOW: &str = "GET, HEAD, OPTIONS";
/// How long a browser may cache a preflight answer, in seconds.
const MAX_AGE: &str = "86400";

/// Makes an answer readable by pages of any origin.
#[must_use]
pub fn readable(outcome: LoggedResponse) -> LoggedResponse {
    LoggedResponse { response: outcome.response.header("Access-Control-Allow-Origin", "*"), ..outcome }
}

/// The answer to a browser's preflight request.
#[must_use]
pub fn preflight() -> LoggedResponse {
    let response = Response::no_content()
        .header("Allow", ALLOW)
        .header("Access-Control-Allow-Methods", "GET, HEAD")
        // All fields are allowed: browser clients add their own, such as MCP-Protocol-Version.
        .header("Access-Control-Allow-Headers", "*")
        .header("Access-Control-Max-Age", MAX_AGE);
    LoggedResponse { response, record: LogRecord::default() }
}
