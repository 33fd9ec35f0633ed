//! `GET /`: where the documents are that describe the server.

use crate::http::Response;
use crate::issuer::{LogRecord, LoggedResponse, Service, metadata, openapi};
use serde::Serialize;

#[derive(Serialize)]
struct RootBody<'a> {
    service: &'static str,
    issuer: &'a str,
    /// Absent if the issuer is a name and not a URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<String>,
    openapi: String,
}

#[must_use]
pub fn answer(service: &Service) -> LoggedResponse {
    let body = RootBody {
        service: "heistctl",
        issuer: &service.issuer,
        metadata: service.issuer_is_url().then(|| service.url(metadata::OAUTH_PATH)),
        openapi: service.url(openapi::PATH),
    };
    LoggedResponse {
        response: Response::cacheable(&body, Some(metadata::MAX_AGE)),
        record: LogRecord::default(),
    }
}
