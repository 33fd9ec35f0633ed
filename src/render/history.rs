//! The changes of a store, printed while they are read: a line each, or a JSON array.

use super::stream::OutputStream;
use super::style::escape;
use crate::commands::history::{HistoryReport, Subject};
use crate::exit::Failure;
use crate::registry::store::history::HistoryEntry;
use serde_json::json;

///
/// # Errors
/// Where the store fails, or stdout cannot be written.
pub fn print(mut report: HistoryReport) -> Result<(), Failure> {
    let mut stream = OutputStream::new(report.json.then_some("changes"));
    while let Some(page) = report.next_page()? {
        for entry in &page {
            if report.json {
                stream.item(&as_json(entry));
            } else {
                stream.text(&line(entry, &report.subject));
            }
        }
        if stream.flush()?.is_closed() {
            return Ok(());
        }
    }
    stream.end(&[])
}

fn line(entry: &HistoryEntry, subject: &Subject) -> String {
    let mut line = format!("{}  {:15}", entry.at, escape(&entry.how));
    if *subject == Subject::Clients {
        line.push_str(&format!("  {}", escape(entry.client.as_deref().unwrap_or_default())));
    }
    if !entry.by.is_empty() {
        line.push_str(&format!("  by {}", escape(&entry.by)));
    }
    if !entry.detail.is_empty() {
        line.push_str(&format!("  {}", escape(&entry.detail)));
    }
    line.push('\n');
    line
}

fn as_json(HistoryEntry { at, client, how, by, detail, .. }: &HistoryEntry) -> serde_json::Value {
    json!({
        "at": at.to_string(), "client_id": client, "how": how, "by": by, "detail": detail,
    })
}
