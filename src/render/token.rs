//! A token in each of the forms that `token --output` has.

use crate::cli::TokenOutput;
use crate::commands::token::TokenReport;
use crate::secret::Secret;
use serde::Serialize;
use std::time::Duration;

#[derive(Serialize)]
struct TokenJson<'a> {
    access_token: &'a str,
    token_type: &'a str,
    scope: &'a str,
    expires_in: Option<u64>,
    expires_at: Option<String>,
    expires_at_unix: Option<i64>,
    cached: bool,
    token_url: &'a str,
}

/// What goes to stdout: the answer, and a newline.
#[must_use]
pub fn text(report: &TokenReport) -> Secret {
    let token = &report.response.access_token;
    Secret::new(match report.output {
        TokenOutput::Raw => format!("{token}\n"),
        TokenOutput::Json => json(report),
        TokenOutput::Header => format!("Authorization: Bearer {token}\n"),
        TokenOutput::Env => format!("HEISTCTL_TOKEN={token}\n"),
        TokenOutput::Curl => format!("header = \"Authorization: Bearer {token}\"\n"),
    })
}

fn json(report: &TokenReport) -> String {
    let response = &report.response;
    let expiry = response.expires_in.map(|seconds| report.received.after(Duration::from_secs(seconds)));
    let json = TokenJson {
        access_token: &response.access_token,
        token_type: &response.token_type,
        scope: response.scope.as_ref().unwrap_or(&report.asked).as_str(),
        expires_in: response.expires_in,
        // Beyond the year 9999 there is no RFC 3339.
        expires_at: expiry.map(|moment| moment.to_string()).filter(|text| text.ends_with('Z')),
        expires_at_unix: expiry.map(crate::clock::Timestamp::unix),
        cached: false,
        token_url: &report.token_url,
    };
    let mut text = serde_json::to_string(&json).unwrap_or_default();
    text.push('\n');
    text
}
