//! The results of `store`.

use super::export::Exporting;
use crate::exit::Exit;

pub struct StoreReport {
    pub found: StoreOutcome,
    pub json: bool,
    pub notes: Vec<String>,
}

pub enum StoreOutcome {
    /// A backup was made or restored.
    Copied(StoreCopy),
    Checked(StoreFindings),
    /// Clients are read while they are printed.
    Exported(Box<Exporting>),
    /// The number of clients that were registered.
    Imported(usize),
}

/// The contents of a backup.
pub struct StoreCopy {
    /// `backed up`, `restored`.
    pub done: &'static str,
    pub file: String,
    pub bytes: u64,
    pub clients: usize,
    pub keys: usize,
    /// Keys that only the store key opens.
    pub sealed: usize,
}

/// The findings of a check.
pub struct StoreFindings {
    pub store: String,
    pub id: Option<String>,
    pub clients: usize,
    pub keys: usize,
    pub sealed: usize,
    /// Damaged records and pages.
    pub damaged: Vec<String>,
    /// Signing keys that cannot be used.
    pub unusable: Vec<String>,
}

impl StoreFindings {
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.damaged.is_empty() && self.unusable.is_empty()
    }
}

impl StoreReport {
    #[must_use]
    pub fn exit(&self) -> Exit {
        match &self.found {
            StoreOutcome::Checked(found) if !found.is_well() => Exit::CheckFailed,
            _ => Exit::Done,
        }
    }

    /// Notes for stderr.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if let StoreOutcome::Copied(copy) = &self.found {
            let StoreCopy { done, file, bytes, clients, keys, sealed } = copy;
            let sealed = if *sealed > 0 { format!(", {sealed} of them sealed") } else { String::new() };
            let (from, size) = if *done == "restored" {
                ("from", String::new())
            } else {
                ("to", format!(", {bytes} bytes"))
            };
            notes.push(format!(
                "{done} {from} {file}: clients: {clients}, signing keys: {keys}{sealed}{size}"
            ));
        }
        notes
    }

    /// The hint for what a check has found.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        const DAMAGED: &str = "heistctl store restore FILE --replace puts a backup in place; heistctl client remove ID \
                               removes a damaged client";
        const UNUSABLE: &str = "HEISTCTL_STORE_KEY or HEISTCTL_STORE_KEY_FILE has the key that sealed them";
        match &self.found {
            StoreOutcome::Checked(found) if !found.damaged.is_empty() => Some(DAMAGED),
            StoreOutcome::Checked(found) if !found.unusable.is_empty() => Some(UNUSABLE),
            _ => None,
        }
    }
}
