//! `client history` and `key history`: changes in the store with time, command and author.

use super::store::failed;
use crate::exit::Failure;
use crate::registry::store::Store;
use crate::registry::store::history::{HistoryEntry, Of};
use std::sync::Arc;

/// Entries per read.
const PAGE: usize = 1000;

/// Selects the changes to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Clients,
    Client(String),
    Keys,
}

impl Subject {
    const fn of(&self) -> Of<'_> {
        match self {
            Self::Clients => Of::Clients,
            Self::Client(id) => Of::Client(id.as_str()),
            Self::Keys => Of::Keys,
        }
    }
}

/// Changes, oldest first, read page by page.
pub struct HistoryReport {
    pub subject: Subject,
    pub json: bool,
    pub notes: Vec<String>,
    store: Arc<dyn Store>,
    first: Option<Vec<HistoryEntry>>,
    after: i64,
}

impl HistoryReport {
    /// The next changes, oldest first; `None` after the last.
    ///
    /// # Errors
    /// Exit 1 where the store fails.
    pub fn next_page(&mut self) -> Result<Option<Vec<HistoryEntry>>, Failure> {
        let page = match self.first.take() {
            Some(first) => first,
            None => self.read()?,
        };
        let Some(last) = page.last() else { return Ok(None) };
        self.after = last.number;
        Ok(Some(page))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.as_ref().is_some_and(Vec::is_empty)
    }

    fn read(&self) -> Result<Vec<HistoryEntry>, Failure> {
        self.store.history(self.subject.of(), self.after, PAGE).map_err(|error| failed(&error))
    }
}

/// Reads the first page at once, so that stdout stays empty if the store fails.
///
/// # Errors
/// Exit 1 where the store fails.
pub fn of(
    store: Arc<dyn Store>,
    subject: Subject,
    json: bool,
    mut notes: Vec<String>,
) -> Result<HistoryReport, Failure> {
    let mut report = HistoryReport { subject, json, notes: Vec::new(), store, first: None, after: 0 };
    report.first = Some(report.read()?);
    if report.is_empty() && !json {
        let whose = match &report.subject {
            Subject::Clients => "no change of a client".to_owned(),
            Subject::Client(id) => format!("no change of client {id}"),
            Subject::Keys => "no change of the signing keys".to_owned(),
        };
        notes.push(format!("{whose} is on record"));
    }
    report.notes = notes;
    Ok(report)
}
