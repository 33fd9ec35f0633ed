//! The secret of the first client, alone or with the files as JSON.

use super::print::write_once;
use crate::commands::init::report::InitReport;
use crate::exit::Failure;
use crate::json;
use serde::Serialize;

#[derive(Serialize)]
struct InitJson<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    files: Vec<String>,
    next: &'a str,
}

/// Prints the secret, which is shown only now.
///
/// # Errors
/// Where stdout cannot be written.
pub(super) fn print(report: &InitReport) -> Result<(), Failure> {
    let InitReport { client, secret, files, next, json } = report;
    let secret = secret.expose_str().unwrap_or_default();
    let text = if *json {
        let files = files.iter().map(|file| file.display().to_string()).collect();
        json::line(&InitJson { client_id: client, client_secret: secret, files, next })
    } else {
        format!("{secret}\n")
    };
    write_once(text.as_bytes()).map_err(|failure| {
        let what = format!("{}, so the secret of client {client} is lost", failure.what);
        Failure { what, ..failure }.hint("remove the files that init wrote, and run it again")
    })
}
