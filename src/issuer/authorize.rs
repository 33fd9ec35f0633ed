//! `/oauth/authorize`: refuses every request. Strict clients demand the address in metadata (RFC 8414), and
//! there is no user to ask. It never redirects: a redirect to an address in a request would be an open one.

use crate::issuer::error::error_response;
use crate::issuer::{LogRecord, LoggedResponse, Service};

/// The error code (RFC 6749 section 4.1.2.1).
const UNSUPPORTED: &str = "unsupported_response_type";

#[must_use]
pub fn answer(service: &Service) -> LoggedResponse {
    const WHY: &str = "this issuer has no users";
    let [token_url, _] = service.token_urls();
    let what = format!("{WHY}; machines get tokens by POST {token_url} with grant_type=client_credentials");
    let record = LogRecord { error: Some(UNSUPPORTED), reason: Some(WHY.to_owned()), ..LogRecord::default() };
    LoggedResponse { response: error_response(400, UNSUPPORTED, &what, Some(WHY)), record }
}
