//! Whether a server is ready, in a line or as JSON.

use super::style::escape;
use crate::commands::health::report::HealthReport;
use crate::json;
use serde::Serialize;

#[derive(Serialize)]
struct HealthJson<'a> {
    url: &'a str,
    ready: bool,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// The text for stdout; empty for people if the server is not ready.
#[must_use]
pub(super) fn text(report: &HealthReport) -> String {
    let HealthReport { url, status, reason, json } = report;
    if *json {
        return json::line(&HealthJson { url, ready: report.is_ready(), status, reason: reason.as_deref() });
    }
    if !report.is_ready() {
        return String::new();
    }
    let reason = reason.as_deref().map(|reason| format!(": {}", escape(reason))).unwrap_or_default();
    format!("{}: {}{reason}\n", escape(url), escape(status))
}
