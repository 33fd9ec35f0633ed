//! `client import`: registers clients from JSON lines, all or none. With `--resume`, batch by batch.

mod bad_lines;
mod exported;
mod format;
mod line;
mod lines;
mod members;

use super::failures::{PHASE, about};
use super::record::key_notes;
use super::secrets::SecretWriter;
use crate::cli::ImportArgs;
use crate::clock::Timestamp;
use crate::commands::store::StoreUrl;
use crate::exit::Failure;
use crate::registry::store::{Store, StoreError};
use crate::secret::Secret;
use bad_lines::wrong;
use format::EXAMPLE;
use lines::{ImportLine, ImportLines};
use std::path::Path;
use std::sync::Arc;

/// Clients per batch with `--resume`.
const BATCH: usize = 1_000;

/// Receives the progress of an import.
pub trait ImportProgress {
    /// `done` of `of` lines have been read.
    fn at(&self, done: usize, of: usize);
    /// A note for the user.
    fn note(&self, what: &str);
    /// The import has ended, with this summary.
    fn end(&self, summary: &str);
}

/// Registers all clients of a file, or none.
pub(super) fn import(
    store: &dyn Store,
    args: &ImportArgs,
    writer: SecretWriter,
    (now, progress): (Timestamp, &dyn ImportProgress),
    notes: &mut Vec<String>,
) -> Result<Secrets, Failure> {
    let lines = ImportLines::open(&args.file, writer, now)?;
    register(store, lines, progress, notes).map(|(_, secrets)| secrets)
}

/// Registers all clients of a `store export`, or none. Returns their number.
pub(in crate::commands) fn import_exported(
    (store, url): (&Arc<dyn Store>, &StoreUrl),
    file: &Path,
    now: Timestamp,
    progress: &dyn ImportProgress,
    notes: &mut Vec<String>,
) -> Result<usize, Failure> {
    let writer = SecretWriter::new(store.clone(), url.clone());
    let lines = ImportLines::open(file, writer, now)?.of_export();
    let done = register(store.as_ref(), lines, progress, notes);
    done.map(|(count, _)| count).map_err(|failure| match failure.hint.as_deref() {
        Some(hint) if hint.contains("--resume") => {
            failure.hint("nothing was imported; remove it from the file or the store")
        }
        _ => failure,
    })
}

fn register(
    store: &dyn Store,
    mut lines: ImportLines,
    progress: &dyn ImportProgress,
    notes: &mut Vec<String>,
) -> Result<(usize, Secrets), Failure> {
    let (mut clients, mut secrets) = (Vec::new(), Vec::new());
    while let Some(ImportLine { stored, secret }) = lines.next()? {
        secrets.extend(secret.map(|secret| (stored.record.id.clone(), secret)));
        clients.push(stored);
        if clients.len().is_multiple_of(BATCH) {
            progress.at(lines.number, lines.count);
        }
    }
    lines.bad.end(PHASE)?;
    if clients.is_empty() {
        return Err(wrong(format!("there is no client in {}", lines.name)).hint(EXAMPLE));
    }
    if clients.len() >= BATCH {
        progress.note(&format!("{} are read; registering all of them or none", counted(clients.len())));
    }
    notes.extend(clients.iter().flat_map(|stored| key_notes(&stored.record, lines.now)));
    store.add_stored(&clients).map_err(|error| match error {
        StoreError::Exists(_) => wrong(error.to_string()).hint(
            "nothing was imported; remove it from the file or the store, or --resume continues after it",
        ),
        other => about("", &other),
    })?;
    Ok((clients.len(), secrets))
}

/// Client ids with their new secrets.
pub type Secrets = Vec<(String, Secret)>;

/// A resumable import. Each batch is one transaction.
pub struct Importing {
    store: Arc<dyn Store>,
    lines: ImportLines,
    progress: Box<dyn ImportProgress>,
    added: usize,
    skipped: usize,
}

