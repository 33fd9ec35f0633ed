//! The secrets in a line of `store export`, with their hashes.

use super::bad_lines::wrong;
use crate::clock::Timestamp;
use crate::exit::Failure;
use crate::json::without_bom;
use crate::registry::record::SecretRecord;
use crate::registry::secret_hash::SecretHash;
use serde::Deserialize;
use serde_json::Value;

pub(super) struct ExportedSecrets {
    pub(super) created: Timestamp,
    pub(super) secrets: Vec<SecretRecord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretLine {
    number: i64,
    hash: String,
    created: String,
    ends: Option<String>,
}

/// The secrets of an exported client; `None` if the line is not one, such as a line of `client list --json`.
///
/// # Errors
/// Exit 2 if a secret is damaged.
pub(super) fn read(line: &[u8]) -> Result<Option<ExportedSecrets>, Failure> {
    let Ok(Value::Object(members)) = serde_json::from_slice(without_bom(line)) else { return Ok(None) };
    let (Some(Value::String(created)), Some(Value::Array(secrets))) =
        (members.get("created"), members.get("secrets"))
    else {
        return Ok(None);
    };
    if !secrets.iter().all(|secret| secret.get("hash").is_some()) {
        return Ok(None);
    }
    let created = moment(created)?;
    let secrets = secrets.iter().map(secret).collect::<Result<_, _>>()?;
    Ok(Some(ExportedSecrets { created, secrets }))
}

fn secret(value: &Value) -> Result<SecretRecord, Failure> {
    let SecretLine { number, hash, created, ends } = serde_json::from_value(value.clone())
        .map_err(|_| wrong("an entry of secrets is not that of heistctl store export".to_owned()))?;
    let hash = hash.parse::<SecretHash>().map_err(|error| wrong(format!("the hash of a secret: {error}")))?;
    let ends = ends.as_deref().map(moment).transpose()?.map(Timestamp::unix);
    Ok(SecretRecord { number, hash: hash.text(), created: moment(&created)?.unix(), ends })
}

fn moment(text: &str) -> Result<Timestamp, Failure> {
    text.parse().map_err(|_| wrong(format!("{text:?} is not a time such as \"2026-11-29T15:00:00Z\"")))
}
