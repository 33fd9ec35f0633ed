//! `client import`: many clients at once, from JSON lines: all of them or none, or batch by batch where an
//! import may be resumed.

use super::failures::{PHASE, about};
use super::record::{checked, key_notes};
use super::secrets::made;
use crate::cli::ImportArgs;
use crate::clock::Timestamp;
use crate::commands::environment::stdin_is_terminal;
use crate::exit::{Exit, Failure};
use crate::json::without_bom;
use crate::registry::record::{ClientRecord, StoredClient};
use crate::registry::secret_hash::{SecretHash, SecretHashError};
use crate::registry::store::{Store, StoreError};
use crate::secret::Secret;
use crate::text::truncate;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

const HINT: &str = "a client a line: {\"id\":\"backend\",\"scopes\":\"orders:read\"}";
/// A client with all of its keys is shorter than this.
const MAX_LINE: u64 = 64 * 1024;

/// What `client list --json` tells beside the record: when a client was added there, and of its secrets,
/// which are none.
const TOLD_ONLY: [&str; 2] = ["created", "secrets"];

/// Clients that are registered at a time, where an import may be resumed.
const BATCH: usize = 1_000;
/// How much of an unknown member's name a message shows.
const MAX_NAME: usize = 40;

/// Receives the progress of an import.
pub trait ImportProgress {
    /// So many lines of so many are done.
    fn at(&self, done: usize, of: usize);
    /// Somebody should know that.
    fn note(&self, what: &str);
    /// It has ended, and that is what it did.
    fn end(&self, summary: &str);
}

/// Registers the clients of a file, all or none.
pub(super) fn import(
    store: &dyn Store,
    args: &ImportArgs,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<Secrets, Failure> {
    let (mut clients, mut secrets, mut ids) = (Vec::new(), Vec::new(), HashSet::new());
    let mut lines = ImportLines::open(&args.file, now)?;
    while let Some(ImportLine { record, hash, secret }) = lines.next()? {
        if !ids.insert(record.id.clone()) {
            return Err(lines.at(wrong(format!("client {:?} stands here twice", record.id))));
        }
        secrets.extend(secret.map(|secret| (record.id.clone(), secret)));
        clients.push((record, hash));
    }
    if clients.is_empty() {
        return Err(wrong(format!("there is no client in {}", lines.name)));
    }
    notes.extend(clients.iter().flat_map(|(client, _)| key_notes(&client.id, client.jwks.as_ref())));
    store.add(&clients).map_err(|error| match error {
        StoreError::Exists(_) => wrong(error.to_string()).hint(
            "nothing was imported; take it out of the file or the store, or --resume goes on behind it",
        ),
        other => about("", &other),
    })?;
    Ok(secrets)
}

/// Ids, each with the secret that was made.
pub type Secrets = Vec<(String, Secret)>;

/// An import that goes on where it has ended before: a batch after the other, each as a whole.
pub struct Importing {
    store: Arc<dyn Store>,
    lines: ImportLines,
    telling: Box<dyn ImportProgress>,
    added: usize,
    skipped: usize,
}

impl Importing {
    pub(super) fn begin(
        store: Arc<dyn Store>,
        args: &ImportArgs,
        now: Timestamp,
        telling: Box<dyn ImportProgress>,
    ) -> Result<Self, Failure> {
        Ok(Self { store, lines: ImportLines::open(&args.file, now)?, telling, added: 0, skipped: 0 })
    }

    /// Registers the next batch, and gives the secrets that were made for it; `None` after the last.
    ///
    /// # Errors
    /// Exit 2 for a line that is no client, or one that is there and differs; 1 where the store fails. The
    /// batches before it are registered.
    pub fn next_batch(&mut self) -> Result<Option<Secrets>, Failure> {
        let done = self.batch().map_err(|failure| {
            let what =
                format!("{}; the {} clients before are registered", failure.what, self.added + self.skipped);
            let hint = failure.hint.clone().unwrap_or_else(|| "the same command goes on there".to_owned());
            Failure { what, ..failure }.hint(hint)
        });
        self.telling.at(self.lines.number, self.lines.count);
        if !matches!(done, Ok(Some(_))) {
            let Self { added, skipped, .. } = self;
            self.telling.end(&format!("{added} clients are registered, and {skipped} were there already"));
        }
        done
    }

    fn batch(&mut self) -> Result<Option<Secrets>, Failure> {
        let (mut batch, mut ids) = (Vec::new(), HashSet::new());
        while batch.len() < BATCH {
            let Some(line) = self.lines.next()? else { break };
            if !ids.insert(line.record.id.clone()) {
                return Err(self.lines.at(wrong(format!("client {:?} stands here twice", line.record.id))));
            }
            batch.push(line);
        }
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
        let noted = batch.iter().flat_map(|line| key_notes(&line.record.id, line.record.jwks.as_ref()));
        noted.for_each(|what| self.telling.note(&what));
        let made = |ImportLine { record, secret, .. }: ImportLine| secret.map(|secret| (record.id, secret));
        Ok(Some(batch.into_iter().filter_map(made).collect()))
    }

    fn add(&self, batch: &[ImportLine]) -> Result<(), StoreError> {
        let clients: Vec<_> = batch.iter().map(|line| (line.record.clone(), line.hash.clone())).collect();
        if clients.is_empty() { Ok(()) } else { self.store.add(&clients) }
    }

    /// Those of a batch that are not there yet.
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
                        .hint("take it out of the file, or of the store; then the same command goes on"));
                }
            }
        }
        Ok(missing)
    }
}