impl Importing {
    pub(super) fn begin(
        store: Arc<dyn Store>,
        args: &ImportArgs,
        writer: SecretWriter,
        now: Timestamp,
        progress: Box<dyn ImportProgress>,
    ) -> Result<Self, Failure> {
        Ok(Self { store, lines: ImportLines::open(&args.file, writer, now)?, progress, added: 0, skipped: 0 })
    }

    /// Registers the next batch and returns its new secrets; `None` after the last.
    ///
    /// # Errors
    /// Exit 2 for a line that is not a client, or a registered client that differs; 1 where the store fails.
    /// Earlier batches stay registered.
    pub fn next_batch(&mut self) -> Result<Option<Secrets>, Failure> {
        let done = self.batch().map_err(|failure| {
            let before = match self.added + self.skipped {
                0 => "no client was registered".to_owned(),
                1 => "the client before it is registered".to_owned(),
                count => format!("the {count} clients before it are registered"),
            };
            let hint = failure.hint.clone().unwrap_or_else(|| "the same command continues there".to_owned());
            Failure { what: format!("{}; {before}", failure.what), ..failure }.hint(hint)
        });
        self.progress.at(self.lines.number, self.lines.count);
        if !matches!(done, Ok(Some(_))) {
            let Self { added, skipped, .. } = self;
            let verb = if *added == 1 { "is" } else { "are" };
            let there = if *skipped == 1 { "was" } else { "were" };
            let summary =
                format!("{} {verb} registered, and {skipped} {there} already there", counted(*added));
            self.progress.end(&summary);
        }
        done
    }

    fn batch(&mut self) -> Result<Option<Secrets>, Failure> {
        let mut batch = Vec::new();
        self.lines.ids.clear();
        while batch.len() < BATCH {
            let Some(line) = self.lines.next()? else { break };
            batch.push(line);
        }
        if !self.lines.bad.is_empty() {
            // Nothing more is registered; the rest is read for its bad lines.
            while self.lines.next()?.is_some() {}
        }
        std::mem::take(&mut self.lines.bad).end(PHASE)?;
        if batch.is_empty() {
            return Ok(None);
        }
        let read = batch.len();
        match self.add(&batch) {
            Err(StoreError::Exists(_)) => {
                batch = self.missing(batch)?;
                self.add(&batch).map_err(|error| about("", &error))?;
            }
            done => done.map_err(|error| about("", &error))?,
        }
        (self.added, self.skipped) = (self.added + batch.len(), self.skipped + read - batch.len());
        let noted = batch.iter().flat_map(|line| key_notes(&line.stored.record, self.lines.now));
        noted.for_each(|what| self.progress.note(&what));
        let made = |ImportLine { stored, secret }: ImportLine| Some((stored.record.id, secret?));
        Ok(Some(batch.into_iter().filter_map(made).collect()))
    }

    fn add(&self, batch: &[ImportLine]) -> Result<(), StoreError> {
        let clients: Vec<_> = batch.iter().map(|line| line.stored.clone()).collect();
        if clients.is_empty() { Ok(()) } else { self.store.add_stored(&clients) }
    }

    /// Filters out the clients of a batch that are already registered.
    fn missing(&self, batch: Vec<ImportLine>) -> Result<Vec<ImportLine>, Failure> {
        let mut missing = Vec::new();
        for line in batch {
            let id = &line.stored.record.id;
            match self.store.client(id).map_err(|error| about(id, &error))? {
                None => missing.push(line),
                Some(there) if line.made(&there) => {}
                Some(_) => {
                    let what = format!("client {id:?} is in the store already, and differs from the file's");
                    return Err(wrong(what)
                        .hint("remove it from the file or the store; then the same command continues"));
                }
            }
        }
        Ok(missing)
    }
}

fn counted(clients: usize) -> String {
    format!("{clients} {}", if clients == 1 { "client" } else { "clients" })
}
