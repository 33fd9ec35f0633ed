//! A minted token, alone or with its decoded parts.

use crate::commands::mint::report::MintReport;
use crate::jose::compact::{self, Token};
use crate::json::{self, Object};
use crate::secret::Secret;
use serde::Serialize;

#[derive(Serialize)]
struct MintJson<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'a Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<&'a Object>,
}

/// The text for stdout, with a newline. An opaque token has neither header nor claims.
#[must_use]
pub(super) fn text(report: &MintReport) -> Secret {
    let token = report.token.as_str();
    if !report.json {
        return Secret::new(format!("{token}\n"));
    }
    let read = compact::read(token);
    let jws = if let Token::Jws(jws) = &read { Some(jws) } else { None };
    let claims = jws.and_then(|jws| jws.peek_unverified());
    Secret::new(json::line(&MintJson { token, header: jws.map(|jws| &jws.header), claims }))
}
