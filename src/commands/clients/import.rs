//! `client import`: many clients at once, from JSON lines; all of them or none.

use super::record::{checked, key_notes};
use super::secrets::made;
use super::{Found, PHASE, about};
use crate::cli::ImportArgs;
use crate::clock::Timestamp;
use crate::commands::environment::stdin_is_terminal;
use crate::exit::{Exit, Failure};
use crate::json::without_bom;
use crate::registry::record::ClientRecord;
use crate::registry::secret_hash::{SecretHash, SecretHashError};
use crate::registry::store::{Store, StoreError};
use crate::secret::Secret;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

const HINT: &str = "a client a line: {\"id\":\"backend\",\"scopes\":\"orders:read\"}";
/// A client with all of its keys is shorter than this.
const MAX_LINE: u64 = 64 * 1024;

/// What `client list --json` tells beside the record: when a client was added there, and of its secrets,
/// which are none.
const TOLD_ONLY: [&str; 2] = ["created", "secrets"];

/// Registers the clients of a file.
pub(super) fn import(
    store: &dyn Store,
    args: &ImportArgs,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<Found, Failure> {
    let (clients, secrets) = read(&args.file, now)?;
    notes.extend(clients.iter().flat_map(|(client, _)| key_notes(&client.id, client.jwks.as_ref())));
    store.add(&clients).map_err(|error| match error {
        StoreError::Exists(_) => wrong(error.to_string())
            .hint("nothing was imported; take it out of the file, or remove it from the store"),
        other => about("", &other),
    })?;
    Ok(Found::Imported(secrets))
}

/// Clients, each with the hash of its secret.
type Clients = Vec<(ClientRecord, Option<String>)>;
/// Ids, each with the secret that was made.
type Secrets = Vec<(String, Secret)>;

fn read(path: &Path, now: Timestamp) -> Result<(Clients, Secrets), Failure> {
    let (input, name) = open(path)?;
    let mut lines = BufReader::new(input);
    let (mut clients, mut secrets, mut ids) = (Vec::new(), Vec::new(), HashSet::new());
    let known = serde_json::to_value(ClientRecord::default()).unwrap_or_default();
    for number in 1.. {
        let at = |failure: Failure| Failure { what: format!("{name}:{number}: {}", failure.what), ..failure };
        let mut line = Vec::new();
        let read = lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        let length =
            read.map_err(|error| Failure::new(Exit::Local, PHASE, format!("cannot read {name}: {error}")))?;
        if length == 0 {
            break;
        }
        if line.len() as u64 == MAX_LINE && !line.ends_with(b"\n") {
            return Err(at(wrong(format!("a line is longer than {MAX_LINE} bytes"))));
        }
        let line = if number == 1 { without_bom(&line) } else { &line };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let (record, hash, secret) = client(line, &known, now).map_err(at)?;
        if !ids.insert(record.id.clone()) {
            return Err(at(wrong(format!("client {:?} stands here twice", record.id))));
        }
        secrets.extend(secret.map(|secret| (record.id.clone(), secret)));
        clients.push((record, hash));
    }
    if clients.is_empty() {
        return Err(wrong(format!("there is no client in {name}")));
    }
    Ok((clients, secrets))
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
        let name: String = unknown.chars().take(40).collect();
        return Err(wrong(format!("unknown member {name:?}")).hint(HINT));
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