/// A client of the file.
struct ImportLine {
    record: ClientRecord,
    /// That of its secret, where it has one.
    hash: Option<String>,
    /// The secret, where it was made for it.
    secret: Option<Secret>,
}

impl ImportLine {
    /// Whether it may have made what is there. Of a secret that was made then, nothing is known.
    fn made(&self, there: &StoredClient) -> bool {
        let record = ClientRecord { created: there.record.created, ..self.record.clone() };
        let known = self.hash.as_ref().filter(|_| self.secret.is_none());
        record == there.record && known.is_none_or(|hash| there.secrets.iter().any(|one| one.hash == *hash))
    }
}

/// The lines of a file.
struct ImportLines {
    input: BufReader<Box<dyn Read>>,
    name: String,
    /// The line that was read last, from 1.
    number: usize,
    /// Lines in all; 0 where nobody knows.
    count: usize,
    /// The members that a record has.
    known: Value,
    now: Timestamp,
}

impl ImportLines {
    fn open(path: &Path, now: Timestamp) -> Result<Self, Failure> {
        let (input, name) = open(path)?;
        let known = serde_json::to_value(ClientRecord::default()).unwrap_or_default();
        Ok(Self { input: BufReader::new(input), name, number: 0, count: count(path), known, now })
    }

    /// A failure of the last line.
    fn at(&self, failure: Failure) -> Failure {
        Failure { what: format!("{}:{}: {}", self.name, self.number, failure.what), ..failure }
    }

    fn next(&mut self) -> Result<Option<ImportLine>, Failure> {
        loop {
            self.number += 1;
            let mut line = Vec::new();
            let read = self.input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
            let length = read.map_err(|error| {
                Failure::new(Exit::Local, PHASE, format!("cannot read {}: {error}", self.name))
            })?;
            if length == 0 {
                return Ok(None);
            }
            if line.len() as u64 == MAX_LINE && !line.ends_with(b"\n") {
                return Err(self.at(wrong(format!("a line is longer than {MAX_LINE} bytes"))));
            }
            let line = if self.number == 1 { without_bom(&line) } else { &line };
            if !line.trim_ascii().is_empty() {
                let client = client(line, &self.known, self.now).map_err(|failure| self.at(failure))?;
                let (record, hash, secret) = client;
                return Ok(Some(ImportLine { record, hash, secret }));
            }
        }
    }
}

/// The lines of a file, for those who are told how far it is; 0 for what can be read once only.
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

fn open(path: &Path) -> Result<(Box<dyn Read>, String), Failure> {
    if path != Path::new("-") {
        let name = path.display().to_string();
        let file = File::open(path);
        let file = file.map_err(|error| wrong(format!("cannot read {name}: {error}")))?;
        return Ok((Box::new(file), name));
    }
    if stdin_is_terminal() {
        return Err(wrong("stdin is a terminal".to_owned()).hint(
            "heistctl client import FILE, or a pipe: JSON lines as {\"id\":\"a\",\"scopes\":\"x y\"}",
        ));
    }
    Ok((Box::new(std::io::stdin()), "stdin".to_owned()))
}

/// A client as `client list --json` tells of it, and the hash of its secret, where it has one already.
/// `known` has the members of a record.
fn client(
    line: &[u8],
    known: &Value,
    now: Timestamp,
) -> Result<(ClientRecord, Option<String>, Option<Secret>), Failure> {
    let mut line: Map<String, Value> = serde_json::from_slice(line).map_err(malformed)?;
    line.retain(|name, _| !TOLD_ONLY.contains(&name.as_str()));
    let hash = line.remove("secret_hash");
    if let Some(unknown) = line.keys().find(|name| known.get(name).is_none()) {
        return Err(wrong(format!("unknown member {:?}", truncate(unknown, MAX_NAME))).hint(HINT));
    }
    let mut record: ClientRecord = serde_json::from_value(Value::Object(line)).map_err(malformed)?;
    record.created = now.unix();
    if record.has_keys() {
        record.auth_method.get_or_insert_with(|| "private_key_jwt".to_owned());
    }
    let record = checked(record)?;
    match (hash, record.has_keys()) {
        (Some(_), true) => Err(wrong("it has keys and a secret".to_owned()).hint("choose one of the two")),
        (Some(hash), false) => {
            let hash = hash.as_str().and_then(|hash| hash.parse::<SecretHash>().ok()).ok_or(SecretHashError);
            let hash = hash.map_err(|error| wrong(format!("secret_hash: {error}")))?;
            if hash.is_of_nothing() {
                return Err(wrong("secret_hash is that of an empty secret".to_owned()));
            }
            Ok((record, Some(hash.text()), None))
        }
        (None, true) => Ok((record, None, None)),
        (None, false) => {
            let (secret, hash) = made()?;
            Ok((record, Some(hash.text()), Some(secret)))
        }
    }
}

/// What stands there may be a secret in the wrong place: where it is wrong is enough.
fn malformed(error: serde_json::Error) -> Failure {
    let what = match error.classify() {
        serde_json::error::Category::Data => unquoted(&error.to_string()),
        _ => format!("it is no JSON, at column {}", error.column()),
    };
    wrong(what).hint(HINT)
}

/// serde quotes what it has found, with its kind before it: "invalid type: string \"…\", expected …".
fn unquoted(error: &str) -> String {
    let mut parts = error.split('"');
    let first = parts.next().unwrap_or_default();
    parts.next_back().map_or_else(|| first.to_owned(), |last| format!("{first}…{last}"))
}

fn wrong(what: String) -> Failure {
    Failure::new(Exit::Usage, PHASE, what)
}
