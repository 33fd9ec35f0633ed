//! `client import`: registers clients from JSON lines, all or none. With `--resume`, batch by batch.

mod bad_lines;
mod format;
mod line;
mod members;

use super::failures::{PHASE, about};
use super::record::{checked, key_notes};
use super::secrets::SecretWriter;
use crate::cli::ImportArgs;
use crate::clock::Timestamp;
use crate::commands::environment::stdin_is_terminal;
use crate::commands::misplaced;
use crate::exit::{Exit, Failure};
use crate::json::without_bom;
use crate::os_error::plain;
use crate::registry::record::{ClientRecord, StoredClient};
use crate::registry::secret_hash::{SecretHash, SecretHashError};
use crate::registry::store::{Store, StoreError};
use crate::secret::Secret;
use bad_lines::BadLines;
use format::EXAMPLE;
use serde_json::Value;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

const TWICE: &str = "remove one of them from the file";
const STDIN: &str = "stdin";
/// The longest line. A client with many keys is shorter.
const MAX_LINE: u64 = 64 * 1024;

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
    let (mut clients, mut secrets) = (Vec::new(), Vec::new());
    let mut lines = ImportLines::open(&args.file, writer, now)?;
    while let Some(ImportLine { record, hash, secret }) = lines.next()? {
        secrets.extend(secret.map(|secret| (record.id.clone(), secret)));
        clients.push((record, hash));
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
    notes.extend(clients.iter().flat_map(|(client, _)| key_notes(client, now)));
    store.add(&clients).map_err(|error| match error {
        StoreError::Exists(_) => wrong(error.to_string()).hint(
            "nothing was imported; remove it from the file or the store, or --resume continues after it",
        ),
        other => about("", &other),
    })?;
    Ok(secrets)
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
        let noted = batch.iter().flat_map(|line| key_notes(&line.record, self.lines.now));
        noted.for_each(|what| self.progress.note(&what));
        let made = |ImportLine { record, secret, .. }: ImportLine| secret.map(|secret| (record.id, secret));
        Ok(Some(batch.into_iter().filter_map(made).collect()))
    }

    fn add(&self, batch: &[ImportLine]) -> Result<(), StoreError> {
        let clients: Vec<_> = batch.iter().map(|line| (line.record.clone(), line.hash.clone())).collect();
        if clients.is_empty() { Ok(()) } else { self.store.add(&clients) }
    }

    /// Filters out the clients of a batch that are already registered.
    fn missing(&self, batch: Vec<ImportLine>) -> Result<Vec<ImportLine>, Failure> {
        let mut missing = Vec::new();
        for line in batch {
            let id = &line.record.id;
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

/// A client from the file.
struct ImportLine {
    record: ClientRecord,
    /// The hash of its secret, if it has one.
    hash: Option<String>,
    /// Its secret, if heistctl made it.
    secret: Option<Secret>,
}

impl ImportLine {
    /// Whether this line may have created the stored client. A secret made at that time cannot be compared.
    fn made(&self, there: &StoredClient) -> bool {
        let record = ClientRecord { created: there.record.created, ..self.record.clone() };
        let known = self.hash.as_ref().filter(|_| self.secret.is_none());
        record == there.record && known.is_none_or(|hash| there.secrets.iter().any(|one| one.hash == *hash))
    }
}

struct ImportLines {
    input: BufReader<Box<dyn Read>>,
    name: String,
    /// The number of the last line that was read, from 1.
    number: usize,
    /// The total number of lines; 0 if unknown.
    count: usize,
    writer: SecretWriter,
    now: Timestamp,
    /// The ids so far, with their lines. With `--resume`, those of the batch.
    ids: HashMap<String, usize>,
    bad: BadLines,
    /// Whether a line has been read that is not blank.
    is_begun: bool,
}

impl ImportLines {
    fn open(path: &Path, writer: SecretWriter, now: Timestamp) -> Result<Self, Failure> {
        let (input, name) = open(path)?;
        let (input, count) = (BufReader::new(input), count(path));
        let (ids, bad) = (HashMap::new(), BadLines::default());
        Ok(Self { input, name, number: 0, count, writer, now, ids, bad, is_begun: false })
    }

    /// The next client. Bad lines are noted and passed over, unless the first one shows that the whole file has
    /// another format.
    fn next(&mut self) -> Result<Option<ImportLine>, Failure> {
        while let Some(line) = self.line()? {
            let line = if self.number == 1 { without_bom(&line) } else { &line };
            if line.trim_ascii().is_empty() {
                continue;
            }
            let is_first = !std::mem::replace(&mut self.is_begun, true);
            let found = client(line, &self.name, &self.writer, self.now).and_then(|client| self.once(client));
            match found {
                Ok(found) => return Ok(Some(found)),
                Err(failure) => {
                    let is_of_file = is_first && is_of_file(line, &failure);
                    self.bad.note(&self.name, self.number, failure);
                    if is_of_file {
                        std::mem::take(&mut self.bad).end(PHASE)?;
                    }
                }
            }
        }
        Ok(None)
    }

    /// The next line, at most [`MAX_LINE`] bytes of it. A longer one is noted.
    fn line(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        self.number += 1;
        let mut line = Vec::new();
        let mut length = self.read_to(&mut line)?;
        if line.len() as u64 == MAX_LINE && !line.ends_with(b"\n") {
            let failure = wrong(format!("a line is longer than {MAX_LINE} bytes"))
                .hint("a client is shorter, even with many keys: is a line end missing?");
            self.bad.note(&self.name, self.number, failure);
            while length > 0 && !line.ends_with(b"\n") {
                line.clear();
                length = self.read_to(&mut line)?;
            }
            line.clear();
            return Ok(Some(line));
        }
        Ok((length > 0).then_some(line))
    }

    fn read_to(&mut self, line: &mut Vec<u8>) -> Result<usize, Failure> {
        self.input.by_ref().take(MAX_LINE).read_until(b'\n', line).map_err(|error| {
            Failure::new(Exit::Local, PHASE, format!("cannot read {}: {}", self.name, plain(&error)))
        })
    }

    fn once(&mut self, (record, hash, secret): ParsedLine) -> Result<ImportLine, Failure> {
        match self.ids.insert(record.id.clone(), self.number) {
            None => Ok(ImportLine { record, hash, secret }),
            Some(first) => {
                let what = format!("client {:?} appears twice, first in line {first}", record.id);
                Err(wrong(what).hint(TWICE))
            }
        }
    }
}

/// Whether a bad first line shows that the whole file has another format.
fn is_of_file(line: &[u8], failure: &Failure) -> bool {
    let converts = failure.hint.as_ref().is_some_and(|hint| hint.contains("| heistctl client import -"));
    converts || !line.trim_ascii_start().starts_with(b"{")
}

/// Counts the lines for the progress bar. 0 for input that can be read only once.
fn count(path: &Path) -> usize {
    let is_file = path != Path::new("-") && path.is_file();
    let Some(file) = is_file.then(|| File::open(path).ok()).flatten() else { return 0 };
    let (mut input, mut count) = (BufReader::new(file), 0);
    while let Ok(chunk) = input.fill_buf() {
        if chunk.is_empty() {
            break;
        }
        count += chunk.iter().filter(|byte| **byte == b'\n').count();
        let length = chunk.len();
        input.consume(length);
    }
    count
}

/// Explains what was given instead of a path.
fn unread(path: &Path, error: &std::io::Error) -> Failure {
    let name = path.display().to_string();
    if name.starts_with(['{', '[']) {
        return wrong("a client was given instead of a file's path".to_owned())
            .hint("heistctl client import - <<< '{…}', or a file with one client per line");
    }
    if name.starts_with("http://") || name.starts_with("https://") {
        let shown = if name.contains(['@', '?', '#']) { "it".to_owned() } else { format!("{name:?}") };
        return wrong(format!("{shown} is a URL, not a file's path"))
            .hint("curl -fsS URL | heistctl client import -");
    }
    let why = misplaced::path(&name).map_or_else(|| plain(error), str::to_owned);
    wrong(format!("cannot read {name}: {why}")).hint("is the path right, and may you read it?")
}

fn open(path: &Path) -> Result<(Box<dyn Read>, String), Failure> {
    if path != Path::new("-") {
        let file = File::open(path).map_err(|error| unread(path, &error))?;
        if path.is_dir() {
            let what = format!("{} is a folder, not a file of JSON lines", path.display());
            return Err(wrong(what).hint("heistctl client import FILE"));
        }
        return Ok((Box::new(file), path.display().to_string()));
    }
    if stdin_is_terminal() {
        return Err(wrong("stdin is a terminal".to_owned()).hint(
            "heistctl client import FILE, or a pipe: JSON lines as {\"id\":\"a\",\"scopes\":\"x y\"}",
        ));
    }
    Ok((Box::new(std::io::stdin()), STDIN.to_owned()))
}

/// A client, the hash of its secret, and the secret if heistctl made it.
type ParsedLine = (ClientRecord, Option<String>, Option<Secret>);

/// Parses a line in the format of `client list --json`, with an optional secret hash.
fn client(line: &[u8], file: &str, writer: &SecretWriter, now: Timestamp) -> Result<ParsedLine, Failure> {
    let file = if file == STDIN { "FILE" } else { file };
    let mut line = line::read(line, file).map_err(|mistake| wrong(mistake.what).hint(mistake.hint))?;
    let hash = line.remove("secret_hash");
    let record = serde_json::from_value(Value::Object(line));
    let mut record: ClientRecord =
        record.map_err(|_| wrong("it is not a client".to_owned()).hint(EXAMPLE))?;
    record.created = now.unix();
    let implied = if record.has_keys() {
        Some("private_key_jwt")
    } else if record.tls_certificate.is_some() {
        Some("self_signed_tls_client_auth")
    } else {
        record.certificate_names().next().map(|_| "tls_client_auth")
    };
    record.auth_method = record.auth_method.take().or(implied.map(str::to_owned));
    let record = checked(record)?;
    match (hash, record.needs_secret()) {
        (Some(_), false) => {
            let has = if record.has_keys() { "keys" } else { "a certificate" };
            Err(wrong(format!("it has {has} and a secret_hash")).hint("remove one of the two"))
        }
        (Some(_), true) if record.signs_with_secret() => Err(wrong(
            "client_secret_jwt needs the secret itself, and secret_hash has only its hash".to_owned(),
        )
        .hint("leave it out: heistctl makes a secret")),
        (Some(hash), true) => {
            let hash = hash.as_str().and_then(|hash| hash.parse::<SecretHash>().ok()).ok_or(SecretHashError);
            let hash = hash.map_err(|error| wrong(format!("secret_hash: {error}")))?;
            if hash.is_of_nothing() {
                return Err(wrong("secret_hash is that of an empty secret".to_owned()));
            }
            Ok((record, Some(hash.text()), None))
        }
        (None, false) => Ok((record, None, None)),
        (None, true) => {
            let (secret, kept) = writer.made(&record)?;
            Ok((record, Some(kept), Some(secret)))
        }
    }
}

fn counted(clients: usize) -> String {
    format!("{clients} {}", if clients == 1 { "client" } else { "clients" })
}

fn wrong(what: String) -> Failure {
    Failure::new(Exit::Usage, PHASE, what)
}
