//! `store export`: the clients with the hashes of their secrets, read page by page.

use crate::commands::client::list::Damaged;
use crate::commands::store::failed;
use crate::exit::Failure;
use crate::registry::record::StoredClient;
use crate::registry::store::{Store, StoreError};
use std::sync::Arc;

/// Clients per read.
const PAGE: usize = 1000;

pub struct Exporting {
    store: Arc<dyn Store>,
    after: String,
    first: Option<ExportPage>,
}

#[derive(Default)]
pub struct ExportPage {
    pub clients: Vec<StoredClient>,
    pub damaged: Vec<Damaged>,
}

impl Exporting {
    /// Reads the first page at once, so that stdout stays empty if the store fails.
    ///
    /// # Errors
    /// Exit 1 where the store fails.
    pub(super) fn begin(store: Arc<dyn Store>) -> Result<Box<Self>, Failure> {
        let mut exporting = Box::new(Self { store, after: String::new(), first: None });
        exporting.first = exporting.read()?;
        Ok(exporting)
    }

    /// The next clients; `None` after the last.
    ///
    /// # Errors
    /// Exit 1 where the store fails.
    pub fn next_page(&mut self) -> Result<Option<ExportPage>, Failure> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.read(),
        }
    }

    fn read(&mut self) -> Result<Option<ExportPage>, Failure> {
        let read = self.store.clients(&self.after, PAGE).map_err(|error| failed(&error))?;
        let Some(last) = read.last() else { return Ok(None) };
        self.after.clone_from(&last.id);
        let mut page = ExportPage::default();
        for listed in read {
            match listed.stored {
                Ok(stored) => page.clients.push(stored),
                Err(error) => {
                    let why = if let StoreError::Damaged(why) = error { why } else { error.to_string() };
                    page.damaged.push(Damaged { id: listed.id, why });
                }
            }
        }
        Ok(Some(page))
    }
}
