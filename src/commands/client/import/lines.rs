//! The lines of an import, each one client.

use super::bad_lines::{BadLines, wrong};
use super::exported::{self, ExportedSecrets};
use super::format::EXAMPLE;
use super::line;
use crate::clock::Timestamp;
use crate::commands::client::failures::PHASE;
use crate::commands::client::record::checked;
use crate::commands::client::secrets::SecretWriter;
use crate::commands::environment::stdin_is_terminal;
use crate::commands::misplaced;
use crate::exit::{Exit, Failure};
use crate::json::without_bom;
use crate::os_error::plain;
use crate::registry::record::{ClientRecord, SecretRecord, StoredClient};
use crate::registry::secret_hash::{SecretHash, SecretHashError};
use crate::secret::Secret;
use serde_json::Value;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

const TWICE: &str = "remove one of them from the file";
const STDIN: &str = "stdin";
/// The longest line. A client with many keys is shorter.
const MAX_LINE: u64 = 64 * 1024;

/// A client from the file.
pub(super) struct ImportLine {
    pub(super) stored: StoredClient,
    /// Its secret, if heistctl made it.
    pub(super) secret: Option<Secret>,
}

impl ImportLine {
    /// Whether this line may have created the stored client. A secret made at that time cannot be compared.
    pub(super) fn made(&self, there: &StoredClient) -> bool {
        let record = ClientRecord { created: there.record.created, ..self.stored.record.clone() };
        let mut known = self.stored.secrets.iter().filter(|_| self.secret.is_none());
        let is_there = |known: &SecretRecord| there.secrets.iter().any(|one| one.hash == known.hash);
        record == there.record && known.all(is_there)
    }
}

pub(super) struct ImportLines {
    input: BufReader<Box<dyn Read>>,
    pub(super) name: String,
    /// The number of the last line that was read, from 1.
    pub(super) number: usize,
    /// The total number of lines; 0 if unknown.
    pub(super) count: usize,
    writer: SecretWriter,
    pub(super) now: Timestamp,
    /// The ids so far, with their lines. With `--resume`, those of the batch.
    pub(super) ids: HashMap<String, usize>,
    pub(super) bad: BadLines,
    /// Whether a line has been read that is not blank.
    is_begun: bool,
    /// Whether only lines of `store export` are taken.
    is_export: bool,
}

impl ImportLines {
    pub(super) fn open(path: &Path, writer: SecretWriter, now: Timestamp) -> Result<Self, Failure> {
        let (input, name) = open(path)?;
        let (input, count) = (BufReader::new(input), count(path));
        let (ids, bad) = (HashMap::new(), BadLines::default());
        Ok(Self { input, name, number: 0, count, writer, now, ids, bad, is_begun: false, is_export: false })
    }

    /// For lines of `store export` only: no secret is made.
    pub(super) fn of_export(self) -> Self {
        Self { is_export: true, ..self }
    }

    /// The next client. Bad lines are noted and passed over, unless the first one shows that the whole file has
    /// another format.
    pub(super) fn next(&mut self) -> Result<Option<ImportLine>, Failure> {
        while let Some(line) = self.line()? {
            let line = if self.number == 1 { without_bom(&line) } else { &line };
            if line.trim_ascii().is_empty() {
                continue;
            }
            let is_first = !std::mem::replace(&mut self.is_begun, true);
            let found = client(line, &self.name, &self.writer, (self.now, self.is_export))
                .and_then(|client| self.once(client));
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

    fn once(&mut self, line: ImportLine) -> Result<ImportLine, Failure> {
        let id = &line.stored.record.id;
        match self.ids.insert(id.clone(), self.number) {
            None => Ok(line),
            Some(first) => {
                let what = format!("client {id:?} appears twice, first in line {first}");
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

/// Parses a line in the format of `client list --json`, with an optional secret hash, or of `store export`.
fn client(
    line: &[u8],
    file: &str,
    writer: &SecretWriter,
    (now, is_export): (Timestamp, bool),
) -> Result<ImportLine, Failure> {
    let file = if file == STDIN { "FILE" } else { file };
    let exported = exported::read(line)?.filter(|exported| is_export || !exported.secrets.is_empty());
    let mut members = line::read(line, file).map_err(|mistakes| {
        let all = mistakes.into_iter().map(|mistake| wrong(mistake.what).hint(mistake.hint));
        Failure::of_all(all.collect()).unwrap_or_else(|| wrong("it is not a client".to_owned()))
    })?;
    let hash = members.remove("secret_hash");
    let record = serde_json::from_value(Value::Object(members));
    let mut record: ClientRecord =
        record.map_err(|_| wrong("it is not a client".to_owned()).hint(EXAMPLE))?;
    record.created = exported.as_ref().map_or(now, |exported| exported.created).unix();
    record.auth_method = record.auth_method.take().or(implied_method(&record).map(str::to_owned));
    let record = checked(record)?;
    if let Some(ExportedSecrets { secrets, .. }) = exported.filter(|_| hash.is_none()) {
        return Ok(ImportLine { stored: StoredClient { record, secrets }, secret: None });
    }
    if is_export {
        return Err(wrong("it is not a line of heistctl store export".to_owned())
            .hint("heistctl client import registers clients of other files, and makes secrets"));
    }
    let (hash, secret) = match (hash, record.needs_secret()) {
        (Some(_), false) => {
            let has = if record.has_keys() { "keys" } else { "a certificate" };
            return Err(wrong(format!("it has {has} and a secret_hash")).hint("remove one of the two"));
        }
        (Some(_), true) if record.signs_with_secret() => {
            let what = "client_secret_jwt needs the secret itself, and secret_hash has only its hash";
            return Err(wrong(what.to_owned()).hint("leave it out: heistctl makes a secret"));
        }
        (Some(hash), true) => (Some(given(&hash)?), None),
        (None, false) => (None, None),
        (None, true) => {
            let (secret, kept) = writer.made(&record)?;
            (Some(kept), Some(secret))
        }
    };
    Ok(ImportLine { stored: StoredClient::new(record, hash), secret })
}

/// The only method that fits the other members.
fn implied_method(record: &ClientRecord) -> Option<&'static str> {
    if record.has_keys() {
        Some("private_key_jwt")
    } else if record.tls_certificate.is_some() {
        Some("self_signed_tls_client_auth")
    } else {
        record.certificate_names().next().map(|_| "tls_client_auth")
    }
}

/// The hash of a line.
fn given(hash: &Value) -> Result<String, Failure> {
    let hash = hash.as_str().and_then(|hash| hash.parse::<SecretHash>().ok()).ok_or(SecretHashError);
    let hash = hash.map_err(|error| wrong(format!("secret_hash: {error}")))?;
    if hash.is_of_nothing() {
        return Err(wrong("secret_hash is that of an empty secret".to_owned()));
    }
    Ok(hash.text())
}
