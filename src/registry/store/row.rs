//! Text forms of rows, the same for every engine, with a digest of each row. The digest detects rows altered
//! by a failing disk or by hand.

use super::{ClientChange, StoreError};
use crate::jose::digest::sha256;
use crate::registry::expiring_set::IdDigest;
use crate::registry::record::{ClientRecord, SecretRecord, StoredClient};

/// The client after a change; `None` if nothing changed. An ID cannot be changed.
pub(super) fn changed_client(before: &StoredClient, change: ClientChange<'_>) -> Option<StoredClient> {
    let mut new = change(before)?;
    new.record.id.clone_from(&before.record.id);
    (new != *before).then_some(new)
}

/// The text form of a client's record.
pub(super) fn written(record: &ClientRecord) -> Result<String, StoreError> {
    record.kept().map_err(|error| StoreError::Damaged(error.to_string()))
}

/// The text form of a client's secrets. They are in the same row as the record, so a token request needs one
/// lookup.
pub(super) fn written_secrets(secrets: &[SecretRecord]) -> Result<String, StoreError> {
    serde_json::to_string(secrets).map_err(|error| StoreError::Damaged(error.to_string()))
}

pub(super) struct ClientRow {
    pub(super) record: String,
    pub(super) secrets: String,
    pub(super) digest: IdDigest,
}

impl ClientRow {
    pub(super) fn of(stored: &StoredClient) -> Result<Self, StoreError> {
        let (record, secrets) = (written(&stored.record)?, written_secrets(&stored.secrets)?);
        let digest = client_digest(&stored.record.id, &record, &secrets);
        Ok(Self { record, secrets, digest })
    }
}

/// The digest of a client's row. NUL does not occur in JSON, so it separates the texts. PostgreSQL computes
/// the same for rows of an older schema.
#[must_use]
pub fn client_digest(id: &str, record: &str, secrets: &str) -> IdDigest {
    joined_digest([record, secrets, id])
}

/// The digest of a text that is replaced as a whole.
#[must_use]
pub fn text_digest(name: &str, version: i64, text: &str) -> IdDigest {
    joined_digest([name, &version.to_string(), text])
}

/// The common form of both digests.
pub(super) fn joined_digest(parts: [&str; 3]) -> IdDigest {
    sha256(parts.join("\0").as_bytes())
}

/// Whether a row is unaltered. A row without a digest was added by hand.
pub(super) fn is_whole(kept: Option<&[u8]>, computed: impl FnOnce() -> IdDigest) -> bool {
    kept.is_none_or(|kept| kept == computed())
}

/// Parses a client row: the ID, the texts of its record and its secrets, and their digest. A record with
/// another ID was not written by heistctl.
pub(super) fn read(
    id: &str,
    record: &str,
    secrets: &str,
    digest: Option<&[u8]>,
) -> Result<StoredClient, StoreError> {
    if !is_whole(digest, || client_digest(id, record, secrets)) {
        let what = "was written by another program, or altered by a failing disk: its digest does not match";
        return Err(StoreError::Damaged(format!("client {id:?} {what}")));
    }
    let record = match serde_json::from_str(record) {
        Ok(record) => Some(record).filter(|record: &ClientRecord| record.id == id),
        Err(error) if error.to_string().starts_with("unknown field") => {
            let what = "has members that this heistctl does not know: a newer one wrote it";
            return Err(StoreError::Damaged(format!("client {id:?} {what}")));
        }
        Err(_) => None,
    };
    let secrets = serde_json::from_str(secrets).ok();
    let stored = record.zip(secrets).map(|(record, secrets)| StoredClient { record, secrets });
    stored.ok_or_else(|| StoreError::Damaged(format!("client {id:?} was written by another program")))
}

/// The error for an altered text.
pub(super) fn altered_text(name: &str) -> StoreError {
    let what = "was written by another program, or altered by a failing disk: its digest does not match";
    StoreError::Damaged(format!("the text {name:?} {what}"))
}
