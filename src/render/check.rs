//! The result of `serve --check` as text and as JSON.

use super::style::{Palette, escape};
use crate::commands::serve::report::{CheckResult, Served};
use crate::exit::Failure;
use crate::json;
use serde::Serialize;

#[derive(Serialize)]
struct CheckPassedJson<'a> {
    ok: bool,
    #[serde(flatten)]
    served: &'a Served,
}

#[derive(Serialize)]
struct CheckFailedJson<'a> {
    ok: bool,
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    /// All problems, including the first.
    problems: Vec<ProblemJson<'a>>,
}

#[derive(Serialize)]
struct ProblemJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl<'a> ProblemJson<'a> {
    fn of(failure: &'a Failure) -> Self {
        let place = failure.place.as_deref();
        Self {
            file: place.map(|place| place.file.as_str()),
            line: place.and_then(|place| place.line),
            column: place.and_then(|place| place.column),
            error: &failure.what,
            hint: failure.hint.as_deref(),
        }
    }
}

/// The text for stdout. Problems go to stdout only as JSON; in text mode they are a failure on stderr.
#[must_use]
pub fn text(checked: &CheckResult, palette: Palette) -> String {
    match (&checked.found, checked.json) {
        (Ok(served), true) => json::line(&CheckPassedJson { ok: true, served }),
        (Err(failure), true) => json::line(&CheckFailedJson {
            ok: false,
            error: failure.to_string(),
            hint: failure.hint.as_deref(),
            problems: failure.each().map(ProblemJson::of).collect(),
        }),
        (Ok(served), false) => facts(served, palette),
        (Err(_), false) => String::new(),
    }
}

/// The failure to show on stderr; `None` with `--json`.
#[must_use]
pub fn failure(checked: &CheckResult) -> Option<Failure> {
    checked.found.as_ref().err().filter(|_| !checked.json).cloned()
}

fn facts(served: &Served, palette: Palette) -> String {
    let key = if served.ephemeral_key { ", with a key made for each run" } else { "" };
    let mut out = format!("{} the configuration is valid\n", palette.good("ok"));
    let mut row = |label: &str, value: &str| out.push_str(&format!("  {label:9}  {}\n", escape(value)));
    row("listen", &served.listen);
    row("issuer", &served.issuer);
    row("signing", &format!("{}{key}", served.signing));
    let none = if served.clients + served.store_clients.unwrap_or(0) == 0 {
        ", so no tokens are issued"
    } else {
        ""
    };
    row("clients", &format!("{}{none}", served.clients));
    if let Some(store) = &served.store {
        let count = served.store_clients.unwrap_or(0);
        let noun = if count == 1 { "client" } else { "clients" };
        row("store", &format!("{store}, with {count} {noun}"));
    }
    if let Some(ends) = &served.certificate_ends {
        row("tls", &format!("certificate until {ends}"));
    }
    for warning in &served.warnings {
        out.push_str(&format!("{} {}\n", palette.warn("warning:"), escape(warning)));
    }
    out
}
