//! The result of `trust test` as text and as JSON.

use super::style::{Palette, escape};
use crate::commands::trust::report::TrustTestReport;
use crate::json;

/// The text for stdout: the client first, then the checks and the rules.
#[must_use]
pub(super) fn text(report: &TrustTestReport, palette: Palette) -> String {
    if report.json {
        return json::line(report);
    }
    let client = report.client_id.as_deref();
    let mut out = match (report.accepted, client) {
        (true, Some(id)) if report.verified => format!("client {}\n", palette.head(&escape(id))),
        (true, Some(id)) => {
            format!("client {}, if the issuer signed the token\n", palette.head(&escape(id)))
        }
        (_, Some(id)) => format!("no client: it fits a rule of {}, but a check fails\n", escape(id)),
        (_, None) => "no client\n".to_owned(),
    };
    for (label, value) in [("trust", &report.trust), ("iss", &report.iss), ("sub", &report.sub)] {
        if let Some(value) = value {
            out.push_str(&format!("  {label:10} {}\n", escape(value)));
        }
    }
    out.push_str("checks\n");
    for step in &report.checks {
        let status = match step.status {
            "fail" => palette.bad(step.status),
            "skip" => palette.warn(step.status),
            _ => step.status.to_owned(),
        };
        out.push_str(format!("  {status} {:10} {}", step.name, escape(&step.message)).trim_end());
        out.push('\n');
    }
    out.push_str(if report.clients.is_empty() { "no client has a rule\n" } else { "clients\n" });
    for client in &report.clients {
        let why = client.reason.as_deref().unwrap_or("fits");
        out.push_str(&format!("  {}: {}\n", escape(&client.client_id), escape(why)));
    }
    if let Some(reason) = report.reason.as_ref().filter(|_| report.clients.iter().any(|client| client.fits)) {
        out.push_str(&format!("{}\n", escape(reason)));
    }
    out
}
