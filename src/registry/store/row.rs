//! Rows as texts: what each engine writes and reads alike, and the digest beside each by which a row is
//! noticed that a failing disk, or a hand, has altered.

use super::{ClientChange, StoreError};
use crate::jose::digest::sha256;
use crate::registry::expiring_set::IdDigest;
use crate::registry::record::{ClientRecord, SecretRecord, StoredClient};

/// The record that a change makes; `None` where it changes nothing. An id is for life.
pub(super) fn changed_record(record: &ClientRecord, change: ClientChange<'_>) -> Option<ClientRecord> {
    let new = ClientRecord { id: record.id.clone(), ..change(record)? };
    (new != *record).then_some(new)
}

/// A client's record as text.
pub(super) fn written(record: &ClientRecord) -> Result<String, StoreError> {
    record.kept().map_err(|error| StoreError::Damaged(error.to_string()))
}

/// A client's secrets as text, which stand in one row with its record: who asks for a token costs one
/// lookup.
pub(super) fn written_secrets(secrets: &[SecretRecord]) -> Result<String, StoreError> {
    serde_json::to_string(secrets).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// A client as a row.
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

/// The digest of a client's row. NUL stands in no JSON, and keeps the texts apart. PostgreSQL computes the same
/// for rows of an older schema.
#[must_use]
pub fn client_digest(id: &str, record: &str, secrets: &str) -> IdDigest {
    joined_digest([record, secrets, id])
}

/// The digest of a text that changes as a whole.
#[must_use]
pub fn text_digest(name: &str, version: i64, text: &str) -> IdDigest {
    joined_digest([name, &version.to_string(), text])
}

/// What both are made of.
pub(super) fn joined_digest(parts: [&str; 3]) -> IdDigest {
    sha256(parts.join("\0").as_bytes())
}

/// Whether a row is what was written. One without a digest was put there by hand.
pub(super) fn is_whole(kept: Option<&[u8]>, computed: impl FnOnce() -> IdDigest) -> bool {
    kept.is_none_or(|kept| kept == computed())
}

/// A client from its row: the id, the texts of its record and its secrets, and their digest. A record of
/// another id is somebody else's work, too.
pub(super) fn read(
    id: &str,
    record: &str,
    secrets: &str,
    digest: Option<&[u8]>,
) -> Result<StoredClient, StoreError> {
    if !is_whole(digest, || client_digest(id, record, secrets)) {
        let what = "which something else has written, or a failing disk has altered: its digest differs";
        return Err(StoreError::Damaged(format!("client {id:?}, {what}")));
    }
    let record = serde_json::from_str(record).ok().filter(|record: &ClientRecord| record.id == id);
    let secrets = serde_json::from_str(secrets).ok();
    let stored = record.zip(secrets).map(|(record, secrets)| StoredClient { record, secrets });
    stored.ok_or_else(|| StoreError::Damaged(format!("client {id:?}, which something else has written")))
}

/// A text that was altered.
pub(super) fn altered_text(name: &str) -> StoreError {
    let what = "which something else has written, or a failing disk has altered: its digest differs";
    StoreError::Damaged(format!("the text {name:?}, {what}"))
}
